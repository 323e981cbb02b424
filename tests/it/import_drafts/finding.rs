//! What is found in a file, before anything is loaded.

use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::{HEADER, columns, counts, drafted, file, iccid, launched, lines, page, problems, send};
use crate::operation_screens::fixture::World;

#[actix_web::test]
async fn a_good_file_is_ready_and_nothing_is_loaded_before_somebody_says_so() {
    let world = World::new().await;
    let draft = drafted(&world.ada, &file(1..=3)).await;
    let page = page(&world.ada, &draft).await;
    assert_eq!(counts(&page), ("3".into(), "0".into()));
    assert_eq!(page.texts("button[type=submit].btn-primary"), ["Import 3 SIMs"]);
    assert_eq!(
        columns(&page),
        ["iccid ICCID", "imsi IMSI", "msisdn MSISDN", "eid EID", "type Type", "label Label"]
    );
    assert!(page.body.contains("Table, separated by commas") && page.body.contains("batch.csv"));
    assert_eq!(page.texts("[name=leave_out]").len(), 0);
    assert_eq!(world.owned(world.meridian), 0);
}

#[actix_web::test]
async fn every_problem_is_told_with_its_line() {
    let world = World::new().await;
    let text = format!(
        "{HEADER}{}8901260881205897721,310260123456789,,,,\n{}8901260881205897720,310260123456789,,,spoon,\n\
         8901260881205897720,310260123456789\n8901260881205897720,310260123456789,0170123,,,x\n",
        lines(1..=2),
        lines(2..=2),
    );
    let draft = drafted(&world.ada, &text).await;
    let page = page(&world.ada, &draft).await;
    assert_eq!(counts(&page), ("2".into(), "5".into()));
    assert_eq!(
        page.texts("summary"),
        ["1 row with a wrong check digit", "3 rows malformed", "3 rows repeated in the file"]
    );
    assert_eq!(
        problems(&world.ada, &draft).await,
        [
            "4,8901260881205897721,310260123456789,,,,,\"The ICCID ends in 1, but its check digit should be 0: a digit is wrong or missing.\"",
            &format!(
                "5,{},262010000000002,4915100000002,,plug_in,Köln \\ Süd,The same ICCID stands in line 3 already. \
                 The same IMSI stands in line 3 already. The same MSISDN stands in line 3 already.",
                iccid(2)
            ),
            "6,8901260881205897720,310260123456789,,,spoon,,\"The type is not known: use plug_in, mff2 or euicc. \
             The same IMSI stands in line 4 already.\"",
            "7,8901260881205897720,310260123456789,,,,,\"The line has 2 columns, the header has 6.\"",
            "8,8901260881205897720,310260123456789,0170123,,,x,\"The MSISDN begins with 0: the international form is expected, the country code first, as in 491701234567. \
             The same ICCID stands in line 6 already. The same IMSI stands in line 4 already.\"",
        ]
    );
}

#[actix_web::test]
async fn a_row_has_all_its_problems_and_is_counted_once() {
    let world = World::new().await;
    let text = format!(
        "{HEADER}{}8901260881205897721,12,0170,123,paper,{}\n8.94E+18,2.62E+14,4.9E+11,,,\n",
        lines(1..=1),
        "x".repeat(60)
    );
    let draft = drafted(&world.ada, &text).await;
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("1".into(), "2".into()));
    assert_eq!(
        found.texts("summary"),
        ["1 row damaged by a spreadsheet", "1 row with a wrong check digit", "1 row malformed"]
    );
    let told = problems(&world.ada, &draft).await;
    assert_eq!(told.len(), 2, "each row once: {told:?}");
    for words in [
        "The ICCID ends in 1",
        "The IMSI has 2 digits",
        "The MSISDN begins with 0",
        "The EID has 3 digits",
        "The type is not known",
        "The label has more than 50",
    ] {
        assert!(told[0].contains(words), "{words}: {}", told[0]);
    }
    assert_eq!(told[1].matches("scientific notation").count(), 3, "{}", told[1]);
}

