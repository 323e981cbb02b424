//! Inviting people, and what they do who are invited.

use std::collections::BTreeSet;
use std::time::Duration;

use fleet::ids::{CompanyId, UserId};
use fleet::operations::worker::Stop;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;
use simyard::app::Settings;
use simyard::mail::{Pace, deliver_due};

use crate::mail::server::Server;
use crate::support::{Client, Page, TestApp, TestDb, test_settings};

const OLA: &str = "ola@northwind.example";
const NEW_PASSWORD: &str = "a meter on every wall";

/// Meridian with its subaccount Northwind; Nora administers Northwind, Ada Meridian.
struct World {
    app: TestApp,
    northwind: CompanyId,
    nora_id: UserId,
    nora: Client,
}

async fn world_with(settings: Settings) -> World {
    let app = TestApp::start_with(settings).await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind Metering");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    let nora_id = app.db.member("nora@northwind.example", northwind, Role::Administrator);
    let nora = app.sign_in("nora@northwind.example").await;
    World { app, northwind, nora_id, nora }
}

async fn world() -> World {
    world_with(test_settings()).await
}

async fn invite(client: &Client, email: &str, role: &str) -> Page {
    client.post("/administration/invitations", &[("email", email), ("role", role)]).await
}

/// The path of the link that a dialog shows.
fn link(dialog: &Page) -> String {
    let address = dialog.value_of("#one-time-link");
    let (_, token) = address.split_once("/invitations/").expect("a link");
    format!("/invitations/{token}")
}

/// Says, in a browser of its own, that the person is new.
async fn enrol(app: &TestApp, path: &str, name: &str, password: &str) -> Page {
    let browser = app.nobody();
    let token = browser.get(path).await.value_of("input[name=_csrf]");
    let form = [("_csrf", token.as_str()), ("name", name), ("password", password), ("repeat", password)];
    browser.send_form(&format!("{path}/person"), &form).await
}

async fn accept(client: &Client, path: &str) -> Page {
    client.post(&format!("{path}/acceptance"), &[("", "")]).await
}

async fn rows(client: &Client) -> Vec<String> {
    client.get("/administration/invitations").await.texts("tr[data-row]")
}

/// The address of what can be done to the only invitation.
fn address(app: &TestApp, what: &str) -> String {
    format!("/administration/invitations/{}/{what}", says(app, "SELECT uid FROM invitations"))
}

fn says(app: &TestApp, sql: &str) -> String {
    TestDb::ask(&mut app.db.connect(), sql)
}

