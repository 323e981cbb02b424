//! The second factor once more, before what decides who can sign in is changed, and the key that the session gets with that.

use reqwest::{Method, StatusCode};

use super::{ADA, NORA, World, run, says, set_up, world};
use crate::support::{Client, PASSWORD, Page, TestApp};

const REMOVAL: &str = "/profile/second-factor/app/removal";
const PROOFS: &str = "/profile/second-factor/proofs";

/// Lets all that was shown be too long ago.
fn forget_proofs(app: &TestApp) {
    run(app, "UPDATE sessions SET state = state - 'proved'");
}

async fn remove(client: &Client) -> Page {
    client.post(REMOVAL, &[("current", PASSWORD)]).await
}

async fn show(client: &Client, code: &str) -> Page {
    client.post(PROOFS, &[("code", code), ("next", "/profile")]).await
}

/// The cookie of the client's session, as it is now.
async fn cookie(client: &Client) -> String {
    let page = client.get("/profile").await;
    let all = page.headers.get_all("set-cookie");
    let own = all.iter().find_map(|c| c.to_str().ok().filter(|c| c.starts_with("simyard_session=")));
    own.and_then(|c| c.split(';').next()).expect("a session cookie").to_owned()
}

async fn opens(app: &TestApp, cookie: &str) -> bool {
    let answer = app.nobody().send(Method::GET, "/", |request| request.header("cookie", cookie)).await;
    answer.status == StatusCode::OK
}

#[actix_web::test]
async fn a_password_alone_changes_no_way_in_of_somebody_who_has_a_second_factor() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    set_up(&ada).await;
    forget_proofs(&app);
    let page = ada.get("/profile/second-factor").await;
    let link = page.attribute("a.alert-link", "href").expect("what is missing is said beforehand");
    assert_eq!(link, "/profile/second-factor/proofs/new?next=/profile/second-factor");
    let new = "a meter on every wall";
    for (path, form) in [
        (REMOVAL, vec![]),
        ("/profile/second-factor/recovery-codes", vec![]),
        ("/profile/password", vec![("password", new), ("repeat", new)]),
        ("/profile/api-tokens", vec![("name", "Program"), ("days", "30"), ("permissions", "fleet.view")]),
    ] {
        let form: Vec<_> = form.into_iter().chain([("current", PASSWORD)]).collect();
        let refused = ada.post(path, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(refused.body.contains("Show your second factor first"), "{path}: {}", refused.body);
    }
    let kept = "SELECT (SELECT count(*) FROM totp_secrets) || ' ' || (SELECT count(*) FROM api_tokens)";
    assert_eq!(says(&app, kept), "1 0");
    let unlinked = ada.post("/profile/single-sign-on/removals", &[("current", PASSWORD)]).await;
    assert_eq!(unlinked.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Whoever has lost a device must still be able to sign it out.
    let ended = ada.post("/profile/sessions/endings", &[("session", "others"), ("current", PASSWORD)]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
    // Nobody is asked for what they don't have.
    let nora = app.sign_in(NORA).await;
    assert!(nora.get("/profile").await.attribute("a.alert-link", "href").is_none());
    set_up(&nora).await;
}

#[actix_web::test]
async fn a_second_factor_that_was_shown_opens_changes_for_a_while() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    let (phone, codes) = set_up(&ada).await;
    forget_proofs(&app);
    assert_eq!(ada.get("/profile/second-factor/proofs/new").await.status, StatusCode::OK);
    let wrong = show(&ada, "000000").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.texts(".invalid-feedback")[0].contains("wrong"), "{}", wrong.body);
    assert_eq!(wrong.value_of("input[name=next]"), "/profile", "where to go is kept");
    assert_eq!(remove(&ada).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // The same one below, also where half a minute begins in between.
    let code = phone.code(1);
    let shown = show(&ada, &code).await;
    assert_eq!((shown.status, shown.header("location")), (StatusCode::SEE_OTHER, "/profile"));
    assert!(ada.get("/profile/second-factor").await.attribute("a.alert-link", "href").is_none());
    let renewed = ada.post("/profile/second-factor/recovery-codes", &[("current", "not mine")]).await;
    assert_eq!(renewed.status, StatusCode::UNPROCESSABLE_ENTITY, "the password is asked for all the same");

    forget_proofs(&app);
    assert_eq!(show(&ada, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a code counts once");
    let outside = ada.post(PROOFS, &[("code", codes[0].as_str()), ("next", "//evil.example")]).await;
    assert_eq!(
        (outside.status, outside.header("location")),
        (StatusCode::SEE_OTHER, "/profile/second-factor")
    );
    let next = ada.get("/profile/second-factor").await;
    assert!(next.texts(".toast-body")[0].contains("7 recovery codes"), "{:?}", next.texts(".toast-body"));
    run(
        &app,
        "UPDATE sessions SET state = jsonb_set(state, '{proved}', to_jsonb(replace(state->>'proved', \
             to_char(now() AT TIME ZONE 'utc', 'YYYY'), '2020'))) WHERE state ? 'proved'",
    );
    assert_eq!(remove(&ada).await.status, StatusCode::UNPROCESSABLE_ENTITY, "for a while only");
    assert_eq!(show(&ada, &codes[1]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(remove(&ada).await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn guessing_the_second_factor_in_the_profile_is_slowed_down_as_at_sign_in() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    set_up(&ada).await;
    let mut refused = false;
    for n in 0..40 {
        refused |= show(&ada, &format!("{n:06}")).await.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(refused);
}

#[actix_web::test]
async fn the_session_gets_another_key_with_each_confirmation_and_keeps_its_age() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    let session = "SELECT string_agg(uid || ' ' || created_at, ', ') FROM sessions";
    let before = says(&app, session);
    let signed_in = cookie(&ada).await;
    assert!(opens(&app, &signed_in).await);
    let wrong = ada.post("/profile/sessions/endings", &[("session", "others"), ("current", "no")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(opens(&app, &signed_in).await, "nothing was confirmed");

    let (phone, _) = set_up(&ada).await;
    assert!(!opens(&app, &signed_in).await, "the key from before leads nowhere");
    let confirmed = cookie(&ada).await;
    assert!(opens(&app, &confirmed).await);
    assert_eq!(show(&ada, &phone.code(1)).await.status, StatusCode::SEE_OTHER);
    assert!(!opens(&app, &confirmed).await);
    assert_eq!(ada.get("/").await.status, StatusCode::OK, "whoever confirmed goes on");
    assert_eq!(says(&app, session), before, "it ends when it would have ended");
}
