//! The list of topics, and each topic.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::topics;
use super::views::{Index, Show};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::page::Section;

pub async fn index(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let (page, ()) = company.page(Section::Elsewhere, "Help", |_, _| Ok(())).await?;
    html::ok(&Index { page })
}

pub async fn show(company: ActiveCompany, slug: Path<String>) -> Result<HttpResponse, AppError> {
    let topic = topics::find(&slug).ok_or(fleet::Error::NotFound)?;
    let (page, ()) = company.page(Section::Elsewhere, topic.title, |_, _| Ok(())).await?;
    html::ok(&Show { page, topic })
}
