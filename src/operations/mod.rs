//! Operations on the screen: the dialogs that launch them, the list, the page of each, and
//! cancelling.

mod cancellation;
mod draft;
mod draft_views;
mod drafts;
mod exports;
mod forms;
mod groups;
mod handlers;
mod list_query;
mod remedies;
mod retries;
mod selection_words;
mod views;
mod words;

use fleet::operations::Summary;

use crate::routes::Routes;

pub(crate) use draft::Look;
pub(crate) use draft_views::Draft;
pub(crate) use forms::{DraftForm, Meant, Pasted, list_of};
pub(crate) use remedies::How;
pub(crate) use views::{bar, status};

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/operations", handlers::index)
        .get("/operations/running", handlers::running)
        .post("/operations/drafts", drafts::new)
        .post("/operations/preview", drafts::show)
        .post("/operations/preview/lists", groups::create)
        .post("/operations", drafts::create)
        .get("/operations/{number}", handlers::show)
        .get("/operations/{number}/progress", handlers::progress)
        .get("/operations/{number}/retry", retries::new)
        .get("/operations/{number}/failures.csv", exports::failures)
        .get("/operations/{number}/results.csv", exports::results)
        .get("/operations/{number}/cancellation", cancellation::new)
        .post("/operations/{number}/cancellation", cancellation::create);
}

/// An operation as a noun: `Transfer of 309 SIMs`.
pub(crate) fn noun(summary: &Summary) -> String {
    summary.kind.of_sims(summary.counters.total().into())
}
