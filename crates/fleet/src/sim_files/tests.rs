//! Whole files in, rows and problems out.

mod heads;

use proptest::prelude::*;

use super::*;
use crate::identifiers::{IccidForm, IdentifierProblem, luhn_check_digit};
use crate::sims::SimType;

fn entries(text: impl AsRef<[u8]>) -> Vec<Entry> {
    SimFile::open(text.as_ref(), ReadOptions::default()).unwrap().map(Result::unwrap).collect()
}

fn rows(text: impl AsRef<[u8]>) -> Vec<SimRow> {
    entries(text)
        .into_iter()
        .map(|entry| match entry {
            Entry::Sim(row) => row,
            Entry::Problem(row) => panic!("{row:?}"),
        })
        .collect()
}

fn problems(text: impl AsRef<[u8]>) -> Vec<LineProblem> {
    entries(text)
        .into_iter()
        .flat_map(|entry| match entry {
            Entry::Problem(row) => row.problems,
            Entry::Sim(_) => Vec::new(),
        })
        .collect()
}

fn refusal(text: impl AsRef<[u8]>) -> FileProblem {
    SimFile::open(text.as_ref(), ReadOptions::default()).err().unwrap()
}

/// A valid ICCID for each number.
fn iccid(number: u32) -> String {
    let body = format!("8949150000{number:08}");
    let check = luhn_check_digit(body.as_bytes()).map(char::from).unwrap();
    format!("{body}{check}")
}

#[test]
fn the_usual_file_is_read() {
    let text = "iccid,imsi,msisdn,eid,type,label\n\
        8901260881205897720,310260123456789,+14045550100,,plug_in,Pilot\n\
        89450421180216254864,238010000000001,,89049032123451234512345678901235,euicc,\n";
    let rows = rows(text);
    assert_eq!(rows[0].line, 2);
    assert_eq!(rows[0].iccid.as_str(), "8901260881205897720");
    assert_eq!(rows[0].imsi.as_str(), "310260123456789");
    assert_eq!(rows[0].msisdn.unwrap().as_str(), "14045550100");
    assert_eq!(rows[0].eid, None);
    assert_eq!(rows[0].sim_type, SimType::PlugIn);
    assert_eq!(rows[0].label.as_ref().unwrap().as_str(), "Pilot");
    assert_eq!(rows[1].line, 3);
    assert_eq!(rows[1].msisdn, None);
    assert_eq!(rows[1].eid.unwrap().as_str(), "89049032123451234512345678901235");
    assert_eq!(rows[1].sim_type, SimType::Euicc);
    assert_eq!(rows[1].label, None);
    assert_eq!(rows.len(), 2);
}

#[test]
fn order_case_delimiter_mark_and_line_ends_do_not_matter() {
    let expected = rows("iccid,imsi,type\n8901260881205897720,310260123456789,mff2\n");
    for text in [
        "IMSI;Type;ICCID\r\n310260123456789;MFF2;8901260881205897720\r\n",
        "\u{feff}Iccid\tIMSI\tSIM Type\n8901260881205897720F\t310260123456789\tembedded",
        "\"iccid\",\"imsi\",\"type\"\n\"8901260881205897720\",\"310260123456789\",\"mff2\"\n",
        "\u{feff}iccid; imsi ;type;;\n8901260881205897720; 310260123456789 ;mff2;;\n",
    ] {
        assert_eq!(rows(text), expected, "{text:?}");
    }
}

