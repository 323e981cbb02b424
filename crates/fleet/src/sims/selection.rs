//! The SIMs that an operation is launched on, frozen at launch.

use serde::{Deserialize, Serialize};

use super::SimFilter;
use super::filter::SimQuery;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, SimId};
use crate::schema::sims;
use crate::tenancy::CompanyScope;
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
}

impl Selection {
    /// How many SIMs of the active company are selected.
    pub fn count(&self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<i64> {
        Ok(self.query(scope.company_id()).count().get_result(conn)?)
    }

    /// Refuses a list, or a list of exceptions, that is too long.
    pub(crate) fn check(&self) -> Result<()> {
        let (Self::Sims(named) | Self::Matching { except: named, .. }) = self;
        if named.len() > LIST_LIMIT {
            return Err(Error::refused(format!(
                "At most {LIST_LIMIT} SIMs can be named one by one. Select them by a filter instead."
            )));
        }
        Ok(())
    }

    /// The selected SIMs of `company`; ids of other companies' SIMs select nothing.
    pub(crate) fn query(&self, company: CompanyId) -> SimQuery {
        match self {
            Self::Sims(ids) => SimFilter::default().query(company).filter(sims::id.eq_any(ids.clone())),
            Self::Matching { filter, except } if except.is_empty() => filter.query(company),
            Self::Matching { filter, except } => {
                filter.query(company).filter(diesel::dsl::not(sims::id.eq_any(except.clone())))
            }
        }
    }
}
