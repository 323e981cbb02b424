//! Few SIMs, instead of all: they are read first, off indexes alone where these tell enough, and all else that is asked for
//! is asked of them.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{BigInt, Bool, Uuid};

use super::SimFilter;
use super::entries::{Entries, EntryQuery, First};
use super::filter::{SimQuery, Whose};
use super::in_list::InList;
use super::way::{By, Way};
use crate::ids::SimListUid;
use crate::schema::sims;

pub(super) type IdQuery = sims::BoxedQuery<'static, Pg, BigInt>;

/// Where ids are read.
pub(super) enum Ids {
    /// Off the SIMs, each time by one index.
    Sims(IdQuery),
    /// Off entries, to which `query` goes as if they were all SIMs; all of them, or the first.
    Entries { entries: Entries, query: EntryQuery, first: Option<First> },
    /// Off a list.
    List(SimListUid),
}

impl Ids {
    pub(super) fn of_sims(query: SimQuery) -> Self {
        Self::Sims(query.select(sims::id))
    }
}

impl QueryFragment<Pg> for Ids {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Sims(query) => <IdQuery as QueryFragment<Pg>>::walk_ast(query, out),
            Self::Entries { entries, query, first } => entries.walk_ids(query, *first, out),
            Self::List(list) => {
                out.push_sql("SELECT member.sim_id FROM sim_list_members member WHERE member.list = ");
                out.push_bind_param::<Uuid, _>(list)
            }
        }
    }
}

/// The condition that a SIM is among these.
pub(super) struct Among(pub(super) Ids);

impl QueryFragment<Pg> for Among {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // An array, so that the planner can do nothing but look up each.
        out.push_sql("(sims.id = ANY (ARRAY(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")))");
        Ok(())
    }
}

impl Expression for Among {
    type SqlType = Bool;
}

/// Where few SIMs are.
pub(super) enum Source {
    /// Where their ids say.
    Ids(Vec<Ids>),
    /// Where an index finds them.
    Sims(SimQuery),
}

/// All that match, taken from few SIMs.
pub(super) struct Few {
    source: Source,
    matching: SimQuery,
}

impl Few {
    /// All that match `filter`, of the few SIMs of `way`.
    pub(super) fn of(filter: &SimFilter, way: &Way) -> Option<Self> {
        let few = way.few?;
        let besides_list = filter.narrowed(filter.in_days(way.all(), |_| true));
        let matching = match (filter.list, way.whose()) {
            (Some(list), Whose::One(company)) if few != By::List(list) => {
                besides_list.filter(InList { list, company, beyond: None, one_by_one: true })
            }
            _ => besides_list,
        };
        Some(Self { source: few.source(filter, way), matching: way.found_in(filter, matching) })
    }

    /// These SIMs of `way`, which match.
    pub(super) fn these(ids: Ids, way: &Way) -> Self {
        Self { source: Source::Ids(vec![ids]), matching: way.all_one_by_one() }
    }

    /// What is to be counted instead of the SIMs, which are as many.
    pub(super) fn ids(&self) -> Option<&Ids> {
        match &self.source {
            Source::Ids(ids) => ids.first().filter(|ids| matches!(ids, Ids::Entries { first: Some(_), .. })),
            Source::Sims(_) => None,
        }
    }
}

impl QueryFragment<Pg> for Few {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Under the name of all SIMs, so that what is asked of either reads the same.
        out.push_sql("WITH sims AS (");
        self.source.walk_asked(&self.matching, out.reborrow())?;
        out.push_sql(") ");
        Ok(())
    }
}

impl Source {
    /// What `query` asks of these. Of SIMs, OFFSET keeps that outside: the planner can do nothing but fetch them.
    fn walk_asked<'b>(&'b self, query: &'b SimQuery, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Ids(ids) => {
                out.push_sql("WITH sims AS (SELECT * FROM sims WHERE sims.id = ANY (ARRAY(");
                for (index, ids) in ids.iter().enumerate() {
                    out.push_sql(if index == 0 { "(" } else { " UNION ALL (" });
                    ids.walk_ast(out.reborrow())?;
                    out.push_sql(")");
                }
                out.push_sql("))");
            }
            Self::Sims(sims) => {
                out.push_sql("WITH sims AS (");
                <SimQuery as QueryFragment<Pg>>::walk_ast(sims, out.reborrow())?;
            }
        }
        out.push_sql(" OFFSET 0) ");
        <SimQuery as QueryFragment<Pg>>::walk_ast(query, out)
    }
}
