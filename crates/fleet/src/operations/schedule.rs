//! Operations that wait: for a moment, or for another operation to succeed.
//!
//! When its time has come, a worker asks anew what [`launch()`](super::launch()) has asked. What is not
//! allowed any more ends without having begun, and says why.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Nullable, Text, Timestamptz};

use super::conduct::{Conduct, Moment, Start};
use super::counters::Outcome;
use super::worker::Settings;
use super::{Act, OperationKind, OperationState, ending, frozen, kinds, launch, noted, step};
use crate::api_tokens;
use crate::audit::Action;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, OfferId, OperationId, UserId};
use crate::schema::{companies, operations, sql_types, users};
use crate::tenancy::{self, CompanyScope};

/// How far ahead an operation can be scheduled.
pub const FURTHEST: TimeDelta = TimeDelta::days(30);

/// A condition on `operations o`, in state `scheduled`: its time has come.
pub(super) const DUE: &str = "(o.scheduled_for <= clock_timestamp() OR EXISTS \
    (SELECT FROM operations first WHERE first.id = o.after_id AND first.state = 'finished'))";

/// Refuses a conduct that can't be.
pub(super) fn check(conn: &mut PgConnection, scope: &CompanyScope, conduct: &Conduct) -> Result<()> {
    conduct.pause.check()?;
    match conduct.start {
        Start::Now => Ok(()),
        Start::At(moment) => check_moment(conn, moment),
        Start::After(first) => check_first(conn, scope, first),
    }
}

fn check_moment(conn: &mut PgConnection, moment: Moment) -> Result<()> {
    #[derive(QueryableByName)]
    struct Clock {
        #[diesel(sql_type = Timestamptz)]
        now: DateTime<Utc>,
    }
    let clock: Clock = diesel::sql_query("SELECT clock_timestamp() AS now").get_result(conn)?;
    if moment.at() <= clock.now {
        return Err(Error::invalid("start_at", format!("{moment} has passed. Choose a later time.")));
    }
    if moment.at() > clock.now + FURTHEST {
        let days = FURTHEST.num_days();
        return Err(Error::invalid(
            "start_at",
            format!("{moment} is more than {days} days ahead. Choose an earlier time."),
        ));
    }
    Ok(())
}

fn check_first(conn: &mut PgConnection, scope: &CompanyScope, first: OperationId) -> Result<()> {
    let state: Option<OperationState> = operations::table
        .find(first)
        .filter(operations::company_id.eq(scope.company_id()))
        .select(operations::state)
        .first(conn)
        .optional()?;
    match state {
        None => Err(Error::invalid(
            "after",
            format!("No operation #{first} was launched in {}. Choose another one.", scope.company_name()),
        )),
        Some(OperationState::Finished) => Err(Error::invalid(
            "after",
            format!(
                "Operation #{first} has ended: there is nothing to wait for. Start now, or choose another one."
            ),
        )),
        Some(_) => Ok(()),
    }
}

/// Gives a waiting operation another start: another moment, or now.
///
/// [`Error::NotFound`] for one that was launched elsewhere; [`Error::Forbidden`] for a person who
/// could not launch it; [`Error::Refused`] when it does not wait any more; [`Error::Invalid`] for a
/// moment out of reach, and for another operation: what it follows is said at launch.
pub fn reschedule(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    number: OperationId,
    start: Start,
) -> Result<()> {
    conn.transaction(|conn| {
        let (kind, state, recall_of): (OperationKind, OperationState, Option<OperationId>) =
            operations::table
                .find(number)
                .filter(operations::company_id.eq(scope.company_id()))
                .select((operations::kind, operations::state, operations::recall_of_id))
                .for_no_key_update()
                .first(conn)?;
        let undone = kinds::recall::undone(conn, recall_of)?;
        for permission in undone.map_or(kind, |undone| undone.kind).permissions() {
            scope.require_to_launch(*permission)?;
        }
        if state != OperationState::Scheduled {
            return Err(Error::refused("This operation does not wait any more: its start can't be changed."));
        }
        let moment = match start {
            Start::Now => None,
            Start::At(moment) => Some(moment),
            Start::After(_) => {
                return Err(Error::invalid("start", "Choose a time, or to start now."));
            }
        };
        if let Some(moment) = moment {
            check_moment(conn, moment)?;
        }
        // Now is as if its time had come: the worker asks the same as it would have then.
        diesel::sql_query(
            "UPDATE operations SET after_id = NULL, scheduled_for = coalesce($2, clock_timestamp()), \
                 scheduled_zone = coalesce($3, 'UTC') WHERE id = $1",
        )
        .bind::<BigInt, _>(number)
        .bind::<Nullable<Timestamptz>, _>(moment.map(Moment::at))
        .bind::<Nullable<Text>, _>(moment.map(Moment::zone))
        .execute(conn)?;
        noted::note(conn, scope, Action::OperationRescheduled, number)?;
        launch::wake_workers(conn)
    })
}

/// The operations that are to follow this one of the active company, or have followed it.
pub fn followers(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    number: OperationId,
) -> Result<Vec<OperationId>> {
    Ok(operations::table
        .filter(operations::after_id.eq(number))
        .filter(operations::company_id.eq(scope.company_id()))
        .order(operations::id)
        .select(operations::id)
        .load(conn)?)
}

