//! Transfer: SIMs go to another company of the tree. PostgreSQL alone decides, so that a
//! step is one transaction.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};

use super::{Kind, judge};
use crate::error::Result;
use crate::labels;
use crate::operations::counters::{self, Counters};
use crate::operations::step::{Running, Step};

/// A SIM in Inventory moves freely; one in service moves with its offer, if the target has it.
pub(in crate::operations) const VERDICT: &str = "CASE \
    WHEN sims.company_id <> act.company_id THEN 'not_found' \
    WHEN act.target_suspended THEN 'company_suspended' \
    WHEN sims.state = 'retired' THEN 'wrong_state' \
    WHEN sims.offer_id IS NOT NULL AND NOT sims.offer_id = ANY(act.target_offers) THEN 'offer_not_assigned' \
    END";

/// Moves the SIMs of a step, in the transaction that has claimed it; says which tasks have failed.
pub(in crate::operations) fn run(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    kind: &Kind,
) -> Result<Vec<i32>> {
    let failed = judge::fail_unable(conn, operation, step, kind)?;
    move_pending(conn, operation, step)?;
    let success = super::end_pending(conn, operation, step, operation.target_company_id, failed.len())?;
    arrived(conn, operation, &Counters { success, ..Counters::default() })?;
    Ok(failed)
}

/// Shows the operation to the target, with what has arrived there.
pub(super) fn arrived(conn: &mut PgConnection, operation: &Running, change: &Counters) -> Result<()> {
    if let (Some(target), 1..) = (operation.target_company_id, change.total()) {
        counters::show_to(conn, operation.id, target)?;
        counters::add(conn, operation.id, target, change)?;
    }
    Ok(())
}

/// Moves the SIMs of the pending tasks of a step to the target, all of them.
///
/// Where they are kept, name and note stay as they are, labels are translated by name, and custom fields where the
/// target has one of the same name and kind; all of them are dropped otherwise.
pub(super) fn move_pending(conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<()> {
    const KEPT: &str = "label_ids = CASE WHEN sims.label_ids <> '{}' THEN ARRAY( \
        SELECT theirs.id FROM labels ours JOIN labels theirs \
            ON theirs.company_id = $4 AND lower(theirs.name) = lower(ours.name) \
        WHERE ours.id = ANY(sims.label_ids) ORDER BY theirs.id) ELSE '{}' END, \
        fields = CASE WHEN sims.fields <> '{}' THEN coalesce((SELECT jsonb_object_agg(theirs.id, had.value) \
            FROM jsonb_each(sims.fields) AS had \
            JOIN custom_fields ours ON ours.id = had.key::bigint AND ours.company_id = sims.company_id \
            JOIN custom_fields theirs ON theirs.company_id = $4 AND lower(theirs.name) = lower(ours.name) \
                AND theirs.kind = ours.kind \
            WHERE theirs.kind <> 'list' OR had.value #>> '{}' = ANY(theirs.choices)), '{}') ELSE '{}' END";
    const DROPPED: &str = "name = NULL, note = NULL, label_ids = '{}', fields = '{}'";
    if operation.keep_labels {
        create_labels(conn, operation, step)?;
    }
    let sql = format!(
        "UPDATE sims SET company_id = $4, changed_at = now(), {private} FROM tasks \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending' \
         AND sims.id = tasks.sim_id",
        private = if operation.keep_labels { KEPT } else { DROPPED },
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Nullable<BigInt>, _>(operation.target_company_id)
        .execute(conn)?;
    Ok(())
}

/// Creates the labels that the target lacks, of the SIMs that this step moves, as far as it has room for them.
///
/// A statement of its own: the one that moves the SIMs has to see them.
fn create_labels(conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<()> {
    const SQL: &str = "INSERT INTO labels (company_id, name, colour) \
         SELECT DISTINCT ON (lower(labels.name)) operations.target_company_id, labels.name, labels.colour \
         FROM operations JOIN tasks ON tasks.operation_id = operations.id \
              AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending' \
         JOIN sims ON sims.id = tasks.sim_id \
         JOIN labels ON labels.id = ANY(sims.label_ids) AND labels.company_id = operations.company_id \
         WHERE operations.id = $1 ORDER BY lower(labels.name), labels.id \
         LIMIT (SELECT greatest($4 - count(*), 0) FROM labels there JOIN operations o ON o.id = $1 \
                WHERE there.company_id = o.target_company_id) \
         ON CONFLICT (company_id, lower(name)) DO NOTHING";
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<BigInt, _>(labels::LIMIT)
        .execute(conn)?;
    Ok(())
}
