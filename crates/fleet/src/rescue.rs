//! Letting somebody in again whom nobody in the portal can help: the only administrator, without password or second factor.

use diesel::prelude::*;

use crate::audit::{self, Action};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::people::{self, Email, Person};
use crate::{password_resets, second_factor};

/// Makes `token` a short-lived one-time link of the person with this address, and removes their second factor if asked to.
///
/// For the command line: whoever owns the machine has made sure who is asking.
pub fn let_in(
    console: &mut Console,
    email: &Email,
    token: &str,
    without_second_factor: bool,
) -> Result<Person> {
    console.transaction(|conn| {
        let Some((user, _)) = people::credentials(conn, email.as_str())? else {
            return Err(Error::refused("Nobody signs in with this address."));
        };
        password_resets::insert(conn, user, token)?;
        audit::note_to_person(conn, user, Action::PasswordLinkMade, None)?;
        if without_second_factor {
            second_factor::remove_all(conn, user, None)?;
        }
        people::find(conn, user)
    })
}
