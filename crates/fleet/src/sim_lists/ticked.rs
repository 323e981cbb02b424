//! Making a list of SIMs that were chosen one by one.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid};

use super::{SimList, kept, read};
use crate::error::Result;
use crate::ids::SimId;
use crate::tenancy::{CompanyScope, Permission};

/// Makes a list of those of `sims` that are the active company's.
pub fn keep_ticked(conn: &mut PgConnection, scope: &CompanyScope, sims: &[SimId]) -> Result<SimList> {
    const SQL: &str = "INSERT INTO sim_list_members (list, iccid, sim_id) \
         SELECT $1, iccid, id FROM sims WHERE company_id = $2 AND id = ANY($3)";
    scope.require(Permission::FleetView)?;
    conn.transaction(|conn| {
        let list = kept::insert(conn, scope, "Chosen one by one")?;
        let found = diesel::sql_query(SQL)
            .bind::<Uuid, _>(list.uid)
            .bind::<BigInt, _>(scope.company_id())
            .bind::<Array<BigInt>, _>(sims)
            .execute(conn)?;
        kept::close(conn, &list, found)?;
        read::find(conn, scope, list.uid)
    })
}
