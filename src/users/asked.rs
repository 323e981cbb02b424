//! What is done to a user once a dialog has asked: it is said when it is done, and asked again with the reason where it is refused.

use actix_web::HttpResponse;
use askama::Template;
use diesel::PgConnection;
use fleet::ids::UserId;
use fleet::people::Person;
use fleet::tenancy::CompanyScope;
use fleet::users::{self, User};

use super::handlers::CHANGED;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::page::{Toast, ToastKind};
use crate::web::{html, htmx};

/// Something that is done to a user of the company in focus.
pub(super) struct Deed<D> {
    /// Does it.
    pub(super) act: fn(&mut PgConnection, &CompanyScope, UserId) -> fleet::Result<Person>,
    /// What is true of the person afterwards, after their name.
    pub(super) done: &'static str,
    /// The dialog that asks.
    pub(super) dialog: fn(User, FieldErrors) -> D,
}

impl<D: Template> Deed<D> {
    /// Asks.
    pub(super) async fn ask(&self, company: ActiveCompany, id: UserId) -> Result<HttpResponse, AppError> {
        let user = company.run(move |conn, scope| users::find(conn, scope, id)).await?;
        html::ok(&(self.dialog)(user, FieldErrors::default()))
    }

    /// Does it.
    pub(super) async fn carry_out(
        &self,
        company: ActiveCompany,
        id: UserId,
    ) -> Result<HttpResponse, AppError> {
        let act = self.act;
        let (user, done) =
            company.run(move |conn, scope| Ok((users::find(conn, scope, id)?, act(conn, scope, id)))).await?;
        match done {
            Ok(person) => {
                let words = format!("{} {}", person.name, self.done);
                Ok(htmx::done(&Toast::new(ToastKind::Success, words), CHANGED))
            }
            Err(error) => html::refused(&(self.dialog)(user, FieldErrors::caught(error.into())?)),
        }
    }
}
