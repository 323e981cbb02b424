//! SIM files from the command line.

use std::fmt::Write as _;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::thread;

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use fleet::console::Console;
use fleet::identifiers::luhn_check_digit;
use fleet::ids::CompanyId;
use fleet::import_drafts::{self, Drafted, Importer, Source, company_named};
use fleet::operations::{self, Counters, TimelineFilter};
use fleet::sim_files::ReadOptions;
use fleet::tenancy::Role;
use fleet::{Error, testing};

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

/// Checks a file and loads it as the command line does, telling how far it is.
fn load_as(
    console: &mut Console,
    importer: Importer,
    file: impl Read + Seek,
    leave_out: bool,
    mut told: impl FnMut(u32, i32),
) -> fleet::Result<Counters> {
    let source = Source {
        file,
        name: "batch.csv".to_owned(),
        options: ReadOptions::default(),
        columns_of: Vec::new(),
    };
    let drafted = import_drafts::create(console, importer, source, |rows| told(rows, 0))?;
    let Drafted::Made(draft) = drafted else { panic!("{drafted:?}") };
    let operation = import_drafts::launch(console, importer, draft, leave_out)?;
    let rows = u32::MAX;
    operations::load_import(console, operation, |done| told(rows, done.success))
}

fn load(console: &mut Console, company: CompanyId, text: &str, leave_out: bool) -> fleet::Result<(i32, i32)> {
    let importer = Importer::of_console(console, company, None)?;
    let counters = load_as(console, importer, Cursor::new(text), leave_out, |_, _| {})?;
    Ok((counters.success, counters.failure))
}

fn refusal<T: std::fmt::Debug>(outcome: fleet::Result<T>) -> String {
    match outcome {
        Err(Error::Refused(sentence)) => sentence.into_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_lands_in_the_inventory_with_its_labels_and_its_operation() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = "iccid;imsi;msisdn;eid;type;label;ki\n\
        8901260881205897720;310260123456789;+14045550100;;;Pilot;465B5CE8B199B49FAA5F0A2EE238A6BC\n\
        89450421180216254864;238010000000001;;89049032123451234512345678901235;euicc;pilot;x\n\
        89882190000000000013;001010123456789;;;mff2;;x\n\n";
    assert_eq!(load(conn, company, text, false).unwrap(), (3, 0));
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
    let begins = "SELECT count(*) FROM sims s JOIN tasks t ON t.sim_id = s.id AND t.state = 'success' \
         JOIN operations o ON o.id = t.operation_id AND o.kind = 'import' AND o.launched_by IS NULL";
    assert_eq!(TestDb::ask(conn, begins), "3", "the timeline of each SIM begins with its import");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM messages"), "0", "the command line reads none");
}

#[test]
fn people_see_that_it_was_the_command_line_or_in_whose_name_it_was() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let (meridian, uid) = testing::company(conn, None, "Meridian").unwrap();
    let ada = database.member("ada@meridian.example", meridian, Role::Administrator);
    database.member("otto@meridian.example", meridian, Role::Operator);
    let scope = database.scope(ada, uid);
    load(conn, meridian, &format!("{HEADER}{}", lines(1..=2)), false).unwrap();
    let importer = Importer::of_console(conn, meridian, Some(" Ada@Meridian.example")).unwrap();
    let file = Cursor::new(format!("{HEADER}{}", lines(3..=3)));
    load_as(conn, importer, file, false, |_, _| {}).unwrap();
    let listed = operations::list(conn, &scope, &operations::ListFilter::default(), None, 10).unwrap();
    let by: Vec<&str> = listed.rows.iter().map(|row| row.launched_by.as_str()).collect();
    let ada_name = scope.user_name();
    assert_eq!(by, [ada_name, "Command line"]);
    let sim = TestDb::ask(conn, "SELECT min(id) FROM sims").parse().unwrap();
    let events = operations::timeline(conn, &scope, sim, &TimelineFilter::default(), None, 10).unwrap();
    assert_eq!(
        events.rows.iter().map(|event| event.launched_by.as_str()).collect::<Vec<_>>(),
        ["Command line"]
    );
    let files = import_drafts::list(conn, &scope, None, 10).unwrap();
    assert_eq!(
        files.rows.iter().map(|file| file.sent_by.as_str()).collect::<Vec<_>>(),
        [ada_name, "Command line"]
    );
    assert_eq!(
        TestDb::ask(conn, "SELECT string_agg(sentence, '') FROM messages"),
        "Import of 1 SIM: succeeded"
    );
    for nobody in ["otto@meridian.example", "nobody@meridian.example"] {
        let said = refusal(Importer::of_console(conn, meridian, Some(nobody)));
        assert_eq!(said, format!("{nobody} is not an administrator of this company."));
    }
}

