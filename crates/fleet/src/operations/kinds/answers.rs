//! What the network has answered for the tasks of a step, and noting it.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use super::Failed;
use super::service::{Asks, Service};
use crate::error::Result;
use crate::hearsay::brief;
use crate::life_signs;
use crate::network::{Action, Outcome, Request};
use crate::operations::counters::{self, Counters};
use crate::operations::step::{Running, Step};
use crate::operations::{FailureCode, failure_counters};
use crate::sim_keys;

/// What came of asking the network for one task.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is done, or as it should be; with what there is to say about it.
    Done(Option<String>),
    /// It failed, with what the network said.
    Failed(FailureCode, Option<String>),
    /// Nothing is known: it is asked again.
    Silence,
    /// Not yet, as this outcome says: it is waited for, however often it was asked for.
    Later(Outcome),
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done(None),
            Outcome::Rejected { message } => {
                Self::Failed(FailureCode::NetworkRejected, Some(brief(&message)))
            }
            Outcome::Unreachable => Self::Silence,
            later @ (Outcome::Pending { .. } | Outcome::HeldBack { .. }) => Self::Later(later),
        }
    }
}

impl Answer {
    /// Whether there is one, as an outcome.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Done(_) | Self::Failed(..) => Outcome::Done,
            Self::Silence => Outcome::Unreachable,
            Self::Later(outcome) => outcome.clone(),
        }
    }
}

/// The answers of the network: what is done, and what is not and why.
#[derive(Default)]
pub(super) struct Answers {
    done: Vec<i32>,
    /// Tasks that are done, with what there is to say about them.
    notes: (Vec<i32>, Vec<String>),
    /// Tasks that failed, with the code and what the network said.
    failed: (Vec<i32>, Vec<&'static str>, Vec<Option<String>>),
    /// What may have been done all the same: the tasks that were given up, with the keys that they were asked with.
    silent: (Vec<i32>, Vec<String>),
    /// How many tasks are to be asked for again.
    unanswered: usize,
}

impl Answers {
    /// The answers to the requests for these positions. Silence is final at the last attempt.
    pub(super) fn of(
        positions: &[i32],
        requests: &[Request],
        answers: Vec<Answer>,
        last_attempt: bool,
    ) -> Self {
        let mut all = Self::default();
        for ((position, request), answer) in positions.iter().zip(requests).zip(answers) {
            match answer {
                Answer::Done(note) => {
                    all.done.push(*position);
                    if let Some(note) = note {
                        all.notes.0.push(*position);
                        all.notes.1.push(note);
                    }
                }
                Answer::Failed(code, message) => all.fail(*position, code, message),
                Answer::Silence if last_attempt => {
                    all.fail(*position, FailureCode::NetworkUnreachable, None);
                    all.silent.0.push(*position);
                    all.silent.1.push(request.key.clone());
                }
                Answer::Silence | Answer::Later(_) => all.unanswered += 1,
            }
        }
        all
    }

    fn fail(&mut self, position: i32, code: FailureCode, message: Option<String>) {
        self.failed.0.push(position);
        self.failed.1.push(code.as_str());
        self.failed.2.push(message);
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
        self.keep_keys(conn, operation, step, service)?;
        write_texts(conn, operation, step, "network_message", &self.notes)?;
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

    /// Fails what the network has refused or been silent about, and what differs there; says which tasks that were.
    fn end_failed(&self, conn: &mut PgConnection, operation: &Running, step: &Step) -> Result<Vec<i32>> {
        const SQL: &str = "UPDATE tasks SET state = 'failure', code = said.code::failure_code, \
                 network_message = said.message, finished_at = now() \
             FROM unnest($4, $5, $6) AS said (position, code, message) \
             WHERE operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.position = said.position \
             AND state = 'in_progress' RETURNING tasks.position";
        let (positions, codes, messages) = &self.failed;
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        let failed: Vec<Failed> = diesel::sql_query(SQL)
            .bind::<BigInt, _>(operation.id)
            .bind::<Integer, _>(step.first_position)
            .bind::<Integer, _>(step.last_position)
            .bind::<Array<Integer>, _>(positions)
            .bind::<Array<Text>, _>(codes)
            .bind::<Array<Nullable<Text>>, _>(messages)
            .load(conn)?;
        Ok(failed.iter().map(|task| task.position).collect())
    }

    /// Keeps the keys of what may have been done all the same, for a retry. What is compared first is not asked for
    /// twice anyway.
    fn keep_keys(
        &self,
        conn: &mut PgConnection,
        operation: &Running,
        step: &Step,
        service: &Service,
    ) -> Result<()> {
        match service.asks {
            Asks::For(_) => write_texts(conn, operation, step, "network_key", &self.silent),
            Asks::Whether { .. } => Ok(()),
        }
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
        if service.asks == (Asks::For(Action::Activate)) {
            life_signs::enrol(conn, operation.id, (step.first_position, step.last_position), &self.done)?;
        }
        if matches!(service.asks, Asks::Whether { .. }) {
            return Ok(());
        }
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
        if service.asks == (Asks::For(Action::Terminate)) {
            sim_keys::forget(conn, operation.id, (step.first_position, step.last_position), &self.done)?;
        }
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

/// Writes a text into a column of each of these tasks.
fn write_texts(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    column: &str,
    (positions, texts): &(Vec<i32>, Vec<String>),
) -> Result<()> {
    if positions.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE tasks SET {column} = said.text FROM unnest($4, $5) AS said (position, text) \
         WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.position = said.position"
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Array<Integer>, _>(positions)
        .bind::<Array<Text>, _>(texts)
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::network::Services;

    #[test]
    fn what_is_waited_for_does_not_fail_with_what_was_silent_for_the_last_time() {
        let request = Request {
            key: "1-1".to_owned(),
            action: Action::Activate,
            attempt: 3,
            iccid: "8949000000000000001".to_owned(),
            imsi: "262010000000001".to_owned(),
            msisdn: None,
            offer: None,
            network: "lab".to_owned(),
            services: Services::NONE,
        };
        let wait = Duration::from_mins(10);
        let outcomes = [
            Outcome::Done,
            Outcome::Unreachable,
            Outcome::Pending { within: wait },
            Outcome::HeldBack { wait },
        ];
        let come = outcomes.map(Answer::from).into();
        let answers = Answers::of(&[1, 2, 3, 4], &vec![request; 4], come, true);
        assert_eq!((answers.done, answers.failed.0, answers.unanswered), (vec![1], vec![2], 2));
    }
}
