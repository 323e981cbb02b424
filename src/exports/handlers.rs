//! The dialog, the record, and the removal of a file.

use actix_web::HttpResponse;
use actix_web::web::Path;
use diesel::PgConnection;
use fleet::custom_fields;
use fleet::exports::{self, Export, NewExport, Whose};
use fleet::ids::ExportUid;
use fleet::sims::Selection;
use fleet::tenancy::CompanyScope;

use super::forms::{ExportForm, PlaceQuery};
use super::views::{Index, New, Selected};
use crate::operations;
use crate::web::active_company::ActiveCompany;
use crate::web::display::counted;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Section, Toast, ToastKind};
use crate::web::query::{FormBody, FormQuery};

/// The dialog, with nothing chosen yet.
pub async fn new(
    company: ActiveCompany,
    FormBody(mut form): FormBody<ExportForm>,
) -> Result<HttpResponse, AppError> {
    // A list is one account's own.
    if form.tree()?.is_none()
        && let Some(list) = operations::kept(&company, &mut form.selection, &mut form.sim).await?
    {
        form.list = list.to_string();
    }
    html::ok(&dialog(&company, form, FieldErrors::default()).await?)
}

/// Notes an export. A short one is downloaded now, a long one is told of when it is ready.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    FormBody(form): FormBody<ExportForm>,
) -> Result<HttpResponse, AppError> {
    let (tree, meant, format) = (form.tree()?, form.meant()?, form.format());
    let typed = form.clone();
    let asked = company
        .run(move |conn, scope| {
            let (selection, _) = meant.resolve(conn, scope)?;
            let words = words(conn, scope, tree.is_some(), &selection)?;
            // Custom fields are one account's own.
            let fields = if tree.is_some() { Vec::new() } else { custom_fields::list(conn, scope)? };
            let new = NewExport { selection, words, columns: typed.columns(&fields), format: format? };
            match tree {
                None => exports::ask(conn, scope, &new),
                Some(query) => {
                    let tree = query.scope(conn, scope)?;
                    exports::ask_in_tree(conn, &tree, &new)
                }
            }
        })
        .await;
    match asked {
        Ok(export) => Ok(answer(wants, &export)),
        Err(error) => html::refused(&dialog(&company, form, FieldErrors::caught(error)?).await?),
    }
}

/// The exports of the person who asks.
pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(query): FormQuery<PlaceQuery>,
) -> Result<HttpResponse, AppError> {
    record(company, wants, query, Whose::Own).await
}

/// The exports of everybody in the company.
pub async fn index_of_all(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(query): FormQuery<PlaceQuery>,
) -> Result<HttpResponse, AppError> {
    record(company, wants, query, Whose::All).await
}

/// Removes a file, or gives up making it.
pub async fn destroy(
    company: ActiveCompany,
    wants: Wants,
    uid: Path<ExportUid>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    company.run(move |conn, scope| exports::remove(conn, scope, uid)).await?;
    if wants != Wants::Fragment {
        return Ok(html::see_other("/exports"));
    }
    let toast = Toast::new(ToastKind::Success, "The file of the export was removed.");
    Ok(htmx::done(&toast, "exports-changed"))
}

async fn dialog(company: &ActiveCompany, form: ExportForm, errors: FieldErrors) -> Result<New, AppError> {
    let (tree, meant) = (form.tree()?, form.meant()?);
    let selected = company
        .run(move |conn, scope| {
            let (selection, _) = meant.resolve(conn, scope)?;
            match tree {
                None => Selected::of(conn, scope, &selection),
                Some(query) => {
                    let tree = query.scope(conn, scope)?;
                    Selected::in_tree(conn, &tree, &selection)
                }
            }
        })
        .await?;
    Ok(New { form, selected, errors })
}

/// Which SIMs, in words.
fn words(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    is_tree: bool,
    selection: &Selection,
) -> fleet::Result<String> {
    let all = if is_tree { "All SIMs" } else { "All SIMs of the company" };
    Ok(operations::in_words(conn, scope, selection, all)?.join(", "))
}

async fn record(
    company: ActiveCompany,
    wants: Wants,
    query: PlaceQuery,
    whose: Whose,
) -> Result<HttpResponse, AppError> {
    let section = if whose == Whose::All { Section::Administration } else { Section::Elsewhere };
    let place = query.place();
    let (page, (listed, fields)) = company
        .page(section, "Exports", move |conn, scope| {
            Ok((exports::list(conn, scope, whose, place)?, custom_fields::list(conn, scope)?))
        })
        .await?;
    let view = Index { page, whose, listed, fields, query };
    match wants {
        Wants::Fragment => html::ok(&view.as_list()),
        Wants::Page | Wants::Json => html::ok(&view),
    }
}

/// A browser that is sent to a file keeps the page that it shows.
fn answer(wants: Wants, export: &Export) -> HttpResponse {
    let file = format!("/exports/{}/file", export.uid);
    let sims = counted(export.expected, "SIM is", "SIMs are");
    if wants != Wants::Fragment {
        return html::see_other(if export.in_background { "/exports" } else { &file });
    }
    let words = if export.in_background {
        format!("{sims} being exported. A message comes when the file is ready:")
    } else {
        format!("{sims} being exported: the file comes as a download.")
    };
    let toast = Toast::new(ToastKind::Success, words).with_link("/exports".to_owned(), "Exports".to_owned());
    // The bell, too, looks out for the message.
    let mut answer = htmx::done(&toast, "operations-changed");
    if !export.in_background {
        let headers = answer.headers_mut();
        if let Ok(address) = file.parse() {
            headers.insert(htmx::REDIRECT, address);
        }
    }
    answer
}
