//! Transfer: SIMs go to another company of the tree. PostgreSQL alone decides, so that a
//! step is one transaction.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use crate::error::Result;
use crate::operations::counters::{self, Counters};
use crate::operations::step::{Running, Step};

/// A SIM in Inventory moves freely; one in service moves with its offer, if the target has it.
pub(in crate::operations) const VERDICT: &str = "CASE \
    WHEN sims.company_id <> act.company_id THEN 'not_found' \
    WHEN act.target_suspended THEN 'company_suspended' \
    WHEN sims.state = 'retired' THEN 'wrong_state' \
    WHEN sims.offer_id IS NOT NULL AND NOT sims.offer_id = ANY(act.target_offers) THEN 'offer_not_assigned' \
    END";

#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = BigInt)]
    success: i64,
    #[diesel(sql_type = BigInt)]
    failure: i64,
}

/// Moves the SIMs of a step, in the transaction that has claimed it.
///
/// No lock on the SIMs is needed before: until its task has ended, no other operation can
/// have a task for the same SIM.
pub(in crate::operations) fn run(conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<()> {
    if operation.keep_labels {
        create_labels(conn, operation, step)?;
    }
    let sql = format!(
        "WITH {act} operations o WHERE o.id = $1), judged AS MATERIALIZED ( \
             SELECT tasks.position, sims.id, sims.company_id, sims.state, sims.offer_id, \
                    ({VERDICT})::failure_code AS code \
             FROM tasks JOIN sims ON sims.id = tasks.sim_id CROSS JOIN act \
             WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending'), \
         {moves} \
         ended AS ( \
             UPDATE tasks SET state = CASE WHEN judged.code IS NULL THEN 'success' ELSE 'failure' END::task_state, \
                    code = judged.code, finished_at = now(), before_company_id = judged.company_id, \
                    before_state = judged.state, before_offer_id = judged.offer_id, \
                    moved_to_company_id = CASE WHEN judged.code IS NULL THEN act.target_company_id END \
             FROM judged CROSS JOIN act \
             WHERE tasks.operation_id = $1 AND tasks.position = judged.position \
             AND tasks.position BETWEEN $2 AND $3 \
             RETURNING tasks.state) \
         SELECT count(*) FILTER (WHERE state = 'success') AS success, \
                count(*) FILTER (WHERE state = 'failure') AS failure FROM ended",
        act = super::ACT,
        moves = super::MOVE,
    );
    let moved: Moved = diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .get_result(conn)?;
    // A step has at most some thousand tasks.
    let (success, failure) =
        (i32::try_from(moved.success).unwrap_or(0), i32::try_from(moved.failure).unwrap_or(0));
    let ended = Counters { pending: -(success + failure), success, failure, ..Counters::default() };
    counters::add(conn, operation.id, operation.company_id, &ended)?;
    if let (Some(target), 1..) = (operation.target_company_id, success) {
        counters::show_to(conn, operation.id, target)?;
        counters::add(conn, operation.id, target, &Counters { success, ..Counters::default() })?;
    }
    Ok(())
}

/// Creates the labels that the target lacks, of the SIMs that this step moves.
///
/// A statement of its own: the one that moves the SIMs has to see them.
pub(super) fn create_labels(conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<()> {
    const SQL: &str = "INSERT INTO labels (company_id, name, colour) \
         SELECT DISTINCT ON (lower(labels.name)) operations.target_company_id, labels.name, labels.colour \
         FROM operations JOIN tasks ON tasks.operation_id = operations.id \
              AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending' \
         JOIN sims ON sims.id = tasks.sim_id AND sims.state <> 'retired' \
         JOIN labels ON labels.id = ANY(sims.label_ids) AND labels.company_id = operations.company_id \
         WHERE operations.id = $1 ORDER BY lower(labels.name), labels.id \
         ON CONFLICT (company_id, lower(name)) DO NOTHING";
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .execute(conn)?;
    Ok(())
}
