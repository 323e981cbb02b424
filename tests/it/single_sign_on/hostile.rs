//! What is not believed.

use std::time::Duration;

use fleet::single_sign_on::reach::Reach;
use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::{HERE, says, target, world, world_with};

const VERA: &str = "vera@meridian.example";

#[actix_web::test]
async fn an_id_token_that_is_not_what_it_should_be_opens_nothing() {
    let world = world().await;
    for manner in [
        "forged",
        "unsigned",
        "signed with the client secret",
        "another nonce",
        "no nonce",
        "expired",
        "not yet valid",
        "another issuer",
        "another audience",
    ] {
        world.provider.behaves(manner).await;
        let said = world.is_refused(VERA, "v1").await;
        assert!(said.contains("ID token is not accepted"), "{manner}: {said}");
    }
    assert_eq!(says(&world.app, "SELECT count(*) FROM users"), "1", "nobody was made");
    let told = "SELECT count(*) || ' ' || min(subject) FROM audit_events WHERE action = 'sign_in_failed'";
    assert_eq!(
        says(&world.app, told),
        "1 single sign-on",
        "the same is told once a minute, and no address that is nobody's"
    );
    world.provider.behaves("address in the token").await;
    world.is_in(VERA, "v1").await;
}

#[actix_web::test]
async fn nobody_fills_the_log_of_a_company_and_no_address_is_kept_that_is_nobody_s() {
    let world = world().await;
    world.app.db.member(VERA, world.meridian, Role::Viewer);
    let comes_back = async |email: &str, how: &str| {
        let browser = world.app.nobody();
        let departure = world.begins(&browser, email).await;
        let target = target(&departure);
        let (_, rest) = target.split_once("state=").expect("a state");
        let state = rest.split('&').next().unwrap_or_default();
        let answer = browser.get(&format!("/sign-in/single-sign-on/callback?state={state}&{how}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    };
    for n in 0..5 {
        comes_back(&format!("x{n}@meridian.example"), "error=access_denied").await;
    }
    comes_back(VERA, "error=access_denied").await;
    comes_back(VERA, "code=1&iss=https://elsewhere.example").await;
    let told = "SELECT string_agg(subject || ': ' || (after ->> 'why'), ' ' ORDER BY id) FROM audit_events \
         WHERE action = 'sign_in_failed'";
    assert_eq!(
        says(&world.app, told),
        format!(
            "single sign-on: The provider did not sign you in. {VERA}: The answer came from another provider."
        )
    );
}

#[actix_web::test]
async fn an_answer_to_another_browser_s_sign_in_is_refused() {
    let world = world().await;
    let (vera, wim) = (world.app.nobody(), world.app.nobody());
    let of_vera = world.way_back(&vera, VERA, "v1").await;
    let of_wim = world.way_back(&wim, "wim@meridian.example", "w1").await;
    let answer = wim.get(&of_vera).await;
    let said = world.stays_out(&wim, &answer).await;
    assert!(said.contains("not the answer"), "{said}");
    let nobody = world.app.nobody();
    assert_eq!(nobody.get(&of_vera).await.header("location"), "/sign-in?password=again");
    assert_eq!(wim.get(&of_wim).await.status, StatusCode::SEE_OTHER, "his own is not lost");
}

#[actix_web::test]
async fn a_code_of_another_sign_in_is_worth_nothing() {
    let world = world().await;
    let (vera, wim) = (world.app.nobody(), world.app.nobody());
    let of_vera = world.way_back(&vera, VERA, "v1").await;
    let of_wim = world.way_back(&wim, "wim@meridian.example", "w1").await;
    let part = |path: &str, name: &str| {
        let (_, query) = path.split_once('?').expect("a query");
        query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).expect("a part").to_owned()
    };
    let (code, state) = (part(&of_vera, "code"), part(&of_wim, "state"));
    let answer = wim.get(&format!("/sign-in/single-sign-on/callback?code={code}&state={state}")).await;
    let said = world.stays_out(&wim, &answer).await;
    assert!(said.contains("did not take the code"), "its verifier is in the other session: {said}");
}

#[actix_web::test]
async fn an_answer_is_taken_once() {
    let world = world().await;
    let browser = world.app.nobody();
    let back = world.way_back(&browser, VERA, "v1").await;
    assert_eq!(browser.get(&back).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get(&back).await.header("location"), "/sign-in?password=again");
}

#[actix_web::test]
async fn an_answer_from_another_provider_is_refused() {
    let world = world().await;
    let browser = world.app.nobody();
    let back = world.way_back(&browser, VERA, "v1").await;
    let (kept, _) = back.split_once("&iss=").expect("who answers");
    let answer = browser.get(&format!("{kept}&iss=https%3A%2F%2Fanother.example")).await;
    assert!(world.stays_out(&browser, &answer).await.contains("another provider"));
}

#[actix_web::test]
async fn an_address_that_is_not_verified_or_of_another_domain_is_refused() {
    let world = world().await;
    let said = world.is_refused(VERA, "x1").await;
    assert!(said.contains("not verified"), "{said}");
    let said = world.is_refused(VERA, "n1").await;
    assert!(said.contains("northwind.example is no domain of Meridian IoT"), "{said}");
    world.provider.behaves("address in the token").await;
    assert!(world.is_refused(VERA, "x1").await.contains("not verified"));
    assert_eq!(says(&world.app, "SELECT count(*) FROM users"), "1", "nobody was made");
}

#[actix_web::test]
async fn whoever_does_not_sign_in_there_is_not_signed_in_here() {
    let world = world().await;
    assert!(world.is_refused(VERA, "").await.contains("did not sign you in"));
}

#[actix_web::test]
async fn a_domain_that_was_withdrawn_opens_nothing_any_more() {
    use fleet::single_sign_on::domains::{self, Domain};
    let world = world().await;
    world.is_in(VERA, "v1").await;
    let browser = world.app.nobody();
    let back = world.way_back(&browser, VERA, "v1").await;
    let domain = Domain::parse("meridian.example").unwrap();
    domains::withdraw(&mut world.app.db.console(), &domain).unwrap();
    let answer = browser.get(&back).await;
    assert!(world.stays_out(&browser, &answer).await.contains("no domain of"));
    assert_eq!(world.begins(&browser, VERA).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn a_provider_that_does_not_answer_as_it_should_is_told_of_in_a_sentence() {
    let world = world().await;
    for (manner, words) in [
        ("huge", "more than 256 KB"),
        ("not JSON", "no OpenID configuration"),
        ("elsewhere", "not followed"),
        ("failing", "answered 500"),
    ] {
        world.provider.behaves(manner).await;
        let browser = world.app.nobody();
        let answer = world.begins(&browser, VERA).await;
        let said = world.stays_out(&browser, &answer).await;
        assert!(said.contains(words), "{manner}: {said}");
        let tested = world.ada.post(&format!("{HERE}/tests"), &[("issuer", &world.provider.issuer)]).await;
        assert!(tested.texts("[role=alert]").join(" ").contains(words), "{manner}");
    }
}

#[actix_web::test]
async fn nobody_waits_long_for_a_provider_that_is_silent() {
    let world = world_with(|settings| {
        settings.reach = Reach::new(vec!["127.0.0.0/8".parse().unwrap()], Duration::from_millis(500));
    })
    .await;
    world.provider.behaves("silent").await;
    let tested = world.ada.post(&format!("{HERE}/tests"), &[("issuer", &world.provider.issuer)]).await;
    assert_eq!(tested.texts("[role=alert]"), ["It did not answer in time."]);
}

#[actix_web::test]
async fn a_provider_that_is_gone_lets_nobody_in() {
    let world = world().await;
    let browser = world.app.nobody();
    let departure = world.begins(&browser, VERA).await;
    let back = world.provider.signs_in(&target(&departure), "v1").await;
    let super::World { app, provider, .. } = world;
    drop(provider);
    let answer = browser.get(&back).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.texts("[role=alert]").join(" ").contains("Nothing listens"), "{}", answer.body);
    assert_eq!(browser.get("/profile").await.status, StatusCode::SEE_OTHER);
    drop(app);
}

#[actix_web::test]
async fn what_is_not_public_is_asked_for_nobody() {
    let world = world_with(|settings| settings.reach = Reach::default()).await;
    for issuer in
        [&*world.provider.issuer, "https://169.254.169.254", "https://[::ffff:10.0.0.1]", "https://localhost"]
    {
        let tested = world.ada.post(&format!("{HERE}/tests"), &[("issuer", issuer)]).await;
        let said = tested.texts("[role=alert]").join(" ");
        assert!(said.contains("not public"), "{issuer}: {said}");
    }
}