#[actix_web::test]
async fn what_excel_has_done_to_numbers_is_named() {
    let world = World::new().await;
    let good = iccid(1);
    let text = format!(
        "iccid;imsi;msisdn\n8.94E+18;262010000000001;\n8,94504E+19;262010000000002;\n89450421180216200000;262010000000003;\n\
         {good};1010123456789;\n\"\"\"{good}\"\"\";262010000000004;\n'{good};262010000000005;\n\
         {good}\u{a0};262010000000006;\n{};2.6201E+14;\n",
        iccid(2)
    );
    let draft = drafted(&world.ada, &text).await;
    assert_eq!(page(&world.ada, &draft).await.texts("summary"), ["8 rows damaged by a spreadsheet"]);
    let told = problems(&world.ada, &draft).await;
    for (line, words) in told.iter().zip([
        "ICCID is in scientific notation (like 8.94E+18): a spreadsheet has rounded it",
        "ICCID is in scientific notation (like 8.94E+18): a spreadsheet has rounded it",
        "only zeros after the 15th digit: a spreadsheet has probably rounded it",
        "IMSI has 13 digits where 15 (or 14) are expected: a spreadsheet has probably dropped the zeros",
        "ICCID contains quotation marks",
        "ICCID begins with an apostrophe",
        "ICCID contains a non-breaking or invisible space",
        "IMSI is in scientific notation",
    ]) {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert_eq!(told.len(), 8);
}

#[actix_web::test]
async fn a_rounded_iccid_whose_check_digit_fits_is_found_beside_others_that_are_rounded() {
    let world = World::new().await;
    let fitting = "89450421180298600000";
    let alone = format!("iccid,imsi\n{fitting},262010000000001\n{},262010000000002\n", iccid(1));
    let draft = drafted(&world.ada, &alone).await;
    assert_eq!(
        counts(&page(&world.ada, &draft).await),
        ("2".into(), "0".into()),
        "the first of a range, say"
    );
    let text = format!("{alone}8.94E+18,262010000000003\n{fitting},12\n");
    let draft = drafted(&world.ada, &text).await;
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("1".into(), "3".into()));
    assert_eq!(
        found.texts("summary"),
        ["3 rows damaged by a spreadsheet", "1 row malformed", "1 row repeated in the file"]
    );
    let told = problems(&world.ada, &draft).await;
    assert!(told[0].starts_with(&format!("2,{fitting},262010000000001,")), "{}", told[0]);
    assert!(told[0].contains("as others in the file that a spreadsheet has rounded"), "{}", told[0]);
    assert!(told[2].contains("The IMSI has 2 digits"), "{}", told[2]);
    assert!(told[2].contains("as others in the file that a spreadsheet has rounded"), "{}", told[2]);
}

#[actix_web::test]
async fn a_sim_of_another_company_is_in_a_fleet_already_and_nobody_learns_in_whose() {
    let world = World::new().await;
    let sam = world.stranger().await;
    let theirs = drafted(&sam, &file(1..=4)).await;
    launched(&sam, &theirs, &[]).await;
    world.work().await;
    let text = format!(
        "{HEADER}{}{},001010000000001,,,,\n{},262010000000003,,,,\n{},001010000000002,4915100000004,,,\n",
        lines(8..=9),
        iccid(1),
        iccid(20),
        iccid(21)
    );
    let draft = drafted(&world.ada, &text).await;
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("2".into(), "3".into()));
    assert_eq!(found.texts("summary"), ["3 rows in a fleet already"]);
    let told = problems(&world.ada, &draft).await;
    for (line, column) in told.iter().zip(["ICCID", "IMSI", "MSISDN"]) {
        assert!(line.ends_with(&format!("A SIM with this {column} is in a fleet already.")), "{line}");
    }
    let all = format!("{}{}", found.body, told.join("\n"));
    assert!(!all.contains("Stranger") && !all.to_lowercase().contains("sam@"), "{all}");
}

#[actix_web::test]
async fn keys_and_codes_are_neither_kept_nor_shown() {
    let world = World::new().await;
    let key = "465B5CE8B199B49FAA5F0A2EE238A6BC";
    let text = format!(
        "iccid,imsi,Ki,PIN1,label\n{},262010000000001,{key},4711,Pilot\n{key},262010000000002,{key},4711,\n\
         {},262010000000003,{key},4711\n{},1,{key},4711,{key}\n",
        iccid(1),
        iccid(2),
        iccid(3)
    );
    let draft = drafted(&world.ada, &text).await;
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("1".into(), "3".into()));
    assert_eq!(
        columns(&found),
        [
            "iccid ICCID",
            "imsi IMSI",
            "Ki Left out Secret: never kept",
            "PIN1 Left out Secret: never kept",
            "label Label"
        ]
    );
    let told = problems(&world.ada, &draft).await.join("\n");
    let kept = "SELECT count(*) AS number FROM import_lines l WHERE l::text ~ '465B5CE8|4711'";
    assert_eq!(world.number(kept), 0);
    assert!(
        !told.contains("465B5CE8") && !told.contains("4711") && !found.body.contains("465B5CE8"),
        "{told}"
    );
}

