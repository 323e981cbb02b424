//! The rows with problems, corrected and sent again, become the SIMs that they would have been.

use fleet::identifiers::{Eid, Iccid, IccidForm, eid_check_digits};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::{checked, counts, draft, iccid, page, send};
use crate::operation_screens::fixture::World;

/// A key, which must not come out.
const KEY: &str = "465B5CE8B199B49FAA5F0A2EE238A6BC";
/// The columns of the file with problems that a person corrects, after that of the lines.
const COLUMNS: usize = 6;
/// Labels that a spreadsheet would take for something else.
const LABELS: [&str; 5] = ["+1 R4", "-A1", "=1+1", "a;b, \"c\"", "Köln \\ Süd"];

/// How a file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Table(char),
    Positional,
    Sections,
}

/// What has happened to a row.
#[derive(Debug, Clone)]
enum Damage {
    /// These of its columns are spoilt.
    Cells(Vec<usize>),
    /// A column is missing.
    Width,
    /// It has the IMSI of the first row.
    Repeated,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => prop::collection::btree_set(0..COLUMNS, 1..=COLUMNS)
            .prop_map(|columns| Damage::Cells(columns.into_iter().collect())),
        1 => Just(Damage::Width),
        1 => Just(Damage::Repeated),
    ]
}

/// The cells of a good row as the file has them: ICCID, IMSI, MSISDN, EID, type and label.
fn good(number: usize, form: IccidForm, layout: Layout) -> [String; COLUMNS] {
    let iccid: Iccid = iccid(number).parse().expect("an ICCID");
    let (iccid, imsi) = (iccid.written_as(form), format!("26201{number:010}"));
    let body = format!("890490321234512345{number:012}");
    let check = eid_check_digits(body.as_bytes().try_into().expect("30 digits")).expect("digits");
    let eid = format!("{body}{}{}", char::from(check[0]), char::from(check[1]));
    assert!(eid.parse::<Eid>().is_ok());
    let none = String::new;
    match layout {
        Layout::Table(_) => {
            let label = LABELS[number % LABELS.len()].to_owned();
            [iccid, imsi, format!("4915{number:09}"), eid, "euicc".to_owned(), label]
        }
        Layout::Positional => [iccid, imsi, none(), eid, none(), none()],
        Layout::Sections => [iccid, imsi, none(), none(), none(), none()],
    }
}

/// Which columns a file of this layout has.
const fn present(layout: Layout) -> &'static [usize] {
    match layout {
        Layout::Table(_) => &[0, 1, 2, 3, 4, 5],
        Layout::Positional => &[0, 1, 3],
        Layout::Sections => &[0],
    }
}

/// What a damaged row looks like.
fn spoilt(cells: &[String; COLUMNS], first: &str, damage: &Damage, layout: Layout) -> [String; COLUMNS] {
    let mut cells = cells.clone();
    match damage {
        Damage::Cells(columns) => {
            for column in columns.iter().filter(|column| present(layout).contains(column)) {
                let words = ["8.94E+18", "12", "+0170", "123", "paper", &"+1 R4 ".repeat(20)];
                words[*column].clone_into(&mut cells[*column]);
            }
        }
        Damage::Repeated if present(layout).contains(&1) => first.clone_into(&mut cells[1]),
        Damage::Repeated | Damage::Width => {}
    }
    cells
}

