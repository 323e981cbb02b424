//! Answers that are CSV files. They are read and sent piece by piece, so that a million lines need no more
//! memory than a few thousand.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::Bytes;
use csv::{Terminator, WriterBuilder};
use diesel::PgConnection;
use fleet::tenancy::CompanyScope;
use futures_util::stream::try_unfold;

use super::active_company::ActiveCompany;
use super::error::AppError;

/// Lines that are read at once.
const PIECE: i64 = 5_000;

/// A line, and the key that the lines after it are read by.
pub type Line<K> = (K, Vec<String>);

/// What a file is called, and its first line.
pub struct File {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub head: &'static [&'static str],
}

/// The file whose lines `read` gives: at most so many, from after a key on.
///
/// The first of them are read before the answer begins, so that an error is still an answer. Each piece is
/// read as a request of its own, on a membership that is looked up again.
pub async fn download<K, F>(company: ActiveCompany, file: File, read: F) -> Result<HttpResponse, AppError>
where
    K: Send + 'static,
    F: Fn(&mut PgConnection, &CompanyScope, Option<K>, i64) -> fleet::Result<Vec<Line<K>>>
        + Clone
        + Send
        + 'static,
{
    let first = piece(&company, &read, None).await?;
    let mut start = text([file.head.iter().map(|name| Cow::Borrowed(*name)).collect()])?;
    start.extend(first.text);
    let begin = Some((Some(start), first.next));
    let pieces = try_unfold((begin, company, read), async |(state, company, read)| {
        Ok::<_, AppError>(match state {
            None => None,
            Some((Some(text), next)) => {
                let state = next.map(|key| (None, Some(key)));
                Some((Bytes::from(text), (state, company, read)))
            }
            Some((None, key)) => {
                let Piece { text, next } = piece(&company, &read, key).await?;
                let state = next.map(|key| (None, Some(key)));
                Some((Bytes::from(text), (state, company, read)))
            }
        })
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(file.name)],
        })
        .streaming(Box::pin(pieces)))
}

struct Piece<K> {
    text: Vec<u8>,
    /// Where the next one begins, if there may be one.
    next: Option<K>,
}

async fn piece<K, F>(company: &ActiveCompany, read: &F, after: Option<K>) -> Result<Piece<K>, AppError>
where
    K: Send + 'static,
    F: Fn(&mut PgConnection, &CompanyScope, Option<K>, i64) -> fleet::Result<Vec<Line<K>>>
        + Clone
        + Send
        + 'static,
{
    let read = read.clone();
    let mut lines = company.run(move |conn, scope| read(conn, scope, after, PIECE)).await?;
    let is_full = i64::try_from(lines.len()).is_ok_and(|lines| lines >= PIECE);
    let text = text(lines.iter().map(|(_, cells)| cells.iter().map(|cell| harmless(cell)).collect()))?;
    let next = lines.pop().filter(|_| is_full).map(|(key, _)| key);
    Ok(Piece { text, next })
}

fn text<'a>(lines: impl IntoIterator<Item = Vec<Cow<'a, str>>>) -> Result<Vec<u8>, AppError> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        writer
            .write_record(line.iter().map(|cell| cell.as_bytes()))
            .map_err(|error| AppError::Internal(format!("CSV: {error}")))?;
    }
    writer.into_inner().map_err(|error| AppError::Internal(format!("CSV: {error}")))
}

/// A cell that no spreadsheet takes for a formula, on one line, wherever it splits the lines of the file.
///
/// A spreadsheet splits at the separator of its own locale and then knows nothing of the quotation marks around
/// our cell: each part of it that begins as a formula gets an apostrophe. Lists pass over that when they read a number.
fn harmless(cell: &str) -> Cow<'_, str> {
    if !cell.contains(|c: char| c.is_control() || begins_formula(c)) {
        return Cow::Borrowed(cell);
    }
    let mut line = String::with_capacity(cell.len() + 1);
    let mut is_start = true;
    for c in cell.chars() {
        if is_start && begins_formula(c) {
            line.push('\'');
        }
        is_start = splits_cells(c) || (is_start && is_passed_over(c));
        line.push(if c.is_control() { ' ' } else { c });
    }
    Cow::Owned(line)
}

/// With the full-width forms, which some locales take for the same.
fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

fn splits_cells(c: char) -> bool {
    matches!(c, ',' | ';' | '|') || c.is_control()
}

/// Whether a formula may begin after it: blanks, what can't be seen, and quotation marks of a cell that was split.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_words() {
        for (cell, harmless_cell) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("\tx", " x"),
            ("\r=x", " '=x"),
            ("  =x", "  '=x"),
            ("\u{a0}\u{feff}+x", "\u{a0}\u{feff}'+x"),
            ("x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"),
            ("x\t=1", "x '=1"),
            ("x, \"=1\"", "x, \"'=1\""),
            ("x\n@y;z|-1", "x '@y;z|'-1"),
            ("'=1", "'=1"),
            ("a\nb", "a b"),
            (
                "It was Retired - it can't move; nor be e-mailed.",
                "It was Retired - it can't move; nor be e-mailed.",
            ),
            ("8901260881205897720", "8901260881205897720"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), harmless_cell, "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_line_begins_a_formula(
            cells in proptest::collection::vec("([-=+@＝＋－＠,;|\"' \t\r\n\u{a0}\u{feff}a1]|.){0,12}", 1..4)
        ) {
            let lines = [cells.iter().map(|cell| harmless(cell)).collect()];
            let written = String::from_utf8(text(lines).unwrap()).unwrap();
            prop_assert_eq!(written.lines().count(), 1);
            for separator in [',', ';', '\t', '|', '\r', '\n'] {
                for part in written.split(separator) {
                    let begins = part.trim_start_matches(is_passed_over).starts_with(begins_formula);
                    prop_assert!(!begins, "{part:?} of {written:?}");
                }
            }
        }

        #[test]
        fn what_is_harmless_stays_as_it_is(cell in "([-=+@,;|\"' \na1]|.){0,12}") {
            let once = harmless(&cell).into_owned();
            prop_assert_eq!(harmless(&once), once.as_str());
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let lines = [vec![Cow::Borrowed("a,b"), Cow::Borrowed("say \"hi\""), Cow::Borrowed("c")]];
        assert_eq!(text(lines).unwrap(), b"\"a,b\",\"say \"\"hi\"\"\",c\r\n");
    }
}
