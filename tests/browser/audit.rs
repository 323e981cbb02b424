//! The audit log.

use crate::support::{TestDb, journey};

#[actix_web::test]
async fn an_administrator_finds_who_moved_a_sim_and_what_was_changed() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/administration/labels").await;
        ada.click("Create label").await;
        ada.sees_dialog("Create a label").await;
        ada.fill("Name", "Told of").await;
        ada.click("Create label").await;
        ada.sees_no_dialog().await;
        ada.sees("Told of").await;
        ada.click("Audit").await;
        ada.sees_heading("Audit").await;
        // Its name: the actions themselves can be chosen above the list, whatever is in that.
        ada.sees("Told of").await;
        ada.looks_at("audit").await;

        let iccid = TestDb::ask(
            &mut journey.demo.app.db.connect(),
            "SELECT min(s.iccid) FROM sims s JOIN tasks t ON t.sim_id = s.id \
             JOIN audit_events e ON e.operation_id = t.operation_id JOIN operations o ON o.id = t.operation_id \
             JOIN companies c ON c.id = e.company_id WHERE c.name = 'Meridian IoT' AND o.kind = 'transfer'",
        );
        ada.fill("On what", &iccid).await;
        ada.click("Filter").await;
        ada.sees_no_more("Told of").await;
        ada.sees("Transfer #").await;
        ada.looks_at("audit-of-a-sim").await;
        let imsi = TestDb::ask(
            &mut journey.demo.app.db.connect(),
            "SELECT min(s.imsi) FROM sims s JOIN companies c ON c.id = s.company_id WHERE c.name = 'Meridian IoT'",
        );
        ada.fill("On what", &imsi).await;
        ada.click("Filter").await;
        ada.sees("Its timeline tells what operations did with it").await;
        ada.looks_at("audit-of-a-sim-by-its-imsi").await;
        ada.go("/administration/audit?subject=nothing+of+this+name").await;
        ada.sees("Nothing matches these filters").await;
    })
    .await;
}
