//! What the network has answered for the tasks of a step, and noting it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use super::service::Service;
use crate::error::Result;
use crate::hearsay::brief;
use crate::network::{Outcome, Request};
use crate::operations::counters::{self, Counters};
use crate::operations::step::{Running, Step};
use crate::operations::{FailureCode, failure_counters};

/// The answers of the network: what is done, and what is not and why.
#[derive(Default)]
pub(super) struct Answers {
    done: Vec<i32>,
    /// Networks have few words: the tasks that failed alike are ended by one statement.
    failed: BTreeMap<(&'static str, Option<String>), Vec<i32>>,
    /// What may have been done all the same: the tasks that were given up, with the keys that they were asked with.
    silent: (Vec<i32>, Vec<String>),
    /// How many tasks are to be asked for again.
    unanswered: usize,
}

/// A task that has failed with the statement that says so.
#[derive(QueryableByName)]
struct Failed {
    #[diesel(sql_type = Integer)]
    position: i32,
}

impl Answers {
    /// The answers to the requests for these positions. Silence is final at the last attempt.
    pub(super) fn of(
        positions: &[i32],
        requests: &[Request],
        outcomes: &[Outcome],
        last_attempt: bool,
    ) -> Self {
        let mut answers = Self::default();
        for ((position, request), outcome) in positions.iter().zip(requests).zip(outcomes) {
            match outcome {
                Outcome::Done => answers.done.push(*position),
                Outcome::Rejected { message } => {
                    answers.fail(*position, FailureCode::NetworkRejected, Some(brief(message)));
                }
                Outcome::Unreachable if last_attempt => {
                    answers.fail(*position, FailureCode::NetworkUnreachable, None);
                    answers.silent.0.push(*position);
                    answers.silent.1.push(request.key.clone());
                }
                Outcome::Unreachable | Outcome::Pending { .. } | Outcome::HeldBack { .. } => {
                    answers.unanswered += 1;
                }
            }
        }
        answers
    }

    fn fail(&mut self, position: i32, code: FailureCode, message: Option<String>) {
        self.failed.entry((code.as_str(), message)).or_default().push(position);
    }

    /// Whether nothing is to be asked for again.
    pub(super) fn all_final(&self) -> bool {
        self.unanswered == 0
    }

    /// Ends the answered tasks, and changes the SIMs of those that succeeded.
    ///
    /// Each statement names the range of the step beside the positions: with the positions
    /// alone, the planner may choose to read all tasks of the operation.
    pub(super) fn apply(
        &self,
        conn: &mut PgConnection,
        operation: &Running,
        step: &Step,
        service: &Service,
    ) -> Result<()> {
        let mut failed = self.end_failed(conn, operation, step)?;
        self.keep_keys(conn, operation, step)?;
        failed.extend(self.fail_without_offer(conn, operation, step, service)?);
        self.change_sims(conn, operation, step, service)?;
        let success = super::counted(self.end_done(conn, operation, step)?);
        let failure = super::counted(failed.len());
        let change = Counters { in_progress: -(success + failure), success, failure, ..Counters::default() };
        counters::add(conn, operation.id, operation.company_id, &change)?;
        if let Some(target) = operation.target_company_id {
            counters::add(conn, operation.id, target, &change)?;
        }
        failure_counters::count(conn, operation.id, &failed)
    }

