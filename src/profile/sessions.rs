//! My profile → Sessions: where the person is signed in, and ending that.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use fleet::ids::SessionUid;
use fleet::sessions;
use secrecy::SecretString;
use serde::Deserialize;

use super::confirmation::{Reach, confirm};
use super::views::Sessions;
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::db;
use crate::web::display::counted;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::{Toast, ToastKind};

/// What stands for all sessions but this one.
const OTHERS: &str = "others";

/// Which session to end, with the person's password.
#[derive(Deserialize)]
pub struct EndingForm {
    #[serde(default)]
    session: String,
    #[serde(default)]
    current: SecretString,
}

pub async fn index(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    render(&company, FieldErrors::default()).await
}

pub async fn end(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<EndingForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    if let Err(errors) = confirm(&state, &request, user, typed.current, Reach::Sessions).await? {
        return render(&company, errors).await;
    }
    let ended = if typed.session == OTHERS {
        let kept = company.session().uid().ok_or(AppError::SignInNeeded)?;
        db::run(&state.pool, move |conn| sessions::end_others(conn, user, kept, from)).await?
    } else {
        let uid: SessionUid = typed.session.parse().map_err(|_| fleet::Error::NotFound)?;
        db::run(&state.pool, move |conn| sessions::end(conn, user, uid, from)).await?;
        1
    };
    let words = format!("{} ended.", counted(ended, "session has", "sessions have"));
    company.session().leave_toast(Toast::new(ToastKind::Success, words))?;
    Ok(html::see_other("/profile/sessions"))
}

async fn render(company: &ActiveCompany, errors: FieldErrors) -> Result<HttpResponse, AppError> {
    let (page, list) = company.own_page("Sessions", sessions::list).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html::answer(status, &Sessions { page, list, own: company.session().uid(), errors })
}
