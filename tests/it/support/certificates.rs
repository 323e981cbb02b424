//! Certificates for servers on loopback.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A private authority in `authority.pem`, and what it has issued for `127.0.0.1` in `server.pem`: a key, then its certificate.
pub(crate) struct Certificates {
    directory: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    pub(crate) fn issue() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&key).unwrap().pem();
        let certificates = Self { directory, issuer: Issuer::new(authority, key) };
        certificates.write("authority.pem", &root);
        certificates.issue_another();
        certificates
    }

    /// Puts a new key with a new certificate in the place of those that there are.
    pub(crate) fn issue_another(&self) {
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
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
