//! Operations on the screen: the dialogs that launch them, the list, the page of each, and
//! cancelling.

mod assignments;
mod cancellation;
mod conduct;
mod draft;
mod draft_views;
mod drafts;
mod edit_form;
mod exports;
mod forms;
mod groups;
mod handlers;
mod index;
mod json;
mod list_query;
mod meant;
mod recalls;
mod remedies;
mod resumption;
mod retries;
mod schedule;
mod selection_words;
mod views;
pub(crate) mod words;

use actix_web::HttpResponse;
use fleet::ids::OperationId;
use fleet::operations::Summary;

use crate::routes::Routes;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Toast, ToastKind};

pub(crate) use conduct::WhenAndHow;
pub(crate) use draft::{Look, Purpose, missing};
pub(crate) use draft_views::Draft;
pub(crate) use drafts::{noted, opened};
pub(crate) use forms::DraftForm;
#[cfg(feature = "fuzzing")]
pub(crate) use list_query::{ListQuery, TaskQuery};
pub(crate) use list_query::{launched, with_query, word};
pub(crate) use meant::{Meant, Pasted, kept, list_of};
pub(crate) use remedies::How;
pub(crate) use selection_words::in_words;
pub(crate) use views::{asks, bar, status};

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/operations", handlers::index)
        .for_programs()
        .get("/operations/running", handlers::running)
        .post("/operations/drafts", drafts::new)
        .dear()
        .post("/operations/preview", drafts::show)
        .dear()
        .post("/operations/preview/lists", groups::create)
        .dear()
        .post("/operations", drafts::create)
        .for_programs()
        .get("/operations/{number}", handlers::show)
        .for_programs()
        .get("/operations/{number}/progress", handlers::progress)
        .get("/operations/{number}/retry", retries::new)
        .dear()
        .get("/operations/{number}/failures.csv", exports::failures)
        .get("/operations/{number}/results.csv", exports::results)
        .get("/operations/{number}/recall", recalls::new)
        .dear()
        .post("/operations/{number}/assignment", assignments::create)
        .get("/operations/{number}/cancellation", cancellation::new)
        .post("/operations/{number}/cancellation", cancellation::create)
        .for_programs()
        .get("/operations/{number}/schedule", schedule::edit)
        .post("/operations/{number}/schedule", schedule::update)
        .post("/operations/{number}/resumption", resumption::create)
        .get("/time-zones/choices", schedule::zones);
}

/// The answer to a person who has changed how an operation goes on: a message with a link to it, or its page.
fn settled(wants: Wants, number: OperationId, words: &str) -> HttpResponse {
    if wants == Wants::Json {
        return HttpResponse::Accepted().json(serde_json::json!({ "number": number }));
    }
    let address = format!("/operations/{number}");
    if wants != Wants::Fragment {
        return html::see_other(&address);
    }
    let toast = Toast::new(ToastKind::Info, words).with_link(address, format!("operation #{number}"));
    let events = serde_json::json!({ "dialog-close": null, "operations-changed": null, "toast": toast });
    HttpResponse::NoContent().insert_header((htmx::TRIGGER, htmx::json_header(&events))).finish()
}

/// An operation as a noun: `Transfer of 309 SIMs`.
pub(crate) fn noun(summary: &Summary) -> String {
    summary.kind.of_sims(summary.sims().into())
}
