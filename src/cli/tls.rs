//! HTTPS without a proxy: the certificate and its key, from files that may be renewed while the portal serves.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use actix_web::rt::time::interval;
use actix_web::web;
use anyhow::{Context, bail, ensure};
use clap::Args;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The options of HTTPS.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "HTTPS")]
pub(super) struct TlsOptions {
    /// Certificate in PEM, with those of its authorities after it: serve HTTPS. Read again when it changes
    #[arg(long = "tls-certificate", value_name = "FILE", env = "SIMYARD_TLS_CERTIFICATE", requires = "key")]
    certificate: Option<PathBuf>,
    /// The certificate's private key in PEM. Read again when it changes
    #[arg(long = "tls-key", value_name = "FILE", env = "SIMYARD_TLS_KEY", requires = "certificate")]
    key: Option<PathBuf>,
}

impl TlsOptions {
    /// What the files say; none without files.
    pub(super) fn read(&self) -> anyhow::Result<Option<Arc<Certificate>>> {
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else { return Ok(None) };
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let (changed, current) = (files.changed()?, files.read()?);
        Ok(Some(Arc::new(Certificate {
            files,
            changed: RwLock::new(changed),
            current: RwLock::new(current),
        })))
    }
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// When each of the files was changed last.
type Changed = [SystemTime; 2];

impl Files {
    fn changed(&self) -> anyhow::Result<Changed> {
        let of = |path: &PathBuf| {
            fs::metadata(path)
                .and_then(|about| about.modified())
                .with_context(|| format!("cannot read {}", path.display()))
        };
        Ok([of(&self.certificate)?, of(&self.key)?])
    }

    /// Reads both, and makes sure that they belong together.
    fn read(&self) -> anyhow::Result<Arc<CertifiedKey>> {
        let shown = self.certificate.display();
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .with_context(|| format!("cannot read certificates from {shown}"))?;
        ensure!(!chain.is_empty(), "there is no certificate in {shown}");
        let shown = self.key.display();
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .with_context(|| format!("cannot read a private key from {shown}"))?;
        let key = ring::sign::any_supported_type(&key)
            .with_context(|| format!("cannot use the private key in {shown}"))?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) => Ok(Arc::new(certified)),
            Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
                Ok(Arc::new(certified))
            }
            Err(_) => bail!(
                "the key in {shown} is not the one of the certificate in {}",
                self.certificate.display()
            ),
        }
    }
}

/// The certificate that browsers are shown now.
#[derive(Debug)]
pub(super) struct Certificate {
    files: Files,
    changed: RwLock<Changed>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// How connections are made: TLS 1.2 or newer.
    pub(super) fn config(self: &Arc<Self>) -> anyhow::Result<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        Ok(ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone()))
    }

    /// Reads the files again whenever they have changed, for as long as the portal serves. What can't be used leaves the present one.
    pub(super) async fn follow(self: Arc<Self>) {
        let mut looks = interval(LOOK);
        loop {
            looks.tick().await;
            let certificate = self.clone();
            let read = web::block(move || certificate.refresh()).await;
            match read {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => tracing::info!("the certificate was read again"),
                Ok(Err(cause)) => {
                    tracing::error!(
                        cause = format!("{cause:#}"),
                        "the certificate has changed and cannot be used"
                    );
                }
                Err(cause) => tracing::error!(%cause, "the certificate could not be looked at"),
            }
        }
    }

    /// Says whether there was something new.
    fn refresh(&self) -> anyhow::Result<bool> {
        let changed = self.files.changed()?;
        if *self.changed.read().unwrap_or_else(PoisonError::into_inner) == changed {
            return Ok(false);
        }
        // Noted first: files that can't be used are told of once. One that is half written is changed again soon.
        *self.changed.write().unwrap_or_else(PoisonError::into_inner) = changed;
        let fresh = self.files.read()?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
