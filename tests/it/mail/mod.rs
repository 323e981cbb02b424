//! E-mail, up to a real mail server.

mod program;
pub(crate) mod server;
mod tls;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fleet::operations::worker::Stop;
use fleet::outbox::{self, Letter};
use simyard::mail::{MailServer, Pace, Writer, deliver_due};

use crate::operations::fixture::{Fleet, everything, transfer_to};
use crate::support::TestDb;
use server::{Server, client};

/// As in production, but without the waiting between attempts.
fn pace() -> Pace {
    let back_off = vec![Duration::ZERO; Pace::default().back_off.len()];
    Pace { back_off, ..Pace::default() }
}

/// The same with a pause that no test sees the end of: each letter is tried once.
fn once() -> Pace {
    Pace { back_off: vec![Duration::from_hours(1); 4], ..Pace::default() }
}

fn deliver(db: &TestDb, server: &MailServer, pace: &Pace) -> usize {
    deliver_due(&db.pool, server, pace, &Stop::new()).unwrap()
}

fn queue(db: &TestDb, to: &str, subject: &str) {
    let letter =
        Letter { subject: subject.to_owned(), text: "Hello".to_owned(), html: "<p>Hello</p>".to_owned() };
    db.run(|conn| outbox::queue(conn, to, &letter));
}

/// One value of the outbox, as text.
fn outbox_says(db: &TestDb, what: &str) -> String {
    #[derive(diesel::QueryableByName)]
    struct Said {
        #[diesel(sql_type = diesel::sql_types::Text)]
        said: String,
    }
    let sql = format!("SELECT coalesce((SELECT {what} FROM outbox)::text, '-') AS said");
    db.run(|conn| Ok(diesel::RunQueryDsl::get_result::<Said>(diesel::sql_query(sql), conn)?.said))
}

#[test]
fn a_letter_says_what_became_of_the_operation() {
    let server = Server::start();
    let mut fleet = Fleet::new();
    let base_url = Some("https://sims.example.com".parse().unwrap());
    fleet.settings.letters = Some(Arc::new(Writer { base_url }));
    fleet.load(fleet.meridian, 12);
    fleet.run("UPDATE sims SET state = 'retired' WHERE id IN (SELECT id FROM sims ORDER BY id LIMIT 2)");
    fleet.run("UPDATE companies SET name = 'Zoë & <Söhne>' WHERE name = 'Clienticity'");
    let number = fleet.launch_with_mail(fleet.meridian, transfer_to(fleet.clienticity), everything());
    fleet.work();
    assert_eq!(deliver(&fleet.database, &server.client(), &once()), 1);

    let letter = server.end().pop().unwrap();
    assert_eq!(letter.recipients(), ["ada@meridian.example"]);
    assert_eq!(letter.headers("from"), [server::SENDER]);
    assert_eq!(letter.headers("to"), ["ada@meridian.example"]);
    let sentence = "Transfer of 12 SIMs to Zoë & <Söhne>: partly failed (10 done, 2 failed)";
    assert_eq!(letter.headers("subject"), [sentence]);
    assert_eq!(letter.headers("message-id").len(), 1);
    let link = format!("https://sims.example.com/operations/{number}?account={}", fleet.meridian);
    let text = letter.part("text");
    assert!(text.starts_with(sentence) && text.contains(&link) && text.contains("by ada"), "{text}");
    let html = letter.part("html");
    assert!(html.contains(&link.replace('&', "&#38;")) && html.contains("10 done, 2 failed"), "{html}");
    assert!(html.contains("Zoë &#38; &#60;Söhne&#62;") && !html.contains("<Söhne>"), "{html}");
    let kept = outbox_says(&fleet.database, "text || html || (sent_at IS NOT NULL) || attempts");
    assert_eq!(kept, "true1", "what it said is forgotten");
}

#[test]
fn a_server_that_was_down_gets_the_letter_once() {
    let server = Server::start();
    let (port, url) = (server.port, server.url());
    assert!(server.end().is_empty());
    let db = TestDb::new();
    queue(&db, "ada@meridian.example", "Hello");
    assert_eq!(deliver(&db, &client(&url), &once()), 0);
    let waits = "attempts || ' ' || (last_error ILIKE '%refused%' AND NOT is_of_letter) || ' ' || (next_attempt_at > now() + interval '50 min')";
    assert_eq!(outbox_says(&db, waits), "1 true true", "{}", outbox_says(&db, "last_error"));
    let server = Server::start_at(port, &[]);
    assert_eq!(deliver(&db, &client(&url), &once()), 0, "its time has not come");
    db.run(|conn| {
        let sql = "UPDATE outbox SET next_attempt_at = now()";
        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?)
    });
    assert_eq!(deliver(&db, &client(&url), &once()), 1);
    assert_eq!(deliver(&db, &client(&url), &once()), 0);
    assert_eq!(server.end().len(), 1);
    assert_eq!(outbox_says(&db, "attempts || coalesce(last_error, '-')"), "2-");
}

#[test]
fn a_letter_that_is_refused_is_given_up_with_the_reason() {
    let server = Server::start();
    let db = TestDb::new();
    queue(&db, "nobody@meridian.example", "Hello");
    assert_eq!(deliver(&db, &server.client(), &pace()), 0);
    assert_eq!(outbox_says(&db, "attempts || ' ' || (given_up_at IS NOT NULL)"), "1 true");
    let kept = outbox_says(&db, "concat(to_address, ' ', subject, text, html)");
    assert_eq!(kept, "nobody@meridian.example Hello", "what it said is forgotten");
    let reason = outbox_says(&db, "is_of_letter || ' ' || last_error");
    assert!(reason.starts_with("true ") && reason.contains("550"), "{reason}");
    assert!(reason.contains("No such mailbox here"), "{reason}");
    assert!(server.end().is_empty());
}