fn move_on(app: &TestApp, days: u8) {
    app.db.run(|conn| {
        let sql = format!("UPDATE invitations SET expires_at = expires_at - interval '{days} days 1 second'");
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
}

/// With a mail server, for letters with addresses of the portal.
fn mailing() -> Settings {
    Settings {
        sends_mail: true,
        base_url: Some("https://sims.example.com".parse().expect("an address")),
        ..test_settings()
    }
}

#[actix_web::test]
async fn somebody_new_makes_a_sign_in_and_is_a_user() {
    let World { app, nora, .. } = world().await;
    let dialog = invite(&nora, " Ola@Northwind.example", "operator").await;
    assert_eq!(dialog.status, StatusCode::OK, "{}", dialog.body);
    assert!(dialog.header("hx-trigger").contains("invitations-changed"));
    assert!(
        rows(&nora).await[0].starts_with("ola@northwind.example Operator Waiting"),
        "{:?}",
        rows(&nora).await
    );
    let path = link(&dialog);
    let page = app.nobody().get(&path).await;
    assert!(
        page.texts("main")[0]
            .contains("nora invites ola@northwind.example to Northwind Metering, as Operator")
    );
    assert!(!nora.get("/administration/users").await.body.contains(OLA), "not before it is accepted");

    let done = enrol(&app, &path, "Ola Nordmann", NEW_PASSWORD).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let mut ola = app.nobody();
    ola.sign_in(OLA, NEW_PASSWORD).await;
    assert_eq!(ola.get(&path).await.header("location"), "/", "where sign-in leads");
    assert_eq!(ola.get("/administration/users").await.status, StatusCode::FORBIDDEN, "an operator");
    let users = nora.get("/administration/users").await.texts("tr[data-row]");
    assert!(users.iter().any(|row| row.contains("Ola Nordmann ola@northwind.example Operator Can sign in")));
    assert!(rows(&nora).await[0].contains("Accepted"));
    assert_eq!(app.nobody().get(&path).await.status, StatusCode::NOT_FOUND, "it works once");
}

#[actix_web::test]
async fn somebody_who_signs_in_here_accepts_as_themselves() {
    let World { app, nora, .. } = world().await;
    let path = link(&invite(&nora, "ada@meridian.example", "viewer").await);
    let ada = app.sign_in("ada@meridian.example").await;
    assert!(!ada.get("/account-focus").await.body.contains("Northwind Metering"), "nobody is drawn in");
    let page = ada.get(&path).await;
    assert_eq!(page.texts("main button"), ["Accept"]);
    let done = accept(&ada, &path).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"));
    let start = ada.get("/").await;
    assert_eq!(start.texts("[data-company]"), ["Northwind Metering"], "it is in focus");
    assert!(start.body.contains("You are now a user of Northwind Metering"));
    assert_eq!(ada.get("/administration/users").await.status, StatusCode::FORBIDDEN, "a viewer there");
    assert_eq!(accept(&ada, &path).await.status, StatusCode::NOT_FOUND, "it works once");
}

#[actix_web::test]
async fn nobody_accepts_for_another_and_the_page_says_who_may() {
    let World { app, nora, .. } = world().await;
    let path = link(&invite(&nora, OLA, "administrator").await);
    let ada = app.sign_in("ada@meridian.example").await;
    let page = ada.get(&path).await;
    assert!(page.texts("main")[0].contains("You are signed in as ada@meridian.example"), "{}", page.body);
    assert_eq!(page.texts("main button"), ["Sign out"]);
    for client in [&ada, &nora] {
        let answer = accept(client, &path).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, path.as_str()));
    }
    assert_eq!(says(&app, "SELECT count(*) FROM memberships"), "2");
    let out = ada.post("/sign-out", &[("next", path.as_str())]).await;
    assert!(
        out.header("location").starts_with("/sign-in?next=%2Finvitations%2F"),
        "{}",
        out.header("location")
    );
}

/// The answers to whoever invites, to whoever opens the link, and to whoever says that they are new.
#[actix_web::test]
async fn no_answer_tells_whether_an_address_is_known() {
    for settings in [test_settings(), mailing()] {
        let sends_mail = settings.sends_mail;
        let World { app, nora, .. } = world_with(settings).await;
        let mut answers = BTreeSet::new();
        for email in ["ada@meridian.example", "eva@meridian.example"] {
            let answer = invite(&nora, email, "viewer").await;
            let path = if sends_mail {
                let text = says(&app, "SELECT text FROM outbox ORDER BY id DESC LIMIT 1");
                let (_, rest) = text.split_once("https://sims.example.com").expect("a link");
                rest.split_whitespace().next().expect("a path").to_owned()
            } else {
                link(&answer)
            };
            let token = path.trim_start_matches("/invitations/").to_owned();
            let told = |page: &Page| {
                let text = format!("{} {}", page.body, page.header("hx-trigger"));
                let csrf = page.attribute("input[name=_csrf]", "value").unwrap_or_default();
                let text = if csrf.is_empty() { text } else { text.replace(&csrf, "...") };
                // Between the two a minute may pass.
                let told = text.replace(&token, "...").replace(email, "...");
                told.chars().filter(|sign| !sign.is_ascii_digit()).collect::<String>()
            };
            let page = app.nobody().get(&path).await;
            let enrolled = enrol(&app, &path, "Somebody", NEW_PASSWORD).await;
            assert_eq!(enrolled.status, StatusCode::SEE_OTHER);
            let listed = nora.get("/administration/invitations?q=nobody").await.texts("main");
            let leads = enrolled.header("location").replace(&token, "...");
            answers.insert((answer.status.as_u16(), told(&answer), told(&page), leads, listed));
        }
        assert_eq!(answers.len(), 1, "{answers:#?}");
        // The password of somebody who was known is what it was, and they have accepted nothing.
        app.sign_in("ada@meridian.example").await;
        assert_eq!(says(&app, "SELECT count(*) FROM invitations WHERE accepted_at IS NULL"), "1");
    }
}

