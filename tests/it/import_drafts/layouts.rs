//! The classic layouts of vendors.

use super::{columns, counts, draft, iccid, launched, page, problems, send};
use crate::operation_screens::fixture::World;

const KEY: &str = "465B5CE8B199B49FAA5F0A2EE238A6BC";

#[actix_web::test]
async fn a_line_of_numbers_announces_rows_whose_columns_are_guessed() {
    let world = World::new().await;
    let eid = "89049032123451234512345678901235";
    let text = format!(
        "00567 112318151552 2 5014 1 0 0 3 1\n{} 262010000000001 1234 12345678 {KEY} {eid}\n\
         {} 262010000000002 1234 12345678 {KEY} {eid}\n",
        iccid(1),
        iccid(2)
    );
    let address = draft(&send(&world.ada, "00567.out", text.as_bytes(), &[]).await);
    let found = page(&world.ada, &address).await;
    assert_eq!(counts(&found), ("2".into(), "0".into()), "{}", found.body);
    assert_eq!(
        columns(&found),
        [
            "19 digits ICCID",
            "15 digits IMSI",
            "4 digits Left out Secret: never kept",
            "8 digits Left out Secret: never kept",
            "32 hexadecimal digits Left out Secret: never kept",
            "32 digits EID",
        ]
    );
    launched(&world.ada, &address, &[]).await;
    world.work().await;
    let loaded = format!("SELECT count(*) AS number FROM sims WHERE eid = '{eid}' AND sim_type = 'euicc'");
    assert_eq!(world.number(&loaded), 2);
    assert_eq!(
        world.number("SELECT count(*) AS number FROM import_lines l WHERE l::text ~ '465B5CE8|12345678 '"),
        0
    );
}

#[actix_web::test]
async fn rows_are_missing_that_the_header_announces() {
    let world = World::new().await;
    let text = format!("00567 112318151552 30 5014 1 0 0 3 1\n{} 262010000000001 1234\n", iccid(1));
    let address = draft(&send(&world.ada, "00567.out", text.as_bytes(), &[]).await);
    let found = page(&world.ada, &address).await;
    assert!(found.body.contains("The header announces 30 rows, the file has 1"), "{}", found.body);
    let none: &[(&str, &str)] = &[];
    let answer = world.ada.post(&format!("{address}/operation"), none).await;
    assert!(answer.body.contains("announces 30 rows and has 1"), "{} {}", answer.status, answer.body);
    launched(&world.ada, &address, &[("leave_out", "on")]).await;
    world.work().await;
    assert_eq!(world.owned(world.meridian), 1);
}

#[actix_web::test]
async fn sections_name_the_columns_and_give_the_imsis() {
    let world = World::new().await;
    let text = format!(
        "*************\n* SIM batch\n*************\nCustomer: Meridian\nQuantity: 3\nType: PLUG-IN\nBatch: 7\nTransport_key: 1\n\
         Var_In_List: IMSI: 262010000000007, Ser_nb: {}\nVar_Out: ICCID/PIN1/PUK1/KI\n\
         {}/1234/12345678/{KEY}\n{} 1234 12345678 {KEY}\n\n{}/1234/12345678/{KEY}\n",
        iccid(1),
        iccid(1),
        iccid(2),
        iccid(9)
    );
    let address = draft(&send(&world.ada, "batch.out", text.as_bytes(), &[]).await);
    let found = page(&world.ada, &address).await;
    assert_eq!(counts(&found), ("2".into(), "1".into()), "{}", found.body);
    assert_eq!(found.texts("summary"), ["1 row outside the range of the file's header"]);
    let told = problems(&world.ada, &address).await;
    assert_eq!(
        told,
        [format!(
            "14,{},262010000000009,,,,,Column iccid: The value is outside the range that the header of the file announces.",
            iccid(9)
        )]
    );
    launched(&world.ada, &address, &[("leave_out", "on")]).await;
    world.work().await;
    let loaded = format!(
        "SELECT count(*) AS number FROM sims WHERE (iccid, imsi) IN (('{}', '262010000000007'), ('{}', '262010000000008'))",
        iccid(1),
        iccid(2)
    );
    assert_eq!(world.number(&loaded), 2);
}

