//! API tokens.

use fleet::passwords::DEMO_PASSWORD;
use reqwest::StatusCode;

use crate::support::journey;

#[actix_web::test]
async fn a_person_makes_a_token_that_a_program_uses_and_an_administrator_revokes_it() {
    journey(async |journey| {
        let omar = journey.demo_person("omar@meridian.example").await;
        omar.go("/profile").await;
        omar.click("API tokens").await;
        omar.sees("There is no API token").await;
        omar.looks_at("api-tokens-none").await;
        omar.click("Create token").await;
        omar.sees_dialog("Create an API token of yours for Meridian IoT").await;
        omar.looks_at("api-token-new").await;
        omar.fill("Name", "Billing").await;
        omar.fill("Valid for days", "1000").await;
        omar.tick("Transfer SIMs").await;
        omar.fill("Your password", DEMO_PASSWORD).await;
        omar.click("Create").await;
        omar.sees("from 1 to 365").await;
        omar.looks_at("api-token-wrong").await;
        omar.fill("Valid for days", "30").await;
        omar.fill("Your password", DEMO_PASSWORD).await;
        omar.click("Create").await;
        let key = omar.value_of("Key of the token").await;
        assert!(key.starts_with("simyard_pat_"), "{key}");
        omar.looks_at("api-token-key").await;
        omar.click("Done").await;
        omar.sees_no_dialog().await;
        assert!(omar.row("Billing").await.contains("See SIMs and operations, Transfer SIMs Never"));

        let program = reqwest::Client::new();
        let address = format!("{}/fleet", journey.demo.app.address);
        let asks = async || program.get(&address).bearer_auth(&key).send().await.expect("an answer").status();
        assert_eq!(asks().await, StatusCode::OK);

        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/administration/api-tokens").await;
        assert!(ada.row("Billing").await.contains("(personal)"));
        ada.looks_at("api-tokens").await;
        ada.click("Revoke Billing").await;
        ada.sees_dialog("Revoke the token Billing").await;
        ada.looks_at("api-token-revocation").await;
        ada.click("Revoke").await;
        ada.sees("There is no API token").await;
        assert_eq!(asks().await, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[actix_web::test]
async fn a_name_of_a_hundred_letters_stays_within_a_narrow_screen() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        journey.demo.app.db.run(|conn| {
            let named =
                format!("UPDATE companies SET name = '{}' WHERE name = 'Meridian IoT'", "M".repeat(100));
            diesel::RunQueryDsl::execute(diesel::sql_query(named), conn)?;
            Ok(())
        });
        ada.client.set_window_size(360, 900).await.expect("a size");
        let stays = async |what: &str| {
            let beyond = ada.ask("return document.documentElement.scrollWidth - innerWidth").await;
            assert!(beyond.as_i64().expect("a number") <= 0, "{what} scrolls sideways");
        };
        for path in ["/administration/api-tokens", "/profile/api-tokens", "/administration/security"] {
            ada.go(path).await;
            stays(path).await;
        }
        ada.go("/profile/api-tokens").await;
        ada.click("Create token").await;
        ada.sees_dialog("Create an API token*").await;
        stays("the dialog").await;
        ada.looks_at("api-token-new-long-name").await;
    })
    .await;
}
