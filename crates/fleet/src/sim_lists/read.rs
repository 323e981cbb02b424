//! A list, its SIMs, and what was sent and is none.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Uuid};

use super::{SimList, SimListProblem};
use crate::error::Result;
use crate::ids::{CompanyId, SimListUid};
use crate::schema::{sim_list_leftovers, sim_lists, sql_types};
use crate::sims::SimState;
use crate::tenancy::{CompanyScope, Permission};

/// An entry that is no SIM of the list.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sim_list_leftovers, check_for_backend(diesel::pg::Pg))]
pub struct Leftover {
    /// Why.
    pub problem: SimListProblem,
    /// Its place among the entries.
    pub entry: i32,
    /// Its line.
    pub line: i32,
    /// As it was written, cut where it is long.
    pub written: String,
    /// What is wrong with it, as a sentence.
    pub reason: Option<String>,
}

/// A SIM of a list.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Member {
    /// Its ICCID.
    #[diesel(sql_type = Text)]
    pub iccid: String,
    /// Its IMSI.
    #[diesel(sql_type = Text)]
    pub imsi: String,
    /// Its MSISDN.
    #[diesel(sql_type = Nullable<Text>)]
    pub msisdn: Option<String>,
    /// The EID of its eUICC.
    #[diesel(sql_type = Nullable<Text>)]
    pub eid: Option<String>,
    /// Where it stands in its life cycle.
    #[diesel(sql_type = sql_types::SimState)]
    pub state: SimState,
    /// The line that it was named in; none where the list was not read from a text.
    #[diesel(sql_type = Nullable<Integer>)]
    pub line: Option<i32>,
}

/// The list of the active company with this name.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, uid: SimListUid) -> Result<SimList> {
    scope.require(Permission::FleetView)?;
    Ok(own(uid, scope.company_id()).select(SimList::as_select()).first(conn)?)
}

/// The same list, which stays until the transaction ends.
pub(crate) fn held(conn: &mut PgConnection, scope: &CompanyScope, uid: SimListUid) -> Result<SimList> {
    Ok(own(uid, scope.company_id()).for_key_share().select(SimList::as_select()).first(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn own(uid: SimListUid, company: CompanyId) -> _ {
    sim_lists::table.filter(sim_lists::uid.eq(uid)).filter(sim_lists::company_id.eq(company))
}

/// What was sent and is no SIM of the list, by problem or with one problem alone, from after an entry on.
pub fn leftovers(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: SimListUid,
    problem: Option<SimListProblem>,
    after: Option<(SimListProblem, i32)>,
    limit: i64,
) -> Result<Vec<Leftover>> {
    scope.require(Permission::FleetView)?;
    let mut found: Vec<Leftover> = Vec::new();
    // One range of the index after the other, in the order in which the problems are shown.
    for one in SimListProblem::ALL.iter().copied().filter(|one| problem.is_none_or(|only| only == *one)) {
        let from = match after {
            Some((last, _)) if one < last => continue,
            Some((last, entry)) if one == last => entry,
            _ => 0,
        };
        let room = limit - i64::try_from(found.len()).unwrap_or(i64::MAX);
        if room <= 0 {
            break;
        }
        // One value: joined, the planner would not know that the index has them in order.
        let list = own(uid, scope.company_id()).select(sim_lists::id).single_value();
        let range = sim_list_leftovers::table
            .filter(sim_list_leftovers::list_id.nullable().eq(list))
            .filter(sim_list_leftovers::problem.eq(one))
            .filter(sim_list_leftovers::entry.gt(from))
            .order(sim_list_leftovers::entry)
            .limit(room)
            .select(Leftover::as_select());
        found.extend(range.load(conn)?);
    }
    Ok(found)
}

/// The SIMs of the list that are in the company, in the order of their ICCIDs, from after one on.
pub fn sims(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: SimListUid,
    after: &str,
    limit: i64,
) -> Result<Vec<Member>> {
    const SQL: &str = "SELECT s.iccid, s.imsi, s.msisdn, s.eid, s.state, m.line FROM sim_list_members m \
         JOIN sims s ON s.id = m.sim_id AND s.company_id = $2 \
         WHERE m.list = $1 AND EXISTS (SELECT FROM sim_lists l WHERE l.uid = $1 AND l.company_id = $2) \
         AND m.iccid > $3 ORDER BY m.iccid LIMIT $4";
    scope.require(Permission::FleetView)?;
    Ok(diesel::sql_query(SQL)
        .bind::<Uuid, _>(uid)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Text, _>(after)
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}
