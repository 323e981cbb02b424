//! The screen of the log, and its file.

use actix_web::HttpResponse;
use fleet::audit::{self, Action, Event, Note};

use super::query::AuditQuery;
use super::views::{Index, change_words};
use crate::web::active_company::ActiveCompany;
use crate::web::csv::{File, download};
use crate::web::display::machine_time;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::Wants;
use crate::web::page::Section;
use crate::web::query::FormQuery;

const HEAD: &[&str] = &["time", "person", "address", "action", "subject", "changes", "operation"];

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(query): FormQuery<AuditQuery>,
) -> Result<HttpResponse, AppError> {
    let (filter, place) = (query.filter()?, query.place()?);
    let list = move |conn: &mut _, scope: &_| audit::list(conn, scope, &filter, place);
    let (page, listed) = company.page(Section::Administration, "Audit", list).await?;
    let view = Index { page, listed, query };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn file(
    company: ActiveCompany,
    FormQuery(query): FormQuery<AuditQuery>,
) -> Result<HttpResponse, AppError> {
    let filter = query.filter()?;
    let note = Note::of(Action::AuditExported, "audit.csv");
    let file = File { name: "audit.csv".to_owned(), note, head: HEAD };
    download(company, file, move |conn, scope, after, limit| {
        let events = audit::piece(conn, scope, &filter, after, limit)?;
        Ok(events.into_iter().map(|event| (event.place(), cells(event))).collect())
    })
    .await
}

fn cells(event: Event) -> Vec<String> {
    let changes = event.changes().iter().map(change_words).collect::<Vec<_>>().join("; ");
    vec![
        machine_time(&event.at),
        event.actor,
        event.address.unwrap_or_default(),
        event.action.label().to_owned(),
        event.subject,
        changes,
        event.operation.map(|number| number.to_string()).unwrap_or_default(),
    ]
}
