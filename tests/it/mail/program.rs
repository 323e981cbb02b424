//! The program, set up to send e-mail by its environment.

use std::process::Command;

use nix::sys::signal::Signal;

use super::server::{SENDER, Server};
use super::{outbox_says, queue};
use crate::cli::{Portal, simyard};
use crate::operations::fixture::{Fleet, everything, transfer_to};
use crate::support::TestDb;

pub(super) fn serve(database: &TestDb, smtp_url: &str) -> Command {
    let mut command = simyard(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("DATABASE_URL", &database.url).env("SIMYARD_SMTP_URL", smtp_url);
    command
}

#[test]
fn a_portal_that_is_set_up_for_it_sends_e_mail() {
    let server = Server::start_at(0, &["--signed-in"]);
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 3);
    let mut command = serve(&fleet.database, &server.url().replace("//", "//me%40simyard:se%3Acret@"));
    command.env("SIMYARD_MAIL_FROM", SENDER).env("SIMYARD_BASE_URL", "https://sims.example.com/");
    command.env("SIMYARD_LOG", "debug");
    let number = fleet.launch_with_mail(fleet.meridian, transfer_to(fleet.clienticity), everything());
    let portal = Portal::start(command);
    let letter = server.letter();
    assert_eq!(letter.headers("subject"), ["Transfer of 3 SIMs to Clienticity: succeeded"]);
    assert!(letter.part("text").contains(&format!("https://sims.example.com/operations/{number}?account=")));
    portal.signal(Signal::SIGTERM);
    let (code, said) = portal.wait();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("se%3Acret") && !said.contains("se:cret"), "{said}");
    assert!(server.end().is_empty(), "once");
}

#[test]
fn what_is_missing_for_e_mail_is_said_at_the_start() {
    let fleet = Fleet::new();
    let base = ("SIMYARD_BASE_URL", "https://sims.example.com");
    let from = ("SIMYARD_MAIL_FROM", SENDER);
    let right = "smtps://me:secret@mail.example";
    for (url, settings, expected) in [
        (right, vec![base], "SIMYARD_MAIL_FROM"),
        (right, vec![from], "SIMYARD_BASE_URL"),
        (right, vec![from, ("SIMYARD_BASE_URL", "sims")], "SIMYARD_BASE_URL is not an address"),
        (right, vec![base, ("SIMYARD_MAIL_FROM", "me")], "is no sender"),
        ("smtps:/me:secret@mail.example", vec![base, from], "not written as"),
        ("smtp://me:secret@mail.example", vec![base, from], "unencrypted"),
    ] {
        let output = serve(&fleet.database, url).envs(settings).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(expected) && said.lines().count() == 1, "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn each_attempt_that_fails_is_logged_without_the_address() {
    let server = Server::start();
    let database = TestDb::new();
    queue(&database, "later@meridian.example", "Hello");
    let uid = outbox_says(&database, "uid");
    queue(&database, "nobody@meridian.example", "Hello");
    queue(&database, "ada@meridian.example", "Hello");
    let mut command = serve(&database, &server.url());
    command.env("SIMYARD_MAIL_FROM", SENDER).env("SIMYARD_BASE_URL", "https://sims.example.com/");
    let portal = Portal::start(command);
    assert_eq!(server.letter().recipients(), ["ada@meridian.example"], "the others were tried before");
    portal.signal(Signal::SIGTERM);
    let (code, said) = portal.wait();
    assert_eq!(code, Some(0), "{said}");
    let line =
        |words: &str| said.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{said}"));
    let failed = line("a letter was not taken, and is tried again");
    assert!(failed.contains(&uid) && failed.contains("(451): 4.7.1") && failed.contains("WARN"), "{failed}");
    assert!(line("a letter is given up").contains("No such mailbox here"), "{said}");
    assert!(!said.contains("@meridian.example"), "{said}");
}
