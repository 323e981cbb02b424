//! What the search shows.

use askama::Template;
use fleet::operations::Summary;
use fleet::search::Found;
use fleet::sims::SimFilter;
use form_urlencoded::Serializer;

use crate::web::display::counted;
use crate::web::page::Page;

/// The suggestions below the box: the options of its list.
#[derive(Template)]
#[template(path = "search/suggestions.html")]
pub struct Suggestions {
    results: Results,
}

impl Suggestions {
    pub(super) fn new(text: String, found: Found) -> Self {
        Self { results: Results { text, found } }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "search/index.html")]
pub struct Index {
    page: Page,
    results: Results,
}

impl Index {
    pub(super) fn new(page: Page, text: String, found: Found) -> Self {
        Self { page, results: Results { text, found } }
    }
}

/// What was found for a text, as both show it.
struct Results {
    text: String,
    found: Found,
}

impl Results {
    /// `3 results`, for those who can't see them.
    fn count(&self) -> String {
        match self.found.len() {
            0 => "Nothing found".to_owned(),
            results => counted(i64::try_from(results).unwrap_or(i64::MAX), "result", "results"),
        }
    }

    /// The grid with all SIMs that were found.
    fn all_sims(&self) -> String {
        let filter = SimFilter { text: self.text.trim().to_owned(), ..SimFilter::default() };
        format!("/fleet?{}", filter.to_query())
    }
}

/// The list that shows the subaccount with this name.
fn subaccount(name: &str) -> String {
    format!("/subaccounts?{}", Serializer::new(String::new()).append_pair("q", name).finish())
}

/// What an operation does, and to how many SIMs: `Transfer to Clienticity, 312 SIMs`.
fn operation(summary: &Summary) -> String {
    let target = summary.target.as_ref().map_or_else(String::new, |target| format!(" to {target}"));
    format!("{}{target}, {}", summary.kind.label(), counted(summary.sims(), "SIM", "SIMs"))
}
