//! Makes the exports that are too long to be waited for: any number of makers, on any number of machines, can share the
//! work.
//!
//! A maker leases an export, writes its file on its own disk, and renews the lease as it goes on; then one transaction
//! puts the file into the database, says that it is ready, and leaves the message. One that dies leaves nothing behind
//! but its lease, which expires, and another one begins anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};
use uuid::Uuid;

use super::file::{self, Made};
use super::tree::{note_rows, sources};
use super::{DAYS_KEPT, Export, ExportState, kept};
use crate::db::{self, Pool};
use crate::error::{Error, Result};
use crate::ids::{CompanyUid, ExportId};
use crate::messages;
use crate::numbers::count;
use crate::operations::worker::Stop;
use crate::schema::{companies, exports};
use crate::tenancy::{self, CompanyScope, Permission};

/// How exports are made. The defaults are for production; tests choose smaller ones.
#[derive(Debug, Clone)]
pub struct Pace {
    /// How long an export stays with a maker that is not heard of.
    pub lease: Duration,
    /// How often the lease is renewed, and how far it has come is noted.
    pub note: Duration,
    /// How often an export is tried.
    pub attempts: i16,
    /// How long it is left alone after the first error; doubled each time.
    pub back_off: Duration,
    /// How often to look for exports.
    pub poll: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            note: Duration::from_secs(1),
            attempts: 4,
            back_off: Duration::from_secs(15),
            poll: Duration::from_secs(2),
        }
    }
}

/// Makes exports until it is told to stop. To be run on a thread of its own, with a pool of two connections: one for the
/// snapshot that is read, and one to say how far it has come.
pub fn run(pool: &Pool, pace: &Pace, stop: &Stop) {
    loop {
        match catch_unwind(AssertUnwindSafe(|| make_waiting(pool, pace, stop))) {
            Ok(Ok(_)) => {}
            Ok(Err(cause)) => tracing::error!(%cause, "the maker of exports has met an error and goes on"),
            Err(_panic) => tracing::error!("the maker of exports has panicked and goes on"),
        }
        if stop.wait(pace.poll) {
            return;
        }
    }
}

/// Makes every export that waits now, one after the other, and says how many were made.
pub fn make_waiting(pool: &Pool, pace: &Pace, stop: &Stop) -> Result<usize> {
    let mut made = 0;
    while !stop.is_stopped() {
        let Some(claimed) = db::with(pool, |conn| claim(conn, pace))? else { break };
        made += usize::from(advance(pool, pace, stop, &claimed)?);
    }
    Ok(made)
}

/// An export that is this maker's for a while.
struct Claimed {
    export: Export,
    lease: Uuid,
    attempts: i16,
}

/// Takes the export whose turn it is: of the company that the fewest are being made for, then of the one that has waited
/// longest since one was made for it.
fn claim(conn: &mut PgConnection, pace: &Pace) -> Result<Option<Claimed>> {
    #[derive(QueryableByName)]
    struct Next {
        #[diesel(sql_type = BigInt)]
        id: ExportId,
    }
    const NEXT: &str = "SELECT e.id FROM exports e WHERE e.state = 'pending' AND e.in_background \
             AND (e.leased_until IS NULL OR e.leased_until < clock_timestamp()) \
         ORDER BY (SELECT count(*) FROM exports o WHERE o.company_id = e.company_id AND o.state = 'pending' \
                   AND o.in_background AND o.leased_until > clock_timestamp()), \
             (SELECT max(o.made_at) FROM exports o WHERE o.company_id = e.company_id AND o.in_background) NULLS FIRST, \
             e.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED";
    conn.transaction(|conn| {
        let Some(Next { id }) = diesel::sql_query(NEXT).get_result(conn).optional()? else { return Ok(None) };
        let lease = Uuid::now_v7();
        let (export, attempts) = diesel::update(exports::table.find(id))
            .set((
                exports::attempts.eq(exports::attempts + 1),
                exports::lease.eq(lease),
                exports::leased_until.eq(after(pace.lease).nullable()),
                exports::rows.eq(0),
            ))
            .returning((Export::as_returning(), exports::attempts))
            .get_result(conn)?;
        Ok(Some(Claimed { export, lease, attempts }))
    })
}

/// Makes an export, or notes why there is none; says whether it was made.
fn advance(pool: &Pool, pace: &Pace, stop: &Stop, claimed: &Claimed) -> Result<bool> {
    let uid = claimed.export.uid;
    if claimed.attempts > pace.attempts {
        tracing::error!(%uid, "an export is given up: whoever made it was cut off each time");
        return fail(pool, claimed, "The portal could not make the file. Ask for it again later.")
            .map(|()| false);
    }
    match catch_unwind(AssertUnwindSafe(|| make(pool, pace, stop, claimed))) {
        Ok(Ok(made)) => return Ok(made),
        Ok(Err(Error::Refused(words))) => return fail(pool, claimed, &words).map(|()| false),
        Ok(Err(Error::NotFound | Error::Forbidden(_))) => {
            let words = "Whoever asked for it may not export SIMs of this company any more.";
            return fail(pool, claimed, words).map(|()| false);
        }
        Ok(Err(cause)) => tracing::error!(%uid, %cause, "an export has met an error and is put off"),
        Err(_panic) => tracing::error!(%uid, "an export has made its maker panic and is put off"),
    }
    let pause = pace.back_off * 2_u32.saturating_pow(u32::from(claimed.attempts.unsigned_abs().min(10)) - 1);
    db::with(pool, |conn| {
        Ok(diesel::update(mine(claimed))
            .set(exports::leased_until.eq(after(pause).nullable()))
            .execute(conn)?)
    })?;
    Ok(false)
}

