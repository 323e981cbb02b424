//! The record: who has exported what, and who has downloaded it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz};

use super::{Export, ExportState};
use crate::error::Result;
use crate::ids::{ExportId, ExportUid};
use crate::schema::{exports, users};
use crate::tenancy::{self, CompanyScope, Permission};

/// Exports on one page.
const PAGE: usize = 50;

/// Whose exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of the person who acts.
    Own,
    /// Everybody's in the company.
    All,
}

/// Where a page of the record begins or ends: at an export that is not on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The page has older ones.
    After(ExportId),
    /// The page has newer ones.
    Before(ExportId),
}

/// An export as a line of the record.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The export.
    pub export: Export,
    /// The name of the person who asked for it.
    pub person: String,
    /// Who has begun to download it, when last, and how often in all.
    pub downloads: Option<(String, DateTime<Utc>, i64)>,
}

/// A page of the record, the newest first.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The exports.
    pub exports: Vec<Recorded>,
    /// The page before this one ends before this export.
    pub before: Option<ExportId>,
    /// The page after this one begins after this export.
    pub after: Option<ExportId>,
}

#[derive(QueryableByName)]
struct Downloads {
    #[diesel(sql_type = BigInt)]
    id: ExportId,
    #[diesel(sql_type = Text)]
    people: String,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    times: i64,
}

/// An export of the active company; [`Error::NotFound`](crate::Error::NotFound) for another person's, unless this one
/// manages those of the company.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, uid: ExportUid) -> Result<Export> {
    scope.require(Permission::SimsExport)?;
    let query = exports::table
        .filter(exports::uid.eq(uid))
        .filter(exports::company_id.eq(scope.company_id()))
        .select(Export::as_select())
        .into_boxed();
    if scope.allows(Permission::ExportsManage) {
        return Ok(query.first(conn)?);
    }
    Ok(query.filter(exports::asked_by.eq(scope.user())).first(conn)?)
}

/// A page of the record of the active company.
pub fn list(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    whose: Whose,
    place: Option<Place>,
) -> Result<Listed> {
    scope.require(Permission::SimsExport)?;
    let mut query = exports::table
        .inner_join(users::table)
        .filter(exports::company_id.eq(scope.company_id()))
        .limit(i64::try_from(PAGE + 1).unwrap_or(i64::MAX))
        .select((Export::as_select(), users::name))
        .into_boxed();
    match whose {
        Whose::Own => query = query.filter(exports::asked_by.eq(scope.user())),
        Whose::All => scope.require(Permission::ExportsManage)?,
    }
    query = match place {
        None => query.order(exports::id.desc()),
        Some(Place::After(id)) => query.filter(exports::id.lt(id)).order(exports::id.desc()),
        Some(Place::Before(id)) => query.filter(exports::id.gt(id)).order(exports::id.asc()),
    };
    let mut found: Vec<(Export, String)> = query.load(conn)?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let (newer, older) = match place {
        None => (false, has_more),
        Some(Place::After(_)) => (true, has_more),
        Some(Place::Before(_)) => {
            found.reverse();
            (has_more, true)
        }
    };
    let (first, last) = (found.first().map(|(one, _)| one.id), found.last().map(|(one, _)| one.id));
    Ok(Listed {
        exports: with_downloads(conn, found)?,
        before: first.filter(|_| newer),
        after: last.filter(|_| older),
    })
}

/// How many exports of the person who acts are being made in the active company.
pub fn being_made(conn: &mut PgConnection, scope: &CompanyScope) -> Result<i64> {
    Ok(exports::table
        .filter(exports::company_id.eq(scope.company_id()))
        .filter(exports::asked_by.eq(scope.user()))
        .filter(exports::in_background)
        .filter(exports::state.eq(ExportState::Pending))
        .count()
        .get_result(conn)?)
}

fn with_downloads(conn: &mut PgConnection, found: Vec<(Export, String)>) -> Result<Vec<Recorded>> {
    const SQL: &str = "SELECT e.id, string_agg(u.name, ', ' ORDER BY d.last_at DESC) AS people, \
             max(d.last_at) AS last_at, sum(d.times)::bigint AS times \
         FROM exports e JOIN export_downloads d ON d.export_id = coalesce(e.part_of, e.id) \
         JOIN users u ON u.id = d.user_id WHERE e.id = ANY($1) GROUP BY e.id";
    let ids: Vec<ExportId> = found.iter().map(|(export, _)| export.id).collect();
    // Of a part, those of the whole, which is another account's.
    let query = diesel::sql_query(SQL).bind::<Array<BigInt>, _>(ids);
    let downloads: Vec<Downloads> = tenancy::beyond(conn, |conn| query.load(conn))?;
    let of = |id: ExportId| {
        let one = downloads.iter().find(|one| one.id == id)?;
        Some((one.people.clone(), one.last_at, one.times))
    };
    let recorded = |(export, person): (Export, String)| Recorded { downloads: of(export.id), export, person };
    Ok(found.into_iter().map(recorded).collect())
}
