//! The dialog that a file is sent with, the list of files, the page of what was found in one, and loading it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use fleet::ids::ImportDraftUid;
use fleet::import_drafts::{self, Begun, Check, Checking, Importer};
use fleet::sim_files::FoundColumn;
use serde::Deserialize;

use super::checks;
use super::forms::Sent;
use super::index::{Index, Place};
use super::views::{Found, FoundPart, Group, New, Problem, Show};
use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::db;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::{FormBody, FormQuery};
use crate::web::upload::{Text, Unread};

/// The files that were sent.
pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(place): FormQuery<Place>,
) -> Result<HttpResponse, AppError> {
    let (page, found) = company
        .page(Section::Fleet, "Imports", move |conn, scope| {
            Ok((import_drafts::may_import(scope).is_ok(), place.read(conn, scope)?, place))
        })
        .await?;
    let view = Index::new(page, found);
    match wants {
        Wants::Fragment => html::ok(&view.as_list()),
        Wants::Page | Wants::Json => html::ok(&view),
    }
}

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

/// What becomes of a file that was sent.
enum Taken {
    /// Its rows are to be checked.
    Begun(Checking<Box<dyn Text>>),
    Unclear(String, Vec<FoundColumn>),
}

/// Takes a file, and checks it at once unless it is large. What can't be taken, and what is not clear about its
/// columns, is said in the dialog.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    state: Data<State>,
    unread: Unread,
) -> Result<HttpResponse, AppError> {
    let source = match Sent::read(unread, &company, &state).await?.into_source() {
        Ok(source) => source,
        Err(error) => return html::refused(&Problem::of(&FieldErrors::caught(error)?)),
    };
    let taken = company.run(move |conn, scope| {
        Ok(match import_drafts::begin(conn, Importer::of(scope)?, source)? {
            Begun::Unclear { sentence, columns } => Taken::Unclear(sentence, columns),
            Begun::Checking(checking) => Taken::Begun(checking),
        })
    });
    let checked = match taken.await {
        Ok(Taken::Begun(checking)) if checking.size() > checks::AT_ONCE => {
            let uid = checking.uid();
            checks::later(state.pool.clone(), checking);
            Ok(uid)
        }
        // Not as the company: the numbers in the file are compared with those of all fleets.
        Ok(Taken::Begun(checking)) => {
            let columns = checking.columns().to_vec();
            match db::run(&state.pool, |conn| checking.at_once(conn, |_| {})).await {
                Err(AppError::Fleet(fleet::Error::Invalid { field: "column", message })) => {
                    return html::refused(&Problem::unclear(&message, &columns));
                }
                checked => checked,
            }
        }
        Ok(Taken::Unclear(sentence, columns)) => {
            return html::refused(&Problem::unclear(&sentence, &columns));
        }
        Err(error) => Err(error),
    };
    match checked {
        Ok(uid) => Ok(htmx::shown_instead(wants, &format!("/imports/{uid}"))),
        Err(error) => html::refused(&Problem::of(&FieldErrors::caught(error)?)),
    }
}

/// What was found in a file, or how far its check has come.
pub async fn show(
    company: ActiveCompany,
    wants: Wants,
    uid: Path<ImportDraftUid>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let (page, (draft, groups)) = company
        .page(Section::Fleet, "Import SIMs", move |conn, scope| {
            let draft = import_drafts::find(conn, scope, uid)?;
            let groups = Group::read(conn, &draft)?;
            Ok((draft, groups))
        })
        .await?;
    let found = Found { company: page.company.name.clone(), draft, groups };
    if wants != Wants::Fragment {
        return html::ok(&Show { page, found });
    }
    let part = FoundPart { found };
    let mut answer = html::ok(&part)?;
    if part.found.draft.check != Check::UnderWay {
        answer.headers_mut().insert(htmx::TRIGGER, htmx::json_header(&part.found.announcement()));
    }
    Ok(answer)
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
    let launched = company
        .run(move |conn, scope| import_drafts::launch(conn, Importer::of(scope)?, uid, leave_out))
        .await;
    match launched {
        Ok(number) => Ok(htmx::shown_instead(wants, &format!("/operations/{number}"))),
        Err(error) => html::refused(&Problem::of(&FieldErrors::caught(error)?)),
    }
}
