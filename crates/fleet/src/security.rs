//! What a company asks of its people for its safety: how long their sessions last, and whether they need a second factor.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use diesel::prelude::*;

use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::ids::{CompanyUid, UserId};
use crate::schema::companies::dsl;
use crate::schema::{memberships, users};
use crate::tenancy::{self, CompanyScope, Permission};
use crate::{messages, second_factor, sessions};

/// How many minutes a session may be idle: what can be chosen. None is shorter: a person who was made a user of a
/// company without being asked still gets work done for others.
pub const IDLE_MINUTES: [i32; 6] = [15, 30, 60, 120, 240, 480];
/// How many hours a session may last: what can be chosen.
pub const HOURS: [i32; 5] = [8, 12, 24, 72, 168];

/// After how many days a second factor can begin to be asked for: what can be chosen.
pub const GRACE_DAYS: [i32; 4] = [0, 7, 14, 30];

/// Whether the company asks for a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// Each person decides.
    Optional,
    /// As it is.
    Unchanged,
    /// From so many days from now on: one of [`GRACE_DAYS`].
    After(i32),
}

impl SecondFactor {
    /// Parses what came in the form's field `second_factor`: `optional`, `unchanged` or a number of days.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "optional" => Ok(Self::Optional),
            "unchanged" => Ok(Self::Unchanged),
            days => chosen("second_factor", days, &GRACE_DAYS).map(Self::After),
        }
    }
}

/// What a company asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How many minutes a session may be idle: one of [`IDLE_MINUTES`].
    pub idle_minutes: i32,
    /// How many hours a session may last: one of [`HOURS`].
    pub hours: i32,
    /// From when on a second factor is asked for.
    pub second_factor_from: Option<DateTime<Utc>>,
    /// How many of the company's people have none.
    pub without: i64,
}

/// What is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    idle_minutes: i32,
    hours: i32,
    second_factor: SecondFactor,
}

impl Changes {
    /// Parses what came in the form's fields.
    pub fn parse(idle_minutes: &str, hours: &str, second_factor: &str) -> Result<Self> {
        Ok(Self {
            idle_minutes: chosen("idle_minutes", idle_minutes, &IDLE_MINUTES)?,
            hours: chosen("hours", hours, &HOURS)?,
            second_factor: SecondFactor::parse(second_factor)?,
        })
    }
}

fn chosen(field: &'static str, text: &str, offered: &[i32]) -> Result<i32> {
    text.parse()
        .ok()
        .filter(|number| offered.contains(number))
        .ok_or_else(|| Error::invalid(field, "Choose one of the entries."))
}

/// The rules of the company in focus.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Rules> {
    scope.require(Permission::SecurityManage)?;
    let (idle, hours, second_factor_from): (Option<i32>, Option<i32>, _) = dsl::companies
        .find(scope.company_id())
        .select((dsl::session_idle_minutes, dsl::session_hours, dsl::second_factor_from))
        .first(conn)?;
    let without = memberships::table
        .inner_join(users::table)
        .filter(memberships::company_id.eq(scope.company_id()))
        .filter(users::has_second_factor.eq(false))
        .count()
        .get_result(conn)?;
    Ok(Rules { idle_minutes: idle.unwrap_or(480), hours: hours.unwrap_or(168), second_factor_from, without })
}

/// Changes the rules of the company in focus. They hold for sessions that have begun as well, and those who are to set up
/// a second factor are told.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, changes: Changes) -> Result<()> {
    scope.require(Permission::SecurityManage)?;
    conn.transaction(|conn| {
        let before = find(conn, scope)?;
        let company = dsl::companies.find(scope.company_id());
        let limits =
            (dsl::session_idle_minutes.eq(changes.idle_minutes), dsl::session_hours.eq(changes.hours));
        tenancy::beyond(conn, |conn| diesel::update(company).set(limits).execute(conn))?;
        sessions::limit_all(conn, scope.company_id())?;
        match changes.second_factor {
            SecondFactor::Unchanged => {}
            SecondFactor::Optional => {
                let none = dsl::second_factor_from.eq(None::<DateTime<Utc>>);
                tenancy::beyond(conn, |conn| diesel::update(company).set(none).execute(conn))?;
            }
            SecondFactor::After(days) => require(conn, scope, days)?,
        }
        let after = find(conn, scope)?;
        let from = |rules: Rules| rules.second_factor_from.map(|from| from.format("%-d %B %Y").to_string());
        Note::of(Action::SecurityChanged, scope.company_name())
            .from_to("idle minutes", before.idle_minutes, after.idle_minutes)
            .from_to("hours", before.hours, after.hours)
            .from_to("second factor from", from(before), from(after))
            .write(conn, scope)
    })
}

fn require(conn: &mut PgConnection, scope: &CompanyScope, days: i32) -> Result<()> {
    // Whoever asks others for one has shown how it is done, and can still come back to undo it.
    if !second_factor::any(conn, scope.user())? {
        return Err(Error::invalid(
            "second_factor",
            "Set up your own second factor first, in My profile. Nothing was saved.",
        ));
    }
    let ask = diesel::update(dsl::companies.find(scope.company_id()))
        .set(dsl::second_factor_from.eq(Utc::now() + TimeDelta::days(days.into())))
        .returning(dsl::second_factor_from.assume_not_null());
    let from: DateTime<Utc> = tenancy::beyond(conn, |conn| ask.get_result(conn))?;
    let sentence = format!(
        "{} asks for a second factor from {} on. Set it up in My profile.",
        scope.company_name(),
        from.format("%-d %B %Y")
    );
    messages::leave_all_without_second_factor(conn, scope, &sentence, "/profile/second-factor")
}

/// A company that asks for a second factor, and from when on.
#[derive(Debug, Clone, Queryable)]
pub struct Wanted {
    /// The company's name.
    pub company: String,
    /// From when on.
    pub from: DateTime<Utc>,
}

/// Which of the person's companies asks first for a second factor that they have not set up; none that takes the word of the
/// provider through which they have signed in for one.
pub fn wanted_of(
    conn: &mut PgConnection,
    user: UserId,
    vouched_by: Option<CompanyUid>,
) -> Result<Option<Wanted>> {
    Ok(memberships::table
        .inner_join(dsl::companies)
        .inner_join(users::table)
        .filter(memberships::user_id.eq(user))
        .filter(users::has_second_factor.eq(false))
        .filter(dsl::second_factor_from.is_not_null())
        .filter(dsl::uid.nullable().is_distinct_from(vouched_by))
        .order(dsl::second_factor_from)
        .select((dsl::name, dsl::second_factor_from.assume_not_null()))
        .first(conn)
        .optional()?)
}
