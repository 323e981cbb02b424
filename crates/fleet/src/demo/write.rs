//! The past in the database: operations, tasks, counters, and the SIMs as they are now. Set by set, never row by row.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::dsl::copy_from;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamptz};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::cast::ACCOUNTS;
use super::history::{Ending, History, Played, Standing};
use super::schedule::{Act, Launch, Refusal};
use super::stage::Stage;
use super::vendor::imei;
use crate::error::{Error, Result};
use crate::ids::{OperationId, SimId};
use crate::operations;
use crate::schema::{sims, tasks};
use crate::sims::{Selection, SimState};

diesel::table! {
    /// Dropped at the end of the transaction.
    demo_sims (sim_id) {
        sim_id -> BigInt,
        company_id -> BigInt,
        state -> Text,
        offer_id -> Nullable<BigInt>,
        label_ids -> Nullable<Text>,
        name -> Nullable<Text>,
        imei -> Nullable<Text>,
        activated_at -> Nullable<Timestamptz>,
        changed_at -> Timestamptz,
    }
}

/// The date by the clock of the database.
pub(super) fn today(conn: &mut PgConnection) -> Result<NaiveDate> {
    let now: DateTime<Utc> = diesel::select(diesel::dsl::now.into_sql::<Timestamptz>()).get_result(conn)?;
    Ok(now.date_naive())
}

pub(super) fn write(
    conn: &mut PgConnection,
    stage: &Stage,
    history: &History,
    imported_at: DateTime<Utc>,
    rng: &mut ChaCha8Rng,
) -> Result<()> {
    // The file was in the order of the ICCIDs, so this is the order of the file.
    let sim_ids: Vec<SimId> = sims::table.order(sims::iccid).select(sims::id).load(conn)?;
    let mut operations = Vec::with_capacity(history.operations.len());
    for (launch, played) in &history.operations {
        operations.push(insert_operation(conn, stage, &sim_ids, launch, played)?);
    }
    copy_tasks(conn, stage, &sim_ids, &operations, history)?;
    count_tasks(conn)?;
    tell_launches(conn)?;
    update_sims(conn, stage, &sim_ids, &history.standings, imported_at, rng)
}

/// Tells of the operations in the audit log, as if each had been launched.
fn tell_launches(conn: &mut PgConnection) -> Result<()> {
    const SQL: &str = "INSERT INTO audit_events \
             (company_id, at, actor_id, actor, action, subject, after, operation_id) \
         SELECT o.company_id, o.launched_at, u.id, u.name || ' (' || u.email || ')', 'operation_launched', \
             initcap(replace(o.kind::text, '_', ' ')) || ' #' || o.id, \
             jsonb_strip_nulls(jsonb_build_object('SIMs', o.selected, 'to', t.name, 'offer', f.name)), o.id \
         FROM operations o JOIN users u ON u.id = o.launched_by \
         LEFT JOIN companies t ON t.id = o.target_company_id LEFT JOIN offers f ON f.id = o.offer_id \
         WHERE o.kind <> 'import' ORDER BY o.launched_at";
    diesel::sql_query(SQL).execute(conn)?;
    Ok(())
}

/// Lets the import, the only operation so far, have been at its time, and forgets its file and that it was told of.
pub(super) fn backdate_import(conn: &mut PgConnection, imported_at: DateTime<Utc>) -> Result<()> {
    for table in [
        "operations SET tasks_made = selected, launched_at = $1 - interval '5 minutes', \
                       started_at = $1 - interval '5 minutes' + interval '0.4 s', finished_at = $1",
        "tasks SET finished_at = $1",
    ] {
        diesel::sql_query(format!("UPDATE {table}")).bind::<Timestamptz, _>(imported_at).execute(conn)?;
    }
    conn.batch_execute("DELETE FROM import_drafts; TRUNCATE import_lines; DELETE FROM messages")?;
    Ok(())
}

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = BigInt)]
    id: OperationId,
}

