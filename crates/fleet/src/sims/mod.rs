//! SIMs: one subscription each, with its place in the life cycle.

mod across;
mod among;
mod among_few;
mod columns;
mod days;
pub(crate) mod details;
mod entries;
mod facets;
mod few;
mod filter;
mod filter_query;
mod find;
mod finding;
mod gone;
mod grid;
mod in_list;
mod labelled;
mod of_tasks;
mod order;
mod place;
mod range;
mod rows;
mod runs;
mod search_runs;
mod selected_ids;
mod selection;
mod snapshot;
mod statement;
mod text;
mod tree;
mod tree_grid;
mod way;

pub use columns::{Column, Columns};
pub use days::Days;
pub use details::{Details, NAME_LIMIT, NOTE_LIMIT, edit};
pub use facets::Facets;
pub use filter::SimFilter;
pub(crate) use filter::SimQuery;
pub use filter_query::require_one_value;
pub(crate) use find::{digits, meant};
pub use find::{find, identified};
pub use gone::Gone;
#[cfg(feature = "testing")]
pub use grid::explain;
pub use grid::{
    Counted, Grid, GridRequest, PAGE_SIZES, Start, count, count_up_to, grid, one_count_at_a_time,
};
pub use order::Sort;
pub use place::Place;
pub use rows::Row;
pub use selection::{LIST_LIMIT, Selection};
pub(crate) use snapshot::{begin_snapshot, each_page};
pub use tree::check_tree_filter;
pub(crate) use tree::split;
#[cfg(feature = "testing")]
pub use tree_grid::explain_tree;
pub use tree_grid::{count_tree_up_to, tree_grid};

use crate::words::word;

word! {
    /// Where a SIM stands in its life cycle.
    SimState: SimState {
        /// Not in service; it can be moved freely and activated.
        Inventory = "inventory", "Inventory";
        /// In service on an offer.
        Active = "active", "Active";
        /// Out of service for a time; keeps its offer.
        Suspended = "suspended", "Suspended";
        /// Ended for good.
        Retired = "retired", "Retired";
    }
}

word! {
    /// How the SIM is built.
    SimType: SimType {
        /// A card that is plugged in (2FF, 3FF, 4FF).
        PlugIn = "plug_in", "Plug-in card";
        /// A chip soldered to the board (ETSI TS 102 671, MFF2).
        Mff2 = "mff2", "Embedded (MFF2)";
        /// An embedded UICC whose profile is loaded over the air (GSMA SGP.02, SGP.22, SGP.32).
        Euicc = "euicc", "eUICC";
    }
}
