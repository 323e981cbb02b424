//! What stands above the rows: comments, and the names of the columns.

use super::*;

#[test]
fn columns_of_other_names_are_guessed_by_their_words_and_then_by_the_row_below() {
    let guessed = |text: &str| {
        let found = columns(text.as_bytes()).unwrap();
        found.into_iter().map(|column| column.taken_as).collect::<Vec<_>>()
    };
    let (iccid, imsi, msisdn, eid) =
        (Some(Column::Iccid), Some(Column::Imsi), Some(Column::Msisdn), Some(Column::Eid));
    assert_eq!(guessed("SIM Number,IMSI Number,MSISDN Number\n"), [iccid, imsi, msisdn]);
    assert_eq!(
        guessed("No,iccid,Primary IMSI,SIM no,Tags\n"),
        [None, iccid, imsi, None, Some(Column::Label)]
    );
    assert_eq!(
        guessed(
            "Karte;Teilnehmer;Ki;Chip\n\n8901260881205897720;310260123456789;123456789012345;89049032123451234512345678901235\n"
        ),
        [iccid, imsi, None, eid]
    );
    assert_eq!(
        guessed("imsi,Ki,number\n310260123456789,8901260881205897720,8901260881205897720\n"),
        [imsi, None, None]
    );
}

#[test]
fn optional_columns_are_known_by_names_with_words_around_them_where_only_one_fits() {
    let (iccid, imsi, msisdn, eid, label) = (
        Some(Column::Iccid),
        Some(Column::Imsi),
        Some(Column::Msisdn),
        Some(Column::Eid),
        Some(Column::Label),
    );
    let taken = |header: &str| {
        let text = format!("{header}\n");
        let file = SimFile::open(text.as_bytes(), ReadOptions::default()).unwrap();
        file.columns().iter().map(|column| column.taken_as).collect::<Vec<_>>()
    };
    assert_eq!(
        taken("iccid,imsi,MSISDN Number,EID of SIM card,Label list,IMEI of device"),
        [iccid, imsi, msisdn, eid, label, None]
    );
    assert_eq!(taken("iccid;imsi;Tel. no.;label name"), [iccid, imsi, msisdn, label]);
    assert_eq!(taken("iccid,imsi,msisdn,Main phone"), [iccid, imsi, msisdn, None], "there is an exact name");
    assert_eq!(taken("iccid,imsi,Phone no,Tel no"), [iccid, imsi, None, None], "either may be it");
    for something_else in [
        "Contact phone",
        "Phone model",
        "Tag ID",
        "Number of labels",
        "Number of MSISDNs",
        "Tag",
        "PIN of EID",
        "PUK phone",
        "MSISDN or EID",
        "Type of SIM",
        "",
    ] {
        assert_eq!(taken(&format!("iccid,imsi,{something_else}")), [iccid, imsi, None], "{something_else}");
    }
    assert!(matches!(refusal("ICCID Number,imsi\n"), FileProblem::MissingColumn(Column::Iccid)));
    assert!(matches!(refusal("iccid,Main IMSI\n"), FileProblem::MissingColumn(Column::Imsi)));
}

#[test]
fn comments_above_the_rows_are_passed_over_in_each_layout() {
    let row = "8901260881205897720,310260123456789";
    for (line, text) in [
        (4, format!("# Batch 7, of 30 cards, for Meridian\n#\niccid,imsi\n{row}\n")),
        (4, format!("* Batch 7, of 30 cards\n\niccid,imsi\n{row}\n")),
        (3, format!("# K\u{f6}ln\n#,iccid,imsi\n1,{row}\n")),
        (4, format!("# a: b\nSupplier: B, C\nVar_Out: ICCID/IMSI\n{}\n", row.replace(',', "/"))),
        (5, format!("* a\nSIM batch\nSupplier: B, C\nVar_Out: ICCID/IMSI\n{}\n", row.replace(',', " "))),
        (
            5,
            format!(
                "* Order 7\nOrange Business, Paris\nCustomer: X\nVar_Out: ICCID/IMSI\n{}\n",
                row.replace(',', " ")
            ),
        ),
        (
            4,
            format!(
                "* x\nICCIDs: 8949022000010000000, 8949022000010009999\nVar_Out: ICCID/IMSI\n{}\n",
                row.replace(',', " ")
            ),
        ),
        (3, format!("# Columns: iccid, imsi, msisdn\niccid,imsi\n{row}\n")),
        (3, format!("* a\n00567 112318151552 1 5014 1 0 0 3 1\n{}\n", row.replace(',', " "))),
    ] {
        let rows = rows(&text);
        assert_eq!((rows.len(), rows[0].line), (1, line), "{text}");
        assert_eq!(rows[0].iccid.as_str(), "8901260881205897720", "{text}");
    }
    assert!(matches!(refusal("# only\n# comments\n"), FileProblem::NoHeader));
    assert!(matches!(refusal("# x\n".repeat(1_001)), FileProblem::NoHeader));
    assert!(matches!(
        refusal("* a\nSIM batch\n8901260881205897720 310260123456789\n"),
        FileProblem::NoVarOut
    ));
}

/// Files whose columns nobody knows, whatever their layout: what is offered to be chosen is what is then read.
#[test]
fn columns_that_are_chosen_are_those_of_the_rows_in_each_layout() {
    let (iccid, imsi, msisdn) = (Some(Column::Iccid), Some(Column::Imsi), Some(Column::Msisdn));
    let table = "# Batch 7, of 30 cards, for Meridian\nKarte;Rufnummer;Teilnehmer\n8901260881205897720;88212345678;310260123456789\n";
    let headless = "* Batch 7\n8901260881205897720;88212345678;310260123456789\n";
    let sections = "* Batch 7, of 30 cards, for Meridian\nCustomer: Meridian\nVar_Out: KARTE/RUFNUMMER/TEILNEHMER\n\n\
        8901260881205897720/88212345678/310260123456789\n";
    let positional = "00567 112318151552 1 5014 1 0 0 3 1\n8.90126088120590E+18 88212345678 310260123456789\n8901260881205897720 88212345678 310260123456789\n";
    for (text, problem) in [
        (table, FileProblem::NoHeader),
        (headless, FileProblem::NoHeader),
        (sections, FileProblem::MissingColumn(Column::Iccid)),
        (positional, FileProblem::MissingColumn(Column::Iccid)),
    ] {
        assert_eq!(refusal(text).to_string(), problem.to_string(), "{text}");
        let offered: Vec<_> =
            columns(text.as_bytes()).unwrap().into_iter().map(|column| column.taken_as).collect();
        let guessed = if text == positional { None } else { iccid };
        assert_eq!(offered, [guessed, None, imsi], "{text}");
        let options = ReadOptions { columns: Some(vec![iccid, msisdn, imsi]), ..ReadOptions::default() };
        let last = SimFile::open(text.as_bytes(), options).unwrap().last();
        let Some(Ok(Entry::Sim(row))) = last else { panic!("{text}: {last:?}") };
        assert_eq!(row.iccid.as_str(), "8901260881205897720", "{text}");
        assert_eq!(row.msisdn.unwrap().as_str(), "88212345678", "{text}");
    }
    let options = ReadOptions { columns: Some(vec![iccid, None, imsi]), ..ReadOptions::default() };
    let file = SimFile::open(positional.as_bytes(), options).unwrap();
    let secret: Vec<bool> = file.columns().iter().map(|column| column.secret).collect();
    assert_eq!(secret, [false, true, false], "what is left out of rows without a header may be a key");
}