#[test]
fn what_spreadsheets_put_before_the_header_and_around_numbers_is_passed_over() {
    let expected = |line| {
        let mut row = rows("iccid,imsi,msisdn\n8901260881205897720,310260123456789,88212345678\n").remove(0);
        row.line = line;
        [row]
    };
    for (line, text) in [
        (4, "\n  \niccid,imsi,msisdn\n8901260881205897720,310260123456789,88212345678\n"),
        (3, ",,\r\niccid,imsi,msisdn\r\n8901260881205897720,310260123456789,88212345678\r\n"),
        (3, "sep=;\niccid;imsi;msisdn\n8901260881205897720;310260123456789;88212345678\n"),
        (3, "\u{feff}\"SEP=\t\"\niccid\timsi\tmsisdn\n8901260881205897720\t310260123456789\t88212345678\n"),
        (3, "sep=|\niccid|imsi|msisdn\n8901260881205897720|310260123456789|88212345678\n"),
        (2, "iccid,imsi,msisdn\r8901260881205897720,310260123456789,88212345678\r"),
        (2, "iccid,imsi,msisdn\n=\"8901260881205897720\",=\"310260123456789\",=\"+88212345678\"\n"),
        (2, "iccid,imsi,msisdn\n\"=\"\"8901260881205897720\"\"\",310260123456789,'+88212345678\n"),
        (2, "iccid,imsi,msisdn\n8901260881205897720,310260123456789,+882 1234-5678\n"),
        (2, "iccid;imsi;msisdn\n8901260881205897720;310260123456789;(882) 12.34.56/78\n"),
    ] {
        assert_eq!(rows(text), expected(line), "{text:?}");
    }
    assert!(matches!(refusal("\n ;;\n\r\n"), FileProblem::Empty));
    assert!(matches!(refusal("sep=;\n"), FileProblem::Empty));
    for (number, problem) in [
        ("88212345678.0", IdentifierProblem::Decimals),
        ("8.8212E+10", IdentifierProblem::ScientificNotation),
        ("0170 1234567", IdentifierProblem::NotInternational),
    ] {
        let text = format!("iccid,imsi,msisdn\n8901260881205897720,310260123456789,{number}\n");
        let found = problems(&text).remove(0).reason;
        assert!(
            matches!(found, RowProblem::Identifier(error) if error.problem == problem),
            "{number}: {found:?}"
        );
    }
}

#[test]
fn an_iccid_that_looks_rounded_is_believed_alone_and_not_where_a_spreadsheet_has_rounded_others() {
    let doubted = |form, rows: &[&str]| {
        let text = format!("iccid,imsi\n{},310260123456789\n", rows.join(",310260123456789\n"));
        let options = ReadOptions { iccid_form: form, columns: None };
        let file = SimFile::open(text.as_bytes(), options).unwrap();
        let mut finder = RoundedFinder::of(file.iccid_form());
        for entry in file {
            match entry.unwrap() {
                Entry::Sim(row) => finder.note(&row),
                Entry::Problem(row) => finder.note_bad(&row),
            }
        }
        finder.finish().into_iter().map(|problem| problem.line).collect::<Vec<_>>()
    };
    // Both have a fitting check digit.
    let (long, short) = ("89450421180298600000", "8945042118020040000");
    let (good, wrong) = ("8901260881205897720", "89450421180216200000");
    let none: [u32; 0] = [];
    let complete = IccidForm::Complete;
    assert_eq!(doubted(complete, &[long]), none);
    assert_eq!(doubted(complete, &[good, long, short, "8901260881205897721", "'8901260881205897720"]), none);
    assert_eq!(doubted(complete, &[good, long, wrong]), [3], "another is rounded and fails");
    assert_eq!(
        doubted(complete, &["8.94E+18", good, long, short]),
        [4, 5],
        "another is in scientific notation"
    );
    assert_eq!(doubted(complete, &[long, short, good, long]), [2, 3, 5], "they are many");
    let mut most = vec![good; 28];
    most.extend([long, short, long]);
    assert_eq!(doubted(complete, &most), none, "they are few among many");
    let bare = ["896588081210001000", "896588081210002000", "896588081210003000"];
    assert_eq!(doubted(IccidForm::WithoutCheckDigit, &bare), [2, 3, 4]);
    assert_eq!(doubted(IccidForm::WithoutCheckDigit, &bare[..2]), none);
    let tests = ["8988211000000010000", "8988211000000020000", "8988211000000030000"];
    assert_eq!(doubted(IccidForm::UncheckedTestProfile, &tests), none, "they are made up");
    let mixed = [tests[0], "8.98E+18"];
    assert_eq!(doubted(IccidForm::UncheckedTestProfile, &mixed), [2]);
    let elsewhere = "iccid,imsi\n89450421180298600000,2.62E+14\n";
    let mut finder = RoundedFinder::of(complete);
    for entry in entries(elsewhere) {
        let Entry::Problem(row) = entry else { panic!("{entry:?}") };
        finder.note_bad(&row);
    }
    assert_eq!(finder.finish(), [], "another column was rounded");
}

