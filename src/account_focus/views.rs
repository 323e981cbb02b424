//! What the dialog Change Company and the two questions about the focus show.

use askama::Template;
use fleet::companies::Choice;

use crate::web::page::AnonymousPage;

/// The dialog *Change Company*.
#[derive(Template)]
#[template(path = "account_focus/edit.html", blocks = ["results"])]
pub struct Edit {
    /// What was searched for.
    pub search: String,
    /// Those chosen last; empty while searching.
    pub recent: Vec<Choice>,
    /// Those found, in the order of the tree.
    pub found: Vec<Choice>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// The company now in focus.
    pub active: String,
    /// The session's token, for the plain forms.
    pub csrf_token: String,
    /// The section to open after the switch.
    pub next: String,
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
