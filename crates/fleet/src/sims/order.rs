//! In which order the grid shows SIMs, and where in that order a page begins.

use chrono::{DateTime, Utc};
use diesel::expression::{AppearsOnTable, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text, Timestamptz};

use crate::ids::SimId;
use crate::schema::sims;

/// The MSISDN as indexes have it. Not `coalesce`: under row-level security, PostgreSQL would not look along an index with it.
pub(super) const MSISDN: &str = "CASE WHEN sims.msisdn IS NULL THEN '' ELSE sims.msisdn END";
/// When it was activated, as indexes have it.
pub(super) const ACTIVATED_AT: &str =
    "CASE WHEN sims.activated_at IS NULL THEN 'epoch' ELSE sims.activated_at END";

/// What the grid can be sorted by; each has an index for every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The ICCID.
    #[default]
    Iccid,
    /// The IMSI.
    Imsi,
    /// The MSISDN; SIMs without one come first.
    Msisdn,
    /// When it was activated; SIMs that never were come first.
    Activated,
    /// When it last changed.
    Changed,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Iccid, Self::Imsi, Self::Msisdn, Self::Activated, Self::Changed];

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iccid => "iccid",
            Self::Imsi => "imsi",
            Self::Msisdn => "msisdn",
            Self::Activated => "activated",
            Self::Changed => "changed",
        }
    }

    /// Its place among all.
    pub(super) const fn place(self) -> u8 {
        self as u8
    }

    pub(super) const fn key(self) -> Key {
        match self {
            Self::Iccid => Key::unique("sims.iccid", 2),
            Self::Imsi => Key::unique("sims.imsi", 3),
            Self::Msisdn => Key::with_id(MSISDN, 4),
            Self::Activated => Key::time(ACTIVATED_AT, 12),
            Self::Changed => Key::time("sims.changed_at", 13),
        }
    }
}

impl std::str::FromStr for Sort {
    type Err = crate::words::UnknownWord;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text).ok_or(crate::words::UnknownWord)
    }
}

/// What rows are put in order by: an SQL expression on `sims` that an index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) sql: &'static str,
    /// Its place, from 1, among what a row reads.
    pub(super) column: u8,
    /// Whether no two SIMs have the same; else the id decides between them.
    pub(super) unique: bool,
    /// Whether it is a moment, not a text.
    pub(super) is_time: bool,
}

impl Key {
    const fn unique(sql: &'static str, column: u8) -> Self {
        Self { sql, column, unique: true, is_time: false }
    }

    pub(super) const fn with_id(sql: &'static str, column: u8) -> Self {
        Self { sql, column, unique: false, is_time: false }
    }

    const fn time(sql: &'static str, column: u8) -> Self {
        Self { sql, column, unique: false, is_time: true }
    }
}

/// A value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Time(DateTime<Utc>),
}

impl Value {
    pub(super) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Text(text) => out.push_bind_param::<Text, _>(text),
            Self::Time(at) => out.push_bind_param::<Timestamptz, _>(at),
        }
    }
}

/// An SQL expression on `sims`, written as it is: unlike `diesel::dsl::sql`, it leaves the statement
/// one that is kept prepared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expr<ST> {
    sql: &'static str,
    sql_type: std::marker::PhantomData<ST>,
}

impl<ST> Expr<ST> {
    pub(super) const fn new(sql: &'static str) -> Self {
        Self { sql, sql_type: std::marker::PhantomData }
    }
}

impl<ST> QueryFragment<Pg> for Expr<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.sql);
        Ok(())
    }
}

impl<ST: diesel::sql_types::SqlType + diesel::expression::TypedExpressionType> Expression for Expr<ST> {
    type SqlType = ST;
}

/// The rows beyond a place in the order.
#[derive(Debug, Clone)]
pub(super) struct Beyond {
    pub(super) key: Key,
    pub(super) descending: bool,
    pub(super) value: Value,
    pub(super) id: SimId,
}

