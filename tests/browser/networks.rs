//! How the networks are doing, and testing them.

use std::sync::Arc;
use std::time::Duration;

use fleet::network::http::signature::Key;
use fleet::network::http::{Http, Settings};
use fleet::network::{Networks, breaker};

use crate::account_focus::switch_to;
use crate::support::journey_among;

#[actix_web::test]
async fn a_main_account_sees_the_networks_and_tests_them() {
    let nowhere = Settings {
        url: "http://127.0.0.1:1/batches".to_owned(),
        key: Key::new("the secret that both of them know").expect("a key"),
        timeout: Duration::from_secs(5),
        batch: 100,
        connections: 4,
        answer_within: Duration::from_mins(10),
        authorities: None,
    };
    let service = Http::new("provisioning", nowhere).expect("a connector");
    journey_among(Networks::default().with("provisioning", Arc::new(service)), async |journey| {
        for _ in 0..5 {
            journey.demo.app.db.run(|conn| {
                breaker::was_silent(conn, "provisioning", false, Some("Nothing listens at that address."))
            });
        }
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Administration").await;
        ada.click("Networks").await;
        ada.sees_heading("Networks").await;
        ada.sees("Left alone").await;
        ada.sees("Nothing listens at that address.").await;
        ada.looks_at("networks").await;
        ada.ask("document.getElementById('test-provisioning').focus()").await;
        ada.ask("document.getElementById('test-provisioning').click()").await;
        ada.until("the outcome of the test", async || {
            let shown = ada.ask("return document.querySelector('[role=alert]')?.textContent").await;
            shown.as_str().map(|shown| assert_eq!(shown, "Nothing listens at that address."))
        })
        .await;
        let focused = ada.ask("return document.activeElement.id").await;
        assert_eq!(focused.as_str(), Some("test-provisioning"), "the keyboard stays where it was");
        ada.looks_at("networks-tested").await;
        ada.ask("document.getElementById('test-simulated').click()").await;
        ada.sees("this network only pretends").await;

        switch_to(&ada, "Clienticity").await;
        ada.go("/administration").await;
        assert!(!ada.has("Networks").await, "a subaccount has no such page");
    })
    .await;
}
