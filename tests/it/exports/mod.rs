//! Exports: what is in the files, who gets them, and what is recorded.

mod background;
mod files;
mod people;

use std::io::Cursor;

use calamine::{Data, DataType as _, Reader as _, Xlsx};
use fleet::exports::maker::{self, Pace};
use fleet::operations::worker::Stop;
use reqwest::StatusCode;

use crate::operation_screens::fixture::{Form, World, matching};
use crate::support::{Client, Page, TestDb};

/// The fields of an export of all that match a filter.
pub(crate) fn all(filter: &str, format: &str) -> Form {
    with_look(matching("export", filter), "all", format)
}

/// A form with columns and format.
pub(crate) fn with_look(mut form: Form, columns: &str, format: &str) -> Form {
    let shown = "iccid.labels.state".to_owned();
    form.extend([("shown", shown), ("columns", columns.to_owned()), ("format", format.to_owned())]);
    form
}

/// Asks for a short export, and gives the address of its file.
pub(crate) async fn asked(client: &Client, form: &Form) -> String {
    let answer = client.post("/exports", form).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    answer.header("hx-redirect").to_owned()
}

/// Downloads a file.
pub(crate) async fn download(client: &Client, address: &str) -> Page {
    let file = client.get(address).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    assert_eq!(file.header("content-length"), file.bytes.len().to_string());
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"sims-"));
    file
}

/// Asks for a short export and downloads it.
pub(crate) async fn exported(client: &Client, form: &Form) -> Page {
    download(client, &asked(client, form).await).await
}

/// The cells of a CSV.
pub(crate) fn csv_rows(file: &Page) -> Vec<Vec<String>> {
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let text = file.body.strip_prefix('\u{feff}').expect("a mark by which spreadsheets know UTF-8");
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The cells of a workbook's first sheet, of which none is a formula.
pub(crate) fn xlsx_cells(file: &Page) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.bytes.clone())).unwrap();
    assert_eq!(book.sheet_names(), ["SIMs"]);
    assert!(book.worksheet_formula("SIMs").unwrap().is_empty(), "no formulas");
    let cells = book.worksheet_range("SIMs").unwrap();
    cells.rows().map(<[Data]>::to_vec).collect()
}

/// The same as texts. Each is a text or empty, but for those of the columns of times.
pub(crate) fn xlsx_rows(file: &Page) -> Vec<Vec<String>> {
    let cells = xlsx_cells(file);
    let heads = cells[0].clone();
    let is_time = |column: usize| {
        heads[column]
            .get_string()
            .is_some_and(|head| ["Activated", "Last change", "Last seen"].contains(&head))
    };
    let text = |(column, cell): (usize, Data)| match cell {
        Data::String(text) if text == heads[column].to_string() || !is_time(column) => text,
        Data::DateTime(time) if is_time(column) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
        }
        Data::Empty => String::new(),
        other => panic!("{other:?} in column {column}"),
    };
    cells.into_iter().map(|row| row.into_iter().enumerate().map(text).collect()).collect()
}

/// Lets a maker do all there is to do, and says how many files it made.
pub(crate) async fn make_waiting(db: &TestDb) -> usize {
    let pool = db.pool.clone();
    // Not on this thread: connections of the client that wait for too long are closed.
    let made =
        tokio::task::spawn_blocking(move || maker::make_waiting(&pool, &Pace::default(), &Stop::new()));
    made.await.expect("the maker's thread").expect("the maker")
}

/// Has the exports that wait made in the background, however short they are.
pub(crate) fn defer(world: &World) {
    crate::sim_lists::sql(
        world,
        "UPDATE exports SET in_background = true, expires_at = now() + interval '7 days' \
         WHERE state = 'pending' AND part_of IS NULL",
    );
}

/// The one value that `sql` finds, as text.
pub(crate) fn ask(world: &World, sql: &str) -> String {
    TestDb::ask(&mut world.app.db.connect(), sql)
}
