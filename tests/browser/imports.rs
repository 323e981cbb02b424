//! Importing: a vendor's file is sent, what was found in it is shown, and its SIMs appear in the grid.

use std::fmt::Write as _;
use std::io::Write as _;

use fleet::identifiers::luhn_check_digit;

use crate::operations::{assert_succeeded, finished};
use crate::support::{Person, journey};

/// What the ICCIDs begin with; none of the demo's do.
const MARK: &str = "894977";

fn iccid(number: usize) -> String {
    let body = format!("{MARK}{number:012}");
    let check = luhn_check_digit(body.as_bytes()).map(char::from).expect("a check digit");
    format!("{body}{check}")
}

/// Chooses a file with this text.
async fn choose_file(person: &Person, name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(text.as_bytes()).expect("a written file");
    let path = path.to_str().expect("a path").to_owned();
    person.find("field", "File from the vendor").await.send_keys(&path).await.expect("a chosen file");
    folder
}

/// More rows than are checked while somebody waits.
const MANY: usize = 60_000;

#[actix_web::test]
async fn a_large_file_is_sent_left_alone_and_found_again() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet").await;
        ada.click("Import SIMs").await;
        ada.sees_dialog("Import SIMs").await;
        let head = "iccid,imsi,label\n".to_owned();
        let text = (1_000..1_000 + MANY).fold(head, |mut text, number| {
            writeln!(text, "{},26201{number:010},Large", iccid(number)).expect("a line");
            text
        });
        let _kept = choose_file(&ada, "large.csv", &text).await;
        ada.click("Check the file").await;
        ada.is_at("/imports/").await;
        ada.looks_at("import-checking").await;
        ada.go("/fleet").await;
        ada.go("/imports").await;
        ada.sees("large.csv").await;
        ada.sees("Checked").await;
        ada.looks_at("imports").await;
        ada.click("Go on with large.csv").await;
        ada.sees("Import 60,000 SIMs").await;
        ada.click("Import 60,000 SIMs").await;
        ada.is_at("/operations/").await;
        ada.go("/imports").await;
        ada.sees("Loaded").await;
    })
    .await;
}

#[actix_web::test]
async fn a_file_is_checked_its_columns_chosen_and_its_sims_loaded() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/fleet").await;
        ada.click("Import SIMs").await;
        ada.sees_dialog("Import SIMs").await;
        ada.looks_at("import-new").await;
        let text = format!(
            "Karte;IMSI;Ki\n{};262019770000001;465B5CE8B199B49FAA5F0A2EE238A6BC\n{};262019770000002;00\n8.94E+18;262019770000003;00\n",
            iccid(1),
            iccid(2)
        );
        let _kept = choose_file(&ada, "karten.csv", &text).await;
        ada.click("Check the file").await;
        ada.sees("The header has no column “iccid”").await;
        ada.looks_at("import-columns").await;
        ada.pick("1. Karte", "ICCID").await;
        ada.click("Check the file").await;
        ada.is_at("/imports/").await;
        ada.sees("1 row damaged by a spreadsheet").await;
        ada.click("1 row damaged by a spreadsheet").await;
        ada.sees("a spreadsheet has rounded it").await;
        ada.looks_at("import").await;
        ada.click("Import 2 SIMs").await;
        ada.sees("1 of 3 rows have problems").await;
        ada.tick("Leave out 1 row with problems*").await;
        ada.click("Import 2 SIMs").await;
        ada.is_at("/operations/").await;
        let address = ada.client.current_url().await.expect("an address");
        let number = address.path().rsplit('/').next().expect("a number").to_owned();
        assert_succeeded(&finished(&ada, &number).await, "import", 2);
        ada.go(&format!("/operations/{number}")).await;
        ada.sees("Look at the file").await;
        ada.looks_at("import-operation").await;
        ada.go(&format!("/fleet?q={MARK}")).await;
        ada.sees(&iccid(1)).await;
        ada.sees(&iccid(2)).await;

        ada.go("/imports/new").await;
        ada.sees_dialog("Import SIMs").await;
        ada.looks_at("import-by-address").await;
        ada.click("Cancel").await;
        ada.sees("The dialog of this address is closed.").await;
    })
    .await;
}
