//! Ending all sessions of a user.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::UserId;
use fleet::{sessions, users};

use super::handlers::CHANGED;
use super::views::SessionsEnding;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::page::{Toast, ToastKind};
use crate::web::{html, htmx};

pub async fn new_ending(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let user = company.run(move |conn, scope| users::find(conn, scope, id)).await?;
    html::ok(&SessionsEnding { user, errors: FieldErrors::default() })
}

pub async fn end(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let (user, ended) = company
        .run(move |conn, scope| Ok((users::find(conn, scope, id)?, sessions::end_of_user(conn, scope, id))))
        .await?;
    match ended {
        Ok(person) => {
            let words = format!("{} is signed out everywhere.", person.name);
            Ok(htmx::done(&Toast::new(ToastKind::Success, words), CHANGED))
        }
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&SessionsEnding { user, errors })
        }
    }
}
