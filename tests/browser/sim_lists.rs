//! Lists of SIMs: the groups of a preview, and what has failed, sent back as a file.

use std::io::Write as _;

use fleet::ids::{CompanyId, OfferId};
use fleet::sims::{SimState, SimType};
use fleet::testing;

use crate::fleet::iccids;
use crate::operations::{assert_succeeded, finished, launched, open_transfer, select_page};
use crate::support::{Journey, Person, journey};

/// What the ICCIDs of [`testing::sims`] begin with; none of the demo's do.
const MARK: &str = "898821100";

fn company(journey: &Journey, name: &str) -> CompanyId {
    let sql = format!("SELECT id AS number FROM companies WHERE name = '{name}'");
    CompanyId(journey.demo.app.db.run(|conn| testing::number(conn, &sql)))
}

/// Three SIMs of Meridian in Inventory, and two in service on an offer that nobody else has.
fn sims(journey: &Journey) -> OfferId {
    let meridian = company(journey, "Meridian IoT");
    journey.demo.app.db.run(|conn| {
        let offer = testing::offer(conn, meridian, "Private", &[SimType::PlugIn])?;
        testing::sims(conn, meridian, 3, SimState::Inventory, None)?;
        testing::sims(conn, meridian, 2, SimState::Active, Some(offer))?;
        Ok(offer)
    })
}

async fn show_all(person: &Person) -> Vec<String> {
    person.go(&format!("/fleet?q={MARK}")).await;
    person.until("five SIMs", async || (iccids(person).await.len() == 5).then_some(())).await;
    iccids(person).await
}

/// The file that a link leads to.
async fn downloaded(person: &Person, words: &str) -> String {
    let link = person.find("button", words).await;
    let address = link.attr("href").await.expect("a link").expect("an address");
    let script = format!(
        "const done = arguments[arguments.length - 1]; fetch('{address}').then((a) => a.text()).then(done)"
    );
    let text = person.client.execute_async(&script, Vec::new()).await.expect("a text");
    text.as_str().expect("a text").to_owned()
}

/// Chooses a file with this text.
async fn choose_file(person: &Person, text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().prefix("failures").suffix(".csv").tempfile().expect("a file");
    file.write_all(text.as_bytes()).expect("a written file");
    let path = file.path().to_str().expect("a path").to_owned();
    person.find("field", "Or a file").await.send_keys(&path).await.expect("a chosen file");
    file
}

#[actix_web::test]
async fn a_group_of_a_preview_is_shown_in_the_grid() {
    journey(async |journey| {
        sims(journey);
        let ada = journey.demo_person("ada@meridian.example").await;
        let all = show_all(&ada).await;
        select_page(&ada, "5").await;
        open_transfer(&ada, "5", "Clienticity").await;
        ada.sees("3 will move").await;
        ada.looks_at("preview-groups").await;
        ada.click("Show these SIMs: 2 are in service*").await;
        ada.is_at("/fleet?list=").await;
        ada.until("the two", async || (iccids(&ada).await == all[3..]).then_some(())).await;
        ada.sees("2 SIMs found").await;
        ada.looks_at("fleet-list").await;
        ada.click("Remove List: Transfer, preview*").await;
        ada.sees_no_more("2 SIMs found").await;
    })
    .await;
}

#[actix_web::test]
async fn what_has_failed_is_sent_back_as_a_file_and_transferred() {
    journey(async |journey| {
        let offer = sims(journey);
        let ada = journey.demo_person("ada@meridian.example").await;
        let all = show_all(&ada).await;
        select_page(&ada, "5").await;
        open_transfer(&ada, "5", "Clienticity").await;
        ada.click("Transfer 3 SIMs").await;
        let number = launched(&ada).await;
        assert_eq!(finished(&ada, &number).await["outcome"], "partly_failed");
        ada.go(&format!("/operations/{number}")).await;
        ada.find("button", "Download results (CSV)").await;
        let failures = downloaded(&ada, "Download failures (CSV)").await;
        assert_eq!(failures.lines().count(), 3, "{failures}");

        ada.go("/fleet").await;
        ada.click("List of identifiers").await;
        ada.sees_dialog("List of identifiers").await;
        ada.looks_at("list-new").await;
        ada.click("Show these SIMs").await;
        ada.sees("Paste identifiers, or choose a file").await;
        let _kept = choose_file(&ada, &format!("{failures}rubbish,,,,,,\r\n")).await;
        ada.click("Show these SIMs").await;
        ada.is_at("/fleet?list=").await;
        ada.until("the two", async || (iccids(&ada).await == all[3..]).then_some(())).await;
        ada.click("Details and CSV").await;
        ada.sees("1 malformed").await;
        ada.looks_at("list").await;

        let (meridian, clienticity) = (company(journey, "Meridian IoT"), company(journey, "Clienticity"));
        journey.demo.app.db.run(|conn| testing::assign(conn, offer, meridian, clienticity));
        ada.go("/").await;
        let _kept = choose_file(&ada, &failures).await;
        ada.sees("2 SIMs found").await;
        ada.choose("To", "Clien", "Clienticity").await;
        ada.sees("2 will move").await;
        ada.looks_at("start-transfer").await;
        ada.click("Transfer 2 SIMs").await;
        let number = launched(&ada).await;
        assert_succeeded(&finished(&ada, &number).await, "transfer", 2);
    })
    .await;
}

#[actix_web::test]
async fn a_mail_with_a_range_is_pasted_and_all_that_came_of_it_is_shown() {
    journey(async |journey| {
        sims(journey);
        let ada = journey.demo_person("ada@meridian.example").await;
        let all = show_all(&ada).await;
        let mail = format!(
            "Dear Ada, please look at {} - {} (5 SIMs), {}, +49 170 1234567 and 8.94E+18. Regards, Omar",
            all[0], all[4], all[1]
        );
        ada.go("/fleet").await;
        ada.click("List of identifiers").await;
        ada.fill("Identifiers", &mail).await;
        ada.click("Show these SIMs").await;
        ada.is_at("/fleet?list=").await;
        ada.until("the five", async || (iccids(&ada).await == all).then_some(())).await;
        ada.sees("words around them passed over").await;
        ada.click("Details and CSV").await;
        ada.sees("was read as 5 numbers, each with its own check digit").await;
        for group in ["5 SIMs found", "1 not found*", "1 malformed", "1 listed more than once"] {
            ada.click(group).await;
        }
        ada.sees(&format!("Line 1 {}", all[4])).await;
        ada.sees("scientific notation").await;
        ada.looks_at("list-pasted").await;

        ada.go("/").await;
        ada.fill("SIMs", &mail).await;
        ada.choose("To", "Clien", "Clienticity").await;
        ada.sees("3 will move").await;
        ada.click("1 malformed").await;
        ada.looks_at("start-pasted").await;
    })
    .await;
}