impl QueryFragment<Pg> for Beyond {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // A comparison of rows, not "greater, or equal and ...": only that is one range of an index.
        let (open, comma, close) = if self.key.unique { ("", "", "") } else { ("(", ", ", ")") };
        out.push_sql(open);
        out.push_sql(self.key.sql);
        if !self.key.unique {
            out.push_sql(", sims.id)");
        }
        out.push_sql(if self.descending { " < " } else { " > " });
        out.push_sql(open);
        self.value.push(&mut out)?;
        if !self.key.unique {
            out.push_sql(comma);
            out.push_bind_param::<BigInt, _>(&self.id)?;
        }
        out.push_sql(close);
        Ok(())
    }
}

impl Expression for Beyond {
    type SqlType = Bool;
}

/// Text that begins with a prefix, as a range that an index in the order of bytes has.
#[derive(Debug, Clone)]
pub(super) struct Prefix {
    pub(super) sql: &'static str,
    pub(super) from: String,
    pub(super) to: String,
}

impl Prefix {
    pub(super) fn new(sql: &'static str, prefix: &str) -> Self {
        // No text has a character beyond the last one.
        Self { sql, from: prefix.to_owned(), to: format!("{prefix}{}", char::MAX) }
    }
}

impl QueryFragment<Pg> for Prefix {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        out.push_sql(self.sql);
        out.push_sql(" >= ");
        out.push_bind_param::<Text, _>(&self.from)?;
        out.push_sql(" AND ");
        out.push_sql(self.sql);
        out.push_sql(" < ");
        out.push_bind_param::<Text, _>(&self.to)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for Prefix {
    type SqlType = Bool;
}

/// Any of some prefixes; `holds` turned off: none of them, where nothing counts as no match.
#[derive(Debug, Clone)]
pub(super) struct AnyPrefix {
    pub(super) prefixes: Vec<Prefix>,
    pub(super) holds: bool,
}

impl QueryFragment<Pg> for AnyPrefix {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        for (index, prefix) in self.prefixes.iter().enumerate() {
            out.push_sql(if index == 0 { "" } else { " OR " });
            prefix.walk_ast(out.reborrow())?;
        }
        out.push_sql(if self.holds { ")" } else { ") IS NOT TRUE" });
        Ok(())
    }
}

impl Expression for AnyPrefix {
    type SqlType = Bool;
}

/// A condition in words that no index serves: each SIM is looked at by itself, along whatever order it comes in.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneByOne<C>(pub(super) C);

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for OneByOne<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") IS TRUE");
        Ok(())
    }
}

impl<C> Expression for OneByOne<C> {
    type SqlType = Bool;
}

/// A key as the order of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) key: Key,
    pub(super) descending: bool,
}

impl QueryFragment<Pg> for Order {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let direction = if self.descending { " DESC" } else { "" };
        out.push_sql(self.key.sql);
        out.push_sql(direction);
        if !self.key.unique {
            out.push_sql(", sims.id");
            out.push_sql(direction);
        }
        Ok(())
    }
}

impl Expression for Order {
    type SqlType = diesel::expression::expression_types::NotSelectable;
}

macro_rules! on_sims {
    ($([$($generic:ident)?] $name:ty),*) => {$(
        impl$(<$generic>)? QueryId for $name {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl$(<$generic>)? ValidGrouping<()> for $name {
            type IsAggregate = diesel::expression::is_aggregate::No;
        }
        impl$(<$generic>)? AppearsOnTable<sims::table> for $name where Self: Expression {}
        impl$(<$generic>)? SelectableExpression<sims::table> for $name where Self: Expression {}
    )*};
}
on_sims!([ST] Expr<ST>, [C] OneByOne<C>, [] Beyond, [] Prefix, [] AnyPrefix, [] Order, [] super::in_list::InList,
    [] super::days::InDays, [] super::among::Among, [] super::labelled::WithLabel, [] super::labelled::LabelBegins,
    [] super::across::Upto, [] super::across::WithoutEarlier);
