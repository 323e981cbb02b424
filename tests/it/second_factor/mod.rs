//! The second factor: setting it up, signing in with it, losing it, and companies that ask for it.

mod confirmation;
mod key_file;
mod required;

use chrono::Utc;
use fleet::ids::{CompanyId, UserId};
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::{Method, StatusCode};
use totp_rs::{Builder, Secret};

use crate::support::{Client, PASSWORD, Page, TestApp, TestDb, sealer};

const ADA: &str = "ada@meridian.example";
const NORA: &str = "nora@northwind.example";

struct World {
    app: TestApp,
    meridian: CompanyId,
    northwind: CompanyId,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind Metering");
    app.db.member(ADA, meridian, Role::Administrator);
    app.db.member(NORA, northwind, Role::Administrator);
    World { app, meridian, northwind }
}

/// An authenticator app.
pub(crate) struct Phone(Secret);

impl Phone {
    /// The code that it shows so many half minutes from now.
    fn code(&self, steps: u64) -> String {
        let totp = Builder::new().with_secret(self.0.clone()).build().expect("an app");
        let now = u64::try_from(Utc::now().timestamp()).expect("a time");
        totp.generate(now + 30 * steps).to_string()
    }
}

async fn try_set_up(client: &Client, code: impl Fn(&Phone) -> String, password: &str) -> (Phone, Page) {
    let page = client.get("/profile/second-factor/app/new").await;
    let phone = Phone(Secret::try_from_base32(&page.texts("#app-key")[0]).expect("a secret"));
    let sealed = page.value_of("input[name=sealed]");
    let form = [("sealed", sealed.as_str()), ("code", &code(&phone)), ("current", password)];
    let answer = client.post("/profile/second-factor/app", &form).await;
    (phone, answer)
}