#[test]
fn blank_lines_are_counted_and_passed_over() {
    let text = "iccid,imsi\n\n  \n,,\n8901260881205897720,310260123456789\n\r\n";
    let mut file = SimFile::open(text.as_bytes(), ReadOptions::default()).unwrap();
    assert_eq!(file.by_ref().count(), 1);
    assert_eq!(file.blank_lines(), 4);
    assert_eq!(file.line(), 6);
}

#[test]
fn keys_are_named_and_not_kept() {
    let text = "iccid,imsi,Ki,opc,PIN1,PUK code 2,ADM1,note\n\
        8901260881205897720,310260123456789,465B5CE8B199B49FAA5F0A2EE238A6BC,x,1234,12345678,y,hello\n";
    let mut file = SimFile::open(text.as_bytes(), ReadOptions::default()).unwrap();
    let ignored = file.ignored_columns();
    let secret: Vec<&str> =
        ignored.iter().filter(|column| column.secret).map(|column| column.name.as_str()).collect();
    assert_eq!(secret, ["Ki", "opc", "PIN1", "PUK code 2", "ADM1"]);
    assert_eq!(ignored.last().unwrap(), &IgnoredColumn { name: "note".into(), secret: false });
    let said = format!("{:?}", file.next());
    assert!(said.contains("8901260881205897720") && !said.contains("465B5CE8"), "{said}");
}

#[test]
fn a_problem_names_line_column_and_reason_but_not_the_value() {
    let text = "iccid,imsi,eid,type,label\n\
        8901260881205897721,310260123456789,,,\n\
        8.94E+18,310260123456789,,,\n\
        8901260881205897720,,,,\n\
        8901260881205897720,310260123456789,89049032123451234512345678901234,,\n\
        8901260881205897720,310260123456789,,465B5CE8B199B49FAA5F0A2EE238A6BC,\n\
        8901260881205897720,310260123456789\n\
        8901260881205897720,310260123456789,,,\"open\n\
        8901260881205897720,310260123456789,,,x,y\n\
        8901260881205897720\n\
        8901260881205897720,3,,,\n";
    let said: Vec<String> = problems(text).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "line 2, column iccid: The ICCID ends in 1, but its check digit should be 0: a digit is wrong or missing.",
            "line 3, column iccid: The ICCID is in scientific notation (like 8.94E+18): a spreadsheet has rounded it \
             and its last digits are lost. Export the column as text.",
            "line 4, column imsi: The IMSI is empty.",
            "line 5, column eid: The EID has wrong check digits (the last two): a digit is wrong.",
            "line 6, column type: The type is not known: use plug_in, mff2 or euicc.",
            "line 7: The line has 2 columns, the header has 5.",
            "line 8: A quotation mark is opened and not closed on the same line.",
            "line 9: The line has 6 columns, the header has 5.",
            "line 10: The line has 1 column, the header has 5.",
            "line 11, column imsi: The IMSI has 1 digit: 15 (or 14) are expected.",
        ]
    );
}

#[test]
fn a_column_that_was_too_narrow_is_told_as_such() {
    let found = problems("iccid,imsi,msisdn,eid\n########,#####,#####,###\n");
    assert_eq!(found.len(), 4);
    for problem in found {
        assert!(problem.to_string().contains("was too narrow to show the number"), "{problem}");
    }
}

#[test]
fn all_problems_of_a_row_are_named() {
    let label = "x".repeat(60);
    let text = format!(
        "iccid,imsi,msisdn,eid,type,label\n8901260881205897721,12,0170,123,paper,{label}\n\
         8.94E+18,2.62E+14,4.9E+11,,,\n8901260881205897720.0,310260123456789.0,,,,\n"
    );
    let found: Vec<_> = problems(text).into_iter().map(|problem| (problem.line, problem.column)).collect();
    let all = Column::ALL.map(|column| (2, Some(column)));
    assert_eq!(found[..6], all);
    let rest =
        [(3, Column::Iccid), (3, Column::Imsi), (3, Column::Msisdn), (4, Column::Iccid), (4, Column::Imsi)];
    assert_eq!(found[6..], rest.map(|(line, column)| (line, Some(column))));
}

