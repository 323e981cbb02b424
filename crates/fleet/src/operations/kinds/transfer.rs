//! Transfer: SIMs go to another company of the tree. PostgreSQL alone decides, so that a
//! step is one transaction.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use super::{Failed, Kind, judge};
use crate::error::Result;
use crate::ids::CompanyId;
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
    let mut failed = judge::fail_unable(conn, operation, step, kind)?;
    failed.extend(move_pending(conn, operation, step)?);
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

/// Moves the SIMs of the pending tasks of a step to the target; says which tasks have failed, because the target has no room
/// for a label that goes along.
///
/// Where they are kept, name and note stay as they are, labels are translated by name, and custom fields where the
/// target has one of the same name and kind; all of them are dropped otherwise.
pub(super) fn move_pending(conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<Vec<i32>> {
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
    let failed = match operation.target_company_id {
        Some(target) if operation.keep_labels => create_labels(conn, operation, step, target)?,
        _ => Vec::new(),
    };
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
    Ok(failed)
}

/// A label that the target lacks.
#[derive(QueryableByName)]
struct Lacking {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    colour: String,
}

/// Creates the labels that the target lacks, of the SIMs that this step moves, as far as it has room for them. The tasks of
/// SIMs with others fail: says which.
///
/// Statements of their own: the one that moves the SIMs has to see them.
fn create_labels(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    target: CompanyId,
) -> Result<Vec<i32>> {
    const LACKING: &str = "SELECT DISTINCT ON (lower(ours.name)) ours.name, ours.colour \
         FROM tasks JOIN sims ON sims.id = tasks.sim_id \
         JOIN labels ours ON ours.id = ANY(sims.label_ids) AND ours.company_id = $4 \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending' \
         AND NOT EXISTS (SELECT FROM labels theirs WHERE theirs.company_id = $5 AND lower(theirs.name) = lower(ours.name)) \
         ORDER BY lower(ours.name), ours.id";
    const CREATE: &str = "INSERT INTO labels (company_id, name, colour) \
         SELECT $1, name, colour FROM unnest($2, $3) AS new (name, colour) ON CONFLICT DO NOTHING";
    const LEAVE: &str = "UPDATE tasks SET state = 'failure', code = 'too_many_labels', finished_at = now() FROM sims \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending' \
         AND sims.id = tasks.sim_id AND EXISTS (SELECT FROM labels ours \
             WHERE ours.id = ANY(sims.label_ids) AND ours.company_id = $4 AND NOT EXISTS (SELECT FROM labels theirs \
                 WHERE theirs.company_id = $5 AND lower(theirs.name) = lower(ours.name))) \
         RETURNING tasks.position";
    let of_step = |sql| {
        diesel::sql_query(sql)
            .bind::<BigInt, _>(operation.id)
            .bind::<Integer, _>(step.first_position)
            .bind::<Integer, _>(step.last_position)
            .bind::<BigInt, _>(operation.company_id)
            .bind::<BigInt, _>(target)
    };
    let lacking: Vec<Lacking> = of_step(LACKING).load(conn)?;
    if lacking.is_empty() {
        return Ok(Vec::new());
    }
    let room = labels::held_room(conn, target)?;
    // Another step may have made them meanwhile.
    let lacking: Vec<Lacking> = of_step(LACKING).load(conn)?;
    let has_room = lacking.len() <= room;
    let (names, colours): (Vec<_>, Vec<_>) =
        lacking.into_iter().take(room).map(|label| (label.name, label.colour)).unzip();
    diesel::sql_query(CREATE)
        .bind::<BigInt, _>(target)
        .bind::<Array<Text>, _>(names)
        .bind::<Array<Text>, _>(colours)
        .execute(conn)?;
    if has_room {
        return Ok(Vec::new());
    }
    let left: Vec<Failed> = of_step(LEAVE).load(conn)?;
    Ok(left.into_iter().map(|task| task.position).collect())
}
