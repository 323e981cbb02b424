//! Passkeys that sign in by themselves.

use reqwest::StatusCode;
use serde_json::json;

use super::{ADA, Device, HERE, OMAR, add, begin, is_signed_in, options, run, says, world};
use crate::support::{Client, Page, TestApp};

/// Asks for a passkey of anybody.
async fn ask_anybody(app: &TestApp) -> (Client, Page) {
    let browser = app.nobody();
    let token = browser.get("/sign-in").await.value_of("input[name=_csrf]");
    let form = [("_csrf", token.as_str()), ("next", "/fleet")];
    let page = browser.send_form("/sign-in/passkey/challenges", &form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    (browser, page)
}

/// The answer of a device that keeps for whom its passkeys are.
fn signed_by(app: &TestApp, device: &mut Device, page: &Page, credential: &str, whose: &str) -> String {
    let mut asked = options(page);
    let id = says(
        app,
        &format!(
            "SELECT translate(encode(credential_id, 'base64'), '+/=', '-_') FROM passkeys k JOIN users u ON u.id = k.user_id WHERE email = '{credential}'"
        ),
    );
    asked["publicKey"]["allowCredentials"] = json!([{ "type": "public-key", "id": id }]);
    let mut answer = device.sign(&asked, HERE);
    let handle = says(
        app,
        &format!(
            "SELECT translate(encode(uuid_send(passkey_handle), 'base64'), '+/=', '-_') FROM users WHERE email = '{whose}'"
        ),
    );
    answer["response"]["userHandle"] = handle.into();
    answer.to_string()
}

async fn send_alone(browser: &Client, page: &Page, answer: &str) -> Page {
    let token = page.value_of("input[name=_csrf]");
    let form = [("_csrf", token.as_str()), ("answer", answer), ("next", "/fleet")];
    browser.send_form("/sign-in/passkey", &form).await
}

#[actix_web::test]
async fn a_passkey_is_enough_by_itself() {
    let app = world().await;
    let mut device = Device::new();
    add(&app.sign_in(ADA).await, &mut device, "Laptop").await;
    let (browser, page) = ask_anybody(&app).await;
    assert_eq!(options(&page)["publicKey"]["userVerification"], "required");
    let answer = signed_by(&app, &mut device, &page, ADA, ADA);
    let done = send_alone(&browser, &page, &answer).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/fleet"), "{}", done.body);
    assert!(is_signed_in(&browser).await);

    let (other, page) = ask_anybody(&app).await;
    assert_eq!(send_alone(&other, &page, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY, "replayed");
    let (other, page) = ask_anybody(&app).await;
    let forged = signed_by(&app, &mut device, &page, ADA, OMAR);
    let refused = send_alone(&other, &page, &forged).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "said to be somebody else's");
    assert!(refused.texts("[data-passkey-problem]")[0].contains("was not taken"));
    assert!(!is_signed_in(&other).await);
    // The answer to a second step is none to this one.
    let (_, second) = begin(&app, ADA).await;
    let answer = device.sign(&options(&second), HERE).to_string();
    let (other, page) = ask_anybody(&app).await;
    assert_eq!(send_alone(&other, &page, &answer).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!is_signed_in(&other).await);
}

#[actix_web::test]
async fn a_passkey_is_no_way_around_a_company_that_asks_for_single_sign_on() {
    let app = world().await;
    let mut device = Device::new();
    add(&app.sign_in(OMAR).await, &mut device, "Laptop").await;
    run(
        &app,
        "INSERT INTO identity_providers (company_id, issuer, client_id, client_secret, required) \
         SELECT id, 'https://id.example', 'simyard', '', true FROM companies",
    );
    run(&app, "INSERT INTO identity_domains SELECT 'meridian.example', id FROM companies");
    let (browser, page) = ask_anybody(&app).await;
    let answer = signed_by(&app, &mut device, &page, OMAR, OMAR);
    let refused = send_alone(&browser, &page, &answer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts("[data-passkey-problem]")[0].contains("single sign-on"));
    assert!(!is_signed_in(&browser).await);
    assert_eq!(says(&app, "SELECT count(*) FROM audit_events WHERE action = 'sign_in_failed'"), "1");
}

#[actix_web::test]
async fn wrong_passwords_hold_up_no_passkey() {
    let app = world().await;
    let mut device = Device::new();
    add(&app.sign_in(ADA).await, &mut device, "Laptop").await;
    let guess = async |email: &str| {
        app.nobody().try_sign_in(email, "wrong").await.status == StatusCode::TOO_MANY_REQUESTS
    };
    let mut refused = false;
    for _ in 0..200 {
        refused = refused || guess(ADA).await;
    }
    // From then on the address has to wait for any account.
    for n in 0..400 {
        if refused && guess(&format!("{n}@meridian.example")).await {
            break;
        }
    }
    assert!(refused, "guessing goes on");
    let (browser, page) = ask_anybody(&app).await;
    let answer = signed_by(&app, &mut device, &page, ADA, ADA);
    assert_eq!(send_alone(&browser, &page, &answer).await.status, StatusCode::SEE_OTHER);
    assert!(is_signed_in(&browser).await);
}
