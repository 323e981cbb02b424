//! What the widgets read: of those on the page alone.

use diesel::PgConnection;
use fleet::Result;
use fleet::companies;
use fleet::import_drafts;
use fleet::operations::{self, ListFilter, OperationKind, OperationState, Summary, UnderWay};
use fleet::overview::{self, Activations, SubaccountTotals};
use fleet::sims::SimState;
use fleet::start_layouts::{Layout, Widget};
use fleet::tenancy::{CompanyScope, Permission};

use crate::operations::{Draft, DraftForm, Look, Meant, Pasted, Purpose};
use crate::saved_views::Entry;
use crate::web::forms::FieldErrors;

/// Operations that are shown; the list has them all.
const OPERATIONS: i64 = 8;
/// Subaccounts that are shown; the list has them all.
const SUBACCOUNTS: i64 = 10;
/// Views that are shown; the dialog has them all.
const VIEWS: usize = 10;
/// Days of activations.
const DAYS: i32 = 30;

/// What stands in a widget.
pub enum Content {
    /// SIMs by state.
    Fleet(Live<Fleet>),
    /// The form, blank.
    Transfer(Box<Draft>),
    /// Operations that run.
    Operations(Vec<Summary>),
    /// The largest subaccounts.
    Subaccounts(Live<Vec<SubaccountTotals>>),
    /// Activations of each of the last days.
    Activations(Live<Vec<Activations>>),
    /// Operations that have ended.
    Finished(Live<Vec<Summary>>),
    /// Saved views.
    Views(Vec<Entry>),
}

/// SIMs by state.
pub struct Fleet {
    /// The name of the company.
    pub company: String,
    /// How many there are in each.
    pub counts: Vec<(SimState, i64)>,
    /// Whether the person may load a file of a vendor.
    pub may_import: bool,
    /// Whether the company gets its SIMs from a vendor, not from its parent.
    pub is_main_account: bool,
}

impl Fleet {
    /// SIMs in all states.
    pub fn sims(&self) -> i64 {
        self.counts.iter().map(|(_, sims)| sims).sum()
    }
}

/// What a widget shows that operations change.
pub struct Live<T> {
    /// As it is now.
    pub now: T,
    under_way: UnderWay,
}

impl<T> Live<T> {
    /// Reads first what is under way: what ends after that is seen the next time.
    fn read(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        now: impl FnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<Self> {
        let under_way = operations::under_way(conn, scope)?;
        Ok(Self { now: now(conn)?, under_way })
    }

    /// How the trigger of the widget ends: it asks again while something is about to change it.
    pub const fn asks(&self) -> &'static str {
        match (self.under_way.running, self.under_way.paused + self.under_way.scheduled) {
            (0, 0) => "",
            (0, _) => ", every 30s",
            _ => ", every 2s",
        }
    }

    /// The same for what is summed up of many, or changes little.
    pub const fn asks_seldom(&self) -> &'static str {
        if self.asks().is_empty() { "" } else { ", every 10s" }
    }
}

impl Live<Vec<Activations>> {
    /// Activations of all the days.
    pub fn sims(&self) -> i64 {
        self.now.iter().map(|day| day.sims).sum()
    }
}

impl Content {
    /// Reads one; none where who acts can't have it.
    fn read(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        widget: Widget,
        sends_mail: bool,
    ) -> Result<Option<Self>> {
        Ok(Some(match widget {
            Widget::Fleet => Self::Fleet(fleet(conn, scope)?),
            Widget::Transfer => {
                return Ok(transfer(conn, scope, sends_mail)?.map(Box::new).map(Self::Transfer));
            }
            Widget::Operations => Self::Operations(running(conn, scope)?),
            Widget::Subaccounts => Self::Subaccounts(subaccounts(conn, scope)?),
            Widget::Activations => Self::Activations(activations(conn, scope)?),
            Widget::Finished => Self::Finished(finished(conn, scope)?),
            Widget::Views => Self::Views(Entry::all(conn, scope, VIEWS)?),
        }))
    }
}

/// What stands in each widget of a layout.
pub fn read(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    layout: &Layout,
    sends_mail: bool,
) -> Result<Vec<(Widget, Content)>> {
    let mut contents = Vec::new();
    for widget in &layout.shown {
        if let Some(content) = Content::read(conn, scope, *widget, sends_mail)? {
            contents.push((*widget, content));
        }
    }
    Ok(contents)
}

/// The SIMs by state.
pub fn fleet(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Live<Fleet>> {
    scope.require(Permission::FleetView)?;
    Live::read(conn, scope, |conn| {
        Ok(Fleet {
            company: scope.company_name().to_owned(),
            counts: companies::sim_counts(conn, scope)?,
            may_import: import_drafts::may_import(scope).is_ok(),
            is_main_account: scope.is_main_account(),
        })
    })
}

/// The largest subaccounts.
pub fn subaccounts(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Live<Vec<SubaccountTotals>>> {
    Live::read(conn, scope, |conn| overview::largest_subaccounts(conn, scope, SUBACCOUNTS))
}

/// The activations of each of the last days.
pub fn activations(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Live<Vec<Activations>>> {
    Live::read(conn, scope, |conn| overview::activations_per_day(conn, scope, DAYS))
}

/// The operations that run.
pub fn running(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Summary>> {
    operations::unfinished(conn, scope, OPERATIONS)
}

/// The newest of the operations that have ended.
pub fn finished(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Live<Vec<Summary>>> {
    let filter = ListFilter { state: Some(OperationState::Finished), ..ListFilter::default() };
    Live::read(conn, scope, |conn| Ok(operations::list(conn, scope, &filter, None, OPERATIONS)?.rows))
}

/// The widget *Transfer SIMs*, blank; none for those who may not, or who have nowhere to transfer to.
pub fn transfer(conn: &mut PgConnection, scope: &CompanyScope, sends_mail: bool) -> Result<Option<Draft>> {
    if !Widget::Transfer.is_offered(scope) {
        return Ok(None);
    }
    let form = DraftForm::pasted();
    let nothing = Meant::Pasted(Pasted::default());
    let look = Look::at(conn, scope, &form, OperationKind::Transfer, nothing, Purpose::Show)?;
    Ok(Some(Draft::new(form, look, FieldErrors::default(), sends_mail)))
}