#[actix_web::test]
async fn columns_of_sections_that_are_not_known_are_chosen_and_then_taken() {
    let world = World::new().await;
    let text = format!(
        "* SIM batch, of 1 card, for Meridian\nQuantity: 1\nVar_Out: CARD/SUBSCRIBER/NUMBER/KI\n\
         {}/262010000000001/491511234567/{KEY}\n",
        iccid(1)
    );
    let asked = send(&world.ada, "batch.out", text.as_bytes(), &[]).await;
    assert_eq!(asked.status, reqwest::StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(asked.texts("label"), ["1. CARD", "2. SUBSCRIBER", "3. NUMBER", "4. KI"], "{}", asked.body);
    assert_eq!(asked.attributes("option[selected]", "value"), ["iccid", "imsi", "", ""], "by the row below");
    let choice = |columns: [&'static str; 4]| columns.map(|column| ("column", column));
    let short = choice(["iccid", "", "msisdn", ""]);
    let asked = send(&world.ada, "batch.out", text.as_bytes(), &short).await;
    assert!(asked.texts("[role=alert]").concat().contains("no column “imsi”"), "{}", asked.body);
    assert_eq!(
        asked.attributes("option[selected]", "value"),
        ["iccid", "", "msisdn", ""],
        "as it was chosen"
    );
    let enough = choice(["iccid", "imsi", "msisdn", ""]);
    let address = draft(&send(&world.ada, "batch.out", text.as_bytes(), &enough).await);
    let found = page(&world.ada, &address).await;
    assert_eq!(counts(&found), ("1".into(), "0".into()));
    assert!(found.body.contains("Choose other columns"), "{}", found.body);
    launched(&world.ada, &address, &[]).await;
    world.work().await;
    let loaded = "SELECT count(*) AS number FROM sims WHERE msisdn = '491511234567'";
    assert_eq!(world.number(loaded), 1);
}

#[actix_web::test]
async fn comments_above_a_table_are_no_header() {
    let world = World::new().await;
    let nameless = "* Batch 7\nCustomer: Meridian\nQuantity: 1\n";
    let answer = send(&world.ada, "batch.out", nameless.as_bytes(), &[]).await;
    let sentence = "The file begins with sections or comments, as .out files do, but no line names the columns. Above the rows, put \
        a line such as “Var_Out: ICCID/IMSI/KI” in an .out file, or a header such as iccid,imsi,msisdn in a table.";
    super::refused(&world, &answer, sentence).await;
    let text = format!("# Batch 7, of 1 card, for Meridian\niccid,imsi\n{},262010000000001\n", iccid(1));
    let address = draft(&send(&world.ada, "batch.csv", text.as_bytes(), &[]).await);
    assert_eq!(counts(&page(&world.ada, &address).await), ("1".into(), "0".into()));
}

#[actix_web::test]
async fn an_imsi_of_another_batch_than_the_header_s_is_told() {
    let world = World::new().await;
    let text = format!(
        "Quantity: 2\nIMSI: 262010000000001\nVar_Out: ICCID/IMSI/KI\n{}/262010000000001/{KEY}\n{}/262010000000003/{KEY}\n",
        iccid(1),
        iccid(2)
    );
    let address = draft(&send(&world.ada, "batch.out", text.as_bytes(), &[]).await);
    assert_eq!(counts(&page(&world.ada, &address).await), ("1".into(), "1".into()));
    assert!(problems(&world.ada, &address).await[0].contains("Column imsi: The value is outside the range"));
}

#[actix_web::test]
async fn iccids_are_written_as_the_person_says() {
    let world = World::new().await;
    for (form, written) in [
        ("without_check_digit", "896588081210001114"),
        ("unchecked_test_profile", "8988211000000000000"),
        ("swapped", "981062801802857927F0"),
    ] {
        let text = format!("iccid,imsi\n{written},525010000000001\n");
        let address = draft(&send(&world.ada, "batch.csv", text.as_bytes(), &[("iccid_form", form)]).await);
        assert_eq!(counts(&page(&world.ada, &address).await), ("1".into(), "0".into()), "{form}");
        let usual = draft(&send(&world.ada, "batch.csv", text.as_bytes(), &[]).await);
        assert_eq!(counts(&page(&world.ada, &usual).await), ("0".into(), "1".into()), "{form}");
    }
}
