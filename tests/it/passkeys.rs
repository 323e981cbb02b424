//! Passkeys: adding them, signing in with them, and answers that are none.

mod alone;

use fleet::ids::UserId;
use fleet::second_factor::Party;
use fleet::tenancy::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use simyard::app::Settings;
use url::Url;
use webauthn_authenticator_rs::AuthenticatorBackend;
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use crate::support::{Client, PASSWORD, Page, TestApp, TestDb, test_settings};

const ADA: &str = "ada@meridian.example";
const OMAR: &str = "omar@meridian.example";
const HERE: &str = "https://sims.example.com";
const NEW: &str = "/profile/second-factor/passkeys/challenges";
const CREATE: &str = "/profile/second-factor/passkeys";
const PROVE: &str = "/sign-in/second-factor/passkey";

async fn world() -> TestApp {
    let app = TestApp::start_with(Settings { passkeys: Party::at(HERE), ..test_settings() }).await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    app.db.member(ADA, meridian, Role::Administrator);
    app.db.member(OMAR, meridian, Role::Operator);
    app
}

/// A device that makes passkeys, and asks nobody for a finger.
struct Device(SoftPasskey);

impl Device {
    fn new() -> Self {
        Self(SoftPasskey::new(true))
    }

    /// Makes a passkey, as the page at `origin` asks for one.
    fn make(&mut self, page: &Page, origin: &str) -> String {
        let options = serde_json::from_value(options(page)["publicKey"].clone()).expect("options");
        let made = self.0.perform_register(Url::parse(origin).expect("an origin"), options, 60_000);
        serde_json::to_string(&made.expect("a passkey")).expect("an answer")
    }

    /// Signs what is asked for.
    fn sign(&mut self, options: &Value, origin: &str) -> Value {
        let options = serde_json::from_value(options["publicKey"].clone()).expect("options");
        let signed = self.0.perform_auth(Url::parse(origin).expect("an origin"), options, 60_000);
        serde_json::to_value(signed.expect("a signature")).expect("an answer")
    }
}

/// What the browser is to hand to the device.
fn options(page: &Page) -> Value {
    let options =
        page.attribute("form[data-passkey]", "data-options").unwrap_or_else(|| panic!("{}", page.body));
    serde_json::from_str(&options).expect("JSON")
}

async fn ask_to_add(client: &Client, name: &str, password: &str) -> Page {
    client.post(NEW, &[("name", name), ("current", password)]).await
}

/// Adds a passkey, and gives the recovery codes that are shown.
async fn add(client: &Client, device: &mut Device, name: &str) -> Vec<String> {
    let page = ask_to_add(client, name, PASSWORD).await;
    let answer = device.make(&page, HERE);
    let done = client.post(CREATE, &[("name", name), ("answer", &answer)]).await;
    assert!(matches!(done.status, StatusCode::OK | StatusCode::SEE_OTHER), "{}", done.body);
    done.texts(".recovery-codes code")
}

/// A browser in which the password was right, and the page that asks for the second factor.
async fn begin(app: &TestApp, email: &str) -> (Client, Page) {
    let mut browser = app.nobody();
    let answer = browser.try_sign_in(email, PASSWORD).await;
    assert_eq!(answer.header("location"), "/sign-in/second-factor");
    let page = browser.get("/sign-in/second-factor").await;
    (browser, page)
}

async fn send(browser: &Client, page: &Page, answer: &str) -> Page {
    let token = page.value_of("input[name=_csrf]");
    browser.send_form(PROVE, &[("_csrf", token.as_str()), ("answer", answer)]).await
}

fn says(app: &TestApp, sql: &str) -> String {
    TestDb::ask(&mut app.db.connect(), sql)
}

fn run(app: &TestApp, sql: &str) {
    app.db.run(|conn| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?));
}

fn user(app: &TestApp, email: &str) -> UserId {
    app.db.run(|conn| fleet::people::credentials(conn, email)).expect("the person").0
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/").await.status == StatusCode::OK
}

