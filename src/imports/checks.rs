//! Checks of large files, which go on after the person has been answered.

use std::time::Duration;

use actix_web::rt::time::timeout;
use fleet::db::Pool;
use fleet::import_drafts::Checking;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::web::db;
use crate::web::error::AppError;
use crate::web::upload::Text;

/// How many files one portal checks at a time in the background: each holds a connection, and a core while it is read.
static TURNS: Semaphore = Semaphore::const_new(2);

/// How often a file that waits for its turn says so.
const STILL_WAITING: Duration = Duration::from_mins(1);

/// Files up to this many bytes, some ten thousand rows, are checked while the person waits.
pub const AT_ONCE: u64 = 1024 * 1024;

/// Has a file checked after those that came before it.
pub fn later(pool: Pool, checking: Checking<Box<dyn Text>>) {
    actix_web::rt::spawn(async move {
        let draft = checking.uid();
        if let Err(cause) = check(&pool, checking).await {
            tracing::error!(%draft, %cause, "the check of a file has broken off");
        }
    });
}

async fn check(pool: &Pool, checking: Checking<Box<dyn Text>>) -> Result<(), AppError> {
    let (checking, _turn) = await_turn(pool, checking).await?;
    db::run(pool, |conn| checking.in_background(conn)).await
}

async fn await_turn(
    pool: &Pool,
    mut checking: Checking<Box<dyn Text>>,
) -> Result<(Checking<Box<dyn Text>>, SemaphorePermit<'static>), AppError> {
    loop {
        if let Ok(turn) = timeout(STILL_WAITING, TURNS.acquire()).await {
            let turn = turn.map_err(|_| AppError::Internal("no more files are checked".into()))?;
            return Ok((checking, turn));
        }
        checking = db::run(pool, |conn| {
            checking.wait(conn)?;
            Ok(checking)
        })
        .await?;
    }
}