#[test]
fn a_row_that_can_be_taken_is_never_the_one_that_repeats() {
    let (a, b) = (iccid(1), iccid(2));
    let text = format!("iccid,imsi\n{a},1\n{a},001010000000001\n{b},1\n{b},2\n");
    let mut finder = DuplicateFinder::default();
    for entry in entries(text) {
        match entry {
            Entry::Sim(row) => finder.note(&row),
            Entry::Problem(row) => finder.note_bad(&row),
        }
    }
    let repeated: Vec<_> =
        finder.finish().into_iter().map(|problem| (problem.line, problem.reason)).collect();
    let of = |first_line| RowProblem::Duplicate { first_line };
    assert_eq!(repeated, [(2, of(3)), (5, of(4))]);
}

#[test]
fn what_was_written_is_shown_whole_unless_it_may_be_a_key() {
    let long = "+1 R4 ".repeat(20);
    let text = format!(
        "iccid,imsi,label,Ki\n1,2,{long},x\n1,2,=465B5CE8B199B49FAA5F0A2EE238A6BC;,x\n1,2,K\u{fffd}ln,x\n1,2\n"
    );
    let mut file = SimFile::open(text.as_bytes(), ReadOptions::default()).unwrap();
    let mut next = || {
        file.next();
        file.written(Column::Label)
    };
    assert_eq!(next(), Cell::Written(long.trim().to_owned()));
    assert_eq!(next(), Cell::Withheld);
    assert_eq!(next(), Cell::Written("K\u{fffd}ln".to_owned()));
    assert_eq!(next(), Cell::Withheld);
    assert_eq!(file.written(Column::Eid), Cell::Withheld, "no cell of a line that has shifted beside keys");
    let broken = problems("iccid,imsi,label\n8901260881205897720,310260123456789,K\u{fffd}ln\n");
    assert_eq!(broken[0].reason, RowProblem::NotUtf8);
}

#[test]
fn long_lines_labels_and_other_encodings_are_problems_of_their_line() {
    let long = "9".repeat(100_000);
    let label = "ä".repeat(51);
    let mut text =
        format!("iccid,imsi,label\n{long}\n8901260881205897720,310260123456789,{label}\n").into_bytes();
    text.extend(b"8901260881205897720,310260123456789,K\xf6ln\n8901260881205897720,310260123456789,fine\n");
    let reasons: Vec<(u32, RowProblem)> =
        problems(&text).into_iter().map(|problem| (problem.line, problem.reason)).collect();
    assert_eq!(reasons, [(2, RowProblem::TooLong), (3, RowProblem::LabelTooLong), (4, RowProblem::NotUtf8)]);
    assert_eq!(entries(&text).len(), 4);
}

#[test]
fn what_is_no_sim_file_is_refused_with_a_sentence() {
    assert!(matches!(refusal(""), FileProblem::Empty));
    assert!(matches!(refusal("\u{feff}"), FileProblem::Empty | FileProblem::NoHeader));
    assert!(matches!(refusal(b"\xff\xfei\0c\0c\0i\0d\0"), FileProblem::Utf16));
    assert!(matches!(refusal(b"i\0c\0c\0i\0d\0"), FileProblem::Utf16));
    assert!(matches!(refusal(b"\0i\0c\0c\0i\0d"), FileProblem::Utf16));
    assert!(matches!(refusal(b"PK\x03\x04rest"), FileProblem::Workbook));
    assert!(matches!(refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), FileProblem::Workbook));
    assert!(matches!(refusal(b"\x1f\x8b\x08rest"), FileProblem::Compressed));
    assert!(matches!(refusal(b"\x7fELF\x02\0\0\xe9"), FileProblem::HeaderNotUtf8));
    assert!(matches!(refusal(b"\x7fELF\x02\0\0"), FileProblem::Binary));
    assert!(matches!(refusal("8901260881205897720,310260123456789\n"), FileProblem::NoHeader));
    assert!(matches!(refusal("00567 112318151552 30 5014 3 0 0 3 1\n"), FileProblem::NoRows));
    assert!(matches!(refusal("Customer: Meridian\nQuantity: 3\n"), FileProblem::NoVarOut));
    assert!(matches!(refusal(format!("iccid{}\n", ",x".repeat(1_000))), FileProblem::TooManyColumns));
    assert!(matches!(refusal("iccid,msisdn\n"), FileProblem::MissingColumn(Column::Imsi)));
    assert!(matches!(refusal("imsi,msisdn\n"), FileProblem::MissingColumn(Column::Iccid)));
    assert!(matches!(refusal("iccid,imsi,ICCID\n"), FileProblem::ColumnTwice(Column::Iccid)));
    assert!(matches!(refusal("x".repeat(20_000)), FileProblem::HeaderTooLong));
}

