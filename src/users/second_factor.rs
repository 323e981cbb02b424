//! Removing the second factor of a user who has lost it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::UserId;
use fleet::{second_factor, users};

use super::handlers::CHANGED;
use super::views::SecondFactorRemoval;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::page::{Toast, ToastKind};
use crate::web::{html, htmx};

pub async fn new_removal(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let user = company.run(move |conn, scope| users::find(conn, scope, id)).await?;
    html::ok(&SecondFactorRemoval { user, errors: FieldErrors::default() })
}

pub async fn destroy(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let (user, removed) = company
        .run(move |conn, scope| {
            let user = users::find(conn, scope, id)?;
            Ok((user, second_factor::reset(conn, scope, id)))
        })
        .await?;
    match removed {
        Ok(person) => {
            let words = format!("{} signs in with the password alone now.", person.name);
            Ok(htmx::done(&Toast::new(ToastKind::Success, words), CHANGED))
        }
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&SecondFactorRemoval { user, errors })
        }
    }
}
