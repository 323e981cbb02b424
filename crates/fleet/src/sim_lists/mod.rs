//! Lists of SIMs that are kept on the server, so that a million SIMs are meant by one short name: a list is
//! pasted or uploaded once, and then filtered by, shown, and launched on.
//!
//! A list is made in one transaction: what was sent goes by `COPY` into a temporary table, and a few
//! statements find the SIMs of the company that it names. What names none is kept beside them, with
//! its line and the reason. A list may also say what becomes of the name, the note and the custom fields of each SIM, for an
//! edit that goes by it. Lists are kept for some days, and as long as an unfinished operation needs them.

mod cell;
mod create;
mod detail_rows;
mod details;
mod entry;
mod find_sims;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod groups;
mod kept;
mod plain;
mod prose;
mod range;
mod read;
mod shortened;
mod split;
mod staging;
mod ticked;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

pub use create::{Source, create, may_create};
pub use details::{Detail, NewDetail, NewDetails, first_details, told};
pub(crate) use entry::undecorated;
pub use kept::purge;
pub(crate) use kept::{close, insert, origin};
pub(crate) use read::held;
pub use read::{Leftover, Member, find, leftovers, sims};
pub use split::Layout;
pub use ticked::keep_ticked;

use crate::ids::SimListUid;
use crate::words::word;

/// The most entries of one list.
pub const ENTRY_LIMIT: usize = 1_000_000;

word! {
    /// Why an entry of a list is no SIM of it.
    SimListProblem: SimListProblem {
        /// Written as an identifier should be, but no SIM's of the company.
        NotFound = "not_found", "not found in this company";
        /// It can't be an identifier.
        Malformed = "malformed", "malformed";
        /// It names a SIM that was named before.
        Duplicate = "duplicate", "listed more than once";
    }
}

/// A list, and what came of making it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = crate::schema::sim_lists, check_for_backend(diesel::pg::Pg))]
pub struct SimList {
    /// Its name in addresses.
    pub uid: SimListUid,
    /// Where it comes from, in words.
    pub origin: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// SIMs that were found.
    pub found: i32,
    /// Entries that are no SIM's of the company.
    pub not_found: i32,
    /// Entries that can't be identifiers.
    pub malformed: i32,
    /// Entries that name a SIM once more.
    pub duplicates: i32,
    /// Words, and numbers that are no identifiers, around the entries.
    pub passed_over: i32,
    /// How what can be read in several ways was read, a sentence each.
    pub notes: Vec<String>,
    /// Which details it has of each SIM, as they are stored. See [`told`].
    details: Vec<String>,
}

impl SimList {
    /// How many entries have this problem.
    pub const fn with(&self, problem: SimListProblem) -> i32 {
        match problem {
            SimListProblem::NotFound => self.not_found,
            SimListProblem::Malformed => self.malformed,
            SimListProblem::Duplicate => self.duplicates,
        }
    }

    /// How many entries are no SIM of the list.
    pub const fn leftovers(&self) -> i32 {
        self.not_found + self.malformed + self.duplicates
    }
}
