//! EID: the number of an eUICC.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

use super::check_digits::mod_97;
use super::digits::{Digits, looks_rounded};
use super::{IdentifierProblem, identifier};

/// The number of an eUICC (GSMA SGP.02 and SGP.29): 32 digits that, as one number, leave 1 when divided by 97.
///
/// It need not begin with 89: SGP.29 gives other prefixes too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Eid(Digits<32>);

identifier!(Eid);

impl Eid {
    fn parse(text: &str) -> Result<Self, IdentifierProblem> {
        let expected = "32";
        let digits = Digits::read(text.trim_ascii(), expected)?;
        if digits.len() != 32 {
            return Err(IdentifierProblem::WrongLength { found: digits.len(), expected });
        }
        match mod_97(digits.as_bytes()) {
            Some(1) => Ok(Self(digits)),
            _ if looks_rounded(digits.as_bytes()) => Err(IdentifierProblem::Rounded),
            _ => Err(IdentifierProblem::WrongCheckDigits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_cards_are_accepted() {
        for text in [
            "89049032123451234512345678901235",
            "89086030202200000022000023022943",
            "89044045116727494800000004479366",
            "89882119900000000000000000001654",
        ] {
            assert_eq!(text.parse::<Eid>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn wrong_numbers_are_refused() {
        let problem = |text: &str| text.parse::<Eid>().unwrap_err().problem;
        assert_eq!(problem("89049032123451234512345678901234"), IdentifierProblem::WrongCheckDigits);
        assert_eq!(problem("89049032123451200000000000000000"), IdentifierProblem::Rounded);
        assert_eq!(
            problem("8904903212345123451234567890123"),
            IdentifierProblem::WrongLength { found: 31, expected: "32" }
        );
        assert_eq!(problem("8.9049E+31"), IdentifierProblem::ScientificNotation);
    }
}
