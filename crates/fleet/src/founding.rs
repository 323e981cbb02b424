//! The first company of an installation, and the person who administers it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use crate::audit::{self, Action, Note};
use crate::companies::{self, Name};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::ids::CompanyUid;
use crate::people::{self, Email};
use crate::schema::companies as table;
use crate::tenancy::Role;

/// What an empty installation begins with.
#[derive(Debug, Clone)]
pub struct Founding<'a> {
    /// The main account's name.
    pub company: &'a Name,
    /// Whether the main account may have subaccounts.
    pub subaccounts_enabled: bool,
    /// The administrator's name.
    pub person: &'a Name,
    /// Where the administrator signs in with.
    pub email: &'a Email,
    /// The hash of the administrator's password.
    pub password_hash: &'a str,
}

/// For how many days nobody is asked for a second factor: out of the box there is no device to be one.
const GRACE_DAYS: i64 = 14;

/// Makes the first company and its administrator, and says from when on its people need a second factor; [`Error::Refused`] if there is
/// a company already.
pub fn found(console: &mut Console, founding: &Founding<'_>) -> Result<(CompanyUid, DateTime<Utc>)> {
    console.transaction(|conn| {
        // Of two at once, the second one has to see the company of the first.
        diesel::sql_query("LOCK TABLE companies IN SHARE ROW EXCLUSIVE MODE").execute(conn)?;
        if companies::any(conn)? {
            return Err(Error::refused("This installation has a company already."));
        }
        let (company, uid) =
            companies::insert(conn, None, founding.company, None, founding.subaccounts_enabled)?;
        let person = people::insert(conn, founding.email, founding.person, Some(founding.password_hash))?;
        people::insert_membership(conn, person, company, Some(Role::Administrator))?;
        let from = Utc::now() + TimeDelta::days(GRACE_DAYS);
        diesel::update(table::table.find(company)).set(table::second_factor_from.eq(from)).execute(conn)?;
        let called = audit::called(founding.person.as_str(), founding.email.as_str());
        Note::of(Action::MemberAdded, called)
            .with("rights", Role::Administrator.label())
            .write_as(conn, company, None, None)?;
        Ok((uid, from))
    })
}
