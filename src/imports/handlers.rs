//! The dialog that a file is sent with, the page of what was found in it, and loading it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::ImportDraftUid;
use fleet::import_drafts::{self, Drafted};
use serde::Deserialize;

use super::forms::Sent;
use super::views::{Group, New, Problem, Show};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::{FormBody, FormQuery};

/// Which draft's file is to be read once more.
#[derive(Deserialize)]
pub struct Like {
    like: Option<ImportDraftUid>,
}

/// The dialog.
pub async fn new(
    company: ActiveCompany,
    FormQuery(asked): FormQuery<Like>,
) -> Result<HttpResponse, AppError> {
    let draft = company
        .run(move |conn, scope| {
            import_drafts::may_import(scope)?;
            asked.like.map(|uid| import_drafts::find(conn, scope, uid)).transpose()
        })
        .await?;
    html::ok(&New::like(draft))
}

/// Reads and checks a file. What can't be taken, and what is not clear about its columns, is said in the dialog.
pub async fn create(company: ActiveCompany, wants: Wants, sent: Sent) -> Result<HttpResponse, AppError> {
    let source = sent.into_source()?;
    match company.run(move |conn, scope| import_drafts::create(conn, scope, source)).await {
        Ok(Drafted::Made(uid)) => Ok(htmx::shown_instead(wants, &format!("/imports/{uid}"))),
        Ok(Drafted::Unclear { sentence, columns }) => html::refused(&Problem::unclear(sentence, &columns)),
        Err(error) => html::refused(&Problem::of(&FieldErrors::caught(error)?)),
    }
}

/// What was found in a file.
pub async fn show(company: ActiveCompany, uid: Path<ImportDraftUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let (page, (draft, groups)) = company
        .page(Section::Fleet, "Import SIMs", move |conn, scope| {
            let draft = import_drafts::find(conn, scope, uid)?;
            let groups = Group::read(conn, &draft)?;
            Ok((draft, groups))
        })
        .await?;
    html::ok(&Show { page, draft, groups })
}

/// What the person decides.
#[derive(Deserialize)]
pub struct Decision {
    leave_out: Option<String>,
}

/// Loads what was found.
pub async fn launch(
    company: ActiveCompany,
    wants: Wants,
    uid: Path<ImportDraftUid>,
    FormBody(decision): FormBody<Decision>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let leave_out = decision.leave_out.is_some();
    match company.run(move |conn, scope| import_drafts::launch(conn, scope, uid, leave_out)).await {
        Ok(number) => Ok(htmx::shown_instead(wants, &format!("/operations/{number}"))),
        Err(error) => html::refused(&Problem::of(&FieldErrors::caught(error)?)),
    }
}
