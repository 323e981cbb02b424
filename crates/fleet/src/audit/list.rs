//! Reading the log: filters, pages by key, and the lines of a file.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use serde_json::Value;

use super::Action;
use super::sought::Sought;
use crate::companies::search_pattern;
use crate::error::Result;
use crate::ids::{AuditEventId, OperationId};
use crate::numbers;
use crate::people::lower;
use crate::schema::audit_events as table;
use crate::tenancy::{self, CompanyScope, Permission};

/// Lines on one page.
const PAGE: usize = 50;

/// Which lines; the default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// By somebody whose name or address contains this, in any letter case.
    pub person: Option<String>,
    /// That tell of this.
    pub action: Option<Action>,
    /// At this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
    /// On what contains this in its name; of an operation with this number (`#42`); or of the SIM with this identifier and of
    /// operations that had it. Of a SIM that the company has no more, it must be the ICCID.
    pub subject: Option<String>,
}

/// A line.
#[derive(Debug, Clone, Queryable)]
pub struct Event {
    /// The key.
    pub id: AuditEventId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as they were called then.
    pub actor: String,
    /// From which network address.
    pub address: Option<String>,
    /// What was done.
    pub action: Action,
    /// To what, as it was called then.
    pub subject: String,
    before: Option<Value>,
    after: Option<Value>,
    /// The operation that it is about.
    pub operation: Option<OperationId>,
}

impl Event {
    /// What was before, and what after it: name, before, after.
    pub fn changes(&self) -> Vec<(String, String, String)> {
        let of = |value: &Option<Value>, name: &str| {
            value.as_ref().and_then(|value| value.get(name)).map(in_words).unwrap_or_default()
        };
        let names = |value: &Option<Value>| match value {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            _ => Vec::new(),
        };
        let mut all = names(&self.after);
        all.extend(
            names(&self.before)
                .into_iter()
                .filter(|name| self.after.as_ref().is_none_or(|after| after.get(name).is_none())),
        );
        all.into_iter()
            .map(|name| {
                let (before, after) = (of(&self.before, &name), of(&self.after, &name));
                (name, before, after)
            })
            .collect()
    }

    /// Where it stands in the log.
    pub fn place(&self) -> (DateTime<Utc>, AuditEventId) {
        (self.at, self.id)
    }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_i64().map_or_else(|| number.to_string(), numbers::count),
        other => other.to_string(),
    }
}

/// Where a page begins or ends: at a line that is not on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The page has older ones.
    After(AuditEventId),
    /// The page has newer ones.
    Before(AuditEventId),
}

/// A page, the newest first.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The lines.
    pub events: Vec<Event>,
    /// The page before this one ends before this line.
    pub before: Option<AuditEventId>,
    /// The page after this one begins after this line.
    pub after: Option<AuditEventId>,
    /// The ICCIDs of the company's SIMs that the filter means. What other companies did with them is in their timelines.
    pub sims: Vec<String>,
}

type Query<'a> = table::BoxedQuery<'a, Pg>;

/// A page of the log of the company in focus.
pub fn list(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    filter: &Filter,
    place: Option<Place>,
) -> Result<Listed> {
    scope.require(Permission::AuditView)?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let sought = sought(conn, scope, filter)?;
    let query = matching(scope, filter, sought.as_ref()).limit(limit);
    let query = match place {
        None => query.order((table::at.desc(), table::id.desc())),
        Some(Place::After(id)) => {
            let place = find_place(conn, scope, id)?;
            query.filter(beyond("<", place)).order((table::at.desc(), table::id.desc()))
        }
        Some(Place::Before(id)) => {
            let place = find_place(conn, scope, id)?;
            query.filter(beyond(">", place)).order((table::at.asc(), table::id.asc()))
        }
    };
    let mut events = load(conn, sought.as_ref(), query)?;
    let has_more = events.len() > PAGE;
    events.truncate(PAGE);
    let (newer, older) = match place {
        None => (false, has_more),
        Some(Place::After(_)) => (true, has_more),
        Some(Place::Before(_)) => {
            events.reverse();
            (has_more, true)
        }
    };
    let (first, last) = (events.first().map(|one| one.id), events.last().map(|one| one.id));
    let sims = match sought {
        Some(Sought::Sims(iccids)) => iccids,
        _ => Vec::new(),
    };
    Ok(Listed { before: first.filter(|_| newer), after: last.filter(|_| older), events, sims })
}