#[test]
fn test_profiles_and_missing_check_digits_need_their_option() {
    let text = "iccid,imsi\n896588081210001114,525010000000001\n";
    assert!(matches!(
        problems(text)[0].reason,
        RowProblem::Identifier(error) if matches!(error.problem, IdentifierProblem::WrongLength { found: 18, .. })
    ));
    let options = ReadOptions { iccid_form: IccidForm::WithoutCheckDigit, columns: None };
    let Some(Ok(Entry::Sim(row))) = SimFile::open(text.as_bytes(), options).unwrap().next() else {
        panic!("not read");
    };
    assert_eq!(row.iccid.as_str(), "8965880812100011146");
}

#[test]
fn repeated_identifiers_are_found_in_each_column() {
    let (a, b, c) = (iccid(1), iccid(2), iccid(3));
    let text = format!(
        "iccid,imsi,msisdn,eid\n\
         {a},001010000000001,4915,89049032123451234512345678901235\n\
         {b},001010000000002,,89049032123451234512345678901235\n\
         {a},001010000000001,4916,\n\
         {c},001010000000002,,\n\
         {},01010000000001,4915,\n",
        iccid(4)
    );
    let mut finder = DuplicateFinder::default();
    for row in rows(text) {
        finder.note(&row);
    }
    let said: Vec<String> = finder.finish().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "line 4, column iccid: The same value stands in line 2 already.",
            "line 4, column imsi: The same value stands in line 2 already.",
            "line 5, column imsi: The same value stands in line 3 already.",
            "line 6, column msisdn: The same value stands in line 2 already.",
        ]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        if let Ok(file) = SimFile::open(bytes.as_slice(), ReadOptions::default()) {
            prop_assert!(file.count() < 2_000);
        }
    }

    #[test]
    fn every_line_is_accounted_for(
        lines in prop::collection::vec(
            prop_oneof![
                Just("8901260881205897720,310260123456789,x".as_bytes().to_vec()),
                Just(b"\"".to_vec()),
                Just(vec![b'"'; 40_000]),
                Just(b" ,,".to_vec()),
                prop::collection::vec(any::<u8>().prop_map(|byte| if byte == b'\n' { b';' } else { byte }), 0..60),
                prop::collection::vec(prop::sample::select(b"0123456789,;\"\r\t 'eE+-".to_vec()), 0..60),
            ],
            0..40,
        ),
    ) {
        let mut text = b"iccid,imsi,label\n".to_vec();
        for line in &lines {
            text.extend(line);
            text.push(b'\n');
        }
        let mut file = SimFile::open(text.as_slice(), ReadOptions::default()).unwrap();
        let mut given = 0_u32;
        let mut last = 1;
        for entry in file.by_ref() {
            let line = match entry.unwrap() {
                Entry::Sim(row) => row.line,
                Entry::Problem(row) => row.line,
            };
            prop_assert!(line > last);
            last = line;
            given += 1;
        }
        prop_assert_eq!(given + file.blank_lines(), u32::try_from(lines.len()).unwrap());
        prop_assert_eq!(file.line(), u32::try_from(lines.len()).unwrap() + 1);
    }
}
