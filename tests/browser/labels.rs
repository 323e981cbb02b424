//! Labels and custom fields: made, written on one SIM, and on many.

use crate::fleet::{filter, iccids};
use crate::operations::{MARK, finished, launched, more_sims, select_page};
use crate::support::{Person, TestDb, journey};

#[actix_web::test]
async fn labels_and_fields_are_made_and_written_on_one_sim_and_on_many() {
    journey(async |journey| {
        more_sims(journey, 3);
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/administration/labels").await;
        ada.sees_heading("Labels and fields").await;
        ada.click("Create label").await;
        ada.sees_dialog("Create a label").await;
        ada.looks_at("label-new").await;
        ada.fill("Name", "Field trial").await;
        ada.tick("purple").await;
        ada.click("Create label").await;
        ada.sees_no_dialog().await;
        ada.sees("Field trial").await;
        ada.click("Create field").await;
        ada.sees_dialog("Create a field").await;
        ada.fill("Name", "Site").await;
        ada.pick("Kind", "List").await;
        ada.click("Create field").await;
        ada.sees("Enter the choices of the list").await;
        ada.looks_at("field-new").await;
        ada.fill("Choices", "North\nSouth").await;
        ada.click("Create field").await;
        ada.sees_no_dialog().await;
        ada.sees("North, South").await;
        ada.looks_at("labels-and-fields").await;

        ada.click("Monitor my fleet").await;
        filter(&ada, MARK, "Inventory").await;
        select_page(&ada, "3").await;
        ada.click("More").await;
        ada.click("Labels and details").await;
        ada.sees_dialog("Edit 3 SIMs*").await;
        ada.sees("Say what is to be changed.").await;
        ada.choose("Add labels", "trial", "Field trial").await;
        ada.fill("Names", "Trial {n}").await;
        ada.pick("Site", "South").await;
        ada.sees("Gets the label “Field trial”.").await;
        ada.sees("The field “Site” becomes “South”.").await;
        ada.looks_at("edit-many").await;
        ada.click("Edit 3 SIMs").await;
        let number = launched(&ada).await;
        let done = finished(&ada, &number).await;
        assert_eq!(done["outcome"], "succeeded", "{done}");
        ada.go(&format!("/operations/{number}")).await;
        ada.sees("The name becomes “Trial {n}”.").await;
        ada.looks_at("edit-done").await;

        ada.go(&format!("/fleet?q={MARK}")).await;
        ada.sees("Trial 3").await;
        ada.click("Columns").await;
        ada.sees_dialog("Columns").await;
        // The end of the list lies under the foot of the dialog until it is scrolled to.
        ada.ask("document.querySelector('[data-order-list]').lastElementChild.scrollIntoView({ block: 'center' })").await;
        ada.tick("Site").await;
        ada.tick("Note").await;
        ada.click("Apply").await;
        ada.sees_no_dialog().await;
        ada.sees("South").await;
        ada.looks_at("fleet-labels").await;

        by_a_file(&ada).await;

        let first = ada.ask("return document.querySelector('[data-row-link]').getAttribute('href')").await;
        ada.go(first.as_str().expect("an address")).await;
        ada.click("Edit details").await;
        ada.sees_dialog("Edit details").await;
        ada.fill("Note", "Behind the door").await;
        ada.looks_at("edit-one").await;
        ada.click("Save").await;
        ada.sees_no_dialog().await;
        ada.sees("Behind the door").await;
        ada.looks_at("sim-details").await;
    })
    .await;
}

