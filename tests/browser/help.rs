//! The help inside the portal.

use crate::support::journey;

const TOPICS: [&str; 9] = [
    "Create a subaccount",
    "Assign an offer to a subaccount",
    "Invite a user to a subaccount",
    "Switch accounts",
    "Sign in safely",
    "Transfer SIMs",
    "Activate SIMs",
    "Hand SIMs over ready to use",
    "Work with many SIMs at once",
];

#[actix_web::test]
async fn each_task_of_the_day_has_a_topic() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        for topic in TOPICS {
            ada.click("User menu:*").await;
            ada.click("Help").await;
            ada.sees_heading("Help").await;
            ada.click(&format!("{topic}*")).await;
            ada.is_at("/help/").await;
            ada.sees_heading(topic).await;
            let words = ada.text().await.split(' ').count();
            assert!(words > 60, "{topic} says something: {words} words");
        }
        ada.looks_at("help-topic").await;
        ada.go("/help").await;
        ada.looks_at("help").await;
    })
    .await;
}