#[actix_web::test]
async fn a_letter_goes_out_and_the_inviter_sees_no_link() {
    let World { app, nora, .. } = world_with(mailing()).await;
    let answer = invite(&nora, OLA, "viewer").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.header("hx-trigger").contains("A letter with the invitation is on its way"));
    assert_eq!(says(&app, "SELECT to_address FROM outbox"), OLA);
    assert_eq!(says(&app, "SELECT subject FROM outbox"), "nora invites you to Northwind Metering in Simyard");
    for form in ["text", "html"] {
        let letter = says(&app, &format!("SELECT {form} FROM outbox"));
        assert!(
            letter.contains("https://sims.example.com/invitations/") && letter.contains("Viewer"),
            "{letter}"
        );
        assert!(letter.contains("nora invites you to Northwind Metering"), "{letter}");
    }
}

#[actix_web::test]
async fn a_letter_that_is_not_delivered_is_told_of_until_it_is() {
    let World { app, nora, .. } = world_with(mailing()).await;
    let server = Server::start();
    let pace = Pace { back_off: vec![Duration::from_hours(2); 4], ..Pace::default() };
    let deliver = || deliver_due(&app.db.pool, &server.client(), &pace, &Stop::new()).expect("an outbox");
    for email in ["later@acme.example", "nobody@acme.example", "ü@acme.example", OLA] {
        assert_eq!(invite(&nora, email, "viewer").await.status, StatusCode::NO_CONTENT);
    }
    assert!(rows(&nora).await.iter().all(|row| row.contains("Viewer Waiting ends")), "not tried yet");
    assert_eq!(deliver(), 1);
    let listed = rows(&nora).await;
    assert!(listed[0].contains("Viewer Waiting ends"), "{}", listed[0]);
    assert!(listed[1].contains("Letter not delivered") && listed[1].contains("UTF8"), "{}", listed[1]);
    assert!(listed[2].contains("Letter not delivered"), "{}", listed[2]);
    assert!(listed[2].contains("No such mailbox here Send it again, or revoke it"), "{}", listed[2]);
    assert!(listed[3].contains("Letter not yet delivered"), "{}", listed[3]);
    assert!(listed[3].contains("Try again later tried again in"), "{}", listed[3]);

    let uid = says(&app, "SELECT uid FROM invitations WHERE email LIKE 'nobody@%'");
    nora.post(&format!("/administration/invitations/{uid}/resending"), &[("", "")]).await;
    assert!(rows(&nora).await[2].contains("Viewer Waiting ends"), "the new letter was not tried yet");
    deliver();
    assert!(rows(&nora).await[2].contains("Letter not delivered"));
    nora.post(&format!("/administration/invitations/{uid}/revocation"), &[("", "")]).await;
    assert!(!rows(&nora).await[2].contains("Letter"), "it waits for nobody any more");
}

#[actix_web::test]
async fn an_invitation_holds_for_seven_days_and_is_sent_again() {
    let World { app, nora, .. } = world().await;
    let first = link(&invite(&nora, OLA, "viewer").await);
    let token = first.trim_start_matches("/invitations/");
    let stored = format!("SELECT count(*) FROM invitations WHERE token_hash = sha256('{token}')");
    assert_eq!(says(&app, &stored), "1", "as a hash");
    move_on(&app, 7);
    let late = app.nobody().get(&first).await;
    let unknown = app.nobody().get("/invitations/unknown").await;
    assert_eq!((late.status, late.body), (StatusCode::NOT_FOUND, unknown.body));
    assert!(rows(&nora).await[0].contains("Expired"));
    let second = link(&nora.post(&address(&app, "resending"), &[("", "")]).await);
    assert!(rows(&nora).await[0].contains("Waiting"));
    assert_eq!(app.nobody().get(&first).await.status, StatusCode::NOT_FOUND, "the last one works");
    assert_eq!(app.nobody().get(&second).await.status, StatusCode::OK);
    // One that has expired is in nobody's way.
    move_on(&app, 7);
    assert_eq!(invite(&nora, OLA, "operator").await.status, StatusCode::OK);
    assert_eq!(says(&app, "SELECT count(*) FROM invitations"), "1");
}