#[actix_web::test]
async fn a_person_adds_a_passkey_and_signs_in_with_it_after_the_password() {
    let app = world().await;
    let (ada, elsewhere, mut device) = (app.sign_in(ADA).await, app.sign_in(ADA).await, Device::new());
    let codes = add(&ada, &mut device, "Work laptop").await;
    assert_eq!(codes.len(), fleet::second_factor::CODES, "the first factor brings recovery codes");
    assert!(is_signed_in(&ada).await);
    assert!(!is_signed_in(&elsewhere).await, "the other sessions have ended");
    let overview = ada.get("/profile/second-factor").await;
    assert!(overview.body.contains("Work laptop") && overview.body.contains("not used yet"));

    let (browser, page) = begin(&app, ADA).await;
    assert!(!is_signed_in(&browser).await);
    let answer = device.sign(&options(&page), HERE).to_string();
    let done = send(&browser, &page, &answer).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", done.body);
    assert!(is_signed_in(&browser).await);
    assert_eq!(says(&app, "SELECT last_used_at IS NOT NULL FROM passkeys"), "true");

    // A second one brings no codes, and can be used as well as the first.
    let mut phone = Device::new();
    let ada = app_signed_in_with(&app, &mut device).await;
    assert!(add(&ada, &mut phone, "Phone").await.is_empty());
    let (browser, page) = begin(&app, ADA).await;
    let answer = phone.sign(&options(&page), HERE).to_string();
    assert_eq!(send(&browser, &page, &answer).await.status, StatusCode::SEE_OTHER);
    // So can a recovery code.
    let (browser, page) = begin(&app, ADA).await;
    let form = [("_csrf", page.value_of("input[name=_csrf]")), ("code", codes[0].clone())];
    assert_eq!(browser.send_form("/sign-in/second-factor", &form).await.status, StatusCode::SEE_OTHER);
}

async fn app_signed_in_with(app: &TestApp, device: &mut Device) -> Client {
    let (mut browser, page) = begin(app, ADA).await;
    let answer = device.sign(&options(&page), HERE).to_string();
    assert_eq!(send(&browser, &page, &answer).await.status, StatusCode::SEE_OTHER);
    browser.open("/").await;
    browser
}

#[actix_web::test]
async fn a_passkey_is_shown_once_more_before_ways_in_change() {
    let app = world().await;
    let mut device = Device::new();
    let ada = app.sign_in(ADA).await;
    add(&ada, &mut device, "Work laptop").await;
    run(&app, "UPDATE sessions SET state = state - 'proved'");
    let refused = ask_to_add(&ada, "Phone", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Show your second factor first"), "{}", refused.body);
    assert_eq!(refused.value_of("input[name=name]"), "Phone", "what was typed is kept");

    let page = ada.get("/profile/second-factor/proofs/new?next=/profile").await;
    let answer = device.sign(&options(&page), HERE).to_string();
    let next = page.value_of("form[data-passkey] input[name=next]");
    let show = async |answer: &str| {
        let form = [("answer", answer), ("next", next.as_str())];
        ada.post("/profile/second-factor/proofs/passkey", &form).await
    };
    let wrong = show("{}").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        show(&answer).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it answers what was asked before"
    );
    let page = ada.get("/profile/second-factor/proofs/new?next=/profile").await;
    let shown = show(&device.sign(&options(&page), HERE).to_string()).await;
    assert_eq!((shown.status, shown.header("location")), (StatusCode::SEE_OTHER, "/profile"));
    add(&ada, &mut Device::new(), "Phone").await;
    let told = "SELECT count(*) FROM audit_events WHERE action = 'second_factor_wrong'";
    assert_eq!(says(&app, told), "2");
}

#[actix_web::test]
async fn a_passkey_is_not_made_without_the_password_and_a_name() {
    let app = world().await;
    let ada = app.sign_in(ADA).await;
    for (name, password, field) in [
        ("Laptop", "not mine", "error-current"),
        (" ", PASSWORD, "error-name"),
        (&"x".repeat(101), PASSWORD, "error-name"),
    ] {
        let answer = ask_to_add(&ada, name, password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.attribute(".invalid-feedback", "id").as_deref(), Some(field));
        assert_eq!(answer.value_of("input[name=name]"), name, "what was typed is kept");
        assert!(answer.attribute("form[data-passkey]", "data-options").is_none());
    }
    assert_eq!(says(&app, "SELECT count(*) FROM passkey_challenges"), "0", "no device is asked");
    // Nor one that nobody was asked for.
    let unasked = ada.post(CREATE, &[("name", "Laptop"), ("answer", "{}")]).await;
    assert_eq!(unasked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unasked.texts("[role=alert]")[0].contains("took too long"), "{}", unasked.body);
}

