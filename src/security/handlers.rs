//! Showing and changing the rules.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Form;
use fleet::security;

use super::forms::RulesForm;
use super::views::Show;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::page::{Section, Toast, ToastKind};

const TITLE: &str = "Security";

pub async fn show(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let (page, rules) = company.page(Section::Administration, TITLE, security::find).await?;
    html::ok(&Show { page, form: RulesForm::of(&rules), rules, errors: FieldErrors::default() })
}

pub async fn update(company: ActiveCompany, Form(form): Form<RulesForm>) -> Result<HttpResponse, AppError> {
    let typed = form.clone();
    let (page, (rules, updated)) = company
        .page(Section::Administration, TITLE, move |conn, scope| {
            let rules = security::find(conn, scope)?;
            Ok((rules, form.parse().and_then(|changes| security::update(conn, scope, changes))))
        })
        .await?;
    if let Err(error) = updated {
        let errors = FieldErrors::caught(error.into())?;
        return html::answer(StatusCode::UNPROCESSABLE_ENTITY, &Show { page, rules, form: typed, errors });
    }
    company.session().leave_toast(Toast::new(ToastKind::Success, "The rules are saved."))?;
    Ok(html::see_other("/administration/security"))
}
