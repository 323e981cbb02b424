//! A new password by e-mail, for somebody who has forgotten theirs.
//!
//! Asking says nothing about who is known here, not by how long it takes either: what was typed is stored as it is, and
//! answered afterwards by whoever delivers the letters. The letter has a one-time link (see [`crate::password_links`])
//! that is short-lived. A second factor is asked for at the next sign-in all the same.

use diesel::PgConnection;
use diesel::dsl::{exists, now};
use diesel::prelude::*;

use crate::error::Result;
use crate::ids::UserId;
use crate::outbox::{self, Letter};
use crate::password_links;
use crate::people::{self, Person, lower};
use crate::schema::{
    invitations, memberships, password_links as links, password_reset_requests as requests, users,
};

/// For how many minutes a link from a letter leads somewhere.
pub const MINUTES: i32 = 60;
/// At most this many of a person's links lead somewhere at a time: nobody's mailbox is filled from here.
const LIVE: i64 = 3;
/// The longest address that mail can have.
const LONGEST: usize = 254;

/// Notes that somebody has asked for a new password for `email`, known here or not.
pub fn ask(conn: &mut PgConnection, email: &str) -> Result<()> {
    // Shortened rather than refused: one that is longer is nobody's.
    let email: String = email.trim().to_lowercase().chars().take(LONGEST).collect();
    diesel::insert_into(requests::table).values(requests::email.eq(email)).execute(conn)?;
    Ok(())
}

/// Answers the oldest request that nobody else is answering, and says whether there was one.
///
/// If the address is that of a member of some company, or of somebody who is invited to one, `token` becomes a link of theirs, and the letter that `write`
/// makes of it goes into the outbox. Else nothing comes of it.
pub fn answer_next(
    conn: &mut PgConnection,
    token: &str,
    write: impl FnOnce(&Person, &str) -> Letter,
) -> Result<bool> {
    conn.transaction(|conn| {
        let next = requests::table.order(requests::id).limit(1).for_update().skip_locked();
        let Some((id, email)) = next.first::<(i64, String)>(conn).optional()? else { return Ok(false) };
        diesel::delete(requests::table.find(id)).execute(conn)?;
        if let Some((user, _)) = people::credentials(conn, &email)?
            && may_be_written_to(conn, user)?
        {
            insert(conn, user, token)?;
            let person = people::find(conn, user)?;
            outbox::queue(conn, &person.email, &write(&person, token))?;
        }
        Ok(true)
    })
}

fn may_be_written_to(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    let live: i64 = links::table
        .filter(links::user_id.eq(user))
        .filter(links::by_mail)
        .filter(links::expires_at.gt(now))
        .count()
        .get_result(conn)?;
    let somewhere = memberships::table.filter(memberships::user_id.eq(user));
    // Somebody of no company any more comes back by an invitation, and may have forgotten the password meanwhile.
    let invited = invitations::table
        .inner_join(users::table.on(lower(users::email).eq(invitations::email)))
        .filter(users::id.eq(user))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .filter(invitations::expires_at.gt(now));
    Ok(live < LIVE && diesel::select(exists(somewhere).or(exists(invited))).get_result::<bool>(conn)?)
}

/// Makes `token` a link of the person, besides those that they have.
pub(crate) fn insert(conn: &mut PgConnection, user: UserId, token: &str) -> Result<()> {
    diesel::insert_into(links::table)
        .values((
            links::token_hash.eq(password_links::hash(token)),
            links::user_id.eq(user),
            links::created_by.eq(user),
            links::by_mail.eq(true),
            links::expires_at.eq(diesel::dsl::sql(&format!("now() + interval '{MINUTES} minutes'"))),
        ))
        .execute(conn)?;
    Ok(())
}
