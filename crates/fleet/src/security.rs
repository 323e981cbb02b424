//! What a company asks of its people for its safety: how long their sessions last, and whether they need a second factor.

use diesel::PgConnection;
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::schema::companies::dsl;
use crate::sessions;
use crate::tenancy::{CompanyScope, Permission};

/// How many minutes a session may be idle: what can be chosen. None is shorter: a person who was made a user of a
/// company without being asked still gets work done for others.
pub const IDLE_MINUTES: [i32; 6] = [15, 30, 60, 120, 240, 480];
/// How many hours a session may last: what can be chosen.
pub const HOURS: [i32; 5] = [8, 12, 24, 72, 168];

/// The rules of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How many minutes a session may be idle: one of [`IDLE_MINUTES`].
    pub idle_minutes: i32,
    /// How many hours a session may last: one of [`HOURS`].
    pub hours: i32,
}

impl Rules {
    /// Parses what came in the form's fields `idle_minutes` and `hours`.
    pub fn parse(idle_minutes: &str, hours: &str) -> Result<Self> {
        Ok(Self {
            idle_minutes: chosen("idle_minutes", idle_minutes, &IDLE_MINUTES)?,
            hours: chosen("hours", hours, &HOURS)?,
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
    scope.require(Permission::PeopleManage)?;
    let (idle, hours): (Option<i32>, Option<i32>) = dsl::companies
        .find(scope.company_id())
        .select((dsl::session_idle_minutes, dsl::session_hours))
        .first(conn)?;
    Ok(Rules { idle_minutes: idle.unwrap_or(480), hours: hours.unwrap_or(168) })
}

/// Changes the rules of the company in focus. They hold for sessions that have begun as well.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, rules: Rules) -> Result<()> {
    scope.require(Permission::PeopleManage)?;
    conn.transaction(|conn| {
        diesel::update(dsl::companies.find(scope.company_id()))
            .set((dsl::session_idle_minutes.eq(rules.idle_minutes), dsl::session_hours.eq(rules.hours)))
            .execute(conn)?;
        sessions::limit_all(conn, scope.company_id())
    })
}
