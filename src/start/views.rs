//! What the Start page shows.

use askama::Template;
use fleet::sims::SimState;

use crate::web::page::Page;

/// The Start page.
#[derive(Template)]
#[template(path = "start/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// How many SIMs are in each state.
    pub counts: Vec<(SimState, i64)>,
}