/// How long it is until the next scheduled moment; none if nothing is scheduled. What has met an error
/// waits longer than until its moment.
pub(super) fn until_next(conn: &mut PgConnection) -> Result<Option<Duration>> {
    #[derive(QueryableByName)]
    struct Next {
        #[diesel(sql_type = Nullable<Double>)]
        seconds: Option<f64>,
    }
    const SQL: &str = "SELECT extract(epoch FROM min(o.scheduled_for) - clock_timestamp())::float8 AS seconds \
         FROM operations o WHERE o.state = 'scheduled' \
         AND NOT EXISTS (SELECT FROM operation_faults f WHERE f.operation_id = o.id)";
    let next: Next = diesel::sql_query(SQL).get_result(conn)?;
    Ok(next.seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)))
}

/// A waiting operation whose time has come.
#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = BigInt)]
    id: OperationId,
    #[diesel(sql_type = BigInt)]
    company_id: CompanyId,
    #[diesel(sql_type = sql_types::OperationKind)]
    kind: OperationKind,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    target: Option<CompanyUid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    offer_id: Option<OfferId>,
    #[diesel(sql_type = Bool)]
    keep_labels: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    recall_of_id: Option<OperationId>,
    #[diesel(sql_type = BigInt)]
    launched_by: UserId,
    #[diesel(sql_type = Nullable<BigInt>)]
    after_id: Option<OperationId>,
}

/// Lets a waiting operation begin if its time has come, and says whether there was anything to do.
///
/// One transaction: a worker that dies in it leaves the operation waiting, and due.
pub(super) fn begin_if_due(conn: &mut PgConnection, settings: &Settings, id: OperationId) -> Result<bool> {
    conn.transaction(|conn| {
        let Some(due) = lock_if_due(conn, id)? else { return Ok(false) };
        match obstacle(conn, &due)? {
            None => {
                diesel::update(operations::table.find(id))
                    .set(operations::state.eq(OperationState::Initializing))
                    .execute(conn)?;
            }
            Some(sentence) => {
                diesel::update(operations::table.find(id))
                    .set((
                        operations::state.eq(OperationState::Finished),
                        operations::finished_at.eq(step::clock().nullable()),
                        operations::not_started_because.eq(sentence),
                    ))
                    .execute(conn)?;
                frozen::discard(conn, id)?;
                ending::tell(conn, settings, id)?;
            }
        }
        Ok(true)
    })
}

fn lock_if_due(conn: &mut PgConnection, id: OperationId) -> Result<Option<Due>> {
    let sql = format!(
        "SELECT o.id, o.company_id, o.kind, (SELECT c.uid FROM companies c WHERE c.id = o.target_company_id) AS target, \
             o.offer_id, o.keep_labels, o.recall_of_id, o.launched_by, o.after_id \
         FROM operations o WHERE o.id = $1 AND o.state = 'scheduled' AND {DUE} FOR NO KEY UPDATE OF o SKIP LOCKED"
    );
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(conn).optional()?)
}

/// Why the operation can't begin, if it can't.
fn obstacle(conn: &mut PgConnection, due: &Due) -> Result<Option<String>> {
    if let Some(first) = due.after_id
        && let Some(sentence) = first_failed(conn, first)?
    {
        return Ok(Some(sentence));
    }
    let (uid, company): (CompanyUid, String) =
        companies::table.find(due.company_id).select((companies::uid, companies::name)).first(conn)?;
    let person: String = users::table.find(due.launched_by).select(users::name).first(conn)?;
    // It may no more than when it was launched, also where its person may.
    let token = api_tokens::of_operation(conn, due.id)?;
    let scope = match tenancy::enter_unattended(conn, due.launched_by, uid) {
        Ok(scope) => scope.narrowed_to(token.as_ref()),
        Err(Error::NotFound) => {
            return Ok(Some(format!("{person}, who launched it, is not a user of {company} any more.")));
        }
        Err(other) => return Err(other),
    };
    match still_allowed(conn, &scope, due) {
        Ok(()) => Ok(None),
        Err(Error::Refused(sentence)) => Ok(Some(sentence.into_owned())),
        Err(Error::Invalid { message, .. }) => Ok(Some(message.into_owned())),
        Err(Error::Forbidden(_)) => Ok(Some(format!(
            "{person}, who launched it, has not the right to do this in {company} any more."
        ))),
        Err(Error::NotFound) => Ok(Some(format!(
            "{company} does not reach the company that SIMs were to go to, or the offer that they were to go on, any more."
        ))),
        Err(other) => Err(other),
    }
}

fn still_allowed(conn: &mut PgConnection, scope: &CompanyScope, due: &Due) -> Result<()> {
    let act = Act::stored(due.id, due.kind, due.target, due.offer_id, due.keep_labels, due.recall_of_id)
        .ok_or_else(|| {
            Error::Internal(format!("operation {} is of no kind that waits, or lacks what it needs", due.id))
        })?;
    act.check(conn, scope)
}

/// Why an operation that follows `first` can't begin: `first` has not succeeded.
fn first_failed(conn: &mut PgConnection, first: OperationId) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct First {
        #[diesel(sql_type = Nullable<Text>)]
        outcome: Option<Outcome>,
    }
    let sql = format!(
        "SELECT {outcome} AS outcome FROM operations o \
         JOIN operation_companies c ON c.operation_id = o.id AND c.company_id = o.company_id WHERE o.id = $1",
        outcome = Outcome::SQL,
    );
    let ended: First = diesel::sql_query(sql).bind::<BigInt, _>(first).get_result(conn)?;
    let how = match ended.outcome {
        Some(Outcome::Succeeded) => return Ok(None),
        Some(outcome) => format!("ended as: {}", outcome.label()),
        None => "goes on".to_owned(),
    };
    Ok(Some(format!("It was to start after operation #{first} had succeeded, which {how}.")))
}