#[actix_web::test]
async fn a_passkey_is_stored_for_this_address_this_challenge_and_this_person_alone() {
    let app = world().await;
    let (ada, omar) = (app.sign_in(ADA).await, app.sign_in(OMAR).await);
    let asked = ask_to_add(&ada, "Laptop", PASSWORD).await;
    let made = Device::new().make(&asked, "https://sims.example.com.evil.example");
    let refused = ada.post(CREATE, &[("name", "Laptop"), ("answer", &made)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "another origin");

    let asked = ask_to_add(&ada, "Laptop", PASSWORD).await;
    let made = Device::new().make(&asked, HERE);
    ask_to_add(&omar, "Laptop", PASSWORD).await;
    let refused = omar.post(CREATE, &[("name", "Laptop"), ("answer", &made)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "what another person was asked");
    let taken = ada.post(CREATE, &[("name", "Laptop"), ("answer", &made)]).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
    let replayed = ada.post(CREATE, &[("name", "Laptop"), ("answer", &made)]).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY, "a second time");

    let asked = ask_to_add(&ada, "Phone", PASSWORD).await;
    let late = Device::new().make(&asked, HERE);
    run(&app, "UPDATE passkey_challenges SET expires_at = now() - interval '1 second'");
    let refused = ada.post(CREATE, &[("name", "Phone"), ("answer", &late)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "too late");
    assert_eq!(app.db.run(fleet::second_factor::purge), 1, "and removed");
    for garbage in ["", "{}", "null", "[]", &"[".repeat(100_000)] {
        ask_to_add(&ada, "Phone", PASSWORD).await;
        let refused = ada.post(CREATE, &[("name", "Phone"), ("answer", garbage)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(says(&app, "SELECT count(*) FROM passkeys"), "1");
}

#[actix_web::test]
async fn answers_that_are_not_to_what_was_asked_sign_nobody_in() {
    let app = world().await;
    let (mut device, mut others) = (Device::new(), Device::new());
    add(&app.sign_in(ADA).await, &mut device, "Laptop").await;
    add(&app.sign_in(OMAR).await, &mut others, "Laptop").await;

    // An answer is taken once, in the browser that was asked.
    let (browser, page) = begin(&app, ADA).await;
    let answer = device.sign(&options(&page), HERE).to_string();
    let (thief, asked) = begin(&app, ADA).await;
    assert_eq!(send(&thief, &asked, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!is_signed_in(&thief).await);
    assert_eq!(send(&browser, &page, &answer).await.status, StatusCode::SEE_OTHER);
    let (again, page) = begin(&app, ADA).await;
    assert_eq!(send(&again, &page, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // Of another origin, for another portal, changed on the way, of somebody else's device, and none at all.
    for origin in ["https://evil.example", "http://sims.example.com", "https://sims.example.com:8443"] {
        let (browser, page) = begin(&app, ADA).await;
        let answer = device.sign(&options(&page), origin).to_string();
        let refused = send(&browser, &page, &answer).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{origin}");
        assert!(refused.texts("[data-passkey-problem]")[0].contains("was not taken"), "{}", refused.body);
        // The page asks anew, and the right answer is taken.
        let answer = device.sign(&options(&refused), HERE).to_string();
        assert_eq!(send(&browser, &refused, &answer).await.status, StatusCode::SEE_OTHER);
    }
    let (browser, page) = begin(&app, ADA).await;
    let mut elsewhere = options(&page);
    elsewhere["publicKey"]["rpId"] = "evil.example".into();
    let answer = device.sign(&elsewhere, HERE).to_string();
    assert_eq!(send(&browser, &page, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let (browser, page) = begin(&app, ADA).await;
    let mut changed = device.sign(&options(&page), HERE);
    changed["response"]["signature"] = json!("AAAA");
    assert_eq!(send(&browser, &page, &changed.to_string()).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let (omars, page) = begin(&app, OMAR).await;
    let allowed = options(&page)["publicKey"]["allowCredentials"].clone();
    let (browser, page) = begin(&app, ADA).await;
    let mut swapped = options(&page);
    swapped["publicKey"]["allowCredentials"] = allowed;
    let answer = others.sign(&swapped, HERE).to_string();
    assert_eq!(send(&browser, &page, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        says(
            &app,
            "SELECT bool_and(last_used_at IS NULL) FROM passkeys k JOIN users u ON u.id = k.user_id WHERE email LIKE 'omar%'"
        ),
        "true"
    );
    for garbage in ["", "{}", "null"] {
        assert_eq!(send(&browser, &page, garbage).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(!is_signed_in(&browser).await && !is_signed_in(&omars).await);
    let wrong =
        "SELECT count(*) > 0 FROM audit_events WHERE action = 'second_factor_wrong' AND actor LIKE '%(ada@%'";
    assert_eq!(says(&app, wrong), "true");
}

#[actix_web::test]
async fn a_passkey_whose_counter_has_gone_back_is_refused_and_the_company_is_told() {
    let app = world().await;
    let mut device = Device::new();
    add(&app.sign_in(ADA).await, &mut device, "Laptop").await;
    // Two questions are open: the later answer comes first.
    let (first, first_page) = begin(&app, ADA).await;
    let (second, second_page) = begin(&app, ADA).await;
    let early = device.sign(&options(&first_page), HERE).to_string();
    let late = device.sign(&options(&second_page), HERE).to_string();
    assert_eq!(send(&second, &second_page, &late).await.status, StatusCode::SEE_OTHER);
    assert_eq!(send(&first, &first_page, &early).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!is_signed_in(&first).await);
    let told = "SELECT count(*) FROM audit_events WHERE action = 'passkey_refused'";
    assert_eq!(says(&app, told), "1");
    // So is one that counts less than what is stored with it.
    run(&app, "UPDATE passkeys SET credential = jsonb_set(credential, '{cred,counter}', '1000')");
    let (browser, page) = begin(&app, ADA).await;
    let answer = device.sign(&options(&page), HERE).to_string();
    assert_eq!(send(&browser, &page, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(says(&app, told), "2");
}

#[actix_web::test]
async fn of_two_who_send_an_answer_at_once_one_gets_in() {
    let app = world().await;
    let mut device = Device::new();
    add(&app.sign_in(ADA).await, &mut device, "Laptop").await;
    let (ada, party) = (user(&app, ADA), Party::at(HERE).expect("a party"));
    let asked = app
        .db
        .run(|conn| fleet::second_factor::passkeys::ask_to_prove(conn, &party, ada))
        .expect("a challenge");
    let options = serde_json::from_str(&asked.options).expect("JSON");
    let answer = device.sign(&options, HERE).to_string();
    let taken = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let mut conn = app.db.connect();
                let uid = Some(asked.uid);
                if fleet::second_factor::prove_with_passkey(&mut conn, &party, ada, uid, &answer, None)
                    .expect("an answer")
                {
                    taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.into_inner(), 1);
}

#[actix_web::test]
async fn removing_a_passkey_takes_the_password_and_nobody_removes_another_s() {
    let app = world().await;
    let (ada, omar) = (app.sign_in(ADA).await, app.sign_in(OMAR).await);
    add(&ada, &mut Device::new(), "Laptop").await;
    add(&omar, &mut Device::new(), "Omar's").await;
    let id =
        says(&app, "SELECT k.id FROM passkeys k JOIN users u ON u.id = k.user_id WHERE email LIKE 'ada%'");
    let remove = async |client: &Client, password: &str| {
        let form = [("passkey", id.as_str()), ("current", password)];
        client.post("/profile/second-factor/passkeys/removals", &form).await.status
    };
    assert_eq!(remove(&omar, PASSWORD).await, StatusCode::NOT_FOUND);
    assert_eq!(remove(&ada, "not mine").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(says(&app, "SELECT count(*) FROM passkeys"), "2");
    let users = ada.get("/administration/users").await;
    assert!(users.texts("tr[data-row]").iter().all(|row| row.contains("Passkey")), "{:?}", users.texts("tr"));
    assert_eq!(remove(&ada, PASSWORD).await, StatusCode::SEE_OTHER);
    assert_eq!(says(&app, "SELECT count(*) FROM recovery_codes"), "8", "Ada's went with her last factor");
    app.nobody().sign_in(ADA, PASSWORD).await;
}

#[actix_web::test]
async fn a_company_that_asks_for_a_second_factor_takes_a_passkey_and_an_administrator_resets_it() {
    let app = world().await;
    let (ada, omar) = (app.sign_in(ADA).await, app.sign_in(OMAR).await);
    add(&ada, &mut Device::new(), "Laptop").await;
    let rules = [("idle_minutes", "480"), ("hours", "168"), ("second_factor", "0")];
    assert_eq!(ada.post("/administration/security", &rules).await.status, StatusCode::SEE_OTHER);
    assert_eq!(omar.get("/fleet").await.status, StatusCode::FORBIDDEN);
    add(&omar, &mut Device::new(), "Phone").await;
    assert_eq!(omar.get("/fleet").await.status, StatusCode::OK);
    let path = format!("/administration/users/{}/second-factor/removal", user(&app, OMAR));
    assert_eq!(ada.post(&path, &[("", "")]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(says(&app, "SELECT count(*) FROM passkeys"), "1");
    assert!(!is_signed_in(&omar).await, "signed out everywhere");
    app.nobody().try_sign_in(OMAR, PASSWORD).await;
}

#[actix_web::test]
async fn there_are_no_passkeys_where_browsers_give_none() {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    app.db.member(ADA, meridian, Role::Administrator);
    let ada = app.sign_in(ADA).await;
    assert!(!ada.get("/profile/second-factor").await.body.contains("Add a passkey"));
    assert!(!app.nobody().get("/sign-in").await.body.contains("passkey"));
    for path in [NEW, CREATE] {
        let refused = ada.post(path, &[("name", "Laptop"), ("current", PASSWORD), ("answer", "{}")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
}
