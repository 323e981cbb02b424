//! Turns: which operation is worked on next.
//!
//! They go round by company, and within a company by operation: one with many operations gets no more turns than
//! one with a single one. What PostgreSQL alone decides and what a network is asked for are apart, so that nothing
//! of the former waits for a network.

use std::sync::{Mutex, PoisonError};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::error::Result;
use crate::ids::{CompanyId, OperationId};
use crate::operations::{kinds, schedule};

/// What a loop of a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::operations) enum Lane {
    /// What PostgreSQL alone decides: beginning, making tasks, moving SIMs, cancelling what has not begun.
    Database,
    /// Steps that a network is asked for.
    Network,
}

impl Lane {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Network => "network",
        }
    }

    /// Which steps of an operation this lane may take: a condition on `steps` and `operations o`.
    ///
    /// Of what is paused or being cancelled, the network is asked only for what has begun.
    pub(in crate::operations) const fn may_take(self) -> &'static str {
        match self {
            Self::Database => {
                "(steps.leased_until IS NULL AND steps.attempts = 0 AND o.state IN ('in_progress', 'cancelling'))"
            }
            Self::Network => {
                "(steps.leased_until IS NOT NULL OR steps.attempts > 0 OR o.state = 'in_progress')"
            }
        }
    }

    /// A condition on `operations o`: this lane has something to do for it.
    fn has_work(self) -> String {
        let asks = &*kinds::ASKS_NETWORK;
        let open = "SELECT FROM steps WHERE steps.operation_id = o.id AND NOT steps.done";
        let to_do = format!(
            "EXISTS ({open} AND steps.not_before <= clock_timestamp() \
             AND (steps.leased_until IS NULL OR steps.leased_until < clock_timestamp()) AND {})",
            self.may_take()
        );
        match self {
            Self::Database => format!(
                "(o.state = 'initializing' OR (o.state = 'scheduled' AND {due}) \
                 OR (o.state = 'cancelling' AND NOT EXISTS ({open})) \
                 OR ((o.state = 'cancelling' OR NOT {asks}) AND {to_do}))",
                due = schedule::DUE,
            ),
            Self::Network => format!("({asks} AND {to_do})"),
        }
    }
}

/// An operation with something to do.
#[derive(Debug, QueryableByName)]
pub(super) struct Waiting {
    #[diesel(sql_type = BigInt)]
    pub(super) id: OperationId,
    #[diesel(sql_type = BigInt)]
    company_id: CompanyId,
    /// It has met errors of its own since it last got on.
    #[diesel(sql_type = Bool)]
    pub(super) has_faults: bool,
}

/// The loops of a lane in this process, and what each of them is at.
#[derive(Debug)]
pub(super) struct Loops {
    pub(super) lane: Lane,
    pub(super) number: u16,
    at_work: Mutex<Vec<(CompanyId, OperationId)>>,
}

impl Loops {
    pub(super) fn new(lane: Lane, number: u16) -> Self {
        Self { lane, number, at_work: Mutex::default() }
    }

    /// The operations with something to do, in the order of their turns: the first one of each company, then
    /// the second one of each.
    pub(super) fn waiting(&self, conn: &mut PgConnection) -> Result<Vec<Waiting>> {
        let sql = format!(
            "SELECT o.id, o.company_id, f.operation_id IS NOT NULL AS has_faults \
             FROM operations o LEFT JOIN operation_faults f ON f.operation_id = o.id \
             LEFT JOIN turns ON turns.company_id = o.company_id AND turns.lane = '{lane}' \
             WHERE o.state <> 'finished' AND (f.not_before IS NULL OR f.not_before <= clock_timestamp()) AND {has_work} \
             ORDER BY row_number() OVER (PARTITION BY o.company_id ORDER BY o.last_turn_at, o.id), \
                 turns.taken_at NULLS FIRST, o.id LIMIT 32",
            lane = self.lane.as_str(),
            has_work = self.lane.has_work(),
        );
        Ok(diesel::sql_query(sql).load(conn)?)
    }

    /// Begins a turn, and puts company and operation at the end of the queue; none if the loops of this process
    /// are at work for them enough.
    ///
    /// A network may hang: one company leaves a loop to the others, and one operation one more to its company's.
    pub(super) fn begin_turn(&self, conn: &mut PgConnection, waiting: &Waiting) -> Result<Option<Turn<'_>>> {
        let Some(turn) = self.sit_down((waiting.company_id, waiting.id)) else { return Ok(None) };
        self.note_turn(conn, waiting)?;
        Ok(Some(turn))
    }

    fn sit_down(&self, of: (CompanyId, OperationId)) -> Option<Turn<'_>> {
        let most_but = |left: u16| usize::from(self.number.saturating_sub(left).max(1));
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let of_company = at_work.iter().filter(|other| other.0 == of.0).count();
        let of_operation = at_work.iter().filter(|other| **other == of).count();
        if of_company >= most_but(1) || of_operation >= most_but(2) {
            return None;
        }
        at_work.push(of);
        Some(Turn { loops: self, of })
    }

    /// Does not wait for another worker that holds the operation at this moment.
    fn note_turn(&self, conn: &mut PgConnection, waiting: &Waiting) -> Result<()> {
        const SQL: &str = "WITH turn AS (UPDATE operations SET last_turn_at = clock_timestamp() \
                 WHERE id = (SELECT id FROM operations WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)) \
             INSERT INTO turns (company_id, lane, taken_at) VALUES ($2, $3, clock_timestamp()) \
             ON CONFLICT (company_id, lane) DO UPDATE SET taken_at = excluded.taken_at";
        diesel::sql_query(SQL)
            .bind::<BigInt, _>(waiting.id)
            .bind::<BigInt, _>(waiting.company_id)
            .bind::<Text, _>(self.lane.as_str())
            .execute(conn)?;
        Ok(())
    }
}

/// A turn of a loop at an operation, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    loops: &'a Loops,
    of: (CompanyId, OperationId),
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut at_work = self.loops.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(this) = at_work.iter().position(|of| *of == self.of) {
            at_work.swap_remove(this);
        }
    }
}
