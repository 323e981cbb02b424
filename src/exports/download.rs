//! The file of an export, sent piece by piece: the next one is read when the last one has been taken, so that a slow
//! reader costs no more memory than that, and no connection to the database while it is slow.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{self, Bytes, Path};
use diesel::PgConnection;
use fleet::exports::{self, Opened};
use fleet::ids::{ExportUid, UserId};
use fleet::tenancy::CompanyScope;
use futures_util::stream::try_unfold;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::turns::{self, Turn, Turns};

/// Files that are made at once, each on one of the blocking threads.
const AT_ONCE: usize = 2;
/// And of one person: who asks for many waits for their own, and stands before nobody else.
const OF_PERSON: usize = 1;
/// How long a download waits for its turn. Who asks in a browser can ask again.
const PATIENCE: Duration = Duration::from_secs(30);
/// The bytes that are read from the disk at once.
const PIECE: u64 = 256 * 1024;

/// Who may make the file of an export now: the others wait without a thread.
pub struct Downloads {
    of_person: Turns<UserId>,
    all: Arc<Semaphore>,
}

impl Downloads {
    /// Nobody makes one.
    pub fn new() -> Self {
        Self { of_person: Turns::new(OF_PERSON), all: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// A person's turn, unless there is none in time.
    async fn take(&self, user: UserId) -> Option<(Turn, Turn)> {
        let until = Instant::now() + PATIENCE;
        let own = self.of_person.take(user, until).await?;
        Some((own, turns::wait(Arc::clone(&self.all), until).await?))
    }
}

/// The file. One that is not kept is made first, so that an error is still an answer, and the length is known.
pub async fn show(
    company: ActiveCompany,
    state: web::Data<State>,
    uid: Path<ExportUid>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let turns = state.exports.take(company.user()).await.ok_or(AppError::Busy)?;
    // Until the work is done, whoever has gone meanwhile: it goes on without them.
    let made = move |conn: &mut PgConnection, scope: &CompanyScope| {
        let _turns = turns;
        exports::open(conn, scope, uid)
    };
    let Opened { export, file } = company.run_in_parts(made).await?;
    let source = match file {
        Some(file) => Source::Disk(file),
        None => Source::Kept { company, uid, next: 0 },
    };
    let pieces = try_unfold(source, async |source| Ok::<_, AppError>(source.piece().await?));
    let bytes = export.bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
    Ok(HttpResponse::Ok()
        .content_type(export.format.media_type())
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(export.file_name())],
        })
        .body(SizedStream::new(bytes, Box::pin(pieces))))
}

/// Where the pieces come from.
enum Source {
    /// A file without a name on this machine.
    Disk(File),
    /// The database. Each piece is a request of its own, on a membership that is looked up again.
    Kept { company: ActiveCompany, uid: ExportUid, next: i32 },
}

impl Source {
    /// The next piece, and what comes after it.
    async fn piece(self) -> Result<Option<(Bytes, Self)>, AppError> {
        match self {
            Self::Disk(file) => {
                let read = web::block(move || {
                    let mut bytes = Vec::new();
                    (&file).take(PIECE).read_to_end(&mut bytes).map(|_| (bytes, file))
                });
                let lost = |error: &dyn std::fmt::Display| AppError::Internal(format!("a file: {error}"));
                let (bytes, file) =
                    read.await.map_err(|error| lost(&error))?.map_err(|error| lost(&error))?;
                Ok((!bytes.is_empty()).then(|| (bytes.into(), Self::Disk(file))))
            }
            Self::Kept { company, uid, next } => {
                let piece = company.run(move |conn, scope| exports::piece(conn, scope, uid, next)).await?;
                Ok(piece.map(|bytes| (bytes.into(), Self::Kept { company, uid, next: next + 1 })))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[actix_web::test]
    async fn who_asks_for_many_files_waits_for_their_own_and_stands_before_nobody_else() {
        let downloads = Downloads::new();
        let (ada, nora) = (UserId(1), UserId(2));
        let first = downloads.take(ada).now_or_never();
        assert!(matches!(first, Some(Some(_))));
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(downloads.take(ada))).collect();
        assert!(waiting.iter_mut().all(|turn| turn.now_or_never().is_none()));
        assert!(matches!(downloads.take(nora).now_or_never(), Some(Some(_))));
        drop(first);
        assert!(matches!(waiting.remove(0).now_or_never(), Some(Some(_))), "in their order");
    }
}
