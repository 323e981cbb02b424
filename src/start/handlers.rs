//! The Start page, and the widgets that are loaded again by themselves.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderValue;
use actix_web::web::Data;
use fleet::sim_lists::{self, Layout};
use fleet::start_layouts;
use fleet::tenancy::{CompanyScope, Permission};

use super::views::{
    ActivationsWidget, FinishedWidget, FleetWidget, OperationsWidget, Show, SubaccountsWidget, TransferList,
    TransferWidget,
};
use super::widgets;
use crate::app::State;
use crate::operations::list_of;
use crate::sim_lists::{Problem, Sent};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx;
use crate::web::page::Section;
use crate::web::upload::Unread;

pub async fn show(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let sends_mail = company.sends_mail();
    let (page, (layout, contents)) = company
        .page(Section::Start, "Start", move |conn, scope| {
            let layout = start_layouts::find(conn, scope)?;
            let contents = widgets::read(conn, scope, &layout, sends_mail)?;
            Ok((layout, contents))
        })
        .await?;
    html::ok(&Show::new(page, &layout, contents, None))
}

pub async fn operations(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let running = company.run(widgets::running).await?;
    html::ok(&OperationsWidget { running })
}

pub async fn fleet(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let states = company.run(widgets::fleet).await?;
    html::ok(&FleetWidget { states })
}

pub async fn subaccounts(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let subaccounts = company.run(widgets::subaccounts).await?;
    html::ok(&SubaccountsWidget { subaccounts })
}

pub async fn activations(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let activations = company.run(widgets::activations).await?;
    html::ok(&ActivationsWidget { activations })
}

pub async fn finished(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let finished = company.run(widgets::finished).await?;
    html::ok(&FinishedWidget { finished })
}

pub async fn transfer(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let sends_mail = company.sends_mail();
    let draft = company.run(move |conn, scope| widgets::transfer(conn, scope, sends_mail)).await?;
    html::ok(&TransferWidget { draft })
}

fn may_paste(scope: &CompanyScope) -> fleet::Result<()> {
    scope.require(Permission::SimsTransfer)?;
    sim_lists::may_create(scope, Layout::Table)
}

/// A file with the SIMs that the widget is to transfer.
pub async fn upload(
    company: ActiveCompany,
    state: Data<State>,
    unread: Unread,
) -> Result<HttpResponse, AppError> {
    let made = Sent::read(unread, &company, &state, may_paste).await?;
    // Asked for again: a file may have been on its way for minutes.
    let made = company.run(move |conn, scope| {
        may_paste(scope)?;
        made.into_list(conn, scope)
    });
    let list = match made.await {
        Ok(list) => list,
        Err(error) => return html::refused(&Problem { errors: FieldErrors::caught(error)? }),
    };
    let mut answer = html::ok(&TransferList { list, list_of: list_of("") })?;
    answer.headers_mut().insert(htmx::RETARGET, HeaderValue::from_static("#transfer-sims"));
    answer.headers_mut().insert(htmx::TRIGGER_AFTER_SETTLE, HeaderValue::from_static("list-made"));
    Ok(answer)
}
