//! What the text of a search in the log means.

use diesel::PgConnection;

use crate::error::Result;
use crate::ids::OperationId;
use crate::sims;
use crate::tenancy::{CompanyScope, Permission};

/// The fewest and the most digits of an ICCID.
const ICCID_DIGITS: std::ops::RangeInclusive<usize> = 18..=22;

/// On what the lines are that are looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sought {
    /// SIMs that the company has, by their ICCIDs.
    Sims(Vec<String>),
    /// A SIM that the company does not have now: it may have had it, or there is none.
    Gone(String),
    Operation(OperationId),
    Name(String),
}

impl Sought {
    /// What `text` means in the company in focus. To whoever may not see SIMs an identifier is a name like any other.
    pub(super) fn of(conn: &mut PgConnection, scope: &CompanyScope, text: &str) -> Result<Self> {
        let parsed = Self::parse(text);
        if matches!(parsed, Self::Operation(_)) {
            return Ok(parsed);
        }
        if !scope.allows(Permission::FleetView) {
            return Ok(Self::Name(text.to_owned()));
        }
        let here = sims::meant(conn, scope, text)?;
        Ok(if here.is_empty() { parsed } else { Self::Sims(here) })
    }

    /// What it means where the company has no such SIM.
    fn parse(text: &str) -> Self {
        if let Some(digits) = sims::digits(text).filter(|digits| ICCID_DIGITS.contains(&digits.len())) {
            return Self::Gone(digits);
        }
        match text.trim().strip_prefix('#').and_then(|number| number.trim().parse().ok()) {
            Some(number) => Self::Operation(number),
            None => Self::Name(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_means_a_sim_an_operation_or_a_name() {
        for text in ["8901 2608 8120 5897 720", "8901-2608-8120-5897-720"] {
            assert_eq!(Sought::parse(text), Sought::Gone("8901260881205897720".into()));
        }
        assert_eq!(Sought::parse(" #42"), Sought::Operation(OperationId(42)));
        assert_eq!(Sought::parse("Clienticity 2"), Sought::Name("Clienticity 2".into()));
        assert_eq!(Sought::parse("#1 customer"), Sought::Name("#1 customer".into()));
    }
}
