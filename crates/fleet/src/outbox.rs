//! The outbox: letters to be sent by e-mail, each written in the transaction of what it tells of.
//!
//! Whoever sends takes a letter with [`claim`], which lends it for a while, and then notes what
//! became of it. One that died lets its lease expire, and another sends the letter: with the same
//! [`Claimed::uid`], because the mail server may have taken it the first time.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};
use uuid::Uuid;

use crate::error::Result;
use crate::hearsay::{discreet, one_line};
use crate::ids::LetterId;
use crate::schema::outbox;
use crate::tenancy;

/// The most letters that are removed at once.
const PURGED_AT_ONCE: i64 = 5_000;

/// What is written to somebody, in both forms that mail programs show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// A letter that has been lent to be sent.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg))]
pub struct Claimed {
    id: LetterId,
    /// The same at every attempt.
    pub uid: Uuid,
    /// Who it is for.
    pub to_address: String,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// The number of this attempt, from 1 on.
    pub attempts: i16,
    lease: Option<Uuid>,
}

/// Puts a letter into the outbox, and gives the name that it has there. To be called in the transaction of what it tells of.
///
/// Line breaks and other control characters in the subject become spaces: it is a header.
pub fn queue(conn: &mut PgConnection, to_address: &str, letter: &Letter) -> Result<Uuid> {
    let uid = Uuid::now_v7();
    let queue = diesel::insert_into(outbox::table).values((
        outbox::uid.eq(uid),
        outbox::to_address.eq(to_address),
        outbox::subject.eq(one_line(&letter.subject)),
        outbox::text.eq(&letter.text),
        outbox::html.eq(&letter.html),
    ));
    tenancy::beyond(conn, |conn| queue.execute(conn))?;
    Ok(uid)
}

/// Takes the letter that has waited longest and that nobody else is sending, for the time `lease`.
pub fn claim(conn: &mut PgConnection, lease: Duration) -> Result<Option<Claimed>> {
    let next = outbox::table
        .filter(outbox::sent_at.is_null())
        .filter(outbox::given_up_at.is_null())
        .filter(outbox::next_attempt_at.le(clock()))
        .filter(outbox::leased_until.is_null().or(outbox::leased_until.lt(clock().nullable())))
        .order(outbox::next_attempt_at)
        .limit(1)
        .for_update()
        .skip_locked()
        .select(outbox::id);
    conn.transaction(|conn| {
        let Some(id) = next.first::<LetterId>(conn).optional()? else { return Ok(None) };
        let claimed = diesel::update(outbox::table.find(id))
            .set((
                outbox::attempts.eq(outbox::attempts + 1),
                outbox::lease.eq(Uuid::now_v7()),
                outbox::leased_until.eq(after(lease).nullable()),
            ))
            .returning(Claimed::as_returning())
            .get_result(conn)?;
        Ok(Some(claimed))
    })
}

/// Why a letter was not taken, as it is kept and logged: one short line, which repeats no address and no one-time link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    said: String,
    is_of_letter: bool,
}

impl Reason {
    /// What a mail server has said of the letter.
    pub fn of_letter(said: &str) -> Self {
        Self { said: discreet(said), is_of_letter: true }
    }

    /// What keeps the portal from handing any letter to its mail server: for whoever runs it.
    pub fn of_portal(said: &str) -> Self {
        Self { said: discreet(said), is_of_letter: false }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The mail server has taken the letter.
    Sent,
    /// Not this time, for a reason; to be tried again after a pause.
    Failed(Reason, Duration),
    /// Not any more, for a reason.
    GivenUp(Reason),
}

/// Notes what became of an attempt, and says whether the letter was still this sender's.
///
/// What a letter said is forgotten once it is sent or given up: it may hold a one-time link.
pub fn note(conn: &mut PgConnection, letter: &Claimed, attempt: &Attempt) -> Result<bool> {
    let letter = outbox::table.find(letter.id).filter(outbox::lease.eq(letter.lease));
    let given_back = (outbox::lease.eq(None::<Uuid>), outbox::leased_until.eq(None::<DateTime<Utc>>));
    let forgotten = (outbox::text.eq(""), outbox::html.eq(""));
    let kept = |reason: &Reason| {
        (outbox::last_error.eq(Some(reason.said.clone())), outbox::is_of_letter.eq(reason.is_of_letter))
    };
    let noted = match attempt {
        Attempt::Sent => diesel::update(letter)
            .set((
                given_back,
                forgotten,
                outbox::sent_at.eq(clock().nullable()),
                outbox::last_error.eq(None::<String>),
            ))
            .execute(conn)?,
        Attempt::Failed(reason, pause) => diesel::update(letter)
            .set((given_back, kept(reason), outbox::next_attempt_at.eq(after(*pause))))
            .execute(conn)?,
        Attempt::GivenUp(reason) => diesel::update(letter)
            .set((given_back, forgotten, kept(reason), outbox::given_up_at.eq(clock().nullable())))
            .execute(conn)?,
    };
    Ok(noted == 1)
}

/// A letter that no mail server has taken, though it was tried.
#[derive(Debug, Clone)]
pub struct Undelivered {
    /// Its name in the outbox.
    pub uid: Uuid,
    /// What the mail server said of it at the last attempt; none where no letter would have been taken.
    pub reason: Option<String>,
    /// When it is tried again; not any more if it is given up.
    pub again_at: Option<DateTime<Utc>>,
}

/// Those of these letters that were tried and not taken.
pub(crate) fn undelivered(conn: &mut PgConnection, letters: &[Uuid]) -> Result<Vec<Undelivered>> {
    type Row = (Uuid, Option<String>, bool, DateTime<Utc>, bool);
    if letters.is_empty() {
        return Ok(Vec::new());
    }
    let query = outbox::table
        .filter(outbox::uid.eq_any(letters))
        .filter(outbox::sent_at.is_null())
        .filter(outbox::last_error.is_not_null())
        .select((
            outbox::uid,
            outbox::last_error,
            outbox::is_of_letter,
            outbox::next_attempt_at,
            outbox::given_up_at.is_not_null(),
        ));
    let found: Vec<Row> = tenancy::beyond(conn, |conn| query.load(conn))?;
    let each = |(uid, reason, is_of_letter, next, is_given_up): Row| Undelivered {
        uid,
        reason: reason.filter(|_| is_of_letter),
        again_at: (!is_given_up).then_some(next),
    };
    Ok(found.into_iter().map(each).collect())
}

/// Removes letters that were sent or given up 30 days ago, at most some thousand at once, and says how many.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    const SQL: &str = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox \
         WHERE coalesce(sent_at, given_up_at) < now() - interval '30 days' LIMIT $1 FOR UPDATE SKIP LOCKED)";
    Ok(diesel::sql_query(SQL).bind::<BigInt, _>(PURGED_AT_ONCE).execute(conn)?)
}

fn clock() -> SqlLiteral<Timestamptz> {
    diesel::dsl::sql("clock_timestamp()")
}

fn after(time: Duration) -> SqlLiteral<Timestamptz> {
    diesel::dsl::sql(&format!("clock_timestamp() + interval '{} milliseconds'", time.as_millis()))
}
