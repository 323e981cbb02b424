//! What the Start page shows.

use askama::Template;
use fleet::operations::Summary;
use fleet::overview::SubaccountTotals;
use fleet::sim_lists::SimList;

use super::widgets::Widgets;
use crate::operations::Draft;
use crate::web::display::StackedBar;
use crate::web::page::Page;

/// The Start page.
#[derive(Template)]
#[template(path = "start/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// The widgets.
    pub widgets: Widgets,
}

impl Show {
    fn running(&self) -> &[Summary] {
        &self.widgets.running
    }
}

/// The widget *Operations in progress* alone.
#[derive(Template)]
#[template(path = "start/operations.html")]
pub struct OperationsWidget {
    /// What runs.
    pub running: Vec<Summary>,
}

impl OperationsWidget {
    fn running(&self) -> &[Summary] {
        &self.running
    }
}

/// The widget *Transfer SIMs* alone.
#[derive(Template)]
#[template(source = "{% if let Some(draft) = draft.as_ref() %}{{ draft|safe }}{% endif %}", ext = "html")]
pub struct TransferWidget {
    /// The widget; none for those who may not.
    pub draft: Option<Draft>,
}

/// The SIMs of a subaccount by state.
pub fn bar(totals: &SubaccountTotals) -> StackedBar {
    StackedBar::of_states(totals.inventory, totals.active, totals.suspended, totals.retired)
}

/// A file instead of the text of the widget *Transfer SIMs*.
#[derive(Template)]
#[template(path = "start/transfer_list.html")]
pub struct TransferList {
    /// The list that was made of it.
    pub list: SimList,
    /// What the form says that it was made of.
    pub list_of: String,
}