fn insert_operation(
    conn: &mut PgConnection,
    stage: &Stage,
    sim_ids: &[SimId],
    launch: &Launch,
    played: &[Played],
) -> Result<OperationId> {
    let (kind, target, offer) = match launch.act {
        Act::Transfer { to } => ("transfer", Some(stage.companies[to]), None),
        Act::Activate { offer } => ("activate", None, Some(stage.offers[offer])),
        Act::Suspend => ("suspend", None, None),
        Act::Resume => ("resume", None, None),
        Act::Terminate => ("terminate", None, None),
    };
    let selection = Selection::Sims(played.iter().map(|task| sim_ids[task.sim]).collect());
    let selection = serde_json::to_value(selection).map_err(|error| Error::Internal(error.to_string()))?;
    let finished_at = played.iter().map(|task| task.ended_at).max().unwrap_or(launch.at);
    let cancelled_at = played.iter().find(|task| task.ending == Ending::Cancelled).map(|task| task.ended_at);
    let inserted: Inserted = diesel::sql_query(
        "INSERT INTO operations (company_id, kind, state, target_company_id, offer_id, selection, launched_by,
                                 launched_at, started_at, finished_at, selected, tasks_made,
                                 cancelled_by, cancelled_at)
         VALUES ($1, $2::operation_kind, 'finished', $3, $4, $5, $6, $7, $7 + interval '0.4 s', $8, $9, $9, $10, $11)
         RETURNING id",
    )
    .bind::<BigInt, _>(stage.companies[launch.account])
    .bind::<Text, _>(kind)
    .bind::<Nullable<BigInt>, _>(target)
    .bind::<Nullable<BigInt>, _>(offer)
    .bind::<Jsonb, _>(selection)
    .bind::<BigInt, _>(stage.people[launch.by])
    .bind::<Timestamptz, _>(launch.at)
    .bind::<Timestamptz, _>(finished_at)
    .bind::<Integer, _>(i32::try_from(played.len()).unwrap_or(i32::MAX))
    .bind::<Nullable<BigInt>, _>(cancelled_at.map(|_| stage.people[launch.by]))
    .bind::<Nullable<Timestamptz>, _>(cancelled_at)
    .get_result(conn)?;
    Ok(inserted.id)
}

fn copy_tasks(
    conn: &mut PgConnection,
    stage: &Stage,
    sim_ids: &[SimId],
    operations: &[OperationId],
    history: &History,
) -> Result<()> {
    let columns = (
        tasks::operation_id,
        tasks::position,
        tasks::sim_id,
        tasks::state,
        tasks::before_company_id,
        tasks::before_state,
        tasks::before_offer_id,
        tasks::moved_to_company_id,
        tasks::code,
        tasks::network_message,
        tasks::finished_at,
    );
    copy_from(tasks::table)
        .from_raw_data(columns, |copy| {
            let mut text = String::new();
            for (operation, (launch, played)) in operations.iter().zip(&history.operations) {
                text.clear();
                for (index, task) in played.iter().enumerate() {
                    write_task(&mut text, stage, sim_ids, (*operation, index + 1), launch, task);
                }
                copy.write_all(text.as_bytes()).map_err(|error| Error::Internal(error.to_string()))?;
            }
            Ok::<_, Error>(())
        })
        .execute(conn)?;
    Ok(())
}

fn write_task(
    text: &mut String,
    stage: &Stage,
    sim_ids: &[SimId],
    (operation, position): (OperationId, usize),
    launch: &Launch,
    task: &Played,
) {
    let (ending, code, message) = match task.ending {
        Ending::Success => ("success", None, None),
        Ending::Cancelled => ("cancelled", None, None),
        Ending::Refused(Refusal::Rejected) => {
            ("failure", Some("network_rejected"), Some("IMSI not known to the home register"))
        }
        Ending::Refused(Refusal::Unreachable) => ("failure", Some("network_unreachable"), None),
    };
    let moved_to = match launch.act {
        Act::Transfer { to } if task.ending == Ending::Success => Some(stage.companies[to]),
        _ => None,
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{operation}\t{position}\t{}\t{ending}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        sim_ids[task.sim],
        stage.companies[task.before_account],
        task.before_state,
        or_null(task.before_offer.map(|offer| stage.offers[offer])),
        or_null(moved_to),
        or_null(code),
        or_null(message),
        stamp(task.ended_at),
    );
}