/// Gives the SIMs that the grid shows names of their own, as columns of a sheet have them.
async fn by_a_file(ada: &Person) {
    let sims = iccids(ada).await;
    ada.click("List of identifiers").await;
    ada.click("Names, notes or fields from a file").await;
    ada.sees_dialog("Edit details by a file").await;
    ada.fill("Columns of a sheet", "colour").await;
    ada.click("Review").await;
    ada.sees("The first line must name the columns").await;
    ada.looks_at("edit-by-file").await;
    let rows =
        format!("iccid,name,site\n{},Pump east,North\n{},,North\n262019999999999,x,", sims[0], sims[1]);
    ada.fill("Columns of a sheet", &rows).await;
    ada.click("Review").await;
    ada.sees_dialog("Edit 2 SIMs*").await;
    ada.sees("Pump east").await;
    ada.sees("1 not found in this company").await;
    ada.looks_at("edit-by-file-review").await;
    ada.click("Edit 2 SIMs").await;
    let number = launched(ada).await;
    let done = finished(ada, &number).await;
    assert_eq!(done["outcome"], "succeeded", "{done}");
    ada.go(&format!("/fleet?q={MARK}")).await;
    ada.sees("Pump east").await;
}

#[actix_web::test]
async fn a_long_word_makes_no_narrow_screen_wider() {
    journey(async |journey| {
        journey.demo.app.db.run(|conn| {
            let label = "INSERT INTO labels (company_id, name) \
                 SELECT id, repeat('W', 50) FROM companies WHERE name = 'Meridian IoT'";
            diesel::RunQueryDsl::execute(diesel::sql_query(label), conn)?;
            Ok(())
        });
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.client.set_window_size(360, 900).await.expect("a size");
        ada.go("/administration/labels").await;
        ada.sees(&"W".repeat(50)).await;
        let toast = "const detail = { text: 'W'.repeat(100), link: ['/', 'W'.repeat(50)] }; \
             document.body.dispatchEvent(new CustomEvent('toast', { detail })); \
             const box = document.querySelector('[data-toast]'); \
             const page = document.documentElement; \
             return [box.scrollWidth - box.clientWidth, page.scrollWidth - innerWidth]";
        let beyond = ada.ask(toast).await;
        assert!(beyond[0].as_i64().is_some_and(|pixels| pixels <= 0), "the message: {beyond}");
        assert!(beyond[1].as_i64().is_some_and(|pixels| pixels <= 0), "the page: {beyond}");
        ada.looks_at("labels-long").await;

        let sim = "(SELECT min(s.id) FROM sims s JOIN companies c ON c.id = s.company_id WHERE c.name = 'Meridian IoT')";
        let label = journey.demo.app.db.run(|conn| {
            for sql in [
                "INSERT INTO custom_fields (company_id, name, kind, position) \
                     SELECT id, 'Serial number of the water meter behind it ' || repeat('F', 7), 'text', 9 \
                     FROM companies WHERE name = 'Meridian IoT'"
                    .to_owned(),
                format!(
                    "UPDATE sims SET name = repeat('N', 60), label_ids = ARRAY[l.id], \
                         fields = (SELECT jsonb_object_agg(f.id, repeat('V', 200)) FROM custom_fields f WHERE f.position = 9) \
                     FROM labels l WHERE l.name = repeat('W', 50) AND sims.id = {sim}"
                ),
            ] {
                diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
            }
            Ok(TestDb::ask(conn, "SELECT id FROM labels WHERE name = repeat('W', 50)"))
        });
        let iccid = journey.demo.app.db.run(|conn| Ok(TestDb::ask(conn, &format!("SELECT iccid FROM sims WHERE id = {sim}"))));
        for (address, screen) in [
            (format!("/fleet?label={label}&q={}", "W".repeat(40)), "fleet-long"),
            (format!("/sims/{iccid}"), "sim-long"),
        ] {
            for width in [360, 1280] {
                ada.client.set_window_size(width, 900).await.expect("a size");
                ada.go(&address).await;
                ada.sees(&"W".repeat(40)).await;
                let beyond = "return document.documentElement.scrollWidth - innerWidth";
                assert!(ada.ask(beyond).await.as_i64().is_some_and(|pixels| pixels <= 0), "{address} at {width}");
                let values = "return Math.min(999, ...[...document.querySelectorAll('.facts dd')].map((dd) => dd.clientWidth))";
                assert!(ada.ask(values).await.as_i64().is_some_and(|pixels| pixels > 100), "{address} at {width}");
            }
            ada.looks_at(screen).await;
        }
    })
    .await;
}
