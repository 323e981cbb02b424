//! A range of an index in each of several accounts, put together in its order.
//!
//! For PostgreSQL that is one query, which is carried out for each account: to find a plan for each of them would take
//! longer than to carry it out. It looks first where the range begins in each account: a page has SIMs of no more accounts
//! than it has rows, and these are the ones that begin first. Then it looks how far the page can reach: no further
//! than to where as many accounts have begun, or to where one of them has filled it alone. What comes before that is
//! read. So a page takes a look or two into an index for each account, however many SIMs these have and however they
//! are spread.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Bool};

use super::order::Key;
use super::rows::{NAMES, RowQuery};
use crate::ids::{CompanyId, LabelId};

/// The accounts, as the rows of `account`.
#[derive(Debug, Clone)]
pub(super) enum Accounts {
    /// Each once.
    Of(Vec<CompanyId>),
    /// Each once for every label of it in which a text is found.
    Labelled {
        ids: Vec<CompanyId>,
        labels: Vec<LabelId>,
        /// The place, from 1, of the account's first label among all.
        firsts: Vec<i32>,
    },
}

impl Accounts {
    /// Each with its labels, which follow each other.
    pub(super) fn labelled(found: &[(CompanyId, LabelId)]) -> Self {
        let mut firsts: Vec<i32> = Vec::new();
        for (place, (id, _)) in (0..).zip(found) {
            let before = firsts.last().filter(|_| found[place - 1].0 == *id);
            firsts.push(before.copied().unwrap_or_else(|| i32::try_from(place + 1).unwrap_or(i32::MAX)));
        }
        let (ids, labels) = found.iter().copied().unzip();
        Self::Labelled { ids, labels, firsts }
    }

    fn walk<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("unnest(");
        match self {
            Self::Of(ids) => {
                out.push_bind_param::<Array<BigInt>, _>(ids)?;
                out.push_sql(") AS account (id)");
            }
            Self::Labelled { ids, labels, firsts } => {
                out.push_bind_param::<Array<BigInt>, _>(ids)?;
                out.push_sql(", ");
                out.push_bind_param::<Array<BigInt>, _>(labels)?;
                out.push_sql(", ");
                out.push_bind_param::<Array<diesel::sql_types::Integer>, _>(firsts)?;
                out.push_sql(") WITH ORDINALITY AS account (id, label, first, place)");
            }
        }
        Ok(())
    }
}

/// In what order the SIMs of which accounts are.
#[derive(Debug, Clone)]
pub(super) struct Across {
    pub(super) accounts: Accounts,
    pub(super) key: Key,
    pub(super) descending: bool,
}

impl Across {
    /// The condition that a SIM is no further than the page can reach.
    pub(super) fn upto(&self) -> Upto {
        Upto { key: self.key, descending: self.descending }
    }

    /// The first `limit` rows of all accounts, where `query` gives those of one.
    pub(super) fn walk<'b>(
        &'b self,
        query: &'b RowQuery,
        limit: i64,
        out: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        let Self { key, descending, .. } = *self;
        let (column, direction) = (key.column, if descending { " DESC" } else { "" });
        let (far, others) = (self.farthest(), limit - 1);
        // Where keys are unique, no id is read: it is not in their index.
        let id = |table: &str| if key.unique { "0::bigint".to_owned() } else { format!("{table}.c1") };
        let order = |table: &str| {
            let last = if key.unique { String::new() } else { format!(", {table}.c1{direction}") };
            format!("{table}.c{column}{direction}{last}")
        };
        out.push_sql(&format!(
            "WITH near AS (SELECT account.*, far.c{column} AS far, {} AS far_sim \
             FROM (SELECT account.*, head.c{column} AS key, {} AS sim FROM ",
            id("far"),
            id("head"),
        ));
        self.accounts.walk(out)?;
        out.push_sql(&format!(" CROSS JOIN ({far}) AS upto CROSS JOIN LATERAL ("));
        QueryFragment::<Pg>::walk_ast(query, out.reborrow())?;
        out.push_sql(&format!(
            " LIMIT 1) AS head ({NAMES}) ORDER BY {} LIMIT {limit}) AS account \
             CROSS JOIN ({far}) AS upto LEFT JOIN LATERAL (",
            order("head"),
        ));
        QueryFragment::<Pg>::walk_ast(query, out.reborrow())?;
        out.push_sql(&format!(
            " OFFSET {others} LIMIT 1) AS far ({NAMES}) ON true), \
             upto AS (SELECT key, sim FROM (\
                 (SELECT key, sim FROM near ORDER BY key{direction}, sim{direction} OFFSET {others}) \
                 UNION ALL SELECT far, far_sim FROM near UNION ALL {far}) AS ends \
                 ORDER BY key{direction} NULLS LAST, sim{direction} NULLS LAST LIMIT 1) \
             SELECT found.* FROM near AS account CROSS JOIN upto CROSS JOIN LATERAL ("
        ));
        QueryFragment::<Pg>::walk_ast(query, out.reborrow())?;
        out.push_sql(&format!(
            " LIMIT {limit}) AS found ({NAMES}) ORDER BY {} LIMIT {limit}",
            order("found")
        ));
        Ok(())
    }

    /// Any `limit` rows of all accounts, to be counted.
    pub(super) fn walk_any<'b>(
        &'b self,
        query: &'b RowQuery,
        limit: i64,
        out: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        out.push_sql("SELECT found.* FROM ");
        self.accounts.walk(out)?;
        out.push_sql(&format!(" CROSS JOIN ({}) AS upto CROSS JOIN LATERAL (", self.farthest()));
        QueryFragment::<Pg>::walk_ast(query, out.reborrow())?;
        out.push_sql(&format!(" LIMIT {limit}) AS found LIMIT {limit}"));
        Ok(())
    }

    /// Beyond all SIMs.
    fn farthest(&self) -> String {
        let (key, sim) = match (self.key.is_time, self.descending) {
            (true, false) => ("'infinity'::timestamptz".to_owned(), i64::MAX),
            (true, true) => ("'-infinity'::timestamptz".to_owned(), 0),
            // No text has a character beyond the last one.
            (false, false) => (format!("'{}'::text", char::MAX), i64::MAX),
            (false, true) => ("''::text".to_owned(), 0),
        };
        format!("SELECT {key} AS key, {sim}::bigint AS sim")
    }
}

/// No further than `upto`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Upto {
    key: Key,
    descending: bool,
}

impl QueryFragment<Pg> for Upto {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Key { sql, unique, .. } = self.key;
        let than = if self.descending { ">=" } else { "<=" };
        // A comparison of rows in any case: of two single ones, beyond a place and up to here, the planner believes that
        // they leave next to nothing, so that any index would do.
        let (id, sim) = if unique { (sql, "key") } else { ("sims.id", "sim") };
        out.push_sql(&format!("({sql}, {id}) {than} (upto.key, upto.{sim})"));
        Ok(())
    }
}

impl Expression for Upto {
    type SqlType = Bool;
}

/// With none of the labels of the account that come before the one of the row: a SIM with several is found by the first.
#[derive(Debug, Clone)]
pub(super) struct WithoutEarlier {
    pub(super) labels: Vec<LabelId>,
}

impl QueryFragment<Pg> for WithoutEarlier {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(NOT sims.label_ids && (");
        out.push_bind_param::<Array<BigInt>, _>(&self.labels)?;
        out.push_sql(")[account.first : account.place - 1])");
        Ok(())
    }
}

impl Expression for WithoutEarlier {
    type SqlType = Bool;
}