#[test]
fn a_bad_line_keeps_everything_out() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = format!("{HEADER}{}8901260881205897721,310260123456789,,,,x\n{}", lines(1..=3), lines(2..=2));
    let said = refusal(load(conn, company, &text, false));
    assert!(said.starts_with("2 of 5 rows have problems."), "{said}");
    for table in ["sims", "labels", "sim_counts", "operations"] {
        assert_eq!(TestDb::ask(conn, &format!("SELECT count(*) FROM {table}")), "0");
    }
}

#[test]
fn bad_lines_are_left_out_on_request() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = format!("{HEADER}{}nonsense\n{}\"\n{}", lines(1..=3), lines(2..=4), lines(4..=5));
    assert_eq!(load(conn, company, &text, true).unwrap(), (5, 0));
    let bad = "SELECT string_agg(line::text, ',' ORDER BY line) FROM import_lines WHERE problem IS NOT NULL";
    assert_eq!(TestDb::ask(conn, bad), "5,6,7,9,10");
    assert_eq!(TestDb::ask(conn, "SELECT count(DISTINCT iccid) FROM sims"), "5");
    assert_eq!(TestDb::ask(conn, "SELECT sum(sims) FROM sim_counts"), "5");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims WHERE label_ids <> '{}'"), "4");
    assert_eq!(
        TestDb::ask(conn, "SELECT string_agg(name, ',' ORDER BY name COLLATE \"C\") FROM labels"),
        "Köln \\ Süd,Pilot"
    );
}

#[test]
fn a_label_of_rows_that_are_left_out_is_not_made() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let (one, other) = (company(conn, "Secretive"), company(conn, "Curious"));
    load(conn, one, &format!("{HEADER}{}", lines(1..=4)), false).unwrap();
    let text = format!("{HEADER}{}{},001010000000001,,,,Fresh\n", lines(10..=11), iccid(1));
    assert_eq!(load(conn, other, &text, true).unwrap(), (2, 0));
    assert_eq!(TestDb::ask(conn, &format!("SELECT sims FROM sim_counts WHERE company_id = {other}")), "2");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM labels WHERE name = 'Fresh'"), "0");
}

/// Gives a company so many labels.
fn fill_labels(conn: &mut PgConnection, company: CompanyId, labels: i64) {
    let sql = format!(
        "INSERT INTO labels (company_id, name) SELECT {company}, 'full ' || n FROM generate_series(1, {labels}) AS n"
    );
    conn.batch_execute(&sql).unwrap();
}

#[test]
fn rows_whose_labels_find_no_room_are_told_and_not_loaded_without_them() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    fill_labels(conn, company, 999);
    let row = |number: usize, label: &str| format!("{},26201{number:010},,,,{label}\n", iccid(number));
    let rows =
        [row(1, "Fresh"), row(2, "Second"), row(3, "FRESH"), row(4, "FULL 7"), row(5, "second"), row(6, "")];
    let text = format!("{HEADER}{}", rows.concat());
    let said = refusal(load(conn, company, &text, false));
    assert!(said.starts_with("2 of 6 rows have problems."), "{said}");
    let told = "SELECT string_agg(concat_ws(' ', line, problem, left(reason, 30)), '|' ORDER BY line) FROM import_lines \
         WHERE problem IS NOT NULL";
    assert_eq!(
        TestDb::ask(conn, told),
        "3 no_room A company has at most 1,000 la|6 no_room A company has at most 1,000 la"
    );
    assert_eq!(TestDb::ask(conn, "SELECT problems::text FROM import_drafts"), "{\"no_room\": 2}");
    assert_eq!(load(conn, company, &text, true).unwrap(), (4, 0));
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM labels"), "1000");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims WHERE label_ids <> '{}'"), "3");
}

