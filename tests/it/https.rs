//! The portal by HTTPS, without a proxy.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::cli::{Portal, simyard};
use crate::cluster::eventually;
use crate::support::TestDb;
use crate::support::certificates::Certificates;

fn start(db: &TestDb, certificates: &Certificates) -> Portal {
    start_with(db, certificates, &[])
}

fn start_with(db: &TestDb, certificates: &Certificates, options: &[&str]) -> Portal {
    let file = certificates.path("server.pem");
    let mut command =
        simyard(&["serve", "--listen", "127.0.0.1:0", "--tls-certificate", &file, "--tls-key", &file]);
    command.args(options).env("DATABASE_URL", &db.url);
    Portal::start(command)
}

/// What a client that trusts the authority alone is answered, and the certificate that it was shown.
fn ask(portal: &Portal, certificates: &Certificates) -> (String, Vec<u8>) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificates.path("authority.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(&portal.address).unwrap());
    stream.write_all(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let shown = stream.conn.peer_certificates().unwrap()[0].to_vec();
    (String::from_utf8_lossy(&answer).into_owned(), shown)
}

/// Whether a browser takes the cookie for this very host alone, by HTTPS.
fn is_of_this_host(line: &str) -> bool {
    line.starts_with("set-cookie: __host-")
        && line.contains("; secure")
        && line.split("; ").any(|part| part == "path=/")
        && !line.contains("domain=")
}

#[test]
fn pages_come_by_https_with_cookies_for_it_alone() {
    let (db, certificates) = (TestDb::new(), Certificates::issue());
    let portal = start(&db, &certificates);
    let (answer, _) = ask(&portal, &certificates);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let head = answer.to_lowercase();
    assert!(head.contains("strict-transport-security: max-age=31536000\r\n"), "{head}");
    let cookies: Vec<&str> = head.lines().filter(|line| line.starts_with("set-cookie:")).collect();
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| is_of_this_host(cookie)), "{cookies:?}");
    let mut plain = TcpStream::connect(&portal.address).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "nothing is said in clear");
}

#[test]
fn hosts_below_the_portal_s_are_to_be_asked_by_https_where_the_installation_says_so() {
    let (db, certificates) = (TestDb::new(), Certificates::issue());
    let portal = start_with(&db, &certificates, &["--hsts-subdomains"]);
    let (answer, _) = ask(&portal, &certificates);
    let head = answer.to_lowercase();
    assert!(head.contains("strict-transport-security: max-age=31536000; includesubdomains\r\n"), "{head}");
}

#[test]
fn a_certificate_that_is_renewed_is_shown_without_a_restart_and_one_that_is_broken_is_not() {
    let (db, certificates) = (TestDb::new(), Certificates::issue());
    let portal = start(&db, &certificates);
    let (_, first) = ask(&portal, &certificates);
    certificates.issue_another();
    let second = eventually("see the new certificate", || {
        let (_, shown) = ask(&portal, &certificates);
        (shown != first).then_some(shown)
    });
    certificates.write("server.pem", "nonsense");
    let (_, shown) = ask(&portal, &certificates);
    assert_eq!(shown, second);
    certificates.issue_another();
    eventually("see the certificate after the broken one", || {
        let (_, shown) = ask(&portal, &certificates);
        (shown != second).then_some(())
    });
}

#[test]
fn files_that_cannot_be_used_are_said_before_anything_is_started() {
    let (certificates, other) = (Certificates::issue(), Certificates::issue());
    let (file, foreign) = (certificates.path("server.pem"), other.path("server.pem"));
    let none = certificates.path("none.pem");
    let authority = certificates.path("authority.pem");
    for (certificate, key, words) in [
        (&file, &foreign, "is not the one of the certificate"),
        (&none, &file, "cannot read"),
        (&file, &authority, "cannot read a private key"),
    ] {
        let arguments =
            ["serve", "--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key];
        let output = simyard(&arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(words) && said.lines().count() == 1, "{said}");
    }
    let half = simyard(&["serve", "--tls-key", &file]).output().unwrap();
    assert_eq!(half.status.code(), Some(2));
    let odd = simyard(&["serve", "--trusted-proxy", "the one over there"]).output().unwrap();
    assert_eq!(odd.status.code(), Some(2));
}
