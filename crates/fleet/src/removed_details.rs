//! Labels and custom fields that were removed, and taking them off the SIMs.
//!
//! A million SIMs may have one. Removing it deletes its own row, after which nothing shows it and no id is ever given
//! again; what the SIMs still hold of it goes in the background, some SIMs at a time.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::error::Result;
use crate::ids::{CompanyId, FieldId, LabelId};
use crate::schema::removed_details;
use crate::tenancy::CompanyScope;

/// How many SIMs are looked at in one transaction.
const AT_ONCE: i64 = 1_000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = removed_details, check_for_backend(diesel::pg::Pg))]
struct Removed {
    id: i64,
    company_id: CompanyId,
    label_id: Option<LabelId>,
    field_id: Option<FieldId>,
    reached: String,
}

/// What came of some SIMs.
#[derive(QueryableByName)]
struct Looked {
    /// The last of them; none if there was none.
    #[diesel(sql_type = Nullable<Text>)]
    reached: Option<String>,
    /// How many had it, and how many of these somebody else works on at this moment.
    #[diesel(sql_type = BigInt)]
    had: i64,
    #[diesel(sql_type = BigInt)]
    stripped: i64,
}

/// Notes that a label was removed.
pub(crate) fn note_label(conn: &mut PgConnection, scope: &CompanyScope, label: LabelId) -> Result<()> {
    diesel::insert_into(removed_details::table)
        .values((removed_details::company_id.eq(scope.company_id()), removed_details::label_id.eq(label)))
        .execute(conn)?;
    Ok(())
}

/// Notes that a field was removed.
pub(crate) fn note_field(conn: &mut PgConnection, scope: &CompanyScope, field: FieldId) -> Result<()> {
    diesel::insert_into(removed_details::table)
        .values((removed_details::company_id.eq(scope.company_id()), removed_details::field_id.eq(field)))
        .execute(conn)?;
    Ok(())
}

/// Takes what was removed off the SIMs, and says of how many; in transactions of a thousand SIMs each. What
/// somebody else holds at this moment is left for the next time.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    let mut stripped = 0;
    while let Some(sims) = conn.transaction(strip_some)? {
        stripped += sims;
    }
    Ok(stripped)
}

/// Goes on with the first one that nobody else is at; none where there is none, or where it has to wait.
fn strip_some(conn: &mut PgConnection) -> Result<Option<usize>> {
    let next: Option<Removed> = removed_details::table
        .order(removed_details::id)
        .limit(1)
        .for_update()
        .skip_locked()
        .select(Removed::as_select())
        .first(conn)
        .optional()?;
    let Some(removed) = next else { return Ok(None) };
    let looked = strip(conn, &removed)?;
    let row = removed_details::table.find(removed.id);
    match looked.reached {
        _ if looked.had > looked.stripped => return Ok(None),
        Some(iccid) => diesel::update(row).set(removed_details::reached.eq(iccid)).execute(conn)?,
        None => diesel::delete(row).execute(conn)?,
    };
    Ok(Some(usize::try_from(looked.stripped).unwrap_or(0)))
}

/// Takes one off the next SIMs of its company. SIMs that leave the company meanwhile lose it by that.
fn strip(conn: &mut PgConnection, removed: &Removed) -> Result<Looked> {
    const SQL: &str = "WITH looked AS MATERIALIZED (SELECT id, iccid, (label_ids @> ARRAY[$3] OR fields ? $4) AS has \
             FROM sims WHERE company_id = $1 AND iccid > $2 ORDER BY iccid LIMIT $5), \
         free AS MATERIALIZED (SELECT sims.id FROM looked JOIN sims ON sims.id = looked.id WHERE looked.has \
             FOR NO KEY UPDATE OF sims SKIP LOCKED), \
         stripped AS (UPDATE sims SET label_ids = array_remove(label_ids, $3), fields = fields - $4 \
             FROM free WHERE sims.id = free.id RETURNING 1) \
         SELECT max(iccid) AS reached, count(*) FILTER (WHERE has) AS had, \
             (SELECT count(*) FROM stripped) AS stripped FROM looked";
    Ok(diesel::sql_query(SQL)
        .bind::<BigInt, _>(removed.company_id)
        .bind::<Text, _>(&removed.reached)
        .bind::<Nullable<BigInt>, _>(removed.label_id)
        // No field has an empty id.
        .bind::<Text, _>(removed.field_id.map_or_else(String::new, |field| field.to_string()))
        .bind::<BigInt, _>(AT_ONCE)
        .get_result(conn)?)
}
