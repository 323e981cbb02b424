//! Showing, changing, testing and removing the provider.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use fleet::single_sign_on::provider::{self, Overview};
use fleet::single_sign_on::{conversation, reach};

use super::forms::ProviderForm;
use super::providers::{lacking, redirect};
use super::views::Show;
use crate::app::State;
use crate::profiles::GrantFields;
use crate::web::active_company::ActiveCompany;
use crate::web::client::peer;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::{Page, Section, Toast, ToastKind};
use crate::web::query::FormBody;

const HERE: &str = "/administration/single-sign-on";

pub async fn show(company: ActiveCompany, state: Data<State>) -> Result<HttpResponse, AppError> {
    let found = read(&company, None).await?;
    html::ok(&view(found, &state, FieldErrors::default(), None))
}

pub async fn update(
    company: ActiveCompany,
    state: Data<State>,
    FormBody(form): FormBody<ProviderForm>,
) -> Result<HttpResponse, AppError> {
    let (typed, sealer, lacks) = (form.clone(), state.settings.sealer.clone(), lacking(&state.settings));
    let saved = company
        .run(move |conn, scope| {
            provider::require(scope)?;
            let (Some(sealer), None) = (sealer, lacks) else {
                return Err(fleet::Error::refused(lacks.unwrap_or_default()));
            };
            form.parse().and_then(|changes| provider::save(conn, scope, &sealer, &changes))
        })
        .await;
    if let Err(error) = saved {
        let errors = FieldErrors::caught(error)?;
        let found = read(&company, Some(typed)).await?;
        return html::answer(StatusCode::UNPROCESSABLE_ENTITY, &view(found, &state, errors, None));
    }
    company.session().leave_toast(Toast::new(ToastKind::Success, "Single sign-on is saved."))?;
    Ok(html::see_other(HERE))
}

pub async fn create_test(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    FormBody(form): FormBody<ProviderForm>,
) -> Result<HttpResponse, AppError> {
    let uid = company.run(|_, scope| provider::require(scope).map(|()| scope.company_uid())).await?;
    state.limits.count(peer(&request), "tests of providers")?;
    let issuer = match reach::issuer(&form.issuer) {
        Ok(issuer) => issuer,
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            let found = read(&company, Some(form)).await?;
            return html::answer(StatusCode::UNPROCESSABLE_ENTITY, &view(found, &state, errors, None));
        }
    };
    let reach = state.settings.reach.clone();
    let outcome =
        state.providers.ask(uid, peer(&request), move || conversation::test(&reach, &issuer)).await?;
    let found = read(&company, Some(form)).await?;
    html::ok(&view(found, &state, FieldErrors::default(), Some(outcome)))
}

pub async fn destroy(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    company.run(provider::remove).await?;
    company.session().leave_toast(Toast::new(ToastKind::Success, "Single sign-on is off."))?;
    Ok(html::see_other(HERE))
}

struct Found {
    page: Page,
    overview: Overview,
    form: ProviderForm,
    grant: Option<GrantFields>,
}

/// What is shown, with what was typed in the place of what is.
async fn read(company: &ActiveCompany, typed: Option<ProviderForm>) -> Result<Found, AppError> {
    let (page, (overview, form, grant)) = company
        .page(Section::Administration, "Single sign-on", move |conn, scope| {
            let overview = provider::overview(conn, scope)?;
            let form = typed.unwrap_or_else(|| ProviderForm::of(&overview));
            let grant =
                overview.may_change.then(|| GrantFields::read(conn, scope, form.grant())).transpose()?;
            Ok((overview, form, grant))
        })
        .await?;
    Ok(Found { page, overview, form, grant })
}

fn view(found: Found, state: &State, errors: FieldErrors, outcome: Option<Result<String, String>>) -> Show {
    let Found { page, overview, form, grant } = found;
    Show {
        page,
        overview,
        form,
        grant: grant.map(|fields| fields.with_errors(&errors)),
        lacking: lacking(&state.settings).unwrap_or_default(),
        redirect: redirect(&state.settings),
        errors,
        outcome,
    }
}
