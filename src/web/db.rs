//! The way from a handler to the database: off the event loop, with a connection of the pool.

use actix_web::web;
use diesel::PgConnection;
use fleet::db::{self, Pool};

use super::error::AppError;

/// Runs `work` with a connection on a thread where blocking is fine.
pub async fn run<T, F>(pool: &Pool, work: F) -> Result<T, AppError>
where
    T: Send + 'static,
    F: FnOnce(&mut PgConnection) -> fleet::Result<T> + Send + 'static,
{
    let pool = pool.clone();
    web::block(move || db::with(&pool, work))
        .await
        .map_err(|_| AppError::Internal("the blocking thread was lost".into()))?
        .map_err(AppError::from)
}