#[test]
fn labels_that_find_no_room_any_more_at_the_launch_keep_everything_out() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let importer = Importer::of_console(conn, company, None).unwrap();
    let file = Cursor::new(format!("{HEADER}{}", lines(1..=3)));
    let source = Source {
        file,
        name: "batch.csv".to_owned(),
        options: ReadOptions::default(),
        columns_of: Vec::new(),
    };
    let Drafted::Made(draft) = import_drafts::create(conn, importer, source, |_| {}).unwrap() else {
        panic!("no draft")
    };
    fill_labels(conn, company, 999);
    let said = refusal(import_drafts::launch(conn, importer, draft, true));
    assert!(
        said.starts_with(
            "The file brings 2 new labels, and there is room for 1 more: the first that finds none stands in line 3. \
             Nothing was loaded."
        ),
        "{said}"
    );
    for (table, kept) in [("sims", "0"), ("operations", "0"), ("labels", "999")] {
        assert_eq!(TestDb::ask(conn, &format!("SELECT count(*) FROM {table}")), kept, "{table}");
    }
    conn.batch_execute("DELETE FROM labels WHERE name = 'full 1'").unwrap();
    let operation = import_drafts::launch(conn, importer, draft, false).unwrap();
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM labels"), "1000", "made before anything is loaded");
    assert_eq!(operations::load_import(conn, operation, |_| {}).unwrap().success, 3);
}

#[test]
fn many_rows_go_in_pieces_and_tell_how_far_they_are() {
    const ROWS: usize = 60_000;
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let file = Cursor::new(format!("{HEADER}{}", lines(0..ROWS)));
    let importer = Importer::of_console(conn, company, None).unwrap();
    let mut checked = Vec::new();
    let mut loaded = Vec::new();
    let counters = load_as(conn, importer, file, false, |rows, sims| {
        if rows == u32::MAX { loaded.push(sims) } else { checked.push(rows) }
    })
    .unwrap();
    let rows = i32::try_from(ROWS).unwrap();
    assert_eq!(counters, Counters { success: rows, ..Counters::default() });
    assert_eq!(checked, [50_000, 60_000]);
    assert!(loaded.is_sorted() && loaded.len() > 10 && loaded.last() == Some(&rows), "{loaded:?}");
    assert_eq!(TestDb::ask(conn, "SELECT count(DISTINCT iccid) FROM sims"), ROWS.to_string());
    assert_eq!(
        TestDb::ask(conn, "SELECT string_agg(concat(state, sims), ',') FROM sim_counts"),
        format!("inventory{ROWS}")
    );
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims WHERE label_ids = '{}'"), (ROWS / 3).to_string());
}

#[test]
fn two_imports_of_one_file_at_once_load_it_once() {
    let database = TestDb::new();
    let company = company(&mut database.console(), "Meridian");
    let text = format!("{HEADER}{}", lines(0..5_000));
    let loaded: i32 = thread::scope(|scope| {
        let run = || match load(&mut database.console(), company, &text, true) {
            Ok((loaded, _)) => loaded,
            // The other one was faster than the check.
            nothing => {
                assert!(refusal(nothing).starts_with("No row of the file"));
                0
            }
        };
        let both = [scope.spawn(run), scope.spawn(run)];
        both.map(|thread| thread.join().unwrap()).iter().sum()
    });
    assert_eq!(loaded, 5_000);
    assert_eq!(TestDb::ask(&mut database.console(), "SELECT sum(sims) FROM sim_counts"), "5000");
}

#[test]
fn a_source_that_fails_half_way_leaves_nothing() {
    /// A disk that is gone after the first 100,000 bytes.
    struct Broken(Cursor<String>);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.position() > 100_000 {
                return Err(io::Error::other("the disk is gone"));
            }
            self.0.read(buffer)
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
            self.0.seek(position)
        }
    }
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let text = format!("{HEADER}{}", lines(0..4_000));
    let importer = Importer::of_console(conn, company, None).unwrap();
    let source = Broken(Cursor::new(text.clone()));
    let error = load_as(conn, importer, source, true, |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("the disk is gone"), "{error:?}");
    for table in ["sims", "import_drafts", "import_lines"] {
        assert_eq!(TestDb::ask(conn, &format!("SELECT count(*) FROM {table}")), "0", "{table}");
    }
    // The connection is fit for the next one.
    assert_eq!(load(conn, company, &text, false).unwrap(), (4_000, 0));
}

#[test]
fn one_row_too_many_keeps_everything_out() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let company = company(conn, "Meridian");
    let importer = Importer::of_console(conn, company, None).unwrap().at_most(100);
    let mut rows = |rows: usize| {
        let file = Cursor::new(format!("{HEADER}{}", lines(1..=rows)));
        load_as(conn, importer, file, true, |_, _| {})
    };
    let refused = rows(101).unwrap_err().to_string();
    assert!(refused.contains("The file has more than 100 rows: split it"), "{refused}");
    assert_eq!(rows(100).unwrap().success, 100);
    for (table, kept) in [("import_drafts", "1"), ("import_lines", "100"), ("sims", "100")] {
        assert_eq!(TestDb::ask(conn, &format!("SELECT count(*) FROM {table}")), kept, "{table}");
    }
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
