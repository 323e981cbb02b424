//! The list of profiles, its dialogs, and the look at what a choice allows.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::ProfileId;
use fleet::profiles;
use fleet::tenancy::Permission;

use super::forms::{GrantForm, ProfileForm};
use super::views::{Edit, Index, Removal, Rights};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Section, Toast, ToastKind};
use crate::web::query::{FormBody, FormQuery};

/// What the list listens to.
const CHANGED: &str = "profiles-changed";

pub async fn index(company: ActiveCompany, wants: Wants) -> Result<HttpResponse, AppError> {
    let (page, profiles) = company.page(Section::Administration, "Profiles", profiles::list).await?;
    let view = Index { page, profiles };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let own = company
        .run(|_, scope| {
            scope.require(Permission::PeopleManage)?;
            Ok(scope.permissions())
        })
        .await?;
    html::ok(&Edit { existing: None, own, form: ProfileForm::default(), errors: FieldErrors::default() })
}

pub async fn create(
    company: ActiveCompany,
    FormBody(form): FormBody<ProfileForm>,
) -> Result<HttpResponse, AppError> {
    let (own, form, made) = company
        .run(move |conn, scope| {
            scope.require(Permission::PeopleManage)?;
            let made = form.parse().and_then(|new| profiles::create(conn, scope, &new));
            Ok((scope.permissions(), form, made))
        })
        .await?;
    match made {
        Ok(_) => Ok(changed(format!("Profile {} was created.", form.name.trim()))),
        Err(error) => {
            html::refused(&Edit { existing: None, own, form, errors: FieldErrors::caught(error.into())? })
        }
    }
}

pub async fn edit(company: ActiveCompany, id: Path<ProfileId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let (own, profile) =
        company.run(move |conn, scope| Ok((scope.permissions(), profiles::find(conn, scope, id)?))).await?;
    let form = ProfileForm::of(&profile);
    html::ok(&Edit { existing: Some(profile), own, form, errors: FieldErrors::default() })
}

pub async fn update(
    company: ActiveCompany,
    id: Path<ProfileId>,
    FormBody(form): FormBody<ProfileForm>,
) -> Result<HttpResponse, AppError> {
    let id = *id;
    let (own, profile, form, saved) = company
        .run(move |conn, scope| {
            let profile = profiles::find(conn, scope, id)?;
            let saved = form.parse().and_then(|new| profiles::update(conn, scope, id, &new));
            Ok((scope.permissions(), profile, form, saved))
        })
        .await?;
    match saved {
        Ok(()) => Ok(changed(format!("Profile {} was saved.", form.name.trim()))),
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            html::refused(&Edit { existing: Some(profile), own, form, errors })
        }
    }
}

pub async fn new_removal(company: ActiveCompany, id: Path<ProfileId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let profile = company.run(move |conn, scope| profiles::find(conn, scope, id)).await?;
    html::ok(&Removal { profile, errors: FieldErrors::default() })
}

pub async fn destroy(company: ActiveCompany, id: Path<ProfileId>) -> Result<HttpResponse, AppError> {
    let id = *id;
    let (profile, removed) = company
        .run(move |conn, scope| Ok((profiles::find(conn, scope, id)?, profiles::destroy(conn, scope, id))))
        .await?;
    match removed {
        Ok(_) => Ok(changed(format!("Profile {} was removed.", profile.name))),
        Err(error) => html::refused(&Removal { profile, errors: FieldErrors::caught(error.into())? }),
    }
}

pub async fn preview(
    company: ActiveCompany,
    FormQuery(form): FormQuery<GrantForm>,
) -> Result<HttpResponse, AppError> {
    let permissions = company.run(move |conn, scope| profiles::preview(conn, scope, &form.so_far())).await?;
    html::ok(&Rights { permissions })
}

fn changed(text: String) -> HttpResponse {
    htmx::done(&Toast::new(ToastKind::Success, text), CHANGED)
}
