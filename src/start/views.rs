//! What the Start page shows.

use askama::Template;
use fleet::operations::Summary;
use fleet::overview::{Activations, SubaccountTotals};
use fleet::sim_lists::SimList;
use fleet::start_layouts::{Layout, Widget};

use super::widgets::{Content, Fleet, Live};
use crate::operations::Draft;
use crate::web::display::StackedBar;
use crate::web::page::Page;

/// The Start page.
#[derive(Template)]
#[template(path = "start/show.html", blocks = ["widgets"])]
pub struct Show {
    /// The frame.
    pub page: Page,
    tiles: Vec<Tile>,
    /// The widgets that could be added.
    others: Vec<Change>,
    /// The widget that was moved, added or removed just now: the focus goes to it.
    about: Option<Widget>,
}

/// A widget on the page, and what its menu offers.
struct Tile {
    widget: Widget,
    content: Content,
    changes: Vec<Change>,
}

/// A button that adds a widget, moves it or removes it.
struct Change {
    widget: Widget,
    words: &'static str,
    /// What it sends, as JSON.
    sends: String,
}

impl Change {
    fn new(widget: Widget, words: &'static str, change: &str) -> Self {
        let sends = serde_json::json!({ "widget": widget.as_str(), "change": change }).to_string();
        Self { widget, words, sends }
    }

    /// Those of the widget at `place` of `shown`.
    fn all(widget: Widget, place: usize, shown: usize) -> Vec<Self> {
        let earlier = (place > 0).then(|| Self::new(widget, "Move earlier", "earlier"));
        let later = (place + 1 < shown).then(|| Self::new(widget, "Move later", "later"));
        let remove = Self::new(widget, "Remove", "remove");
        [earlier, later, Some(remove)].into_iter().flatten().collect()
    }
}

impl Show {
    /// The page with what was read for `layout`.
    pub fn new(page: Page, layout: &Layout, contents: Vec<(Widget, Content)>, about: Option<Widget>) -> Self {
        let shown = contents.len();
        let tile = |(place, (widget, content))| {
            let changes = Change::all(widget, place, shown);
            Tile { widget, content, changes }
        };
        let tiles = contents.into_iter().enumerate().map(tile).collect();
        let other = |widget: &Widget| Change::new(*widget, widget.label(), "add");
        Self { page, tiles, others: layout.others.iter().map(other).collect(), about }
    }

    fn is_about(&self, widget: Widget) -> bool {
        self.about == Some(widget)
    }
}

/// The dialog that chooses the widgets and their order.
#[derive(Template)]
#[template(path = "start/layout.html")]
pub struct EditLayout {
    /// As they are.
    pub layout: Layout,
}

impl EditLayout {
    /// Each widget, and whether it is on the page.
    fn entries(&self) -> impl Iterator<Item = (Widget, bool)> {
        let shown = self.layout.shown.iter().map(|widget| (*widget, true));
        shown.chain(self.layout.others.iter().map(|widget| (*widget, false)))
    }
}

/// The widget *Operations in progress* alone.
#[derive(Template)]
#[template(path = "start/operations.html")]
pub struct OperationsWidget {
    /// What runs.
    pub running: Vec<Summary>,
}

/// The widget *Fleet by state* alone.
#[derive(Template)]
#[template(path = "start/fleet.html")]
pub struct FleetWidget {
    /// SIMs by state.
    pub states: Live<Fleet>,
}

/// The widget *Subaccounts* alone.
#[derive(Template)]
#[template(path = "start/subaccounts.html")]
pub struct SubaccountsWidget {
    /// The largest of them.
    pub subaccounts: Live<Vec<SubaccountTotals>>,
}

/// The widget *Activations per day* alone.
#[derive(Template)]
#[template(path = "start/activations.html")]
pub struct ActivationsWidget {
    /// Those of each of the last days.
    pub activations: Live<Vec<Activations>>,
}

/// The widget *Recently finished operations* alone.
#[derive(Template)]
#[template(path = "start/finished.html")]
pub struct FinishedWidget {
    /// What has ended.
    pub finished: Live<Vec<Summary>>,
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
