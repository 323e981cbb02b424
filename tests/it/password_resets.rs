//! A new password by e-mail.

use std::collections::BTreeSet;

use fleet::operations::worker::Stop;
use fleet::tenancy::Role;
use reqwest::StatusCode;
use simyard::app::Settings;
use simyard::mail::{Writer, answer_requests};

use crate::support::{PASSWORD, Page, TestApp, TestDb, test_settings};

const ADA: &str = "ada@meridian.example";
const NEW_PASSWORD: &str = "a meter on every wall";

async fn app() -> TestApp {
    let here = "127.0.0.0/8".parse().expect("a network");
    let settings = Settings { sends_mail: true, trusted_proxies: vec![here], ..test_settings() };
    let app = TestApp::start_with(settings).await;
    let (company, _) = app.db.company(None, "Meridian IoT");
    app.db.member(ADA, company, Role::Administrator);
    app
}

async fn ask(app: &TestApp, email: &str) -> Page {
    let browser = app.nobody();
    let token = browser.get("/password-resets/new").await.value_of("input[name=_csrf]");
    browser.send_form("/password-resets", &[("_csrf", token.as_str()), ("email", email)]).await
}

fn answer(app: &TestApp) -> usize {
    let base_url = Some(app.address.parse().expect("an address"));
    answer_requests(&app.db.pool, &Writer { base_url }, &Stop::new()).expect("answers")
}

fn says(app: &TestApp, sql: &str) -> String {
    TestDb::ask(&mut app.db.connect(), sql)
}

/// The path of the link in the newest letter.
fn link(app: &TestApp) -> String {
    let text = says(app, "SELECT text FROM outbox ORDER BY id DESC LIMIT 1");
    let (_, rest) = text.split_once("/password-links/").expect("a link");
    format!("/password-links/{}", rest.split_whitespace().next().expect("a token"))
}