#[test]
fn a_letter_that_is_put_off_is_given_up_after_two_days_and_forgotten_after_a_month() {
    let pauses: Duration = Pace::default().back_off.iter().sum();
    assert!(pauses > Duration::from_hours(40) && pauses <= Duration::from_hours(48), "{pauses:?}");
    let server = Server::start();
    let db = TestDb::new();
    queue(&db, "later@meridian.example", "Hello");
    assert_eq!(deliver(&db, &server.client(), &pace()), 0);
    assert_eq!(outbox_says(&db, "attempts || ' ' || (given_up_at IS NOT NULL) || text || html"), "8 true");
    assert!(outbox_says(&db, "last_error").contains("Try again later"));
    assert_eq!(outbox_says(&db, "is_of_letter"), "true");

    queue(&db, "ada@meridian.example", "Hello");
    let grown_older = |days: u8| {
        let sql = format!(
            "UPDATE outbox SET created_at = created_at - interval '{days} days', \
             given_up_at = given_up_at - interval '{days} days', sent_at = sent_at - interval '{days} days'"
        );
        db.run(|conn| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?));
        db.run(outbox::purge)
    };
    assert_eq!(grown_older(29), 0);
    assert_eq!(grown_older(2), 1);
    assert_eq!(outbox_says(&db, "to_address"), "ada@meridian.example", "what waits is not forgotten");
    assert_eq!(deliver(&db, &server.client(), &pace()), 1);
    assert_eq!(grown_older(31), 1);
}

#[test]
fn a_refused_sign_in_is_not_the_letter_s_fault() {
    let server = Server::start_at(0, &["--signed-in"]);
    let db = TestDb::new();
    queue(&db, "ada@meridian.example", "Hello");
    let with = |password: &str| client(&server.url().replace("//", &format!("//me%40simyard:{password}@")));
    assert_eq!(deliver(&db, &with("wrong"), &once()), 0);
    assert_eq!(outbox_says(&db, "attempts || ' ' || (given_up_at IS NULL)"), "1 true");
    let reason = outbox_says(&db, "is_of_letter || ' ' || last_error");
    assert!(reason.starts_with("false ") && reason.contains("535") && !reason.contains("wrong"), "{reason}");
    db.run(|conn| {
        let sql = "UPDATE outbox SET next_attempt_at = now()";
        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?)
    });
    assert_eq!(deliver(&db, &with("se%3Acret"), &once()), 1);
    assert_eq!(server.end().len(), 1);
}

#[test]
fn several_couriers_send_each_letter_once() {
    let server = Server::start();
    let db = TestDb::new();
    let subjects: BTreeSet<String> = (0..40).map(|n| format!("Letter {n}")).collect();
    for subject in &subjects {
        queue(&db, "ada@meridian.example", subject);
    }
    let url = server.url();
    let sent: usize = thread::scope(|threads| {
        let couriers: Vec<_> =
            (0..4).map(|_| threads.spawn(|| deliver(&db, &client(&url), &pace()))).collect();
        couriers.into_iter().map(|courier| courier.join().unwrap()).sum()
    });
    assert_eq!(sent, 40);
    let arrived = server.end();
    assert_eq!(arrived.len(), 40);
    assert_eq!(
        arrived.iter().flat_map(|letter| letter.headers("subject")).collect::<BTreeSet<_>>(),
        subjects
    );
}

#[test]
fn what_a_dead_courier_held_is_sent_after_its_lease_under_the_same_id() {
    let server = Server::start();
    let db = TestDb::new();
    queue(&db, "ada@meridian.example", "Hello");
    let lease = Duration::from_hours(1);
    let held = db.run(|conn| outbox::claim(conn, lease)).unwrap();
    assert_eq!(deliver(&db, &server.client(), &pace()), 0, "it is being sent by another");
    db.run(|conn| {
        let sql = "UPDATE outbox SET leased_until = now() - interval '1 second'";
        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?)
    });
    assert_eq!(deliver(&db, &server.client(), &pace()), 1);
    let late = outbox::Attempt::Failed(outbox::Reason::of_portal("too late"), Duration::ZERO);
    assert!(!db.run(|conn| outbox::note(conn, &held, &late)), "its lease is lost");
    assert_eq!(deliver(&db, &server.client(), &pace()), 0);
    let arrived = server.end();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].headers("message-id"), [format!("<{}@portal.example>", held.uid)]);
}

#[test]
fn nothing_that_stands_in_a_letter_becomes_a_header() {
    let server = Server::start();
    let db = TestDb::new();
    queue(&db, "ada@meridian.example", "Hello\r\nBcc: eve@evil.example\n\nand\u{7}this");
    assert_eq!(deliver(&db, &server.client(), &pace()), 1);
    let letter = server.end().pop().unwrap();
    assert_eq!(letter.recipients(), ["ada@meridian.example"]);
    assert!(letter.headers("bcc").is_empty());
    assert_eq!(letter.headers("subject"), ["Hello Bcc: eve@evil.example and this"]);
    assert_eq!(letter.part("text").trim(), "Hello");

    let server = Server::start();
    for to in ["ada@meridian.example\r\nBcc: eve@evil.example", "ada@meridian.example, eve@evil.example", ""]
    {
        let db = TestDb::new();
        queue(&db, to, "Hello");
        assert_eq!(deliver(&db, &server.client(), &pace()), 0, "{to:?}");
        let state = outbox_says(&db, "attempts || ' ' || (given_up_at IS NOT NULL) || ' ' || last_error");
        assert!(state.starts_with("1 true no address to send to"), "{to:?}: {state}");
    }
    assert!(server.end().is_empty());
}
