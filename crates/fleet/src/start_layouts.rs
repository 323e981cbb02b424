//! The widgets that a person has on the Start page, and their order.
//!
//! They are of a person in a company: what matters in the one need not matter in another.

use std::str::FromStr;

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::error::Result;
use crate::ids::{CompanyId, UserId};
use crate::schema::start_layouts;
use crate::tenancy::{CompanyScope, Permission};
use crate::words::UnknownWord;

/// A part of the Start page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Widget {
    /// SIMs by state.
    Fleet,
    /// A form that transfers SIMs.
    Transfer,
    /// Unfinished operations.
    Operations,
    /// The subaccounts with the most SIMs.
    Subaccounts,
    /// Activations of the last days.
    Activations,
    /// Operations that have ended, with their failures.
    Finished,
    /// The views that the person has saved, and the shared ones.
    Views,
}

impl Widget {
    /// All of them, in the usual order.
    pub const ALL: [Self; 7] = [
        Self::Fleet,
        Self::Transfer,
        Self::Operations,
        Self::Subaccounts,
        Self::Activations,
        Self::Finished,
        Self::Views,
    ];

    /// Those of somebody who has changed nothing.
    const USUAL: &'static [Self] = Self::ALL.split_at(5).0;

    /// The word as stored and as sent by forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Transfer => "transfer",
            Self::Operations => "operations",
            Self::Subaccounts => "subaccounts",
            Self::Activations => "activations",
            Self::Finished => "finished",
            Self::Views => "views",
        }
    }

    /// Its title.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Fleet => "Fleet by state",
            Self::Transfer => "Transfer SIMs",
            Self::Operations => "Operations in progress",
            Self::Subaccounts => "Subaccounts",
            Self::Activations => "Activations per day",
            Self::Finished => "Recently finished operations",
            Self::Views => "Saved views",
        }
    }

    /// Whether the person who acts can have it in the active company.
    pub fn is_offered(self, scope: &CompanyScope) -> bool {
        match self {
            Self::Transfer => {
                let has_target = scope.subaccounts_enabled() || !scope.is_main_account();
                has_target && scope.allows(Permission::SimsTransfer) && scope.allows(Permission::FleetView)
            }
            Self::Subaccounts => scope.subaccounts_enabled() && scope.allows(Permission::SubaccountsView),
            _ => scope.allows(Permission::FleetView),
        }
    }
}

impl FromStr for Widget {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|widget| widget.as_str() == text).ok_or(UnknownWord)
    }
}

/// The widgets of a person in a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Those on the page, in their order.
    pub shown: Vec<Widget>,
    /// Those that could be there too, in the usual order.
    pub others: Vec<Widget>,
}

impl Layout {
    /// What cannot be had is passed over, and so is what comes again.
    fn of(scope: &CompanyScope, widgets: impl IntoIterator<Item = Widget>) -> Self {
        let mut shown = Vec::new();
        for widget in widgets {
            if widget.is_offered(scope) && !shown.contains(&widget) {
                shown.push(widget);
            }
        }
        let is_other = |widget: &Widget| widget.is_offered(scope) && !shown.contains(widget);
        Self { others: Widget::ALL.into_iter().filter(is_other).collect(), shown }
    }
}

/// What is kept for a person in a company.
#[derive(Insertable)]
#[diesel(table_name = start_layouts)]
struct Kept {
    user_id: UserId,
    company_id: CompanyId,
    widgets: Vec<&'static str>,
}

impl Kept {
    fn of(scope: &CompanyScope, widgets: &[Widget]) -> Self {
        let widgets = widgets.iter().map(|widget| widget.as_str()).collect();
        Self { user_id: scope.user(), company_id: scope.company_id(), widgets }
    }
}

/// The widgets of the person who acts in the active company; the usual ones for who has changed nothing.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Layout> {
    let kept: Option<Vec<String>> = start_layouts::table
        .find((scope.user(), scope.company_id()))
        .select(start_layouts::widgets)
        .first(conn)
        .optional()?;
    Ok(match kept {
        Some(words) => Layout::of(scope, words.iter().filter_map(|word| word.parse().ok())),
        None => Layout::of(scope, Widget::USUAL.iter().copied()),
    })
}

/// Puts these widgets, and no others, on the Start page.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, widgets: &[Widget]) -> Result<Layout> {
    let layout = Layout::of(scope, widgets.iter().copied());
    diesel::insert_into(start_layouts::table)
        .values(Kept::of(scope, &layout.shown))
        .on_conflict((start_layouts::user_id, start_layouts::company_id))
        .do_update()
        .set(start_layouts::widgets.eq(excluded(start_layouts::widgets)))
        .execute(conn)?;
    Ok(layout)
}

/// What becomes of one widget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It comes to the others, as the last one.
    Add,
    /// It goes.
    Remove,
    /// One place towards the beginning.
    Earlier,
    /// One place towards the end.
    Later,
    /// Right before this one; to the end if there is none, or none any more.
    Before(Option<Widget>),
}

/// Changes one widget of those that there are now, whatever stood on the page that it was asked for on.
pub fn change(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    widget: Widget,
    change: Change,
) -> Result<Layout> {
    // Another change waits until this one is done, also one of somebody who has changed nothing before.
    let usual = Kept::of(scope, Widget::USUAL);
    diesel::insert_into(start_layouts::table).values(usual).on_conflict_do_nothing().execute(conn)?;
    let own = start_layouts::table.find((scope.user(), scope.company_id()));
    own.select(start_layouts::user_id).for_update().first::<UserId>(conn)?;
    let mut layout = find(conn, scope)?;
    let shown = &mut layout.shown;
    let place_of = |shown: &[Widget], widget| shown.iter().position(|each| *each == widget);
    match (change, place_of(shown, widget)) {
        (Change::Add, None) => shown.push(widget),
        (Change::Remove, Some(_)) => shown.retain(|each| *each != widget),
        (Change::Earlier, Some(place)) if place > 0 => shown.swap(place - 1, place),
        (Change::Later, Some(place)) if place + 1 < shown.len() => shown.swap(place, place + 1),
        (Change::Before(other), Some(place)) => {
            shown.remove(place);
            let place = other.and_then(|other| place_of(shown, other)).unwrap_or(shown.len());
            shown.insert(place, widget);
        }
        // It is so already, or the widget has gone.
        _ => return Ok(layout),
    }
    update(conn, scope, &layout.shown)
}

/// Gives the person who acts the usual widgets again.
pub fn reset(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Layout> {
    diesel::delete(start_layouts::table.find((scope.user(), scope.company_id()))).execute(conn)?;
    find(conn, scope)
}
