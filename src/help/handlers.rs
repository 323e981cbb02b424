//! The list of topics, and each topic.

use actix_web::Responder;
use actix_web::web::Path;
use askama_web::WebTemplateExt as _;

use super::topics;
use super::views::{Index, Show};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::page::Section;

pub async fn index(company: ActiveCompany) -> Result<impl Responder, AppError> {
    let (page, ()) = company.page(Section::Elsewhere, "Help", |_, _| Ok(())).await?;
    Ok(Index { page }.into_web_template())
}

pub async fn show(company: ActiveCompany, slug: Path<String>) -> Result<impl Responder, AppError> {
    let topic = topics::find(&slug).ok_or(fleet::Error::NotFound)?;
    let (page, ()) = company.page(Section::Elsewhere, topic.title, |_, _| Ok(())).await?;
    Ok(Show { page, topic }.into_web_template())
}
