//! Screens that no other journey stays at, and on a narrow screen those where most of the work is done.

use crate::support::{Journey, Person, TestDb, journey};

/// Looks at a screen by its address, which says so many words: wide and narrow.
async fn visit(person: &Person, address: &str, words: &str, screen: &str) {
    person.go(address).await;
    person.sees(words).await;
    person.looks_at(screen).await;
    person.looks_at_narrow(screen).await;
}

/// What is edited and removed. Meridian has none of it in the demo.
fn one_of_each(journey: &Journey) {
    journey.demo.app.db.run(|conn| {
        for sql in [
            "INSERT INTO saved_views (uid, company_id, user_id, name, query) \
                 SELECT gen_random_uuid(), c.id, u.id, 'Asleep', 'state=suspended' FROM companies c, users u \
                 WHERE c.name = 'Meridian IoT' AND u.email = 'ada@meridian.example'",
            "INSERT INTO profiles (company_id, name, permissions) \
                 SELECT id, 'Shipping desk', '{sims.transfer}' FROM companies WHERE name = 'Meridian IoT'",
            "INSERT INTO labels (company_id, name) SELECT id, 'Spare' FROM companies WHERE name = 'Meridian IoT'",
            "INSERT INTO custom_fields (company_id, name, kind, choices, position) \
                 SELECT id, 'Site', 'list', '{North,South}', 1 FROM companies WHERE name = 'Meridian IoT'",
        ] {
            diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        }
        Ok(())
    });
}

/// One of Meridian's rows of a table, as addresses name it.
fn one_of(journey: &Journey, table: &str, name: &str) -> String {
    let sql = format!(
        "SELECT max(t.{name}::text) FROM {table} t JOIN companies c ON c.id = t.company_id WHERE c.name = 'Meridian IoT'"
    );
    TestDb::ask(&mut journey.demo.app.db.connect(), &sql)
}

#[actix_web::test]
async fn what_is_edited_and_removed_is_looked_at_wide_and_narrow() {
    journey(async |journey| {
        one_of_each(journey);
        let ada = journey.demo_person("ada@meridian.example").await;
        visit(&ada, "/administration", "Account ID", "account-details").await;
        ada.fill("Name", " ").await;
        ada.click("Save").await;
        ada.sees("Enter a name.").await;
        ada.looks_at("account-details-refused").await;
        visit(&ada, "/administration/offers", "SIM types", "offers").await;
        visit(&ada, "/administration/offers/new", "Create an offer", "offer-new").await;
        let offer = one_of(journey, "offers", "id");
        visit(&ada, &format!("/administration/offers/{offer}/edit"), "Description", "offer-edit").await;

        for (table, name, kept_at, edit, removal) in [
            ("saved_views", "uid", "/saved-views", "A view keeps", "Delete the view"),
            ("labels", "id", "/administration/labels", "Colour", "Remove the label"),
            ("custom_fields", "id", "/administration/custom-fields", "Edit field", "Remove the field"),
            ("profiles", "id", "/administration/profiles", "Shipping desk", "Remove the profile"),
        ] {
            let address = format!("{kept_at}/{}", one_of(journey, table, name));
            visit(&ada, &format!("{address}/edit"), edit, &format!("{table}-edit")).await;
            visit(&ada, &format!("{address}/removal/new"), removal, &format!("{table}-removal")).await;
        }
    })
    .await;
}

#[actix_web::test]
async fn errors_are_looked_at_wide_and_narrow() {
    journey(async |journey| {
        let vera = journey.demo_person("vera@meridian.example").await;
        for (address, words, screen) in [
            ("/fleet?state=asleep", "The request makes no sense", "error-400"),
            ("/administration/users", "Not allowed", "error-403"),
            ("/operations/999999", "Not found", "error-404"),
            ("/fleet?view=00000000-0000-0000-0000-000000000000", "Not found", "error-404-of-the-grid"),
        ] {
            visit(&vera, address, words, screen).await;
        }
        vera.go("/fleet").await;
        vera.ask("htmx.ajax('GET', '/operations/999999/progress', '#dialog-body')").await;
        vera.sees_dialog("Not found").await;
        vera.looks_at("error-in-a-dialog").await;
        vera.looks_at_narrow("error-in-a-dialog").await;
    })
    .await;
}

#[actix_web::test]
async fn the_work_is_done_on_a_narrow_screen_too() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        let sim = format!("/sims/{}", one_of(journey, "sims", "iccid"));
        let operation = format!("/operations/{}", one_of(journey, "operations", "id"));
        for (address, words) in [
            ("/", "Fleet by state"),
            ("/fleet", "Connectivity Portal"),
            ("/operations", "By whom"),
            (operation.as_str(), "Filter"),
            (sim.as_str(), "Timeline"),
            ("/subaccounts", "External ID"),
            ("/exports", "Exports"),
            ("/imports", "A file stays here"),
            ("/administration/users", "Second factor"),
            ("/administration/audit", "What changed"),
        ] {
            ada.go(address).await;
            ada.sees(words).await;
            ada.looks_at_narrow(address).await;
        }
    })
    .await;
}