    /// Fails what the network has refused or been silent about, and says which tasks that were.
    fn end_failed(&self, conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<Vec<i32>> {
        const SQL: &str = "UPDATE tasks SET state = 'failure', code = $5::failure_code, network_message = $6, \
                 finished_at = now() \
             WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND position = ANY($4) AND state = 'in_progress' \
             RETURNING position";
        let mut ended = Vec::new();
        for ((code, message), positions) in &self.failed {
            let failed: Vec<Failed> = diesel::sql_query(SQL)
                .bind::<BigInt, _>(operation.id)
                .bind::<Integer, _>(step.first_position)
                .bind::<Integer, _>(step.last_position)
                .bind::<Array<Integer>, _>(positions)
                .bind::<Text, _>(code)
                .bind::<Nullable<Text>, _>(message)
                .load(conn)?;
            ended.extend(failed.iter().map(|task| task.position));
        }
        Ok(ended)
    }

    /// Keeps the keys of what may have been done all the same, for a retry.
    fn keep_keys(&self, conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<()> {
        const SQL: &str = "UPDATE tasks SET network_key = asked.key FROM unnest($4, $5) AS asked (position, key) \
             WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.position = asked.position";
        let (positions, keys) = &self.silent;
        if !positions.is_empty() {
            diesel::sql_query(SQL)
                .bind::<BigInt, _>(operation.id)
                .bind::<Integer, _>(step.first_position)
                .bind::<Integer, _>(step.last_position)
                .bind::<Array<Integer>, _>(positions)
                .bind::<Array<Text>, _>(keys)
                .execute(conn)?;
        }
        Ok(())
    }

    /// Fails what is done where the offer has gone meanwhile: a SIM can't be on it.
    ///
    /// An offer is not withdrawn while an unfinished operation needs it; this is for the case
    /// that somebody did it all the same, so that the operation ends and says so.
    fn fail_without_offer(
        &self,
        conn: &mut PgConnection,
        operation: &Running,
        step: &Step,
        service: &Service,
    ) -> Result<Vec<i32>> {
        let Some(offer) = service.offer else { return Ok(Vec::new()) };
        let sql = format!(
            "UPDATE tasks SET state = 'failure', code = 'offer_not_assigned', finished_at = now() \
             FROM operations act WHERE act.id = $1 AND tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 \
             AND tasks.position = ANY($4) AND tasks.state = 'in_progress' \
             AND NOT EXISTS (SELECT FROM offer_assignments a WHERE a.company_id = $5 AND a.offer_id = {offer}) \
             RETURNING tasks.position"
        );
        let failed: Vec<Failed> = diesel::sql_query(sql)
            .bind::<BigInt, _>(operation.id)
            .bind::<Integer, _>(step.first_position)
            .bind::<Integer, _>(step.last_position)
            .bind::<Array<Integer>, _>(&self.done)
            .bind::<BigInt, _>(operation.target_company_id.unwrap_or(operation.company_id))
            .load(conn)?;
        Ok(failed.iter().map(|task| task.position).collect())
    }

    fn change_sims(
        &self,
        conn: &mut PgConnection,
        operation: &Running,
        step: &Step,
        service: &Service,
    ) -> Result<()> {
        let sql = format!(
            "UPDATE sims SET changed_at = now(){change}{offer} FROM tasks JOIN operations act ON act.id = $1 \
             WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 \
             AND tasks.position = ANY($4) AND tasks.state = 'in_progress' \
             AND sims.id = tasks.sim_id",
            change = service.change,
            offer = service.offer.map(|offer| format!(", offer_id = {offer}")).unwrap_or_default(),
        );
        diesel::sql_query(sql)
            .bind::<BigInt, _>(operation.id)
            .bind::<Integer, _>(step.first_position)
            .bind::<Integer, _>(step.last_position)
            .bind::<Array<Integer>, _>(&self.done)
            .execute(conn)?;
        Ok(())
    }

    fn end_done(&self, conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<usize> {
        const SQL: &str = "UPDATE tasks SET state = 'success', finished_at = now() \
             WHERE operation_id = $1 AND position BETWEEN $2 AND $3 AND position = ANY($4) AND state = 'in_progress'";
        Ok(diesel::sql_query(SQL)
            .bind::<BigInt, _>(operation.id)
            .bind::<Integer, _>(step.first_position)
            .bind::<Integer, _>(step.last_position)
            .bind::<Array<Integer>, _>(&self.done)
            .execute(conn)?)
    }
}
