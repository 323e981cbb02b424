//! Subaccounts: the companies directly below the one in focus, as their parent sees and manages them.
//!
//! With the option off there are none of them: every function here then answers
//! [`Error::NotFound`].

mod administrators;
mod list;
mod people;
mod search;
mod targets;
mod write;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid};
use crate::schema::companies;
use crate::sims::SimState;
use crate::tenancy::{CompanyScope, Permission};

pub use administrators::{Administrator, Administrators, Place, WantedAdministrators, administrators};
pub use list::{Listing, PAGE_SIZE, Position, Wanted, find, list};
pub use people::{Candidate, candidates, candidates_of};
pub use search::{Found, search};
pub use targets::{Target, transfer_targets, tree_targets};
pub use write::{Details, create, set_suspended, update};

/// A subaccount as its parent sees it.
#[derive(Debug, Clone)]
pub struct Subaccount {
    /// Its public id.
    pub uid: CompanyUid,
    /// Its name.
    pub name: String,
    /// What the parent knows it by elsewhere.
    pub external_id: Option<String>,
    /// Since when it is suspended, if it is.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
    /// The names of its administrators, in alphabetical order.
    pub administrators: Vec<String>,
    /// The names of the offers it has, in alphabetical order.
    pub offers: Vec<String>,
    /// How many SIMs it has in each state; states without a SIM may be missing.
    pub sims: Vec<(SimState, i64)>,
}

impl Subaccount {
    /// How many SIMs it has in `state`.
    pub fn sims_in(&self, state: SimState) -> i64 {
        self.sims.iter().filter(|(of, _)| *of == state).map(|(_, sims)| sims).sum()
    }
}

/// A company directly below the one in focus.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = companies, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Child {
    pub(crate) id: CompanyId,
    uid: CompanyUid,
    pub(crate) name: String,
    external_id: Option<String>,
    suspended_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// The company `uid`, if it is directly below the one in focus; any other is not found.
pub(crate) fn child(conn: &mut PgConnection, scope: &CompanyScope, uid: CompanyUid) -> Result<Child> {
    Ok(companies::table
        .filter(companies::uid.eq(uid))
        .filter(companies::parent_id.eq(scope.company_id()))
        .select(Child::as_select())
        .first(conn)?)
}

/// Fails with [`Error::NotFound`] where the option is off, with [`Error::Forbidden`] without the right.
pub(crate) fn require(scope: &CompanyScope, permission: Permission) -> Result<()> {
    if !scope.subaccounts_enabled() {
        return Err(Error::NotFound);
    }
    scope.require(permission)
}

/// As [`require`], for what changes something: in a suspended company nobody can.
pub(crate) fn require_to_change(scope: &CompanyScope, permission: Permission) -> Result<()> {
    require(scope, permission)?;
    scope.require_to_change(permission)
}
