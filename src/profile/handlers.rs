//! Showing the profile, and changing one's own name and password.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use fleet::companies::Name;
use fleet::single_sign_on::identities;
use fleet::{account_focus, people};
use secrecy::SecretString;
use serde::Deserialize;

use super::confirmation::{Reach, confirm};
use super::views::Show;
use crate::app::State;
use crate::sign_in::{Asker, NewPasswordForm};
use crate::web::active_company::ActiveCompany;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::{Toast, ToastKind};

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

/// The form with the person's name.
#[derive(Deserialize)]
pub struct NameForm {
    #[serde(default)]
    name: String,
}

pub async fn show(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    render(&company, None, FieldErrors::default()).await
}

pub async fn update(
    company: ActiveCompany,
    state: Data<State>,
    Form(typed): Form<NameForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    let name = match Name::parse("name", &typed.name) {
        Ok(name) => name,
        Err(error) => {
            return render(&company, Some(typed.name), FieldErrors::caught(error.into())?).await;
        }
    };
    db::run(&state.pool, move |conn| people::rename(conn, user, &name, from)).await?;
    company.session().leave_toast(Toast::new(ToastKind::Success, "Your name is changed."))?;
    Ok(html::see_other("/profile"))
}

pub async fn update_password(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    Form(typed): Form<PasswordForm>,
) -> Result<HttpResponse, AppError> {
    let (user, from) = (company.user(), Some(company.address()));
    let about = move |conn: &mut _| {
        let person = people::find(conn, user)?;
        Ok((people::words_about(conn, &person)?, person.email))
    };
    let (about, email) = db::run(&state.pool, about).await?;
    let password = match typed.new.parse(&about) {
        Ok(password) => password,
        Err(errors) => return render(&company, None, errors).await,
    };
    if let Err(errors) = confirm(&state, &request, user, typed.current, Reach::Everywhere).await? {
        return render(&company, None, errors).await;
    }
    let hash = state.hasher.hash(Asker::Person(email), password.expose().into()).await?;
    db::run(&state.pool, move |conn| people::set_password(conn, user, &hash, from)).await?;
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
    name: Option<String>,
    errors: FieldErrors,
) -> Result<HttpResponse, AppError> {
    let limit = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let vouched_by = company.vouched_by();
    let look = move |conn: &mut _, user| {
        let memberships = account_focus::choices(conn, user, vouched_by, "", limit)?;
        Ok((memberships, !identities::of(conn, user)?.is_empty()))
    };
    let (page, (mut memberships, has_single_sign_on)) = company.own_page("My profile", look).await?;
    let more = memberships.len() > SHOWN;
    memberships.truncate(SHOWN);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let name = name.unwrap_or_else(|| page.person.name.clone());
    let view = Show { page, memberships, more, has_single_sign_on, name, errors };
    html::answer(status, &view)
}