/// Sets an app up, and gives it with the recovery codes.
pub(crate) async fn set_up(client: &Client) -> (Phone, Vec<String>) {
    let (phone, answer) = try_set_up(client, |phone| phone.code(0), PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let codes = answer.texts(".recovery-codes code");
    assert_eq!(codes.len(), fleet::second_factor::CODES);
    (phone, codes)
}

/// The first step, with the right password.
async fn begin(client: &mut Client, email: &str) -> Page {
    let answer = client.try_sign_in(email, PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/sign-in/second-factor"));
    answer
}

async fn enter(client: &Client, code: &str) -> Page {
    let token = client.get("/sign-in/second-factor").await.value_of("input[name=_csrf]");
    client.send_form("/sign-in/second-factor", &[("_csrf", token.as_str()), ("code", code)]).await
}

fn run(app: &TestApp, sql: &str) {
    app.db.run(|conn| {
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
}

fn says(app: &TestApp, sql: &str) -> String {
    TestDb::ask(&mut app.db.connect(), sql)
}

fn user(app: &TestApp, email: &str) -> UserId {
    app.db.run(|conn| fleet::people::credentials(conn, email)).expect("the person").0
}

fn is_signed_in(page: &Page) -> bool {
    page.status == StatusCode::OK
}

#[actix_web::test]
async fn a_person_sets_up_an_app_and_signs_in_with_it() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    let elsewhere = app.sign_in(ADA).await;
    let (phone, _) = set_up(&ada).await;
    assert!(is_signed_in(&ada.get("/").await));
    assert!(!is_signed_in(&elsewhere.get("/").await), "the other sessions have ended");
    let page = ada.get("/profile/second-factor").await;
    assert!(page.texts("dd")[0].starts_with("Set up"), "{}", page.body);

    let mut browser = app.nobody();
    begin(&mut browser, ADA).await;
    for path in ["/", "/fleet", "/profile", "/profile/second-factor"] {
        assert_eq!(browser.get(path).await.status, StatusCode::SEE_OTHER, "{path}: a password is not enough");
    }
    let wrong = enter(&browser, "000000").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.texts(".invalid-feedback")[0].contains("wrong"));
    let done = enter(&browser, &phone.code(1)).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"));
    assert!(is_signed_in(&browser.get("/").await));
}

#[actix_web::test]
async fn a_sign_in_that_has_begun_ends_with_the_sessions() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    let (phone, _) = set_up(&ada).await;
    let id = user(&app, ADA);
    let mut browser = app.nobody();

    begin(&mut browser, ADA).await;
    let hash = says(&app, &format!("SELECT password_hash FROM users WHERE id = {id}"));
    let token = browser.get("/sign-in/second-factor").await.value_of("input[name=_csrf]");
    app.db.run(|conn| fleet::people::set_password(conn, id, &hash, None));
    let late = [("_csrf", token.as_str()), ("code", &phone.code(1))];
    let late = browser.send_form("/sign-in/second-factor", &late).await;
    assert_eq!((late.status, late.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(browser.get("/profile").await.status, StatusCode::SEE_OTHER);

    // Who still knows the password begins again.
    begin(&mut browser, ADA).await;
    assert_eq!(enter(&browser, &phone.code(1)).await.header("location"), "/");
    let mut another = app.nobody();
    begin(&mut another, ADA).await;
    let kept = "SELECT uid FROM sessions WHERE user_id IS NOT NULL LIMIT 1";
    let kept = says(&app, kept).parse().expect("a session");
    app.db.run(|conn| fleet::sessions::end_others(conn, id, kept, None));
    assert_eq!(says(&app, "SELECT count(*) FROM sessions WHERE pending_user_id IS NOT NULL"), "0");
}

#[actix_web::test]
async fn the_log_tells_what_somebody_has_signed_in_with() {
    let World { app, .. } = world().await;
    let (phone, codes) = set_up(&app.sign_in(ADA).await).await;
    for code in [&phone.code(1), &codes[0]] {
        let mut browser = app.nobody();
        begin(&mut browser, ADA).await;
        assert_eq!(enter(&browser, code).await.status, StatusCode::SEE_OTHER);
    }
    let told =
        "SELECT string_agg(after ->> 'with', ', ' ORDER BY id) FROM audit_events WHERE action = 'signed_in'";
    assert_eq!(says(&app, told), "password, password and app, password and recovery code");
}

#[actix_web::test]
async fn a_code_is_taken_once_and_none_before_it() {
    let World { app, .. } = world().await;
    let (phone, _) = set_up(&app.sign_in(ADA).await).await;
    let code = phone.code(1);
    let mut first = app.nobody();
    begin(&mut first, ADA).await;
    assert_eq!(enter(&first, &code).await.status, StatusCode::SEE_OTHER);
    for replayed in [&code, &phone.code(0)] {
        let mut second = app.nobody();
        begin(&mut second, ADA).await;
        assert_eq!(enter(&second, replayed).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!is_signed_in(&second.get("/").await));
    }
}

#[actix_web::test]
async fn of_two_who_use_a_code_at_once_one_gets_in() {
    let World { app, .. } = world().await;
    let (phone, _) = set_up(&app.sign_in(ADA).await).await;
    let (code, ada) = (phone.code(1), user(&app, ADA));
    let taken = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let mut conn = app.db.connect();
                if fleet::second_factor::prove(&mut conn, Some(&sealer()), ada, &code, None)
                    .expect("an answer")
                    .is_some()
                {
                    taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.into_inner(), 1);
}

#[actix_web::test]
async fn an_app_is_not_set_up_with_a_wrong_code_password_or_page() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    let (_, wrong) = try_set_up(&ada, |_| "000000".to_owned(), PASSWORD).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.attribute(".invalid-feedback", "id").as_deref(), Some("error-code"));
    assert_eq!(wrong.value_of("input[name=code]"), "000000", "what was typed is kept");
    let (phone, wrong) = try_set_up(&ada, |phone| phone.code(0), "not mine").await;
    assert_eq!(wrong.attribute(".invalid-feedback", "id").as_deref(), Some("error-current"));
    let shown = Secret::try_from_base32(&wrong.texts("#app-key")[0]).expect("a secret");
    assert!(shown.as_bytes() == phone.0.as_bytes(), "the secret that was set up stays");

    // A secret that was sealed for somebody else is no use.
    let nora = app.sign_in(NORA).await;
    let page = nora.get("/profile/second-factor/app/new").await;
    let noras = Phone(Secret::try_from_base32(&page.texts("#app-key")[0]).expect("a secret"));
    let sealed = page.value_of("input[name=sealed]");
    for sealed in [sealed.as_str(), "", "AAAA", "not base32!"] {
        let form = [("sealed", sealed), ("code", &noras.code(0)), ("current", PASSWORD)];
        let answer = ada.post("/profile/second-factor/app", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(says(&app, "SELECT count(*) FROM totp_secrets"), "0");
    app.nobody().sign_in(ADA, PASSWORD).await;
}

#[actix_web::test]
async fn a_second_app_is_not_set_up_before_the_first_is_removed() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    set_up(&ada).await;
    let (_, answer) = try_set_up(&ada, |phone| phone.code(0), PASSWORD).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.texts("[role=alert]")[0].contains("already"));
}

#[actix_web::test]
async fn secrets_and_recovery_codes_are_not_stored_as_they_are() {
    let World { app, .. } = world().await;
    let (phone, codes) = set_up(&app.sign_in(ADA).await).await;
    let hex: Vec<String> = phone.0.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let hex = hex.concat();
    assert_eq!(
        says(&app, &format!("SELECT count(*) FROM totp_secrets WHERE encode(sealed, 'hex') LIKE '%{hex}%'")),
        "0"
    );
    let bare = codes[0].replace('-', "");
    assert_eq!(
        says(&app, &format!("SELECT count(*) FROM recovery_codes WHERE code_hash = sha256('{bare}')")),
        "1"
    );
    // A sealed secret that is moved to another person opens nothing.
    run(
        &app,
        "INSERT INTO totp_secrets (user_id, sealed, last_step) \
         SELECT (SELECT id FROM users WHERE email LIKE 'nora%'), sealed, 0 FROM totp_secrets",
    );
    run(&app, "UPDATE users SET has_second_factor = true");
    let mut nora = app.nobody();
    begin(&mut nora, NORA).await;
    assert_eq!(enter(&nora, &phone.code(0)).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[actix_web::test]
async fn a_recovery_code_stands_in_once_and_can_be_typed_in_any_way() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    let (_, codes) = set_up(&ada).await;
    let typed = format!(" {} ", codes[3].to_lowercase().replace('-', " "));
    let mut browser = app.nobody();
    begin(&mut browser, ADA).await;
    assert_eq!(enter(&browser, &typed).await.status, StatusCode::SEE_OTHER);
    let start = browser.get("/").await;
    assert!(start.texts(".toast-body")[0].contains("7 recovery codes"), "{:?}", start.texts(".toast-body"));
    let mut again = app.nobody();
    begin(&mut again, ADA).await;
    assert_eq!(enter(&again, &codes[3]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // New codes take the place of the old ones.
    let renewed = ada.post("/profile/second-factor/recovery-codes", &[("current", PASSWORD)]).await;
    assert_eq!(renewed.texts(".recovery-codes code").len(), 8, "{}", renewed.body);
    // Sign-ins that had begun have ended with the other sessions.
    begin(&mut again, ADA).await;
    assert_eq!(enter(&again, &codes[0]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(enter(&again, &renewed.texts(".recovery-codes code")[0]).await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn removing_the_app_takes_the_password_and_the_recovery_codes_go_with_it() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    set_up(&ada).await;
    let path = "/profile/second-factor/app/removal";
    let wrong = ada.post(path, &[("current", "not mine")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(says(&app, "SELECT count(*) FROM totp_secrets"), "1");
    assert_eq!(ada.post(path, &[("current", PASSWORD)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(says(&app, "SELECT count(*) FROM recovery_codes"), "0");
    app.nobody().sign_in(ADA, PASSWORD).await;
}

#[actix_web::test]
async fn guessing_codes_is_slowed_down_and_says_for_how_long() {
    let World { app, .. } = world().await;
    set_up(&app.sign_in(ADA).await).await;
    let mut browser = app.nobody();
    begin(&mut browser, ADA).await;
    let token = browser.get("/sign-in/second-factor").await.value_of("input[name=_csrf]");
    let mut refused = None;
    for n in 0..40 {
        let code = format!("{n:06}");
        let form = [("_csrf", token.as_str()), ("code", code.as_str())];
        let answer = browser.send_form("/sign-in/second-factor", &form).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    assert!(refused.expect("forty are too many").header("retry-after").parse::<u64>().is_ok());
}

#[actix_web::test]
async fn the_session_of_the_first_step_opens_nothing_after_the_second_and_ends_by_itself() {
    let World { app, .. } = world().await;
    let (phone, _) = set_up(&app.sign_in(ADA).await).await;
    let mut browser = app.nobody();
    let first = begin(&mut browser, ADA).await;
    let cookies = first.headers.get_all("set-cookie");
    let planted = cookies.iter().find_map(|c| c.to_str().ok().filter(|c| c.starts_with("simyard_session=")));
    let planted = planted.and_then(|c| c.split(';').next()).expect("a session cookie").to_owned();
    assert_eq!(enter(&browser, &phone.code(1)).await.status, StatusCode::SEE_OTHER);
    let old = app.nobody().send(Method::GET, "/", |request| request.header("cookie", &planted)).await;
    assert_eq!(old.status, StatusCode::SEE_OTHER, "the id has changed");

    let mut slow = app.nobody();
    begin(&mut slow, ADA).await;
    run(
        &app,
        "UPDATE sessions SET state = jsonb_set(state, '{pending}', to_jsonb(replace(state->>'pending', \
             to_char(now() AT TIME ZONE 'utc', 'YYYY'), '2020'))) WHERE state ? 'pending'",
    );
    let late = slow.get("/sign-in/second-factor").await;
    assert_eq!((late.status, late.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
}

#[actix_web::test]
async fn a_reset_password_leaves_the_second_factor() {
    let World { app, .. } = world().await;
    let (phone, _) = set_up(&app.sign_in(ADA).await).await;
    let ada = user(&app, ADA);
    app.db.run(|conn| {
        fleet::password_resets::ask(conn, ADA)?;
        fleet::password_resets::answer_next(conn, "the-token", |_, _| fleet::outbox::Letter {
            subject: String::new(),
            text: String::new(),
            html: String::new(),
        })?;
        let hash = fleet::people::password_hash(conn, ada)?.expect("a hash");
        fleet::password_links::redeem(conn, "the-token", &hash, None)
    });
    let mut browser = app.nobody();
    begin(&mut browser, ADA).await;
    assert_eq!(enter(&browser, &phone.code(1)).await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn an_administrator_removes_the_second_factor_of_a_user_who_has_lost_it() {
    let World { app, northwind, .. } = world().await;
    app.db.member("ola@northwind.example", northwind, Role::Viewer);
    let ola = app.sign_in("ola@northwind.example").await;
    set_up(&ola).await;
    let nora = app.sign_in(NORA).await;
    let list = nora.get("/administration/users").await;
    let row =
        |page: &Page| page.texts("tr[data-row]").into_iter().find(|row| row.contains("ola@")).expect("a row");
    assert!(row(&list).contains("App"), "{}", row(&list));
    let path = format!("/administration/users/{}/second-factor/removal", user(&app, "ola@northwind.example"));
    assert_eq!(nora.fragment(&format!("{path}/new")).await.status, StatusCode::OK);
    let answer = nora.post(&path, &[("", "")]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert!(!is_signed_in(&ola.get("/").await), "signed out everywhere");
    app.nobody().sign_in("ola@northwind.example", PASSWORD).await;
    assert!(row(&nora.get("/administration/users").await).contains("None"));
    assert_eq!(says(&app, "SELECT count(*) FROM recovery_codes"), "0");
    // Not one's own that way, and not that of somebody who is no user here.
    for (email, status) in [(NORA, StatusCode::UNPROCESSABLE_ENTITY), (ADA, StatusCode::NOT_FOUND)] {
        let path = format!("/administration/users/{}/second-factor/removal", user(&app, email));
        assert_eq!(nora.post(&path, &[("", "")]).await.status, status, "{email}");
    }
}

#[actix_web::test]
async fn nobody_loses_a_second_factor_to_an_administrator_of_one_of_their_companies() {
    let World { app, northwind, .. } = world().await;
    set_up(&app.sign_in(ADA).await).await;
    let ada = user(&app, ADA);
    app.db.run(|conn| testing::member(conn, ada, northwind, Role::Viewer));
    let nora = app.sign_in(NORA).await;
    let answer = nora.post(&format!("/administration/users/{ada}/second-factor/removal"), &[("", "")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.texts("[role=alert]")[0].contains("administers all of them"), "{}", answer.body);
    assert_eq!(says(&app, "SELECT count(*) FROM totp_secrets"), "1");
}
