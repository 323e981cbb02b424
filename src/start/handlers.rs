//! The Start page, and the widgets that are loaded again by themselves.

use actix_web::HttpResponse;

use super::views::{OperationsWidget, Show, TransferWidget};
use super::widgets::{self, Widgets};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::page::Section;

pub async fn show(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let (page, widgets) = company.page(Section::Start, "Start", Widgets::read).await?;
    html::ok(&Show { page, widgets })
}

pub async fn operations(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let running = company.run(widgets::running).await?;
    html::ok(&OperationsWidget { running })
}

pub async fn transfer(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let draft = company.run(widgets::transfer).await?;
    html::ok(&TransferWidget { draft })
}
