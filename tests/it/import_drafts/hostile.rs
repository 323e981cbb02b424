//! Files that are none: a clear sentence, and nothing is kept.

use std::fmt::Write as _;

use reqwest::StatusCode;
use simyard::app::Settings;

use super::{checked, counts, draft, file, iccid, page, problems, refused, send};
use crate::operation_screens::fixture::World;
use crate::support::test_settings;

const NO_HEADER: &str = "The first line does not name the columns. It must be a header such as \
    iccid,imsi,msisdn,eid,type,label (in any order, separated by comma, semicolon or tab).";
const CHOOSE: &str = "Choose below what the columns are, then check the file again.";

#[actix_web::test]
async fn what_is_no_text_is_refused_with_a_sentence() {
    let world = World::new().await;
    let utf16: Vec<u16> = std::iter::once(0xfeff).chain(file(1..=2).encode_utf16()).collect();
    let utf16_le = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let utf16_be = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let is_utf16 = "The file is in UTF-16, not UTF-8. Save it as “CSV UTF-8”.";
    let binary: Vec<u8> = (0..=255_u8).cycle().skip(1).take(50_000).collect();
    for (what, bytes, sentence) in [
        ("nothing", b"".to_vec(), "The file is empty."),
        ("only a header", b"iccid,imsi\n".to_vec(), "There is no row below the header."),
        (
            "a ZIP archive",
            b"PK\x03\x04rest of it".to_vec(),
            "This is a spreadsheet’s workbook or a ZIP archive, not text. Export the sheet as “CSV UTF-8”.",
        ),
        ("a gzip file", b"\x1f\x8b\x08rest of it".to_vec(), "The file is compressed. Unpack it first."),
        ("UTF-16 with its mark, the low byte first", utf16_le, is_utf16),
        ("UTF-16 with its mark, the high byte first", utf16_be, is_utf16),
        (
            "Latin-1",
            b"iccid,imsi,K\xf6ln\n".to_vec(),
            "The header line is not UTF-8. Save the file as “CSV UTF-8”.",
        ),
        ("a program", [b"\x7fELF\x02\x01\x01\0".as_slice(), &binary].concat(), "This is not a text file."),
        ("bytes of all kinds", [b"\x7fELF".as_slice(), &binary].concat(), "This is not a text file."),
        (
            "a thousand columns",
            format!("iccid,imsi{}\n", ",x".repeat(1_000)).into_bytes(),
            "The first line has more than 256 columns: it is no header line of a SIM file.",
        ),
        ("one word", b"hello\n".to_vec(), NO_HEADER),
    ] {
        let answer = send(&world.ada, "batch.csv", &bytes, &[]).await;
        if what == "nothing" {
            // The browser sends an empty part where no file was chosen: then there is no text either.
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        refused(&world, &answer, sentence).await;
    }
}

#[actix_web::test]
async fn one_endless_line_is_refused_without_being_kept_in_memory() {
    let world = World::new().await;
    let endless = vec![b'9'; 20 * 1024 * 1024];
    let answer = send(&world.ada, "batch.csv", &endless, &[]).await;
    refused(&world, &answer, "The first line is longer than 16384 bytes: it is no header line.").await;
    let below = [b"iccid,imsi\n".as_slice(), &endless].concat();
    let address = draft(&send(&world.ada, "batch.csv", &below, &[]).await);
    assert_eq!(counts(&checked(&world.ada, &address).await), ("0".into(), "1".into()));
    assert_eq!(
        problems(&world.ada, &address).await,
        [
            "2,,,,,,,The line is longer than 16384 bytes. Take the line from your file: its cells are not kept."
        ]
    );
}

#[actix_web::test]
async fn bytes_that_are_no_utf_8_are_the_problem_of_their_line() {
    let world = World::new().await;
    let mut text = format!("iccid,imsi,label\n{},262010000000001,", iccid(1)).into_bytes();
    text.extend_from_slice(b"K\xf6ln\0\n");
    text.extend(format!("{},262010000000002,Wien\n", iccid(2)).into_bytes());
    let address = draft(&send(&world.ada, "batch.csv", &text, &[]).await);
    assert_eq!(counts(&page(&world.ada, &address).await), ("1".into(), "1".into()));
    assert!(problems(&world.ada, &address).await[0].ends_with("Column label: The text is not UTF-8."));
}

#[actix_web::test]
async fn a_formula_in_every_cell_does_nothing() {
    let world = World::new().await;
    let text = "iccid,imsi,label\n=HYPERLINK(\"x\"),@SUM(1+1),=cmd|' /C calc'!A0\n-1+1,+1,\t=1\n";
    let address = draft(&send(&world.ada, "=1+1.csv", text.as_bytes(), &[]).await);
    assert_eq!(counts(&page(&world.ada, &address).await), ("0".into(), "2".into()));
    for line in problems(&world.ada, &address).await {
        for cell in line.split(',') {
            assert!(!cell.trim_matches('"').starts_with(['=', '+', '-', '@']), "{line}");
        }
    }
    let all = send(&world.ada, "x.csv", b"=1,=2\n=3,=4\n", &[]).await;
    assert_eq!(all.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(all.texts("[role=alert]"), [format!("{NO_HEADER} {CHOOSE}")]);
}

#[actix_web::test]
async fn a_form_that_says_nonsense_of_the_file_is_refused() {
    let world = World::new().await;
    let text = file(1..=2);
    for said in [("iccid_form", "upside_down"), ("column", "ki")] {
        let answer = send(&world.ada, "batch.csv", text.as_bytes(), &[said]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{said:?}");
    }
    let twice = [("column", "iccid"), ("column", "iccid")];
    let answer = send(&world.ada, "batch.csv", text.as_bytes(), &twice).await;
    refused(&world, &answer, &format!("The header names the column “iccid” twice. {CHOOSE}")).await;
    let labelled = (0..1_001).fold(super::HEADER.to_owned(), |mut text, number| {
        writeln!(text, "{},26201{number:010},,,,serial {number}", iccid(number)).expect("a line");
        text
    });
    let answer = send(&world.ada, "batch.csv", labelled.as_bytes(), &[]).await;
    let sentence = "The file has more than 1,000 different labels. Is another column taken as the label?";
    refused(&world, &answer, &format!("{sentence} {CHOOSE}")).await;
    assert_eq!(answer.texts("label").last().map(String::as_str), Some("6. label"), "to be taken as another");
}

#[actix_web::test]
async fn a_file_of_one_byte_too_many_is_refused_while_it_is_sent() {
    const LIMIT: usize = 50_000;
    let world = World::with(Settings { upload_limit: LIMIT, ..test_settings() }).await;
    let mut rows = file(1..=2_000).into_bytes();
    rows.truncate(LIMIT + 1);
    let answer = send(&world.ada, "batch.csv", &rows, &[]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
    assert_eq!(world.number("SELECT count(*) AS number FROM import_drafts"), 0);
    rows.truncate(LIMIT);
    draft(&send(&world.ada, "batch.csv", &rows, &[]).await);
}
