//! The last look before a step changes anything: which of its SIMs can still be changed.
//!
//! What can't be changed, and what has changed since its task was made, is the exception and
//! goes through here. All the rest is then exactly the pending tasks of the step, so that the
//! statements that follow need no join by position: the planner knows little of tasks that
//! were made a moment ago, and a wrong guess about such a join costs a factor of ten.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};

use super::{ACT, Kind};
use crate::error::Result;
use crate::operations::FailureCode;
use crate::operations::step::{Running, Step};
use crate::schema::sql_types;
use crate::sims::SimState;

#[derive(QueryableByName)]
struct Exception {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Nullable<sql_types::FailureCode>)]
    code: Option<FailureCode>,
    #[diesel(sql_type = BigInt)]
    company_id: i64,
    #[diesel(sql_type = sql_types::SimState)]
    state: SimState,
    #[diesel(sql_type = Nullable<BigInt>)]
    offer_id: Option<i64>,
    /// The SIM is as it was when the task was made.
    #[diesel(sql_type = Bool)]
    unchanged: bool,
}

/// Fails the pending tasks of a step whose SIM can't be changed any more, and brings the
/// before-images up to date; says which have failed, by their positions.
///
/// No lock on the SIMs is needed: until its task has ended, no other operation can have a
/// task for the same SIM.
pub(super) fn fail_unable(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    kind: &Kind,
) -> Result<Vec<i32>> {
    let (unchanged, changed): (Vec<_>, Vec<_>) =
        exceptions(conn, operation, step, kind)?.into_iter().partition(|exception| exception.unchanged);
    if !changed.is_empty() {
        renew_before_images(conn, operation, step, &changed)?;
    }
    let mut failed = Vec::new();
    for code in FailureCode::ALL {
        let of_code = |exception: &&Exception| exception.code == Some(*code);
        let positions: Vec<_> =
            unchanged.iter().chain(&changed).filter(of_code).map(|exception| exception.position).collect();
        if !positions.is_empty() {
            fail(conn, operation, step, *code, &positions)?;
            failed.extend(positions);
        }
    }
    Ok(failed)
}

fn exceptions(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    kind: &Kind,
) -> Result<Vec<Exception>> {
    let sql = format!(
        "WITH {ACT} operations o WHERE o.id = $1), judged AS MATERIALIZED ( \
             SELECT tasks.position, sims.company_id, sims.state, sims.offer_id, ({verdict})::failure_code AS code, \
                 (tasks.before_company_id, tasks.before_state) = (sims.company_id, sims.state) \
                 AND tasks.before_offer_id IS NOT DISTINCT FROM sims.offer_id AS unchanged \
             FROM tasks JOIN sims ON sims.id = tasks.sim_id CROSS JOIN act{join} \
             WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.state = 'pending') \
         SELECT position, code, company_id, state, offer_id, unchanged FROM judged WHERE code IS NOT NULL OR NOT unchanged",
        verdict = kind.verdict,
        join = kind.join,
    );
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .load(conn)?)
}

fn fail(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    code: FailureCode,
    positions: &[i32],
) -> Result<()> {
    const SQL: &str = "UPDATE tasks SET state = 'failure', code = $5, finished_at = now() \
         WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND position = ANY($4)";
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Array<Integer>, _>(positions)
        .bind::<sql_types::FailureCode, _>(code)
        .execute(conn)?;
    Ok(())
}

/// Rare: another operation on the same SIM ended in the moment when the task was made.
fn renew_before_images(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    changed: &[Exception],
) -> Result<()> {
    const SQL: &str = "UPDATE tasks SET before_company_id = seen.company_id, \
             before_state = seen.state::sim_state, before_offer_id = seen.offer_id \
         FROM unnest($4, $5, $6, $7) AS seen (position, company_id, state, offer_id) \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.position = seen.position";
    let positions: Vec<_> = changed.iter().map(|exception| exception.position).collect();
    let companies: Vec<_> = changed.iter().map(|exception| exception.company_id).collect();
    let states: Vec<_> = changed.iter().map(|exception| exception.state.as_str()).collect();
    let offers: Vec<_> = changed.iter().map(|exception| exception.offer_id).collect();
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Array<Integer>, _>(positions)
        .bind::<Array<BigInt>, _>(companies)
        .bind::<Array<Text>, _>(states)
        .bind::<Array<Nullable<BigInt>>, _>(offers)
        .execute(conn)?;
    Ok(())
}
