//! Showing and changing the account details.

use actix_web::http::StatusCode;
use actix_web::web::Form;
use actix_web::{HttpRequest, HttpResponse};
use fleet::account_details::{self, AccountDetails};

use super::forms::AccountForm;
use super::views::Show;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::link;
use crate::web::page::{Page, Section, Toast, ToastKind};

const TITLE: &str = "Account details";

pub async fn show(company: ActiveCompany, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let (page, details) = company.page(Section::Administration, TITLE, account_details::find).await?;
    let form = AccountForm::of(&details);
    render(StatusCode::OK, &request, page, details, form, FieldErrors::default())
}

pub async fn update(
    company: ActiveCompany,
    request: HttpRequest,
    Form(form): Form<AccountForm>,
) -> Result<HttpResponse, AppError> {
    let typed = form.clone();
    let (page, (details, updated)) = company
        .page(Section::Administration, TITLE, move |conn, scope| {
            let details = account_details::find(conn, scope)?;
            let updated = form.parse().and_then(|changes| account_details::update(conn, scope, &changes));
            Ok((details, updated))
        })
        .await?;
    if let Err(error) = updated {
        let errors = FieldErrors::caught(error.into())?;
        return render(StatusCode::UNPROCESSABLE_ENTITY, &request, page, details, typed, errors);
    }
    company.session().leave_toast(Toast::new(ToastKind::Success, "The account details are saved."))?;
    Ok(html::see_other("/administration"))
}

fn render(
    status: StatusCode,
    request: &HttpRequest,
    page: Page,
    details: AccountDetails,
    form: AccountForm,
    errors: FieldErrors,
) -> Result<HttpResponse, AppError> {
    let link = link::link(request, &format!("/?account={}", details.uid));
    let view = Show { page, details, form, errors, link };
    html::answer(status, &view)
}
