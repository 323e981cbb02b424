//! Labels and custom fields that were removed, and taking them off the SIMs.
//!
//! A million SIMs may have one. Removing it deletes its own row, after which nothing shows it and no id is ever given
//! again; what the SIMs still hold of it goes in the background, some SIMs at a time.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::error::{Error, Result};
use crate::ids::{CompanyId, FieldId, LabelId};
use crate::schema::removed_details;
use crate::tenancy::CompanyScope;

/// How many SIMs are looked at in one transaction.
const AT_ONCE: i64 = 1_000;
/// How many transactions there are each time.
const TRANSACTIONS: usize = 2_000;
/// How many removed fields of a company may wait.
const WAITING: i64 = 50;

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

/// Notes that a field was removed. Each costs a look at all SIMs of the company: not too many may wait for it.
pub(crate) fn note_field(conn: &mut PgConnection, scope: &CompanyScope, field: FieldId) -> Result<()> {
    let waiting: i64 = removed_details::table
        .filter(removed_details::company_id.eq(scope.company_id()))
        .filter(removed_details::field_id.is_not_null())
        .count()
        .get_result(conn)?;
    if waiting >= WAITING {
        return Err(Error::refused(
            "Many fields were removed lately, and are still being taken off the SIMs. Nothing was removed: try again in some hours.",
        ));
    }
    diesel::insert_into(removed_details::table)
        .values((removed_details::company_id.eq(scope.company_id()), removed_details::field_id.eq(field)))
        .execute(conn)?;
    Ok(())
}

/// Takes what was removed off the SIMs, and says of how many; in transactions of a thousand SIMs each, and so many of
/// them that the other work of the hour is not kept waiting. What somebody else holds at this moment is left for the
/// next time.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    let (mut stripped, mut after) = (0, 0);
    for _ in 0..TRANSACTIONS {
        let Some(step) = conn.transaction(|conn| strip_some(conn, after))? else { break };
        stripped += step.stripped;
        if step.is_over {
            after = step.of;
        }
    }
    Ok(stripped)
}

/// What was done for one of the removed.
struct Step {
    of: i64,
    stripped: usize,
    /// Whether there is nothing more to do for it now.
    is_over: bool,
}

/// Goes on with the first one beyond `after` that nobody else is at; none where there is none.
fn strip_some(conn: &mut PgConnection, after: i64) -> Result<Option<Step>> {
    let next: Option<Removed> = removed_details::table
        .filter(removed_details::id.gt(after))
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
    let is_over = match looked.reached {
        _ if looked.had > looked.stripped => true,
        Some(iccid) => {
            diesel::update(row).set(removed_details::reached.eq(iccid)).execute(conn)?;
            false
        }
        None => {
            diesel::delete(row).execute(conn)?;
            true
        }
    };
    Ok(Some(Step { of: removed.id, stripped: usize::try_from(looked.stripped).unwrap_or(0), is_over }))
}

/// Takes one off the next SIMs of its company. SIMs that leave the company meanwhile lose it by that.
///
/// Which SIMs have a label is known; for a field, all of the company are looked at.
fn strip(conn: &mut PgConnection, removed: &Removed) -> Result<Looked> {
    const OF_LABEL: &str = "SELECT sims.id, sims.iccid, true AS has FROM sim_labels JOIN sims ON sims.iccid = sim_labels.iccid \
         WHERE sim_labels.label_id = $3 AND sims.company_id = $1 AND sim_labels.iccid > $2 ORDER BY sim_labels.iccid LIMIT $5";
    const OF_FIELD: &str = "SELECT id, iccid, fields ? $4 AS has \
         FROM sims WHERE company_id = $1 AND iccid > $2 ORDER BY iccid LIMIT $5";
    let sql = format!(
        "WITH looked AS MATERIALIZED ({looked}), \
         free AS MATERIALIZED (SELECT sims.id FROM looked JOIN sims ON sims.id = looked.id WHERE looked.has \
             FOR NO KEY UPDATE OF sims SKIP LOCKED), \
         stripped AS (UPDATE sims SET label_ids = array_remove(label_ids, $3), fields = fields - $4 \
             FROM free WHERE sims.id = free.id RETURNING 1) \
         SELECT max(iccid) AS reached, count(*) FILTER (WHERE has) AS had, \
             (SELECT count(*) FROM stripped) AS stripped FROM looked",
        looked = if removed.label_id.is_some() { OF_LABEL } else { OF_FIELD },
    );
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(removed.company_id)
        .bind::<Text, _>(&removed.reached)
        .bind::<Nullable<BigInt>, _>(removed.label_id)
        // No field has an empty id.
        .bind::<Text, _>(removed.field_id.map_or_else(String::new, |field| field.to_string()))
        .bind::<BigInt, _>(AT_ONCE)
        .get_result(conn)?)
}
