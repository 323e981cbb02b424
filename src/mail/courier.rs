//! The courier: takes what is due out of the outbox, hands it to the mail server, and notes what
//! became of it. Any number of couriers can share an outbox.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use fleet::Result;
use fleet::db::{self, Pool};
use fleet::operations::worker::Stop;
use fleet::outbox::{self, Attempt, Claimed, Reason};
use fleet::password_resets;

use super::{MailServer, Writer};
use crate::web::session::random_token;

/// How often things are tried. The defaults are for production; tests choose smaller ones.
#[derive(Debug, Clone)]
pub struct Pace {
    /// How long to wait after each attempt that failed. After one more attempt than there are of
    /// these, a letter is given up.
    pub back_off: Vec<Duration>,
    /// How long a letter stays with the courier that took it. Longer than any mail server's silence.
    pub lease: Duration,
    /// How often to look into the outbox.
    pub poll: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // A mail server may be down over night, and over the day that it takes to find somebody who mends it.
            back_off: [1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60].map(Duration::from_mins).to_vec(),
            lease: Duration::from_mins(5),
            poll: Duration::from_secs(2),
        }
    }
}

/// Delivers until it is told to stop. To be run on a thread of its own.
///
/// An error or a panic ends neither the courier nor the letter: it is logged, and tried again.
pub fn run(pool: &Pool, server: &MailServer, writer: &Writer, pace: &Pace, stop: &Stop) {
    let round = || {
        answer_requests(pool, writer, stop)?;
        deliver_due(pool, server, pace, stop)
    };
    loop {
        match catch_unwind(AssertUnwindSafe(round)) {
            Ok(Ok(_)) => {}
            Ok(Err(cause)) => tracing::error!(%cause, "the courier has met an error and goes on"),
            Err(_panic) => tracing::error!("the courier has panicked and goes on"),
        }
        if stop.wait(pace.poll) {
            return;
        }
    }
}

/// Writes the letters that people have asked for at the sign-in page, and says how many requests there were.
pub fn answer_requests(pool: &Pool, writer: &Writer, stop: &Stop) -> Result<usize> {
    let mut answered = 0;
    while !stop.is_stopped() {
        let write = |person: &_, token: &_| writer.password_reset(person, token);
        if !db::with(pool, |conn| password_resets::answer_next(conn, &random_token(), write))? {
            break;
        }
        answered += 1;
    }
    Ok(answered)
}

/// Tries every letter that is due now, once, and says how many were sent.
pub fn deliver_due(pool: &Pool, server: &MailServer, pace: &Pace, stop: &Stop) -> Result<usize> {
    let mut sent = 0;
    while !stop.is_stopped() {
        let Some(letter) = db::with(pool, |conn| outbox::claim(conn, pace.lease))? else { break };
        let attempt = deliver(server, pace, &letter);
        tell(&letter, &attempt);
        sent += usize::from(attempt == Attempt::Sent);
        // The server may have taken long: not with a connection in hand.
        if !db::with(pool, |conn| outbox::note(conn, &letter, &attempt))? {
            tracing::warn!(letter = %letter.uid, "a letter took longer than its lease");
        }
    }
    Ok(sent)
}

fn deliver(server: &MailServer, pace: &Pace, letter: &Claimed) -> Attempt {
    let tried = usize::try_from(letter.attempts).unwrap_or(usize::MAX);
    if tried > pace.back_off.len() + 1 {
        return Attempt::GivenUp(Reason::of_portal("whoever tried to send it was cut off each time"));
    }
    match server.take(letter) {
        Ok(()) => Attempt::Sent,
        Err(refusal) => match pace.back_off.get(tried - 1) {
            Some(pause) if !refusal.is_final => Attempt::Failed(refusal.reason, *pause),
            _ => Attempt::GivenUp(refusal.reason),
        },
    }
}

/// Logs each attempt that failed: of most letters nobody else learns it.
fn tell(letter: &Claimed, attempt: &Attempt) {
    let (letter, attempts) = (letter.uid, letter.attempts);
    match attempt {
        Attempt::Sent => {}
        Attempt::Failed(reason, _) => {
            tracing::warn!(%letter, attempts, %reason, "a letter was not taken, and is tried again");
        }
        Attempt::GivenUp(reason) => tracing::error!(%letter, attempts, %reason, "a letter is given up"),
    }
}
