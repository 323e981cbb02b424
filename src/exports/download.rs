//! The file of an export, sent piece by piece: the next one is read when the last one has been taken, so that a slow
//! reader costs no more memory than that, and no connection to the database while it is slow.

use std::fs::File;
use std::io::Read;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::rt::time::timeout;
use actix_web::web::{self, Bytes, Path};
use fleet::exports::{self, Opened};
use fleet::ids::ExportUid;
use futures_util::stream::try_unfold;

use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;

/// How long a download waits for its turn. Who asks in a browser can ask again; who has gone is not worked for.
const PATIENCE: Duration = Duration::from_secs(30);
/// The bytes that are read from the disk at once.
const PIECE: u64 = 256 * 1024;

/// The file. One that is not kept is made first, so that an error is still an answer, and the length is known.
pub async fn show(
    company: ActiveCompany,
    state: web::Data<State>,
    uid: Path<ExportUid>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let turn = timeout(PATIENCE, state.exports.acquire()).await;
    let turn = turn.ok().and_then(Result::ok).ok_or(AppError::Busy)?;
    let Opened { export, file } =
        company.run_in_parts(move |conn, scope| exports::open(conn, scope, uid)).await?;
    drop(turn);
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