/// The counters that the engine would have kept: the launching company's of all tasks, a receiving company's of what arrived.
fn count_tasks(conn: &mut PgConnection) -> Result<()> {
    conn.batch_execute(
        "INSERT INTO operation_companies (company_id, operation_id, of_kind, success, failure, cancelled)
         SELECT o.company_id, o.id, o.kind, count(*) FILTER (WHERE t.state = 'success'),
                count(*) FILTER (WHERE t.state = 'failure'), count(*) FILTER (WHERE t.state = 'cancelled')
         FROM operations o JOIN tasks t ON t.operation_id = o.id WHERE o.kind <> 'import' GROUP BY o.id
         UNION ALL
         SELECT t.moved_to_company_id, o.id, o.kind, count(*), 0, 0
         FROM operations o JOIN tasks t ON t.operation_id = o.id WHERE t.moved_to_company_id IS NOT NULL GROUP BY 1, o.id",
    )?;
    operations::count_all_failures(conn)
}

fn update_sims(
    conn: &mut PgConnection,
    stage: &Stage,
    sim_ids: &[SimId],
    standings: &[Standing],
    imported_at: DateTime<Utc>,
    rng: &mut ChaCha8Rng,
) -> Result<()> {
    let mut text = String::new();
    for (index, (sim, standing)) in sim_ids.iter().zip(standings).enumerate() {
        write_standing(&mut text, stage, *sim, index, standing, rng);
    }
    conn.batch_execute(
        "CREATE TEMPORARY TABLE demo_sims (
             sim_id bigint NOT NULL, company_id bigint NOT NULL, state sim_state NOT NULL, offer_id bigint,
             label_ids bigint[], name text, imei text, activated_at timestamptz, changed_at timestamptz NOT NULL
         ) ON COMMIT DROP",
    )?;
    copy_from(demo_sims::table)
        .from_raw_data(demo_sims::all_columns, |copy| {
            copy.write_all(text.as_bytes()).map_err(|error| Error::Internal(error.to_string()))
        })
        .execute(conn)?;
    diesel::sql_query(format!(
        "UPDATE sims s SET company_id = d.company_id, state = d.state, offer_id = d.offer_id,
                label_ids = coalesce(d.label_ids, s.label_ids), name = d.name, fields = {},
                note = CASE WHEN d.state = 'suspended' AND d.sim_id % 3 = 0 THEN 'Waits for a new device.' END, imei = d.imei,
                activated_at = d.activated_at, changed_at = d.changed_at, created_at = $1
         FROM demo_sims d WHERE d.sim_id = s.id",
        stage.fields
    ))
    .bind::<Timestamptz, _>(imported_at)
    .execute(conn)?;
    Ok(())
}

fn write_standing(
    text: &mut String,
    stage: &Stage,
    sim: SimId,
    index: usize,
    standing: &Standing,
    rng: &mut ChaCha8Rng,
) {
    // What has been in service has been in a device.
    let used = standing.activated_at.is_some();
    let labels = match stage.labels[standing.account].as_slice() {
        // The main account has those of its deliveries.
        _ if standing.account == 0 => None,
        [] => Some("{}".to_owned()),
        _ if standing.state == SimState::Inventory || rng.random_ratio(1, 3) => Some("{}".to_owned()),
        labels => Some(format!("{{{}}}", labels[rng.random_range(0..labels.len())])),
    };
    let name = used.then(|| format!("{} {:05}", ACCOUNTS[standing.account].device, index % 100_000));
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{sim}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        stage.companies[standing.account],
        standing.state,
        or_null(standing.offer.map(|offer| stage.offers[offer])),
        or_null(labels),
        or_null(name),
        or_null(used.then(|| imei(index))),
        or_null(standing.activated_at.map(stamp)),
        stamp(standing.changed_at),
    );
}

/// A value in the text format of `COPY`.
fn or_null(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "\\N".to_owned(), |value| value.to_string())
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