#[actix_web::test]
async fn columns_that_are_not_recognised_are_chosen_in_the_dialog() {
    let world = World::new().await;
    let text = format!("Karte;Teilnehmer;Rufnummer\n{};262010000000001;491511\n", iccid(1));
    let asked = send(&world.ada, "karten.csv", text.as_bytes(), &[]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.texts("[role=alert]").concat().contains("does not name the columns"), "{}", asked.body);
    assert_eq!(asked.texts("label"), ["1. Karte", "2. Teilnehmer", "3. Rufnummer"]);
    assert_eq!(asked.attributes("option[selected]", "value"), ["iccid", "imsi", ""], "by the row below");
    assert_eq!(world.number("SELECT count(*) AS number FROM import_drafts"), 0);
    let chosen = [("column", "iccid"), ("column", "imsi"), ("column", "")];
    let draft = super::draft(&send(&world.ada, "karten.csv", text.as_bytes(), &chosen).await);
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("1".into(), "0".into()));
    assert_eq!(columns(&found), ["Karte ICCID", "Teilnehmer IMSI", "Rufnummer Left out"]);
    let once_more =
        world.ada.fragment(&format!("/imports/new?like={}", draft.trim_start_matches("/imports/"))).await;
    assert_eq!(once_more.attributes("select[name=column] option[selected]", "value"), ["iccid", "imsi", ""]);
}

#[actix_web::test]
async fn what_was_said_of_the_columns_of_one_file_is_not_meant_for_another() {
    let world = World::new().await;
    let said = [
        ("column", "iccid"),
        ("column_name", "Karte"),
        ("column", "imsi"),
        ("column_name", "Teilnehmer"),
        ("column", ""),
        ("column_name", "Rufnummer"),
    ];
    let text = format!("Karte;Teilnehmer;Rufnummer\n{};262010000000001;491511\n", iccid(1));
    let draft = super::draft(&send(&world.ada, "karten.csv", text.as_bytes(), &said).await);
    let found = page(&world.ada, &draft).await;
    assert_eq!(columns(&found), ["Karte ICCID", "Teilnehmer IMSI", "Rufnummer Left out"]);
    let other = format!("iccid,imsi,msisdn\n{},262010000000002,491512345678\n", iccid(2));
    let draft = super::draft(&send(&world.ada, "other.csv", other.as_bytes(), &said).await);
    let found = page(&world.ada, &draft).await;
    assert_eq!(columns(&found), ["iccid ICCID", "imsi IMSI", "msisdn MSISDN"]);
    let unnamed = [("column", "iccid"), ("column", "imsi"), ("column", "")];
    let draft = super::draft(&send(&world.ada, "other.csv", other.as_bytes(), &unnamed).await);
    let found = page(&world.ada, &draft).await;
    assert_eq!(
        columns(&found),
        ["iccid ICCID", "imsi IMSI", "msisdn Left out"],
        "a program says what it means"
    );
}

#[actix_web::test]
async fn a_file_and_pasted_rows_are_not_taken_one_for_the_other() {
    let world = World::new().await;
    let answer = send(&world.ada, "a.csv", file(0..2).as_bytes(), &[("rows", &file(2..4))]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.texts("[role=alert]").concat().contains("both a file and a text"), "{}", answer.body);
    assert_eq!(world.number("SELECT count(*) AS number FROM import_drafts"), 0);
}

#[actix_web::test]
async fn columns_with_words_around_their_names_are_taken_and_others_are_said_to_be_left_out() {
    let world = World::new().await;
    let text = format!(
        "ICCID,IMSI,MSISDN Number,Label list,IMEI of device,Ki,Remark\n{},262010000000001,491511234567,Pilot,1,2,3\n",
        iccid(1)
    );
    let draft = drafted(&world.ada, &text).await;
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("1".into(), "0".into()));
    assert_eq!(
        columns(&found),
        [
            "ICCID ICCID",
            "IMSI IMSI",
            "MSISDN Number MSISDN",
            "Label list Label",
            "IMEI of device Left out",
            "Ki Left out Secret: never kept",
            "Remark Left out"
        ]
    );
    let said = found.texts("#import-left-out").concat();
    assert!(said.starts_with("Left out: 2 columns: “IMEI of device”, “Remark”."), "{said}");
    assert!(said.contains("Choose columns"), "{said}");
    launched(&world.ada, &draft, &[]).await;
    world.work().await;
    let loaded = "SELECT count(*) AS number FROM sims s JOIN labels l ON s.label_ids = ARRAY[l.id] \
         WHERE s.msisdn = '491511234567' AND l.name = 'Pilot'";
    assert_eq!(world.number(loaded), 1);
    let said = page(&world.ada, &draft).await.texts("#import-left-out").concat();
    assert!(!said.contains("Choose columns"), "it is loaded: {said}");
    let whole = drafted(&world.ada, &file(5..=6)).await;
    assert!(page(&world.ada, &whole).await.texts("#import-left-out").is_empty());
}

