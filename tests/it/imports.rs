//! SIM files into the database.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::thread;

use diesel::PgConnection;
use fleet::Error;
use fleet::console::Console;
use fleet::identifiers::luhn_check_digit;
use fleet::ids::CompanyId;
use fleet::imports::{ImportOptions, ImportReport, Progress, company_named, import};
use fleet::testing;

use crate::support::TestDb;

const HEADER: &str = "iccid,imsi,msisdn,eid,type,label\n";

fn company(conn: &mut PgConnection, name: &str) -> CompanyId {
    testing::company(conn, None, name).unwrap().0
}

fn iccid(number: usize) -> String {
    let body = format!("894915{number:012}");
    let check = luhn_check_digit(body.as_bytes()).map(char::from).unwrap();
    format!("{body}{check}")
}

/// A good line for each number.
fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().fold(String::new(), |mut text, number| {
        let label = ["", "Pilot", "Köln \\ Süd"][number % 3];
        writeln!(text, "{},26201{number:010},49151{number:08},,plug_in,{label}", iccid(number)).unwrap();
        text
    })
}

fn load(console: &mut Console, company: CompanyId, text: &str, skip_bad: bool) -> ImportReport {
    let options = ImportOptions { skip_bad, ..ImportOptions::default() };
    import(console, company, text.as_bytes(), &options, |_| {}).unwrap()
}

fn said(report: &ImportReport) -> Vec<String> {
    report.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_lands_in_the_inventory_with_its_labels() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = "iccid;imsi;msisdn;eid;type;label;ki\n\
        8901260881205897720;310260123456789;+14045550100;;;Pilot;465B5CE8B199B49FAA5F0A2EE238A6BC\n\
        89450421180216254864;238010000000001;;89049032123451234512345678901235;euicc;pilot;x\n\
        89882190000000000013;001010123456789;;;mff2;;x\n\n";
    let report = load(conn, company, text, false);
    assert_eq!((report.rows, report.blank_lines, report.loaded, report.bad), (3, 1, 3, 0));
    assert!(!report.refused);
    assert!(report.ignored_columns.iter().any(|column| column.name == "ki" && column.secret));
    let found = TestDb::ask(
        conn,
        "SELECT string_agg(concat_ws(' ', iccid, imsi, msisdn, eid, sim_type, state, cardinality(label_ids)), '|' ORDER BY id)
         FROM sims",
    );
    assert_eq!(
        found,
        "8901260881205897720 310260123456789 14045550100 plug_in inventory 1|\
         89450421180216254864 238010000000001 89049032123451234512345678901235 euicc inventory 1|\
         89882190000000000013 001010123456789 mff2 inventory 0"
    );
    assert_eq!(TestDb::ask(conn, "SELECT string_agg(name, ',') FROM labels"), "Pilot");
    assert_eq!(
        TestDb::ask(conn, "SELECT string_agg(concat(state, sims), ',') FROM sim_counts"),
        "inventory3"
    );
}

#[test]
fn a_bad_line_keeps_everything_out() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = format!("{HEADER}{}8901260881205897721,310260123456789,,,,x\n{}", lines(1..=3), lines(2..=2));
    let report = load(conn, company, &text, false);
    assert!(report.refused);
    assert_eq!((report.rows, report.loaded, report.bad), (5, 0, 2));
    assert_eq!(
        said(&report),
        [
            "line 5, column iccid: The ICCID ends in 1, but its check digit should be 0: a digit is wrong or missing.",
            "line 6, column iccid: The same value stands in line 3 already.",
        ]
    );
    for table in ["sims", "labels", "sim_counts"] {
        assert_eq!(TestDb::ask(conn, &format!("SELECT count(*) FROM {table}")), "0");
    }
}

#[test]
fn bad_lines_are_skipped_on_request_and_all_counted() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = format!("{HEADER}{}nonsense\n{}\"\n{}", lines(1..=3), lines(2..=4), lines(4..=5));
    let options = ImportOptions { skip_bad: true, problem_limit: 2, ..ImportOptions::default() };
    let report = import(conn, company, text.as_bytes(), &options, |_| {}).unwrap();
    assert!(!report.refused);
    assert_eq!((report.rows, report.loaded, report.bad), (10, 5, 5));
    let lines: Vec<u32> = report.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [5, 6]);
    assert_eq!(TestDb::ask(conn, "SELECT count(DISTINCT iccid) FROM sims"), "5");
    assert_eq!(TestDb::ask(conn, "SELECT sum(sims) FROM sim_counts"), "5");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims WHERE label_ids <> '{}'"), "4");
    assert_eq!(
        TestDb::ask(conn, "SELECT string_agg(name, ',' ORDER BY name COLLATE \"C\") FROM labels"),
        "Köln \\ Süd,Pilot"
    );
}

