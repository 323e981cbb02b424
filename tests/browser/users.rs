//! Creating a user inside a subaccount, and the one-time link.

use crate::account_focus::switch_to;
use crate::support::journey;

#[actix_web::test]
async fn a_new_user_of_a_subaccount_sets_a_password_and_signs_in() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        switch_to(&ada, "Clienticity").await;
        ada.go("/administration/users").await;
        ada.looks_at("users").await;
        ada.click("Create user").await;
        ada.sees_dialog("Create a user in Clienticity").await;
        ada.looks_at("create-user").await;
        ada.fill("Name", "Pia Sund").await;
        ada.fill("E-mail", "pia@clienticity.example").await;
        ada.pick("Role", "Operator").await;
        ada.click("Create").await;
        let link = ada.value_of("One-time link").await;
        assert!(link.contains("/password-links/"), "{link}");
        ada.looks_at("one-time-link").await;
        ada.click("Done").await;
        assert!(ada.row("pia@clienticity.example").await.contains("Operator"));

        let pia = journey.somebody().await;
        let path = &link[link.find("/password-links/").expect("a path")..];
        pia.go(path).await;
        pia.looks_at("set-password").await;
        pia.fill("Password", "too short").await;
        pia.fill("Repeat", "too short").await;
        pia.click("Set password").await;
        pia.sees("at least 12").await;
        pia.fill("Password", "a few words of mine").await;
        pia.fill("Repeat", "a few words of mine").await;
        pia.click("Set password").await;
        pia.is_at("/sign-in").await;
        pia.sign_in("pia@clienticity.example", "a few words of mine").await;
        pia.sees_heading("Start").await;
        pia.works_for("Clienticity").await;
        assert!(!pia.has("Administration").await, "an operator administers nothing");
        pia.go("/administration/users").await;
        pia.sees("Not allowed").await;
        pia.go(path).await;
        pia.sees("used already").await;
    })
    .await;
}
