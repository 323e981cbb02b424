//! Messages: what has happened that a person should know of, in one company.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::error::Result;
use crate::ids::{CompanyId, MessageId, UserId};
use crate::schema::{memberships, messages};
use crate::tenancy::CompanyScope;

/// The most unread messages that are counted: more are told as so many.
pub const COUNTED: i64 = 100;
/// The most messages that are removed at once.
const PURGED_AT_ONCE: i64 = 5_000;

/// A message.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Message {
    /// Later messages have higher ids.
    pub id: MessageId,
    /// What has happened.
    pub sentence: String,
    /// The path in the portal where more is to be seen.
    pub link: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was marked as read.
    pub read_at: Option<DateTime<Utc>>,
}

/// How things stand in the bell of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    /// How many messages are unread, at most [`COUNTED`].
    pub count: i64,
    /// The newest of them.
    pub newest: Option<(MessageId, String)>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Leaves a message for each user of the company in focus who has no second factor, by one statement.
pub(crate) fn leave_all_without_second_factor(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    sentence: &str,
    link: &str,
) -> Result<()> {
    const SQL: &str = "INSERT INTO messages (user_id, company_id, sentence, link) \
         SELECT m.user_id, m.company_id, $2, $3 FROM memberships m JOIN users u ON u.id = m.user_id \
         WHERE m.company_id = $1 AND NOT u.has_second_factor";
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Text, _>(sentence)
        .bind::<Text, _>(link)
        .execute(conn)?;
    Ok(())
}

/// Leaves a message for `user` in `company`, and says whether it was: nobody is told of a company
/// without being a member of it.
pub(crate) fn leave(
    conn: &mut PgConnection,
    user: UserId,
    company: CompanyId,
    sentence: &str,
    link: &str,
) -> Result<bool> {
    let member: Option<UserId> =
        memberships::table.find((user, company)).select(memberships::user_id).first(conn).optional()?;
    if member.is_none() {
        return Ok(false);
    }
    diesel::insert_into(messages::table)
        .values((
            messages::user_id.eq(user),
            messages::company_id.eq(company),
            messages::sentence.eq(sentence),
            messages::link.eq(link),
        ))
        .execute(conn)?;
    Ok(true)
}

/// The messages of this person in the active company, the newest first, at most `limit`.
pub fn newest(conn: &mut PgConnection, scope: &CompanyScope, limit: i64) -> Result<Vec<Message>> {
    Ok(messages::table
        .filter(messages::user_id.eq(scope.user()))
        .filter(messages::company_id.eq(scope.company_id()))
        .order(messages::id.desc())
        .limit(limit)
        .select(Message::as_select())
        .load(conn)?)
}

/// How many messages of this person in the active company are unread, and the newest of those.
pub fn unread(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Unread> {
    const COUNT: &str = "SELECT count(*) AS count FROM (SELECT FROM messages \
         WHERE user_id = $1 AND company_id = $2 AND read_at IS NULL LIMIT $3) AS counted";
    let newest = messages::table
        .filter(messages::user_id.eq(scope.user()))
        .filter(messages::company_id.eq(scope.company_id()))
        .filter(messages::read_at.is_null())
        .order(messages::id.desc())
        .select((messages::id, messages::sentence))
        .first(conn)
        .optional()?;
    if newest.is_none() {
        return Ok(Unread::default());
    }
    let count: Count = diesel::sql_query(COUNT)
        .bind::<BigInt, _>(scope.user())
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(COUNTED)
        .get_result(conn)?;
    Ok(Unread { count: count.count, newest })
}

/// Marks the messages of this person in the active company as read, up to the newest that the
/// person has seen: what has come since stays unread.
pub fn mark_read(conn: &mut PgConnection, scope: &CompanyScope, up_to: MessageId) -> Result<()> {
    diesel::update(messages::table)
        .filter(messages::user_id.eq(scope.user()))
        .filter(messages::company_id.eq(scope.company_id()))
        .filter(messages::read_at.is_null())
        .filter(messages::id.le(up_to))
        .set(messages::read_at.eq(diesel::dsl::now))
        .execute(conn)?;
    Ok(())
}

/// Removes messages that were read 90 days ago and those that are a year old, at most some thousand at once,
/// and says how many.
pub fn purge(conn: &mut PgConnection) -> Result<usize> {
    const SQL: &str = "DELETE FROM messages WHERE id IN (SELECT id FROM messages \
         WHERE read_at < now() - interval '90 days' OR created_at < now() - interval '1 year' \
         LIMIT $1 FOR UPDATE SKIP LOCKED)";
    Ok(diesel::sql_query(SQL).bind::<BigInt, _>(PURGED_AT_ONCE).execute(conn)?)
}