#[actix_web::test]
async fn a_revoked_invitation_leads_nowhere() {
    let World { app, nora, .. } = world().await;
    let path = link(&invite(&nora, OLA, "viewer").await);
    assert!(nora.fragment(&address(&app, "revocation/new")).await.body.contains(OLA));
    let revoked = nora.post(&address(&app, "revocation"), &[("", "")]).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(app.nobody().get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(rows(&nora).await[0].contains("Revoked"));
    let twice = nora.post(&address(&app, "revocation"), &[("", "")]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = nora.post(&address(&app, "resending"), &[("", "")]).await;
    assert!(again.header("hx-trigger").contains("revoked already"), "{}", again.body);
    assert_eq!(
        invite(&nora, OLA, "viewer").await.status,
        StatusCode::OK,
        "the same person can be invited anew"
    );
}

#[actix_web::test]
async fn a_form_that_is_wrong_says_what_and_keeps_what_was_typed() {
    let World { app, nora, .. } = world().await;
    invite(&nora, OLA, "viewer").await;
    for (email, role, field, about) in [
        ("nowhere", "viewer", "email", "such as"),
        ("a@b.example", "owner", "role", "Choose a role"),
        (OLA, "viewer", "email", "waits for an answer"),
        ("NORA@northwind.example", "viewer", "email", "a user of Northwind Metering already"),
    ] {
        let answer = invite(&nora, email, role).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.attribute(".invalid-feedback", "id"), Some(format!("error-{field}")));
        assert!(answer.texts(".invalid-feedback")[0].contains(about), "{}", answer.body);
        assert_eq!(answer.value_of("input[name=email]"), email);
    }
    let path = link(&nora.post(&address(&app, "resending"), &[("", "")]).await);
    let wrong = enrol(&app, &path, "Ola", "short").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.texts(".invalid-feedback")[0].contains("at least 12"), "{}", wrong.body);
    assert_eq!(wrong.value_of("input[name=name]"), "Ola");
    assert_eq!(enrol(&app, &path, "", NEW_PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        enrol(&app, &path, "Ola", "ola@northwind.example").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[actix_web::test]
async fn an_invitation_ends_with_the_rights_of_who_sent_it() {
    let World { app, northwind, nora_id, nora } = world().await;
    app.db.member("nils@northwind.example", northwind, Role::Administrator);
    let nils = app.sign_in("nils@northwind.example").await;
    let kept = link(&invite(&nils, "kari@northwind.example", "viewer").await);
    let lost = link(&invite(&nora, OLA, "administrator").await);
    let demoted = nils.post(&format!("/administration/users/{nora_id}"), &[("role", "operator")]).await;
    assert_eq!(demoted.status, StatusCode::NO_CONTENT, "{}", demoted.body);
    assert_eq!(app.nobody().get(&lost).await.status, StatusCode::NOT_FOUND);
    assert!(rows(&nils).await.iter().any(|row| row.contains(OLA) && row.contains("Revoked")));
    assert_eq!(app.nobody().get(&kept).await.status, StatusCode::OK);
    // Also where the rights went without the portal.
    app.db.run(|conn| {
        let sql = "UPDATE memberships SET role = 'viewer'";
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
    assert_eq!(app.nobody().get(&kept).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_link_takes_over_nobody_who_has_not_set_a_password_yet() {
    let World { app, nora, .. } = world().await;
    let (elsewhere, _) = app.db.company(None, "Elsewhere");
    let ola = app.db.run(|conn| testing::person_without_password(conn, OLA));
    app.db.run(|conn| testing::member(conn, ola, elsewhere, Role::Administrator));
    let path = link(&invite(&nora, OLA, "viewer").await);
    assert_eq!(enrol(&app, &path, "Eve", NEW_PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert!(app.nobody().try_sign_in(OLA, NEW_PASSWORD).await.status.is_client_error());
    // Of no company any more, there is nothing to take over.
    app.db.run(|conn| testing::no_member(conn, ola, elsewhere));
    enrol(&app, &path, "Ola", NEW_PASSWORD).await;
    app.nobody().sign_in(OLA, NEW_PASSWORD).await;
}

#[actix_web::test]
async fn of_many_who_accept_at_once_one_becomes_a_user() {
    let World { app, nora, .. } = world().await;
    let path = link(&invite(&nora, OLA, "viewer").await);
    let token = path.trim_start_matches("/invitations/");
    let done: usize = std::thread::scope(|threads| {
        let each = |n: usize| {
            let (app, token) = (&app, token);
            threads.spawn(move || {
                let mut conn = app.db.connect();
                let name = fleet::companies::Name::parse("name", &format!("Ola {n}")).expect("a name");
                usize::from(fleet::invitations::enrol(&mut conn, token, &name, "hash", None).is_ok())
            })
        };
        let all: Vec<_> = (0..6).map(each).collect();
        all.into_iter().map(|one| one.join().expect("a thread")).sum()
    });
    assert_eq!(done, 1);
    assert_eq!(says(&app, "SELECT count(*) FROM users WHERE email LIKE 'ola%'"), "1");
}

#[actix_web::test]
async fn trying_links_without_end_is_slowed_down_and_holds_up_no_password() {
    let World { app, .. } = world().await;
    for way in ["invitations", "password-links"] {
        let mut refused = None;
        for number in 0..400 {
            let answer = app.nobody().get(&format!("/{way}/made-up-{number}")).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                refused = Some(answer);
                break;
            }
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
        let refused = refused.expect("400 links are too many");
        assert!(refused.header("retry-after").parse::<u64>().is_ok());
    }
    app.sign_in("nora@northwind.example").await;
}

#[actix_web::test]
async fn inviting_without_end_is_slowed_down() {
    let World { app, nora, .. } = world().await;
    invite(&nora, OLA, "viewer").await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(nora.post(&address(&app, "resending"), &[("", "")]).await.status);
    }
    assert_eq!(answers.pop(), Some(StatusCode::TOO_MANY_REQUESTS), "nobody's mailbox is filled");
    assert!(answers.iter().all(|status| *status == StatusCode::OK), "{answers:?}");
    let ada = app.sign_in("ada@meridian.example").await;
    assert_eq!(invite(&ada, OLA, "viewer").await.status, StatusCode::OK, "other companies can invite them");
    assert_eq!(
        invite(&nora, "kari@northwind.example", "viewer").await.status,
        StatusCode::OK,
        "others can be invited"
    );
}

#[actix_web::test]
async fn an_invitation_that_is_refused_is_not_counted_and_one_too_many_changes_nothing() {
    let World { app, nora, .. } = world().await;
    invite(&nora, OLA, "viewer").await;
    for _ in 0..10 {
        assert_eq!(invite(&nora, OLA, "viewer").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut last = String::new();
    for _ in 0..4 {
        last = link(&nora.post(&address(&app, "resending"), &[("", "")]).await);
    }
    let refused = nora.post(&address(&app, "resending"), &[("", "")]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.nobody().get(&last).await.status, StatusCode::OK, "the link that was sent last");
}

#[actix_web::test]
async fn the_list_is_searched_and_paged_with_the_newest_first() {
    let World { app, nora, northwind, nora_id } = world().await;
    app.db.run(|conn| {
        let sql = format!(
            "INSERT INTO invitations (uid, company_id, email, role, token_hash, invited_by, expires_at) \
             SELECT gen_random_uuid(), {northwind}, 'p' || lpad(n::text, 3, '0') || '@northwind.example', 'viewer', \
                 sha256(n::text::bytea), {nora_id}, now() + interval '1 day' FROM generate_series(0, 119) AS n"
        );
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
    let emails = |page: &Page| page.texts("tr[data-row] th");
    let mut seen = Vec::new();
    let mut page = nora.get("/administration/invitations").await;
    loop {
        seen.extend(emails(&page));
        let Some(next) = page.attribute(".pager a[href*='after=']", "href") else { break };
        page = nora.fragment(&next).await;
    }
    assert_eq!(
        (seen.len(), &*seen[0], &*seen[119]),
        (120, "p119@northwind.example", "p000@northwind.example")
    );
    let back = page.attribute(".pager a[href*='before=']", "href").expect("a page before the last");
    assert_eq!(emails(&nora.fragment(&back).await), seen[50..100]);
    assert_eq!(emails(&nora.get("/administration/invitations?q=P11").await).len(), 10);
    for odd in ["?after=x", "?before=99999999", "?q=%00", "?after=1&after=2"] {
        let status = nora.get(&format!("/administration/invitations{odd}")).await.status;
        assert!(!status.is_server_error(), "{odd}: {status}");
    }
}

#[actix_web::test]
async fn an_invitation_of_another_company_is_not_found() {
    let World { app, nora, .. } = world().await;
    invite(&nora, OLA, "viewer").await;
    let ada = app.sign_in("ada@meridian.example").await;
    assert!(rows(&ada).await.is_empty());
    for what in ["resending", "revocation"] {
        assert_eq!(ada.post(&address(&app, what), &[("", "")]).await.status, StatusCode::NOT_FOUND);
    }
}
