//! E-mail over TLS: STARTTLS, and TLS from the first byte on, with the certificate of a private authority.

use nix::sys::signal::Signal;

use super::program::serve;
use super::server::{SENDER, Server, client};
use super::{deliver, once, outbox_says, queue};
use crate::cli::Portal;
use crate::support::TestDb;
use crate::support::certificates::Certificates;

/// The two ways to encrypt: what tells the server's script, and what tells the portal.
const WAYS: [(&[&str], &str, &str); 2] =
    [(&[], "smtp://", "?tls=required"), (&["--implicit"], "smtps://", "")];

/// A mail server that has the certificate, and takes letters after a sign-in only.
fn server_with(certificates: &Certificates, way: &[&str]) -> Server {
    let certificate = certificates.path("server.pem");
    Server::start_at(0, &[&["--signed-in", "--certificate", &certificate], way].concat())
}

fn url(server: &Server, scheme: &str, query: &str) -> String {
    format!("{scheme}me%40simyard:se%3Acret@127.0.0.1:{}{query}", server.port)
}

#[test]
fn letters_go_encrypted_to_a_server_that_a_private_authority_vouches_for() {
    let certificates = Certificates::issue();
    for (way, scheme, query) in WAYS {
        let server = server_with(&certificates, way);
        let db = TestDb::new();
        queue(&db, "ada@meridian.example", "Hello");
        let mut command = serve(&db, &url(&server, scheme, query));
        command.env("SIMYARD_MAIL_FROM", SENDER).env("SIMYARD_BASE_URL", "https://sims.example.com");
        command.env("SSL_CERT_FILE", certificates.path("authority.pem"));
        let portal = Portal::start(command);
        let letter = server.letter();
        assert!(letter.is_encrypted(), "{scheme}");
        assert_eq!(letter.headers("subject"), ["Hello"]);
        portal.signal(Signal::SIGTERM);
        let (code, said) = portal.wait();
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(outbox_says(&db, "attempts || ' ' || (sent_at IS NOT NULL)"), "1 true");
    }
}

#[test]
fn a_certificate_that_is_not_trusted_is_refused_and_the_letter_waits() {
    let certificates = Certificates::issue();
    for (way, scheme, query) in WAYS {
        let server = server_with(&certificates, way);
        let db = TestDb::new();
        queue(&db, "ada@meridian.example", "Hello");
        assert_eq!(deliver(&db, &client(&url(&server, scheme, query)), &once()), 0);
        let state = "attempts || ' ' || (given_up_at IS NULL) || ' ' || (text <> '') || ' ' || last_error";
        let said = outbox_says(&db, state);
        assert!(said.starts_with("1 true true ") && said.contains("certificate"), "{scheme}: {said}");
        assert!(server.end().is_empty(), "{scheme}");
    }
}

#[test]
fn nothing_is_said_in_clear_to_a_server_that_offers_no_tls() {
    let told = |query: &str| {
        let server = Server::start_at(0, &["--signed-in", "--telltale"]);
        let db = TestDb::new();
        queue(&db, "ada@meridian.example", "Hello");
        let sent = deliver(&db, &client(&url(&server, "smtp://", query)), &once());
        let arrived = server.end();
        let commands: Vec<_> = arrived.iter().filter_map(|line| line.command().map(str::to_owned)).collect();
        (sent, commands, outbox_says(&db, "attempts || ' ' || coalesce(last_error, '-')"))
    };
    let (sent, commands, _) = told("");
    assert_eq!((sent, commands), (1, vec!["AUTH".to_owned(), "MAIL".to_owned()]), "the server does tell");
    let (sent, commands, said) = told("?tls=required");
    assert_eq!((sent, commands), (0, Vec::new()));
    assert!(said.starts_with("1 ") && said.contains("STARTTLS"), "{said}");
}
