//! How the portal asks other services over HTTP.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// What all that asks has in common; `authorities` vouch for who is asked.
pub(crate) fn config(authorities: RootCerts) -> ConfigBuilder<AgentScope> {
    let tls = TlsConfig::builder()
        .root_certs(authorities)
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        // What answers elsewhere, or in between, is not who was named and checked.
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("simyard/", env!("CARGO_PKG_VERSION")))
}

/// The authorities with these certificates.
pub(crate) fn authorities(certificates: &[CertificateDer<'_>]) -> RootCerts {
    certificates.iter().map(|der| Certificate::from_der(der).to_owned()).into()
}
