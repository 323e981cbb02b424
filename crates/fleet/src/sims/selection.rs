//! The SIMs that an operation is launched on, frozen at launch.

use serde::{Deserialize, Serialize};

use super::SimFilter;
use super::filter::SimQuery;
use super::of_tasks::{OfTasks, Tasks};
use super::selected_ids::SelectedIds;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, OfferId, OperationId, SimId, SimListId, SimListUid};
use crate::operations::FailureCode;
use crate::schema::{life_signs, sim_lists, sims};
use crate::tenancy::{self, CompanyScope};
use diesel::prelude::*;

/// The most SIMs that can be named one by one; more are named by a filter.
pub const LIST_LIMIT: usize = 100_000;

/// Which SIMs of a company an act is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These.
    Sims(Vec<SimId>),
    /// All that match a filter, except some. The browser sends the filter, never the ids.
    Matching {
        /// What they must be like.
        filter: SimFilter,
        /// Those that were unticked.
        except: Vec<SimId>,
    },
    /// Those that an operation could not change, as far as the company sees its tasks.
    ///
    /// They are selected wherever they are by now: to whom they do not belong any more is told so.
    FailedOf {
        /// The operation, which has ended.
        operation: OperationId,
        /// For this reason; for any, if there is none.
        code: Option<FailureCode>,
    },
    /// Those that an operation of the company has changed, wherever they are by now.
    ChangedBy {
        /// The operation, which has ended.
        operation: OperationId,
    },
    /// Those in a kept list.
    List(SimListUid),
    /// Those that have been put in service in a network, and are on one of these offers or on none by now.
    OnceInService {
        /// The offers.
        offers: Vec<OfferId>,
    },
}

impl Selection {
    /// How many SIMs of the active company are selected.
    pub fn count(&self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<i64> {
        if let Self::Matching { filter, except } = self
            && except.is_empty()
        {
            return super::count(conn, scope, filter);
        }
        let query = self.query(scope.company_id()).count();
        Ok(self.reading(conn, |conn| query.get_result(conn))?)
    }

    /// Refuses too many SIMs that are named one by one; [`Error::NotFound`] for a list that is not the
    /// active company's. In a transaction, the list stays until that ends.
    pub(crate) fn check(&self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
        if let Some(list) = self.list() {
            sim_lists::table
                .filter(sim_lists::uid.eq(list))
                .filter(sim_lists::company_id.eq(scope.company_id()))
                .for_key_share()
                .select(sim_lists::id)
                .first::<SimListId>(conn)?;
        }
        if let Self::Sims(named) | Self::Matching { except: named, .. } = self
            && named.len() > LIST_LIMIT
        {
            return Err(Error::refused(format!(
                "At most {LIST_LIMIT} SIMs can be named one by one. Select them by a filter instead."
            )));
        }
        Ok(())
    }

    /// Carries out a statement over the SIMs that are selected: those of an earlier operation wherever they are by now,
    /// which only the portal itself can see.
    pub(crate) fn reading<T>(
        &self,
        conn: &mut PgConnection,
        statement: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        if self.source().is_some() { tenancy::beyond(conn, statement) } else { statement(conn) }
    }

    /// The operation whose tasks the SIMs are taken from, if they are.
    pub(crate) fn source(&self) -> Option<OperationId> {
        match self {
            Self::Sims(_) | Self::Matching { .. } | Self::List(_) | Self::OnceInService { .. } => None,
            Self::FailedOf { operation, .. } | Self::ChangedBy { operation } => Some(*operation),
        }
    }

    /// The operation whose failed tasks are to be done again, if that is what is selected.
    pub(crate) fn retries(&self) -> Option<OperationId> {
        match self {
            Self::FailedOf { operation, .. } => Some(*operation),
            _ => None,
        }
    }

    /// The selected SIMs of `company`; ids of other companies' SIMs select nothing.
    pub(crate) fn query(&self, company: CompanyId) -> SimQuery {
        match self {
            Self::Sims(ids) => SimFilter::default().query(company).filter(sims::id.eq_any(ids.clone())),
            Self::Matching { filter, except } if except.is_empty() => filter.query(company),
            Self::Matching { filter, except } => {
                filter.query(company).filter(diesel::dsl::not(sims::id.eq_any(except.clone())))
            }
            Self::List(list) => SimFilter { list: Some(*list), ..SimFilter::default() }.query(company),
            Self::FailedOf { operation, code } => {
                OfTasks::new(*operation, Tasks::Failed(*code), company).query()
            }
            Self::ChangedBy { operation } => OfTasks::new(*operation, Tasks::Succeeded, company).query(),
            Self::OnceInService { offers } => SimFilter::default()
                .query(company)
                .filter(sims::offer_id.is_null().or(sims::offer_id.eq_any(offers.clone()).assume_not_null()))
                .filter(sims::id.eq_any(life_signs::table.select(life_signs::sim_id))),
        }
    }

    /// Their ids, in the order of the ICCIDs. Of a list, and of the tasks of an operation, also those that have
    /// left the company since: who asks for them is told so.
    pub(crate) fn ids(&self, company: CompanyId) -> SelectedIds {
        match self {
            Self::Sims(_) | Self::Matching { .. } | Self::OnceInService { .. } => {
                SelectedIds::Sims(self.query(company))
            }
            Self::List(list) => SelectedIds::List { list: *list, company },
            Self::FailedOf { operation, code } => {
                SelectedIds::Tasks(OfTasks::new(*operation, Tasks::Failed(*code), company))
            }
            Self::ChangedBy { operation } => {
                SelectedIds::Tasks(OfTasks::new(*operation, Tasks::Succeeded, company))
            }
        }
    }

    /// The kept list that it is taken from.
    pub(crate) fn list(&self) -> Option<SimListUid> {
        match self {
            Self::List(list) => Some(*list),
            Self::Matching { filter, .. } => filter.list,
            Self::Sims(_) | Self::FailedOf { .. } | Self::ChangedBy { .. } | Self::OnceInService { .. } => {
                None
            }
        }
    }
}
