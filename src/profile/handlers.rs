//! Showing the profile, and changing one's own password.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use fleet::{account_focus, people};
use secrecy::SecretString;
use serde::Deserialize;

use super::views::Show;
use crate::app::State;
use crate::sign_in::{NewPasswordForm, peer};
use crate::web::active_company::ActiveCompany;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::{Section, Toast, ToastKind};

/// The most memberships shown; all are found in *Switch Accounts*.
const SHOWN: usize = 100;

/// The form *Change password*.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current: SecretString,
    #[serde(flatten)]
    new: NewPasswordForm,
}

pub async fn show(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    render(&company, StatusCode::OK, FieldErrors::default()).await
}

pub async fn update_password(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<PasswordForm>,
) -> Result<HttpResponse, AppError> {
    let user = company.user();
    state.limits.count(peer(&request), &format!("the password of {user}"))?;
    let password = match typed.new.parse() {
        Ok(password) => password,
        Err(errors) => return render(&company, StatusCode::UNPROCESSABLE_ENTITY, errors).await,
    };
    let hash = db::run(&state.pool, move |conn| people::password_hash(conn, user)).await?;
    if !state.hasher.verify(typed.current, hash).await? {
        let mut errors = FieldErrors::default();
        errors.add("current", "This is not your present password.");
        return render(&company, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let hash = state.hasher.hash(password.expose().into()).await?;
    db::run(&state.pool, move |conn| people::set_password(conn, user, &hash)).await?;
    // All sessions ended with the old password; this one goes on under a new id.
    company.session().renew();
    company.session().leave_toast(Toast::new(
        ToastKind::Success,
        "Your password is changed. You were signed out everywhere else.",
    ))?;
    Ok(html::see_other("/profile"))
}

async fn render(
    company: &ActiveCompany,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<HttpResponse, AppError> {
    let limit = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let (page, mut memberships) = company
        .page(Section::Elsewhere, "My profile", move |conn, scope| {
            account_focus::choices(conn, scope.user(), "", limit)
        })
        .await?;
    let more = memberships.len() > SHOWN;
    memberships.truncate(SHOWN);
    let view = Show { page, memberships, more, errors };
    html::answer(status, &view)
}