#[test]
fn what_another_company_has_is_a_problem_that_does_not_name_it() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let (one, other) = (company(conn, "Secretive"), company(conn, "Curious"));
    load(conn, one, &format!("{HEADER}{}", lines(1..=4)), false);
    let text = format!(
        "{HEADER}{}{}{},001010000000001,,,,Fresh\n{},001010000000002,4915100000004,,,\n{},262010000000003,,,,\n",
        lines(10..=11),
        lines(2..=2),
        iccid(1),
        iccid(20),
        iccid(21)
    );
    let report = load(conn, other, &text, false);
    assert!(report.refused);
    assert_eq!(
        said(&report),
        [
            "line 4, column iccid: A SIM with this value is loaded already.",
            "line 5, column iccid: A SIM with this value is loaded already.",
            "line 6, column msisdn: A SIM with this value is loaded already.",
            "line 7, column imsi: A SIM with this value is loaded already.",
        ]
    );
    assert_eq!(TestDb::ask(conn, &format!("SELECT count(*) FROM sims WHERE company_id = {other}")), "0");
    assert_eq!(TestDb::ask(conn, &format!("SELECT count(*) FROM labels WHERE company_id = {other}")), "0");

    let report = load(conn, other, &text, true);
    assert_eq!((report.rows, report.loaded, report.bad, report.refused), (6, 2, 4, false));
    assert_eq!(TestDb::ask(conn, &format!("SELECT sims FROM sim_counts WHERE company_id = {other}")), "2");
    assert_eq!(TestDb::ask(conn, &format!("SELECT sims FROM sim_counts WHERE company_id = {one}")), "4");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM labels WHERE name = 'Fresh'"), "0");
}

#[test]
fn many_rows_go_in_pieces_and_tell_how_far_they_are() {
    const ROWS: usize = 60_000;
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = format!("{HEADER}{}", lines(0..ROWS));
    let mut read = Vec::new();
    let mut loaded = Vec::new();
    let report =
        import(conn, company, text.as_bytes(), &ImportOptions::default(), |progress| match progress {
            Progress::Reading { rows } => read.push(rows),
            Progress::Loading { rows, of } => {
                assert_eq!(of, ROWS as u64);
                loaded.push(rows);
            }
        })
        .unwrap();
    assert_eq!(report.loaded, ROWS as u64);
    assert!(read.is_sorted() && loaded.is_sorted());
    assert!(loaded.len() > 1, "{loaded:?}");
    assert_eq!((read.last(), loaded.last()), (Some(&(ROWS as u64)), Some(&(ROWS as u64))));
    assert_eq!(TestDb::ask(conn, "SELECT count(DISTINCT iccid) FROM sims"), ROWS.to_string());
    assert_eq!(
        TestDb::ask(conn, "SELECT string_agg(concat(state, sims), ',') FROM sim_counts"),
        format!("inventory{ROWS}")
    );
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims WHERE label_ids = '{}'"), (ROWS / 3).to_string());
    assert_eq!(TestDb::ask(conn, "SELECT reltuples FROM pg_class WHERE relname = 'sims'"), ROWS.to_string());
}

#[test]
fn two_imports_of_one_file_at_once_load_it_once() {
    let database = TestDb::new();
    let company = company(&mut database.console(), "Meridian");
    let text = format!("{HEADER}{}", lines(0..5_000));
    let reports: Vec<ImportReport> = thread::scope(|scope| {
        let run = || load(&mut database.console(), company, &text, true);
        let both = [scope.spawn(run), scope.spawn(run)];
        both.map(|thread| thread.join().unwrap()).into()
    });
    let loaded: u64 = reports.iter().map(|report| report.loaded).sum();
    let bad: u64 = reports.iter().map(|report| report.bad).sum();
    assert_eq!((loaded, bad), (5_000, 5_000));
    assert_eq!(TestDb::ask(&mut database.console(), "SELECT sum(sims) FROM sim_counts"), "5000");
}

#[test]
fn a_source_that_fails_half_way_loads_nothing() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = format!("{HEADER}{}", lines(0..2_000));
    let source = text.as_bytes().chain(Broken);
    let options = ImportOptions { skip_bad: true, ..ImportOptions::default() };
    let error = import(conn, company, source, &options, |_| {}).unwrap_err();
    assert!(matches!(&error, Error::Refused(why) if why.contains("the disk is gone")), "{error:?}");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims"), "0");
    // The connection is fit for the next one.
    assert_eq!(load(conn, company, &text, false).loaded, 2_000);
}

#[test]
fn what_is_no_sim_file_is_refused() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    for text in ["", "name,age\n", "PK\u{3}\u{4}"] {
        let outcome = import(conn, company, text.as_bytes(), &ImportOptions::default(), |_| {});
        assert!(matches!(outcome, Err(Error::Refused(_))), "{text:?}");
    }
    let labelled: String = (0..1_001).fold(HEADER.to_owned(), |mut text, number| {
        writeln!(text, "{},26201{number:010},,,,serial {number}", iccid(number)).unwrap();
        text
    });
    let error = import(conn, company, labelled.as_bytes(), &ImportOptions::default(), |_| {}).unwrap_err();
    assert!(error.to_string().contains("1001 different labels"), "{error}");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims"), "0");
}

#[test]
fn a_company_is_found_by_name_or_id_unless_the_name_is_ambiguous() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let meridian = company(conn, "Meridian");
    let (child, uid) = testing::company(conn, Some(meridian), "Clienticity").unwrap();
    assert_eq!(company_named(conn, " meridian ").unwrap(), meridian);
    assert_eq!(company_named(conn, "Clienticity").unwrap(), child);
    assert!(company_named(conn, "Nobody").unwrap_err().to_string().contains("no company named “Nobody”"));
    testing::company(conn, Some(child), "Clienticity").unwrap();
    assert!(company_named(conn, "clienticity").unwrap_err().to_string().contains("Several companies"));
    assert_eq!(company_named(conn, &uid.to_string()).unwrap(), child);
    assert!(company_named(conn, "019a0000-0000-7000-8000-000000000000").is_err());
}
