//! The Start page, and the widgets that are loaded again by themselves.

use actix_web::HttpResponse;
use askama::Template as _;

use super::views::{OperationsWidget, Show, TransferWidget};
use super::widgets::{self, Widgets};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::page::Section;

pub async fn show(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let (page, widgets) = company.page(Section::Start, "Start", Widgets::read).await?;
    Ok(html(Show { page, widgets }.render()?))
}

pub async fn operations(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let running = company.run(widgets::running).await?;
    Ok(html(OperationsWidget { running }.render()?))
}

pub async fn transfer(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let draft = company.run(widgets::transfer).await?;
    Ok(html(TransferWidget { draft }.render()?))
}

fn html(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body)
}
