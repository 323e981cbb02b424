//! What the dialog Change Company and the two questions about the focus show.

use askama::Template;
use fleet::account_focus::{self, Choice};

use crate::web::display::counted;
use crate::web::page::AnonymousPage;

/// What can be chosen: the part of *Change Company* that a search replaces.
#[derive(Template)]
#[template(path = "account_focus/results.html")]
pub struct Results {
    /// What was searched for.
    pub search: String,
    /// Those chosen last; empty while searching.
    pub recent: Vec<Choice>,
    /// Those found: the tree, or the hits of a search.
    pub found: Vec<Choice>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// Whether the person has signed in through a company's provider, which does not speak for all companies.
    pub vouched: bool,
    /// The company now in focus.
    pub active: String,
    /// The session's token, for the plain forms.
    pub csrf_token: String,
    /// The address from which the switch was asked for.
    pub next: String,
}

impl Results {
    fn recent_rows(&self) -> Vec<Row<'_>> {
        self.recent.iter().map(|choice| self.row(choice, 0, true)).collect()
    }

    /// In the tree what is above stands above; hits of a search name it.
    fn rows(&self) -> Vec<Row<'_>> {
        if !self.search.trim().is_empty() {
            return self.found.iter().map(|choice| self.row(choice, 0, true)).collect();
        }
        let depths = account_focus::depths(&self.found);
        self.found.iter().zip(depths).map(|(choice, depth)| self.row(choice, depth, depth == 0)).collect()
    }

    fn row<'a>(&self, choice: &'a Choice, depth: usize, with_path: bool) -> Row<'a> {
        let path = if with_path { choice.path() } else { String::new() };
        Row { choice, depth: depth.min(6), path, active: choice.uid.to_string() == self.active }
    }

    /// Whether there is none to choose from, rather than none that was searched for.
    fn has_none(&self) -> bool {
        self.found.is_empty() && self.search.trim().is_empty()
    }

    fn told(&self) -> String {
        let number = counted(self.found.len(), "company", "companies");
        if self.more { format!("The first {number}; there are more") } else { number }
    }
}

/// A company as one entry of a list.
struct Row<'a> {
    choice: &'a Choice,
    depth: usize,
    path: String,
    active: bool,
}

/// The dialog *Change Company*.
#[derive(Template)]
#[template(path = "account_focus/edit.html")]
pub struct Edit {
    /// What can be chosen.
    pub results: Results,
}

/// The same as a whole page.
#[derive(Template)]
#[template(path = "account_focus/page.html")]
pub struct EditPage {
    /// The frame.
    pub page: AnonymousPage,
    /// What can be chosen.
    pub results: Results,
}

/// The dialog that explains that the focus is elsewhere, and leads on.
#[derive(Template)]
#[template(path = "account_focus/conflict_dialog.html")]
pub struct ConflictDialog {
    /// The company that the page was drawn for, by its public id.
    pub drawn_for: String,
    /// Its name.
    pub drawn_for_name: String,
    /// The name of the company now in focus.
    pub active_name: String,
    /// Where the request came from.
    pub here: String,
}

/// The same as a whole page.
#[derive(Template)]
#[template(path = "account_focus/conflict.html")]
pub struct Conflict {
    /// The frame.
    pub page: AnonymousPage,
    /// What it is about.
    pub about: ConflictDialog,
}

/// The question that a link from somebody with another company in focus opens.
#[derive(Template)]
#[template(path = "account_focus/shared_link.html")]
pub struct SharedLink {
    /// The frame.
    pub page: AnonymousPage,
    /// The company that the link is for, by its public id.
    pub wanted: String,
    /// Its name.
    pub wanted_name: String,
    /// The name of the company now in focus.
    pub active_name: String,
    /// The link.
    pub here: String,
}