fn file(rows: &[[String; COLUMNS]], damages: &[Damage], layout: Layout) -> String {
    let mut text = match layout {
        Layout::Table(delimiter) => {
            ["iccid", "imsi", "msisdn", "eid", "type", "label", "Ki\n"].join(&delimiter.to_string())
        }
        Layout::Positional => format!("00567 112318151552 {} 5014 3 0 0 3 1\n", rows.len()),
        Layout::Sections => format!(
            "Customer: Meridian\nQuantity: {}\nVar_In_List: IMSI: {}\nVar_Out: ICCID/PIN1/KI\n",
            rows.len(),
            rows[0][1]
        ),
    };
    for (row, damage) in rows.iter().zip(damages) {
        let is_short = matches!(damage, Damage::Width);
        let [iccid, imsi, msisdn, eid, sim_type, label] = row;
        let line = match layout {
            Layout::Table(delimiter) => {
                let label = format!("\"{}\"", label.replace('"', "\"\""));
                let mut cells = vec![iccid, imsi, msisdn, eid, sim_type, &label];
                let key = KEY.to_owned();
                if !is_short {
                    cells.push(&key);
                }
                cells.into_iter().map(String::as_str).collect::<Vec<_>>().join(&delimiter.to_string())
            }
            Layout::Positional if is_short => format!("{iccid} {imsi} {KEY}"),
            Layout::Positional => format!("{iccid} {imsi} 1234 {KEY} {eid}"),
            Layout::Sections if is_short => format!("{iccid}/{KEY}"),
            Layout::Sections => format!("{iccid}/1234/{KEY}"),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The file with problems, in which each cell is put right that was spoilt or not kept.
fn corrected(
    csv: &str,
    good: &[[String; COLUMNS]],
    damages: &[Damage],
    first_line: usize,
) -> (String, usize) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut rows = 0;
    for (place, record) in reader.records().enumerate() {
        let mut cells: Vec<String> = record.expect("a row").iter().map(str::to_owned).collect();
        if place > 0 {
            rows += 1;
            let number = cells[0].parse::<usize>().expect("a line") - first_line;
            let spoilt: Vec<usize> = match &damages[number] {
                Damage::Cells(columns) => columns.clone(),
                Damage::Repeated => vec![1],
                Damage::Width => {
                    assert!(cells[7].contains("Take the line from your file"), "{cells:?}");
                    (0..COLUMNS).collect()
                }
            };
            for column in spoilt {
                good[number][column].clone_into(&mut cells[column + 1]);
            }
        }
        writer.write_record(&cells).expect("a row");
    }
    (String::from_utf8(writer.into_inner().expect("a file")).expect("a text"), rows)
}

/// The rows of the newest draft, as they will be SIMs.
const READY: &str = "SELECT string_agg(concat_ws('|', iccid, imsi, coalesce(msisdn, ''), coalesce(eid, ''), \
         coalesce(label, '')), E'\\n' ORDER BY iccid) \
     FROM import_lines WHERE problem IS NULL AND draft_id = (SELECT max(id) FROM import_drafts)";

#[actix_web::test]
async fn what_was_left_out_becomes_the_same_sims_in_each_layout_and_form() {
    let world = World::new().await;
    let forms = [
        (IccidForm::Complete, "complete"),
        (IccidForm::WithoutCheckDigit, "without_check_digit"),
        (IccidForm::UncheckedTestProfile, "unchecked_test_profile"),
        (IccidForm::Swapped, "swapped"),
    ];
    let layouts = [
        (Layout::Table(','), 2),
        (Layout::Table(';'), 2),
        (Layout::Table('\t'), 2),
        (Layout::Positional, 2),
        (Layout::Sections, 5),
    ];
    let mut runner = TestRunner::new(Config::default());
    for (layout, first_line) in layouts {
        for (form, form_name) in forms {
            let damages =
                prop::collection::vec(damage(), 12).new_tree(&mut runner).expect("a tree").current();
            // The first row is good: columns are guessed by it.
            let damages: Vec<Damage> = std::iter::once(Damage::Cells(Vec::new())).chain(damages).collect();
            // Not from 0 on, which looks like an ICCID that a spreadsheet has rounded.
            let good: Vec<_> = (1..=damages.len()).map(|number| good(number, form, layout)).collect();
            let rows: Vec<_> = good
                .iter()
                .zip(&damages)
                .map(|(cells, damage)| spoilt(cells, &good[0][1], damage, layout))
                .collect();
            let what = format!("{layout:?}, {form:?}: {damages:?}");
            let said = [("iccid_form", form_name)];
            let sent =
                draft(&send(&world.ada, "batch", file(&rows, &damages, layout).as_bytes(), &said).await);
            checked(&world.ada, &sent).await;
            let csv = page(&world.ada, &format!("{sent}/problems.csv")).await.body;
            assert!(!csv.contains(&KEY[..16]), "{what}: {csv}");
            let mut ready: Vec<String> =
                crate::exports::ask(&world, READY).lines().map(str::to_owned).collect();
            let (again, bad) = corrected(&csv, &good, &damages, first_line);
            assert_eq!(ready.len() + bad, good.len(), "{what}: {csv}");
            if bad > 0 {
                let sent = draft(&send(&world.ada, "problems.csv", again.as_bytes(), &said).await);
                let found = checked(&world.ada, &sent).await;
                assert_eq!(counts(&found), (bad.to_string(), "0".into()), "{what}: {again}");
                ready.extend(crate::exports::ask(&world, READY).lines().map(str::to_owned));
            }
            let expected: Vec<String> = (1..)
                .zip(&good)
                .map(|(number, [_, imsi, msisdn, eid, _, label])| {
                    [&iccid(number), imsi, msisdn, eid, label].map(String::as_str).join("|")
                })
                .collect();
            ready.sort_unstable();
            assert_eq!(ready, expected, "{what}");
        }
    }
}
