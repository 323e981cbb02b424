//! Answers that are CSV files. They are read and sent piece by piece, so that a million lines need no more
//! memory than a few thousand.

use actix_web::HttpResponse;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::Bytes;
use diesel::PgConnection;
use fleet::audit::Note;
use fleet::csv_lines::CsvLines;
use fleet::tenancy::CompanyScope;
use futures_util::stream::try_unfold;

use super::active_company::ActiveCompany;
use super::error::AppError;

/// Lines that are read at once.
const PIECE: i64 = 5_000;

/// A line, and the key that the lines after it are read by.
pub type Line<K> = (K, Vec<String>);

/// What a file is called, its first line, and what the audit log says of it.
pub struct File {
    /// Its name.
    pub name: String,
    /// The line of the log, which is written with the first piece.
    pub note: Note,
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
    let (begin, note) = (read.clone(), file.note);
    let noted = move |conn: &mut PgConnection, scope: &CompanyScope, after, limit| {
        let lines = begin(conn, scope, after, limit)?;
        note.clone().write(conn, scope)?;
        Ok(lines)
    };
    let first = piece(&company, &noted, None).await?;
    let mut start = text([file.head.iter().copied()])?;
    start.extend(first.text);
    let start = Some((Some(start), first.next));
    let pieces = try_unfold((start, company, read), async |(state, company, read)| {
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
    let text = text(lines.iter().map(|(_, cells)| cells.iter().map(String::as_str)))?;
    let next = lines.pop().filter(|_| is_full).map(|(key, _)| key);
    Ok(Piece { text, next })
}

fn text<'a, L>(lines: impl IntoIterator<Item = L>) -> Result<Vec<u8>, AppError>
where
    L: IntoIterator<Item = &'a str>,
{
    let wrong = |error: &dyn std::fmt::Display| AppError::Internal(format!("CSV: {error}"));
    let mut file = CsvLines::new(Vec::new());
    for line in lines {
        file.write(line).map_err(|error| wrong(&error))?;
    }
    file.finish().map_err(|error| wrong(&error))
}
