//! Certificates for servers on loopback.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A private authority in `authority.pem`, and what it has issued in `server.pem`: a key, then its certificate.
pub(crate) struct Certificates {
    directory: TempDir,
    name: &'static str,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// For `127.0.0.1`.
    pub(crate) fn issue() -> Self {
        Self::issue_for("127.0.0.1")
    }

    /// For a server of this name.
    pub(crate) fn issue_for(name: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&key).unwrap().pem();
        let certificates = Self { directory, name, issuer: Issuer::new(authority, key) };
        certificates.write("authority.pem", &root);
        certificates.issue_another();
        certificates
    }

    /// Puts a new key with a new certificate in the place of those that there are.
    pub(crate) fn issue_another(&self) {
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new([self.name.to_owned()]).unwrap();
        let server = server.signed_by(&key, &self.issuer).unwrap().pem();
        self.write("server.pem", &(key.serialize_pem() + &server));
    }

    pub(crate) fn write(&self, name: &str, pem: &str) {
        std::fs::write(self.path(name), pem).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }
}