fn make(pool: &Pool, pace: &Pace, stop: &Stop, claimed: &Claimed) -> Result<bool> {
    let (mut reader, mut noter) = (pool.get()?, pool.get()?);
    let scope = scope(&mut reader, &claimed.export)?;
    let sources = sources(&mut reader, &scope, &claimed.export)?;
    let mut said = Instant::now();
    let made = file::make(&mut reader, &claimed.export, &sources, pace.lease, &mut |rows| {
        if stop.is_stopped() {
            return Ok(false);
        }
        if said.elapsed() < pace.note {
            return Ok(true);
        }
        said = Instant::now();
        renew(&mut noter, pace, claimed, rows)
    })?;
    let Some(mut made) = made else {
        give_back(&mut noter, claimed)?;
        return Ok(false);
    };
    finish(&mut noter, pace, claimed, &mut made)
}

/// The person who asked, as a member of the company now.
fn scope(conn: &mut PgConnection, export: &Export) -> Result<CompanyScope> {
    let company: CompanyUid = companies::table.find(export.company_id).select(companies::uid).first(conn)?;
    let scope = tenancy::enter_unattended(conn, export.asked_by, company)?;
    scope.require(Permission::SimsExport)?;
    Ok(scope)
}

/// Says how far it has come; whether the export is still this maker's.
fn renew(conn: &mut PgConnection, pace: &Pace, claimed: &Claimed, rows: i32) -> Result<bool> {
    let renewed = (exports::rows.eq(rows), exports::leased_until.eq(after(pace.lease).nullable()));
    Ok(diesel::update(mine(claimed)).set(renewed).execute(conn)? == 1)
}

/// Told to stop: another maker can begin at once.
fn give_back(conn: &mut PgConnection, claimed: &Claimed) -> Result<()> {
    diesel::update(mine(claimed))
        .set((
            exports::lease.eq(None::<Uuid>),
            exports::leased_until.eq(None::<DateTime<Utc>>),
            exports::attempts.eq(exports::attempts - 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps the file and tells of it, unless the export is not this maker's any more.
fn finish(conn: &mut PgConnection, pace: &Pace, claimed: &Claimed, made: &mut Made) -> Result<bool> {
    let id = claimed.export.id;
    conn.transaction(|conn| {
        // From here on the row is locked: nobody else takes it, however long the file is.
        if !renew(conn, pace, claimed, made.rows)? {
            return Ok(false);
        }
        kept::store(conn, id, &mut made.file)?;
        note_rows(conn, &made.rows_of)?;
        let days = DAYS_KEPT * 24;
        let export: Export = diesel::update(exports::table.find(id))
            .set((
                exports::state.eq(ExportState::Ready),
                exports::bytes.eq(made.bytes),
                exports::made_at.eq(after(Duration::ZERO).nullable()),
                exports::expires_at.eq(after(Duration::from_hours(days.unsigned_abs()))),
                exports::lease.eq(None::<Uuid>),
                exports::leased_until.eq(None::<DateTime<Utc>>),
            ))
            .returning(Export::as_returning())
            .get_result(conn)?;
        let sentence = format!(
            "Export of {} is ready: {}, until {}",
            sims(export.rows),
            export.format.label(),
            export.expires_at.format("%-d %B")
        );
        messages::leave(conn, export.asked_by, export.company_id, &sentence, "/exports")?;
        Ok(true)
    })
}

fn fail(pool: &Pool, claimed: &Claimed, words: &str) -> Result<()> {
    let export = &claimed.export;
    db::with(pool, |conn| {
        conn.transaction(|conn| {
            let failed = (
                exports::state.eq(ExportState::Failed),
                exports::failure.eq(words),
                exports::lease.eq(None::<Uuid>),
                exports::leased_until.eq(None::<DateTime<Utc>>),
            );
            if diesel::update(mine(claimed)).set(failed).execute(conn)? == 1 {
                let sentence = format!("Export of {} failed: {words}", sims(export.expected));
                messages::leave(conn, export.asked_by, export.company_id, &sentence, "/exports")?;
            }
            Ok(())
        })
    })
}

/// The export, as long as it waits and is leased to this maker.
#[diesel::dsl::auto_type(no_type_alias)]
fn mine(claimed: &Claimed) -> _ {
    let (id, lease, pending): (ExportId, Uuid, ExportState) =
        (claimed.export.id, claimed.lease, ExportState::Pending);
    exports::table
        .filter(exports::id.eq(id))
        .filter(exports::lease.eq(lease))
        .filter(exports::state.eq(pending))
}

fn sims(number: i32) -> String {
    format!("{} {}", count(number.into()), if number == 1 { "SIM" } else { "SIMs" })
}

fn after(time: Duration) -> SqlLiteral<Timestamptz> {
    diesel::dsl::sql(&format!("clock_timestamp() + interval '{} milliseconds'", time.as_millis()))
}
