//! The lists that are kept: a new one, and the end of those that nobody needs any more.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid};

use crate::characters::is_control;
use crate::error::Result;
use crate::ids::{CompanyId, SimListId, SimListUid};
use crate::schema::sim_lists;
use crate::tenancy::{self, CompanyScope};

/// The most characters of an origin.
const ORIGIN: usize = 100;
/// The most lists of a company, and the most entries in all of them: the oldest make room for a new one.
const LISTS: i64 = 1_000;
const ENTRIES: i64 = 20_000_000;
/// From this many members on, the planner is told at once rather than by the next automatic run.
const MEMBERS_THAT_CHANGE_PLANS: i32 = 5_000;

/// A list that is being made.
pub(crate) struct Kept {
    pub(crate) id: SimListId,
    pub(crate) uid: SimListUid,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: SimListId,
}

#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = BigInt)]
    id: SimListId,
    #[diesel(sql_type = Uuid)]
    uid: SimListUid,
}

/// Begins a list of the active company.
pub(crate) fn insert(conn: &mut PgConnection, scope: &CompanyScope, origin: &str) -> Result<Kept> {
    make_room(conn, scope.company_id())?;
    let uid = SimListUid(uuid::Uuid::now_v7());
    let id = diesel::insert_into(sim_lists::table)
        .values((
            sim_lists::uid.eq(uid),
            sim_lists::company_id.eq(scope.company_id()),
            sim_lists::origin.eq(self::origin(origin, "List")),
            sim_lists::created_by.eq(scope.user()),
        ))
        .returning(sim_lists::id)
        .get_result(conn)?;
    Ok(Kept { id, uid })
}

/// Where something comes from, as it is kept: on one line, not too long, and `nameless` where nothing is left.
pub(crate) fn origin(text: &str, nameless: &str) -> String {
    let origin: String = text.trim().chars().filter(|c| !is_control(*c)).take(ORIGIN).collect();
    if origin.is_empty() { nameless.to_owned() } else { origin }
}

/// Notes how many SIMs a list has that was made without leftovers.
pub(crate) fn close(conn: &mut PgConnection, list: &Kept, found: usize) -> Result<()> {
    let found = i32::try_from(found).unwrap_or(i32::MAX);
    diesel::update(sim_lists::table.find(list.id)).set(sim_lists::found.eq(found)).execute(conn)?;
    refresh_statistics(conn, found)
}

pub(super) fn refresh_statistics(conn: &mut PgConnection, members: i32) -> Result<()> {
    if members >= MEMBERS_THAT_CHANGE_PLANS {
        tenancy::beyond(conn, |conn| conn.batch_execute("ANALYZE sim_list_members"))?;
    }
    Ok(())
}

fn make_room(conn: &mut PgConnection, company: CompanyId) -> Result<()> {
    const SQL: &str = "SELECT id FROM (SELECT id, row_number() OVER newest AS place, \
             sum(found::bigint + not_found + malformed + duplicates) OVER newest AS entries \
         FROM sim_lists WHERE company_id = $1 WINDOW newest AS (ORDER BY id DESC)) AS kept \
         WHERE place >= $2 OR entries > $3";
    let surplus: Vec<Id> = diesel::sql_query(SQL)
        .bind::<BigInt, _>(company)
        .bind::<BigInt, _>(LISTS)
        .bind::<BigInt, _>(ENTRIES)
        .load(conn)?;
    remove(conn, surplus)?;
    Ok(())
}

/// Removes the lists that are a week old, and says how many those were.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    const SQL: &str = "SELECT id FROM sim_lists WHERE created_at < now() - interval '7 days'";
    let old: Vec<Id> = diesel::sql_query(SQL).load(conn)?;
    remove(conn, old)
}

/// Removes lists, but for those that an operation is being launched on: a launch holds its list, which is passed
/// over here. Once launched, an operation needs it no more, unless it edits by what the list says: until it has ended.
fn remove(conn: &mut PgConnection, lists: Vec<Id>) -> Result<usize> {
    const LOCK: &str = "SELECT id FROM sim_lists WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED";
    // By itself, so that it sees what was launched until those were locked.
    const DELETE: &str = "DELETE FROM sim_lists l WHERE id = ANY($1) AND NOT EXISTS (SELECT FROM operations o \
         WHERE o.company_id = l.company_id AND o.state <> 'finished' \
         AND o.changes -> 'by_list' ->> 'list' = l.uid::text) RETURNING id, uid";
    const MEMBERS: &str = "DELETE FROM sim_list_members WHERE list = ANY($1)";
    const LEFTOVERS: &str = "DELETE FROM sim_list_leftovers WHERE list_id = ANY($1)";
    if lists.is_empty() {
        return Ok(0);
    }
    conn.transaction(|conn| {
        let free: Vec<Id> = diesel::sql_query(LOCK).bind::<Array<BigInt>, _>(ids(&lists)).load(conn)?;
        let gone: Vec<Gone> = diesel::sql_query(DELETE).bind::<Array<BigInt>, _>(ids(&free)).load(conn)?;
        let names: Vec<_> = gone.iter().map(|list| list.uid).collect();
        let numbers: Vec<_> = gone.iter().map(|list| list.id).collect();
        diesel::sql_query(MEMBERS).bind::<Array<Uuid>, _>(names).execute(conn)?;
        diesel::sql_query(LEFTOVERS).bind::<Array<BigInt>, _>(numbers).execute(conn)?;
        Ok(gone.len())
    })
}

fn ids(lists: &[Id]) -> Vec<SimListId> {
    lists.iter().map(|list| list.id).collect()
}