/// The lines of a file from after a place on, the newest first, at most `limit`.
pub fn piece(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    filter: &Filter,
    after: Option<(DateTime<Utc>, AuditEventId)>,
    limit: i64,
) -> Result<Vec<Event>> {
    scope.require(Permission::AuditView)?;
    let sought = sought(conn, scope, filter)?;
    let query =
        matching(scope, filter, sought.as_ref()).order((table::at.desc(), table::id.desc())).limit(limit);
    let query = match after {
        Some(place) => query.filter(beyond("<", place)),
        None => query,
    };
    load(conn, sought.as_ref(), query)
}

fn sought(conn: &mut PgConnection, scope: &CompanyScope, filter: &Filter) -> Result<Option<Sought>> {
    filter.subject.as_deref().map(|text| Sought::of(conn, scope, text)).transpose()
}

fn load(conn: &mut PgConnection, sought: Option<&Sought>, query: Query<'_>) -> Result<Vec<Event>> {
    let query = query.select((
        table::id,
        table::at,
        table::actor,
        sql::<Nullable<Text>>("host(audit_events.address)"),
        table::action,
        table::subject,
        table::before,
        table::after,
        table::operation_id,
    ));
    // The SIM may have gone to others since: what the company has done with it is still told.
    let is_of_sim = matches!(sought, Some(Sought::Sims(_) | Sought::Gone(_)));
    let load = |conn: &mut PgConnection| query.load(conn);
    Ok(if is_of_sim { tenancy::beyond(conn, load)? } else { load(conn)? })
}

fn matching<'a>(scope: &CompanyScope, filter: &Filter, sought: Option<&Sought>) -> Query<'a> {
    let mut query = table::table.filter(table::company_id.eq(scope.company_id())).into_boxed();
    if let Some(action) = filter.action {
        query = query.filter(table::action.eq(action));
    }
    if let Some(since) = filter.since {
        query = query.filter(table::at.ge(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(table::at.lt(until));
    }
    if let Some(person) = &filter.person {
        query = query.filter(lower(table::actor).like(search_pattern(person)));
    }
    match sought {
        None => query,
        Some(Sought::Sims(iccids)) => query.filter(of_sims(scope, iccids)),
        Some(Sought::Gone(iccid)) => query.filter(of_sims(scope, std::slice::from_ref(iccid))),
        Some(Sought::Operation(number)) => query.filter(table::operation_id.eq(*number)),
        Some(Sought::Name(name)) => query.filter(lower(table::subject).like(search_pattern(name))),
    }
}

/// The condition of what tells of SIMs: of edits, and of operations that had them.
fn of_sims(
    scope: &CompanyScope,
    iccids: &[String],
) -> Box<dyn BoxableExpression<table::table, Pg, SqlType = Bool>> {
    Box::new(
        sql::<Bool>(
            "audit_events.id IN (SELECT e.id FROM sims s JOIN tasks t ON t.sim_id = s.id \
             JOIN audit_events e ON e.operation_id = t.operation_id WHERE s.iccid = ANY (",
        )
        .bind::<Array<Text>, _>(iccids.to_vec())
        .sql(") UNION SELECT e.id FROM audit_events e WHERE e.action = 'sim_edited' AND e.company_id = ")
        .bind::<BigInt, _>(scope.company_id())
        .sql(" AND e.subject = ANY (")
        .bind::<Array<Text>, _>(iccids.to_vec())
        .sql("))"),
    )
}

/// The condition of what lies on one side of a line.
fn beyond(
    side: &str,
    (at, id): (DateTime<Utc>, AuditEventId),
) -> Box<dyn BoxableExpression<table::table, Pg, SqlType = Bool>> {
    Box::new(
        sql::<Bool>(&format!("(audit_events.at, audit_events.id) {side} ("))
            .bind::<Timestamptz, _>(at)
            .sql(", ")
            .bind::<BigInt, _>(id)
            .sql(")"),
    )
}

/// Where a line stands; [`Error::NotFound`](crate::Error::NotFound) for one of another company.
fn find_place(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    id: AuditEventId,
) -> Result<(DateTime<Utc>, AuditEventId)> {
    Ok(table::table
        .find(id)
        .filter(table::company_id.eq(scope.company_id()))
        .select((table::at, table::id))
        .first(conn)?)
}
