//! A service behind TLS, with a certificate of a private authority.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet::network::Network as _;
use fleet::network::http::{Http, Settings};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::NamedTempFile;

use super::settings;
use crate::support::certificates::Certificates;

/// How a server that has these certificates answers.
fn config(certificates: &Certificates) -> Arc<ServerConfig> {
    let file = certificates.path("server.pem");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&file).unwrap()],
            PrivateKeyDer::from_pem_file(&file).unwrap(),
        );
    Arc::new(config.unwrap())
}

/// Answers one request, if the caller trusts the certificate, and says whether it came to that.
fn answer_once(config: Arc<ServerConfig>) -> (String, std::thread::JoinHandle<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config).unwrap(), stream));
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).is_err() || line.is_empty() {
                return false;
            }
            let line = line.to_lowercase();
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\nConnection: close\r\n\r\n{\"results\":[]}";
        stream.get_mut().write_all(answer.as_bytes()).unwrap();
        stream.get_mut().flush().unwrap();
        true
    });
    (url, answering)
}

fn test(server: &Certificates, trusted: &Certificates) -> (Result<String, String>, bool) {
    let (url, answering) = answer_once(config(server));
    let settings = Settings { authorities: Some(trusted.path("authority.pem").into()), ..settings(&url) };
    let outcome = Http::new("own", settings).unwrap().test(Instant::now() + Duration::from_mins(1));
    (outcome, answering.join().unwrap())
}

#[test]
fn a_private_authority_vouches_for_the_service_when_its_certificate_is_named() {
    let certificates = Certificates::issue();
    let (outcome, asked) = test(&certificates, &certificates);
    assert!(outcome.is_ok() && asked, "{outcome:?}");
}

#[test]
fn nothing_is_said_to_a_service_that_nobody_trusted_vouches_for() {
    let misnamed = Certificates::issue_for("127.0.0.2");
    for server in [&Certificates::issue(), &misnamed] {
        let (outcome, asked) = test(server, &misnamed);
        let problem = outcome.unwrap_err();
        assert!(problem.contains("certificate") && !asked, "{problem}");
    }
}

#[test]
fn a_file_without_authorities_is_refused_at_once() {
    let empty = NamedTempFile::new().unwrap();
    for file in [empty.path(), std::path::Path::new("/nowhere")] {
        let settings =
            Settings { authorities: Some(file.to_owned()), ..settings("https://provisioning.example/") };
        let refused = Http::new("own", settings).map(drop).unwrap_err();
        assert!(refused.contains("no certificate of an authority"), "{refused}");
    }
}
