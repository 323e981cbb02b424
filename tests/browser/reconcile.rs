//! Comparing SIMs with a real register, and mending what differs there.

#[path = "../it/osmo_hlr/register.rs"]
#[expect(dead_code, reason = "shared with the tests without a browser, which use more of it")]
mod register;

use std::sync::Arc;

use fleet::ids::{CompanyId, OfferId};
use fleet::network::Networks;
use fleet::sims::SimState;
use fleet::testing;

use self::register::Register;
use crate::fleet::{filter, iccids};
use crate::operations::{MARK, launched, select_page};
use crate::support::{Journey, Person, TestDb, journey_among};

/// Three Active SIMs of Meridian on an offer of the register, which knows nothing of them yet; their IMSIs.
fn in_service(journey: &Journey) -> Vec<String> {
    let db = &journey.demo.app.db;
    db.run(|conn| {
        let owner = testing::number(conn, "SELECT id AS number FROM companies WHERE name = 'Meridian IoT'")?;
        let offer = testing::number(
            conn,
            "WITH made AS (INSERT INTO offers (company_id, name, sim_types, network) \
                 SELECT id, 'Lab', '{plug_in}', 'lab' FROM companies WHERE name = 'Meridian IoT' \
                 RETURNING id, company_id), \
             assigned AS (INSERT INTO offer_assignments SELECT company_id, id, company_id FROM made) \
             SELECT id AS number FROM made",
        )?;
        testing::sims(conn, CompanyId(owner), 3, SimState::Active, Some(OfferId(offer)))
    });
    let sql = format!("SELECT string_agg(imsi, ',' ORDER BY iccid) FROM sims WHERE iccid LIKE '{MARK}%'");
    let imsis = db.run(|conn| Ok(TestDb::ask(conn, &sql)));
    imsis.split(',').map(str::to_owned).collect()
}

/// Waits for an operation to end on its own page.
async fn ended_as(person: &Person, number: &str, status: &str) {
    person.go(&format!("/operations/{number}")).await;
    let script = "return document.querySelector('#poll-operation-progress h2').textContent";
    person
        .until(&format!("operation #{number} to end as {status}"), async || {
            person.ask(script).await.as_str().is_some_and(|title| title.contains(status)).then_some(())
        })
        .await;
}

#[actix_web::test]
async fn what_differs_in_the_network_is_found_and_mended() {
    let register = Register::start();
    let networks = Networks::default().with("lab", Arc::new(register.network()));
    journey_among(networks, async |journey| {
        let imsis = in_service(journey);
        let made = [0, 1].map(|place| format!("SET 1 subscriber.create {}", imsis[place]));
        register.ask(&made);
        register.ask(
            &["ps", "cs"].map(|service| format!("SET 1 subscriber.by-imsi-{}.{service}-enabled 0", imsis[1])),
        );

        let ada = journey.demo_person("ada@meridian.example").await;
        filter(&ada, MARK, "Active").await;
        let shown = iccids(&ada).await;
        select_page(&ada, "3").await;
        ada.click("More").await;
        ada.click("Reconcile").await;
        ada.sees_dialog("Reconcile 3 SIMs of Meridian IoT with their network").await;
        ada.sees("3 will be compared").await;
        ada.looks_at("reconcile").await;
        ada.click("Reconcile 3 SIMs").await;
        let compared = launched(&ada).await;
        ended_as(&ada, &compared, "Differences").await;
        ada.sees("Active here, absent there.").await;
        ada.sees("nothing there, data and calls here").await;
        ada.looks_at("differences").await;

        ada.click("Mend these 2").await;
        ada.sees_dialog("Mend 2 SIMs of Meridian IoT in their network").await;
        ada.looks_at("mend").await;
        ada.click("Mend 2 SIMs").await;
        let mended = launched(&ada).await;
        ended_as(&ada, &mended, "Succeeded").await;
        ada.sees("Mended: absent in the network").await;
        ada.looks_at("mended").await;
        let serves_all = Some(("none".to_owned(), true, true));
        assert_eq!(register.holds(&imsis), vec![serves_all; 3]);

        ada.go(&format!("/sims/{}", shown[2])).await;
        ada.sees("Mend, operation #").await;
        ada.click("More").await;
        ada.click("Reconcile").await;
        ada.sees_dialog("Reconcile 1 SIM of Meridian IoT with their network").await;
        ada.click("Reconcile 1 SIM").await;
        ended_as(&ada, &launched(&ada).await, "Succeeded").await;
    })
    .await;
}
