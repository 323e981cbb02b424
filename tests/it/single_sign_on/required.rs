//! Where there is no other way in.

use fleet::single_sign_on::domains::{self, Domain};
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use super::{says, world};
use crate::support::PASSWORD;

const VERA: &str = "vera@meridian.example";

#[actix_web::test]
async fn a_password_is_refused_in_the_same_words_whoever_it_is_of() {
    let world = world().await;
    let db = &world.app.db;
    db.member(VERA, world.meridian, Role::Viewer);
    let (northwind, _) = db.company(None, "Northwind Metering");
    db.member("stranger@meridian.example", northwind, Role::Viewer);
    let ada = says(&world.app, "SELECT id FROM users WHERE email LIKE 'ada%'");
    let answer = world.save(&[("required", "on"), ("exempt", &ada)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);

    let mut said = Vec::new();
    for (email, password) in [
        (VERA, PASSWORD),
        (VERA, "wrong"),
        ("nobody@meridian.example", PASSWORD),
        ("ada@meridian.example", "wrong"),
    ] {
        let answer = world.app.nobody().try_sign_in(email, password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        said.push(answer.texts("[role=alert]"));
    }
    assert!(said[0][0].contains("single sign-on"), "{said:?}");
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");

    let kept = world.app.nobody().try_sign_in("ada@meridian.example", PASSWORD).await;
    assert_eq!(kept.header("location"), "/sign-in/second-factor", "Ada keeps her password");
    let stranger = world.app.nobody().try_sign_in("stranger@meridian.example", PASSWORD).await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER, "Meridian has no say in who is none of its users");
    world.is_in(VERA, "v1").await;
}

#[actix_web::test]
async fn somebody_keeps_a_password_and_a_second_factor_for_when_the_provider_fails() {
    let world = world().await;
    let vera = world.app.db.member(VERA, world.meridian, Role::Administrator);
    let wim = world.app.db.member("wim@meridian.example", world.meridian, Role::Viewer);
    let ada = says(&world.app, "SELECT id FROM users WHERE email LIKE 'ada%'");
    for exempt in [vec![], vec![vera.to_string()], vec![wim.to_string()], vec![ada.clone(), vera.to_string()]]
    {
        let mut typed = vec![("required", "on")];
        typed.extend(exempt.iter().map(|id| ("exempt", id.as_str())));
        let answer = world.save(&typed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{exempt:?}");
        assert!(!answer.texts("#error-exempt").is_empty(), "{}", answer.body);
    }
    assert_eq!(says(&world.app, "SELECT required FROM identity_providers"), "false", "nothing was saved");
    assert_eq!(world.save(&[("required", "on"), ("exempt", &ada)]).await.status, StatusCode::SEE_OTHER);
    // Somebody else administers Meridian, and comes in through the provider: that is not what stands in the way.
    drop(world.is_in(VERA, "v1").await);
    for (what, form) in [("/removal", ("", "")), ("", ("role", "viewer"))] {
        let answer = world.ada.post(&format!("/administration/users/{ada}{what}"), &[form]).await;
        assert!(answer.body.contains("the last administrator who gets in"), "{what}: {}", answer.body);
    }
}

#[actix_web::test]
async fn what_was_turned_off_asks_nobody_any_more() {
    let world = world().await;
    let vera = world.app.db.member(VERA, world.meridian, Role::Viewer);
    let ada = says(&world.app, "SELECT id FROM users WHERE email LIKE 'ada%'");
    world.save(&[("required", "on"), ("exempt", &ada)]).await;
    let removed = world.ada.post("/administration/single-sign-on/removal", &[("", "")]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(world.app.sign_in(VERA).await.get("/").await.status, StatusCode::OK);
    assert_eq!(world.begins(&world.app.nobody(), VERA).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.app.db.run(|conn| testing::no_member(conn, vera, world.meridian));
}

#[actix_web::test]
async fn an_administrator_who_comes_through_the_provider_counts_as_one_for_as_long_as_that_is_taken() {
    let world = world().await;
    let ada = says(&world.app, "SELECT id FROM users WHERE email LIKE 'ada%'");
    let leave =
        async || world.ada.post(&format!("/administration/users/{ada}"), &[("role", "viewer")]).await.status;
    world.app.db.member(VERA, world.meridian, Role::Administrator);
    says(
        &world.app,
        "WITH done AS (UPDATE users SET password_hash = NULL WHERE email LIKE 'vera%' RETURNING 1) SELECT 1",
    );
    assert_eq!(leave().await, StatusCode::UNPROCESSABLE_ENTITY, "the provider does not know her yet");
    drop(world.is_in(VERA, "v1").await);
    let domain = Domain::parse("meridian.example").expect("a domain");
    domains::withdraw(&mut world.app.db.console(), &domain).expect("a withdrawal");
    assert_eq!(leave().await, StatusCode::UNPROCESSABLE_ENTITY, "it speaks for her no more");
    world.grants("meridian.example");
    assert_eq!(leave().await, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn a_password_that_the_company_refuses_makes_nobody_the_administrator_who_stays() {
    let world = world().await;
    world.app.db.member(VERA, world.meridian, Role::Administrator);
    let ada = says(&world.app, "SELECT id FROM users WHERE email LIKE 'ada%'");
    assert_eq!(world.save(&[("required", "on"), ("exempt", &ada)]).await.status, StatusCode::SEE_OTHER);
    let answer = world.ada.post(&format!("/administration/users/{ada}"), &[("role", "viewer")]).await;
    assert!(
        answer.body.contains("the last administrator of Meridian IoT who can sign in"),
        "{}",
        answer.body
    );
}
