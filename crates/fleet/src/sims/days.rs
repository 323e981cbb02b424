//! A range of days that a moment of a SIM is in.

use chrono::{DateTime, Datelike, Days as Count, NaiveDate, NaiveTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Bool, Timestamptz};
use serde::{Deserialize, Serialize};

use super::order::Key;

/// From one day to another, both included, in UTC as the portal shows times; open where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Days {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

impl Days {
    /// Whether every day is meant, and no day as well.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it ends before it begins.
    pub fn is_none(&self) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if to < from)
    }

    /// A day as addresses have it: `2025-11-30`.
    pub(super) fn parse_day(text: &str) -> Option<NaiveDate> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| (1970..=9999).contains(&day.year()))
    }
}

/// The condition that a moment is in some days. What never happened is in none.
#[derive(Debug, Clone)]
pub(super) struct InDays {
    sql: &'static str,
    from: DateTime<Utc>,
    before: DateTime<Utc>,
}

impl InDays {
    pub(super) fn new(key: Key, days: Days) -> Self {
        let begin = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        // The first moment stands for "never" in the order.
        let earliest = DateTime::UNIX_EPOCH + chrono::Duration::microseconds(1);
        let after = |day: NaiveDate| begin(day.checked_add_days(Count::new(1)).unwrap_or(day));
        let latest = || begin(NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap_or(NaiveDate::MAX));
        Self {
            sql: key.sql,
            from: days.from.map_or(earliest, begin).max(earliest),
            before: days.to.map_or_else(latest, after),
        }
    }
}

impl QueryFragment<Pg> for InDays {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        out.push_sql(self.sql);
        out.push_sql(" >= ");
        out.push_bind_param::<Timestamptz, _>(&self.from)?;
        out.push_sql(" AND ");
        out.push_sql(self.sql);
        out.push_sql(" < ");
        out.push_bind_param::<Timestamptz, _>(&self.before)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for InDays {
    type SqlType = Bool;
}
