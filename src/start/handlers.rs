//! The Start page.

use actix_web::Responder;
use askama_web::WebTemplateExt as _;
use fleet::companies;

use super::views::Show;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::page::Section;

pub async fn show(company: ActiveCompany) -> Result<impl Responder, AppError> {
    let (page, counts) = company.page(Section::Start, "Start", companies::sim_counts).await?;
    Ok(Show { page, counts }.into_web_template())
}
