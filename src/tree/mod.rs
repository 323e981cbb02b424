//! All of a person's accounts below a main account at once: which of them an address means, and the dialogs that
//! launch on SIMs of several.

mod choices;
mod draft;
mod drafts;
mod query;
mod views;

pub(crate) use query::TreeQuery;

use crate::routes::Routes;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/tree/accounts/choices", choices::accounts)
        .get("/tree/targets/choices", choices::targets)
        .get("/tree/offers/choices", choices::offers)
        .post("/tree/drafts", drafts::new)
        .dear()
        .post("/tree/preview", drafts::show)
        .dear()
        .post("/tree/operations", drafts::create)
        .dear();
}