#[actix_web::test]
async fn without_a_header_the_columns_are_guessed_and_their_contents_not_shown() {
    let world = World::new().await;
    let text = format!("{},262010000000001,465B5CE8B199B49FAA5F0A2EE238A6BC\n", iccid(1));
    let asked = send(&world.ada, "rows.csv", text.as_bytes(), &[]).await;
    assert_eq!(asked.texts("label"), ["1. 19 digits", "2. 15 digits", "3. 32 hexadecimal digits"]);
    assert_eq!(asked.attributes("option[selected]", "value"), ["iccid", "imsi", ""]);
    assert!(!asked.body.contains("465B5CE8") && !asked.body.contains("262010000000001"), "{}", asked.body);
    let chosen = [("column", "iccid"), ("column", "imsi"), ("column", "")];
    let draft = super::draft(&send(&world.ada, "rows.csv", text.as_bytes(), &chosen).await);
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("1".into(), "0".into()));
    assert!(!found.body.contains("465B5CE8"), "{}", found.body);
    let kept =
        "SELECT count(*) AS number FROM import_drafts WHERE mapping::text ~ '465B5CE8|262010000000001'";
    assert_eq!(world.number(kept), 0);
    let dialog =
        world.ada.fragment(&format!("/imports/new?like={}", draft.trim_start_matches("/imports/"))).await;
    let names = dialog.attributes("input[name=column_name]", "value");
    assert_eq!(names, ["19 digits", "15 digits", "32 hexadecimal digits"]);
    // Somebody has it otherwise for once: nobody is asked again.
    let said: Vec<_> = names.iter().map(|name| ("column_name", &**name)).chain(chosen).collect();
    let draft = super::draft(&send(&world.ada, "rows.csv", text.as_bytes(), &said).await);
    assert_eq!(counts(&page(&world.ada, &draft).await), ("1".into(), "0".into()));
}

#[actix_web::test]
async fn the_rows_with_problems_are_corrected_and_sent_again() {
    let world = World::new().await;
    let wrong = "8901260881205897721";
    let text = format!("{HEADER}{}{wrong},310260123456789,+14045550100,,,-A1\n", lines(1..=2));
    let draft = drafted(&world.ada, &text).await;
    launched(&world.ada, &draft, &[("leave_out", "on")]).await;
    world.work().await;
    assert_eq!(world.owned(world.meridian), 2);
    let csv = page(&world.ada, &format!("{draft}/problems.csv")).await.body;
    let corrected = csv.replace(wrong, "8901260881205897720");
    let draft = drafted(&world.ada, &corrected).await;
    let found = page(&world.ada, &draft).await;
    assert_eq!(counts(&found), ("1".into(), "0".into()), "{csv}");
    assert!(columns(&found).contains(&"problem Left out".to_owned()));
    assert!(found.texts("#import-left-out").is_empty(), "nobody misses what the portal has written beside");
    launched(&world.ada, &draft, &[]).await;
    world.work().await;
    let loaded =
        "SELECT count(*) AS number FROM sims WHERE iccid = '8901260881205897720' AND msisdn = '14045550100'";
    assert_eq!(world.number(loaded), 1);
    assert!(csv.contains(",14045550100,,,'-A1,"), "no spreadsheet runs it: {csv}");
    assert_eq!(
        world.number("SELECT count(*) AS number FROM labels WHERE name = '-A1'"),
        1,
        "nor is it changed"
    );
}

#[actix_web::test]
async fn only_an_administrator_of_a_main_account_imports() {
    let world = World::new().await;
    let draft = drafted(&world.ada, &file(1..=2)).await;
    let offered = |page: &crate::support::Page| page.attributes("[hx-get='/imports/new']", "type").len();
    assert_eq!(offered(&world.ada.get("/fleet").await), 2, "in the head and in the empty list");
    for (email, role) in [("vera@meridian.example", Role::Viewer), ("otto@meridian.example", Role::Operator)]
    {
        let person = world.person(email, role).await;
        assert_eq!(offered(&person.get("/fleet").await), 0);
        for path in ["/imports/new", &draft, &format!("{draft}/problems.csv")] {
            assert_eq!(person.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let sent = send(&person, "batch.csv", file(5..=6).as_bytes(), &[]).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN);
        let none: &[(&str, &str)] = &[];
        assert_eq!(person.post(&format!("{draft}/operation"), none).await.status, StatusCode::FORBIDDEN);
    }
    let sam = world.stranger().await;
    for path in [draft.clone(), format!("{draft}/problems.csv")] {
        assert_eq!(sam.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let mut in_subaccount = world.ada.clone();
    let focus = [("account", world.clienticity_uid.to_string())];
    in_subaccount.post("/account-focus", &focus).await;
    in_subaccount.open("/fleet").await;
    assert_eq!(offered(&in_subaccount.get("/fleet").await), 0);
    assert_eq!(in_subaccount.get(&draft).await.status, StatusCode::NOT_FOUND);
    let sent = send(&in_subaccount, "batch.csv", file(5..=6).as_bytes(), &[]).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(sent.body.contains("gets its SIMs by a transfer from its parent"), "{}", sent.body);
}
