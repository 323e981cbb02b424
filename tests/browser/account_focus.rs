//! Switch Accounts, and two tabs that do not agree about the company in focus.

use crate::support::{Person, journey};

/// Opens the dialog Change Company and chooses there.
pub(crate) async fn switch_to(person: &Person, company: &str) {
    person.click("User menu:*").await;
    person.click("Switch Accounts").await;
    person.sees_dialog("Change Company").await;
    person.click(&format!("{company}*")).await;
    person.works_for(company).await;
}

#[actix_web::test]
async fn a_person_switches_to_another_company_and_back() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.works_for("Meridian IoT").await;
        ada.click("User menu:*").await;
        ada.click("Switch Accounts").await;
        ada.sees_dialog("Change Company").await;
        ada.looks_at("change-company").await;
        ada.fill("Search", "harbour").await;
        ada.sees_no_more("Clienticity").await;
        ada.click("Harbourline Logistics*").await;
        ada.works_for("Harbourline Logistics").await;
        assert!(ada.client.title().await.expect("a title").contains("Harbourline Logistics"));
        switch_to(&ada, "Meridian IoT").await;
    })
    .await;
}

#[actix_web::test]
async fn a_page_of_another_focus_does_nothing_and_explains() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Subaccounts").await;
        ada.sees_heading("Subaccounts").await;
        let first = ada.client.window().await.expect("a window");
        let second = ada.client.new_window(true).await.expect("a window").handle;
        ada.client.switch_to_window(second).await.expect("the second window");
        ada.go("/").await;
        switch_to(&ada, "Clienticity").await;

        ada.client.switch_to_window(first).await.expect("the first window");
        ada.works_for("Meridian IoT").await;
        ada.click("Create").await;
        ada.sees_dialog("Another company is in focus").await;
        ada.sees("Nothing was done").await;
        ada.looks_at("another-focus").await;
        ada.click("Switch back and go on").await;
        ada.sees_no_dialog().await;
        ada.click("Create").await;
        ada.sees_dialog("Create a subaccount").await;
    })
    .await;
}