async fn set_password(app: &TestApp, path: &str) -> Page {
    let browser = app.nobody();
    let form = browser.get(path).await;
    if form.status != StatusCode::OK {
        return form;
    }
    let token = form.value_of("input[name=_csrf]");
    let fields = [("_csrf", token.as_str()), ("password", NEW_PASSWORD), ("repeat", NEW_PASSWORD)];
    browser.send_form(path, &fields).await
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_with_the_link_of_a_letter() {
    let app = app().await;
    let signed_in = app.sign_in(ADA).await;
    assert!(app.nobody().get("/sign-in").await.body.contains("/password-resets/new"));
    assert_eq!(ask(&app, " Ada@Meridian.example").await.status, StatusCode::OK);
    assert_eq!(answer(&app), 1);
    assert_eq!(says(&app, "SELECT to_address FROM outbox"), ADA);
    let html = says(&app, "SELECT html FROM outbox");
    assert!(html.contains(&format!("{}{}", app.address, link(&app))), "{html}");
    let path = link(&app);
    assert_eq!(signed_in.get("/").await.status, StatusCode::OK, "until it is used nothing changes");
    let done = set_password(&app, &path).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/sign-in?password=set"));
    assert_eq!(signed_in.get("/").await.status, StatusCode::SEE_OTHER, "all sessions have ended");
    assert!(app.nobody().try_sign_in(ADA, PASSWORD).await.status.is_client_error());
    app.nobody().sign_in(ADA, NEW_PASSWORD).await;
    assert_eq!(set_password(&app, &path).await.status, StatusCode::NOT_FOUND, "it works once");
}

#[actix_web::test]
async fn a_link_from_a_letter_works_for_an_hour_and_is_stored_as_a_hash() {
    let app = app().await;
    ask(&app, ADA).await;
    answer(&app);
    let path = link(&app);
    let token = path.rsplit('/').next().expect("a token");
    assert_eq!(
        says(&app, &format!("SELECT count(*) FROM password_links WHERE token_hash = sha256('{token}')")),
        "1"
    );
    app.db.run(|conn| {
        let later = "UPDATE password_links SET expires_at = expires_at - interval '60 minutes 1 second'";
        diesel::RunQueryDsl::execute(diesel::sql_query(later), conn)?;
        Ok(())
    });
    assert_eq!(set_password(&app, &path).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_answer_is_the_same_whether_the_address_is_known_or_not() {
    let app = app().await;
    let mut answers = BTreeSet::new();
    for email in [ADA, "eva@meridian.example"] {
        let answer = ask(&app, email).await;
        assert_eq!(answer.status, StatusCode::OK);
        answers.insert(answer.texts("main").join(" ").replace(email, "..."));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    // The work is the same too: whom an address belongs to is looked up afterwards.
    assert_eq!(says(&app, "SELECT count(*) FROM password_reset_requests"), "2");
    assert_eq!(answer(&app), 2);
    assert_eq!(says(&app, "SELECT count(*) FROM outbox"), "1");
    assert_eq!(says(&app, "SELECT count(*) FROM password_reset_requests"), "0");
}

#[actix_web::test]
async fn a_person_of_no_company_gets_no_letter() {
    let app = app().await;
    app.db.run(|conn| fleet::testing::person(conn, "left@meridian.example", "!"));
    ask(&app, "left@meridian.example").await;
    answer(&app);
    assert_eq!(says(&app, "SELECT count(*) FROM outbox"), "0");
    // Unless they are on the way back.
    let ada = app.sign_in(ADA).await;
    let form = [("email", "left@meridian.example"), ("role", "viewer")];
    ada.post("/administration/invitations", &form).await;
    ask(&app, "left@meridian.example").await;
    answer(&app);
    assert_eq!(says(&app, "SELECT count(*) FROM outbox WHERE text LIKE '%/password-links/%'"), "1");
}

#[actix_web::test]
async fn nobody_s_mailbox_is_filled_and_no_link_is_ended_by_asking() {
    let app = app().await;
    for _ in 0..5 {
        ask(&app, ADA).await;
    }
    let first = {
        answer(&app);
        let text = says(&app, "SELECT text FROM outbox ORDER BY id LIMIT 1");
        let (_, rest) = text.split_once("/password-links/").expect("a link");
        format!("/password-links/{}", rest.split_whitespace().next().expect("a token"))
    };
    assert_eq!(says(&app, "SELECT count(*) FROM outbox"), "3");
    let last = link(&app);
    assert_eq!(set_password(&app, &first).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        set_password(&app, &last).await.status,
        StatusCode::NOT_FOUND,
        "a new password ends the others"
    );
}

#[actix_web::test]
async fn asking_does_not_end_the_link_that_an_administrator_made() {
    let app = app().await;
    let ada = app.sign_in(ADA).await;
    let company = app.db.run(|conn| fleet::testing::number(conn, "SELECT id AS number FROM companies"));
    let ola = app.db.member("ola@meridian.example", fleet::ids::CompanyId(company), Role::Viewer);
    let path = format!("/administration/users/{ola}/password-link");
    let made = ada.post(&path, &[("", "")]).await.value_of("#one-time-link");
    ask(&app, "ola@meridian.example").await;
    answer(&app);
    let (_, path) = made.split_once(&app.address).expect("a path");
    assert_eq!(app.nobody().get(path).await.status, StatusCode::OK);
    assert_eq!(app.nobody().get(&link(&app)).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn what_is_no_address_is_said_and_kept() {
    let app = app().await;
    let answer = ask(&app, "nowhere").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.value_of("input[name=email]"), "nowhere");
}

#[actix_web::test]
async fn without_a_mail_server_the_page_says_whom_to_ask() {
    let app = TestApp::start().await;
    let page = app.nobody().get("/password-resets/new").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("an administrator of your company"), "{}", page.body);
    assert!(page.texts("form").is_empty());
}

#[actix_web::test]
async fn asking_again_and_again_is_slowed_down() {
    let app = app().await;
    let mut refused = None;
    for _ in 0..40 {
        let answer = ask(&app, ADA).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    assert!(refused.expect("forty are too many").header("retry-after").parse::<u64>().is_ok());
}

/// Sends a form from one address after the other until that is too often.
async fn until_too_often(app: &TestApp, page: &str, path: &str, form: &[(&str, &str)]) -> Page {
    let browser = app.nobody();
    let token = browser.get(page).await.value_of("input[name=_csrf]");
    let body = serde_html_form::to_string([&[("_csrf", token.as_str())][..], form].concat()).expect("a form");
    for n in 0..=255 {
        let prepare = |request: reqwest::RequestBuilder| {
            let request = request.header("x-forwarded-for", format!("198.51.100.{n}"));
            request.header("content-type", "application/x-www-form-urlencoded").body(body.clone())
        };
        let answer = browser.send(reqwest::Method::POST, path, prepare).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return answer;
        }
    }
    panic!("from many addresses it goes on");
}

#[actix_web::test]
async fn asking_from_many_addresses_is_slowed_down_as_well() {
    let app = app().await;
    let refused = until_too_often(&app, "/password-resets/new", "/password-resets", &[("email", ADA)]).await;
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
}

#[actix_web::test]
async fn a_letter_lets_its_owner_in_whom_the_guesses_of_others_keep_out() {
    let app = app().await;
    let wrong = [("email", ADA), ("password", "wrong")];
    until_too_often(&app, "/sign-in", "/sign-in", &wrong).await;
    ask(&app, ADA).await;
    answer(&app);
    let (mut browser, path) = (app.nobody(), link(&app));
    let token = browser.get(&path).await.value_of("input[name=_csrf]");
    let fields = [("_csrf", token.as_str()), ("password", NEW_PASSWORD), ("repeat", NEW_PASSWORD)];
    assert_eq!(browser.send_form(&path, &fields).await.status, StatusCode::SEE_OTHER);
    browser.sign_in(ADA, NEW_PASSWORD).await;
}

#[actix_web::test]
async fn the_password_asked_for_once_more_is_guessed_no_more_often_from_many_addresses() {
    let app = app().await;
    let ada = app.sign_in(ADA).await;
    let fields = [("current", "wrong"), ("password", NEW_PASSWORD), ("repeat", NEW_PASSWORD)];
    let body = serde_html_form::to_string(fields).expect("a form");
    let mut refused = false;
    for n in 0..60 {
        let prepare = |request: reqwest::RequestBuilder| {
            let request = request.header("x-forwarded-for", format!("198.51.100.{n}"));
            let request = request.header("x-csrf-token", &ada.csrf_token);
            request.header("content-type", "application/x-www-form-urlencoded").body(body.clone())
        };
        let answer = ada.send(reqwest::Method::POST, "/profile/password", prepare).await;
        refused |= answer.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(refused);
}
