//! The groups of a preview as lists, so that exactly their SIMs can be looked at.

use diesel::prelude::*;

use super::act::{self, NewOperation};
use super::again;
use super::preview::{self, PreviewGroup};
use super::{FailureCode, OperationKind};
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::sim_lists::{self, SimList};
use crate::sims::SimState;
use crate::tenancy::CompanyScope;
use crate::words::UnknownWord;

/// A group of the SIMs of a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimGroup {
    /// Those that would change.
    WillChange,
    /// Those that would not, for one reason.
    WillNot {
        /// The reason.
        code: FailureCode,
        /// The state that they are in, where the state is the reason.
        state: Option<SimState>,
        /// The operation that they are in, where that is the reason; none: any.
        blocking: Option<OperationId>,
    },
}

impl PreviewGroup {
    /// Which SIMs they are.
    pub const fn key(&self) -> SimGroup {
        SimGroup::WillNot { code: self.code, state: self.state, blocking: self.blocking }
    }
}

impl SimGroup {
    /// What is shown of it where it is a list.
    fn words(self, kind: OperationKind) -> String {
        let kind = kind.label();
        match self {
            Self::WillChange => format!("{kind}, preview: will change"),
            Self::WillNot { state: Some(state), .. } => format!("{kind}, preview: {}", state.label()),
            Self::WillNot { blocking: Some(number), .. } => {
                format!("{kind}, preview: busy in operation #{number}")
            }
            Self::WillNot { code, .. } => format!("{kind}, preview: {}", code.label()),
        }
    }

    /// The condition on the SIMs of a preview.
    fn condition(self) -> String {
        match self {
            Self::WillChange => "code IS NULL".to_owned(),
            Self::WillNot { code, state, blocking } => {
                let state = state.map(|state| format!(" AND state = '{state}'"));
                let blocking = blocking.map(|number| format!(" AND operation_id = {number}"));
                format!("code = '{code}'{}{}", state.unwrap_or_default(), blocking.unwrap_or_default())
            }
        }
    }
}

/// As it is written in forms: `change`, `already_there`, `wrong_state.retired`, `busy.12`.
impl std::fmt::Display for SimGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WillChange => f.write_str("change"),
            Self::WillNot { code, state: Some(state), .. } => write!(f, "{code}.{state}"),
            Self::WillNot { code, blocking: Some(number), .. } => write!(f, "{code}.{number}"),
            Self::WillNot { code, .. } => code.fmt(f),
        }
    }
}

impl std::str::FromStr for SimGroup {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        if text == "change" {
            return Ok(Self::WillChange);
        }
        let (code, rest) = text.split_once('.').map_or((text, None), |(code, rest)| (code, Some(rest)));
        let code: FailureCode = code.parse()?;
        let (state, blocking) = match (code, rest) {
            (_, None) => (None, None),
            (FailureCode::WrongState, Some(state)) => (Some(state.parse()?), None),
            (FailureCode::Busy, Some(number)) => (None, Some(number.parse().map_err(|_| UnknownWord)?)),
            _ => return Err(UnknownWord),
        };
        Ok(Self::WillNot { code, state, blocking })
    }
}

/// Makes a list of one group of what `new` would do, by the same rules that the preview counts by.
///
/// The errors are those of [`preview()`](super::preview()).
pub fn list_group(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewOperation,
    group: SimGroup,
) -> Result<SimList> {
    let order = act::check(conn, scope, &new.act)?;
    again::check(conn, scope, &new.act, &new.selection)?;
    conn.transaction(|conn| {
        new.selection.check(conn, scope)?;
        let list = sim_lists::insert(conn, scope, &group.words(order.kind))?;
        let insert = preview::judged(&order, &new.selection)?
            .sql("INSERT INTO sim_list_members (list, iccid, sim_id) SELECT ")
            .sql(format!("'{}'::uuid", list.uid))
            .sql(", iccid, id FROM judged WHERE ")
            .sql(group.condition())
            .sql(" AND company_id = ")
            .number(order.company.0);
        let members = new.selection.reading(conn, |conn| insert.execute(conn))?;
        if members == 0 {
            return Err(Error::refused("No SIM is in this group any more. Preview again."));
        }
        sim_lists::close(conn, &list, members)?;
        sim_lists::find(conn, scope, list.uid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_written_and_read() {
        for text in ["change", "already_there", "wrong_state.retired", "wrong_state", "busy.12", "busy"] {
            assert_eq!(text.parse::<SimGroup>().unwrap().to_string(), text);
        }
        for text in ["", "x", "change.1", "busy.x", "wrong_state.lost", "not_found.retired", "busy.1'"] {
            assert_eq!(text.parse::<SimGroup>(), Err(UnknownWord), "{text}");
        }
    }
}
