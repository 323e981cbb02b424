//! IMSI: the number of a subscription.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

use super::digits::Digits;
use super::{IdentifierProblem, identifier};

/// The number of a subscription in the mobile network (ITU-T E.212): country code of 3 digits, network code of 2 or 3
/// (which of the two cannot be told from the digits), subscriber; at most 15 digits, in practice 15.
///
/// A few networks use 14. Shorter ones are refused: they are what is left of a test IMSI (`00101...`) after a
/// spreadsheet took its leading zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Imsi(Digits<15>);

identifier!(Imsi);

impl Imsi {
    fn parse(text: &str) -> Result<Self, IdentifierProblem> {
        let expected = "15 (or 14)";
        let digits = Digits::read(text.trim_ascii(), expected)?;
        match digits.len() {
            14 | 15 => Ok(Self(digits)),
            // What is left of 00101..., the networks for tests.
            found @ 12..=13 => Err(IdentifierProblem::LostZeros { found, expected }),
            found => Err(IdentifierProblem::WrongLength { found, expected }),
        }
    }

    /// The mobile country code: 001 is for tests, 901 for networks without a country, 999 for private ones.
    pub fn country_code(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_kept() {
        let imsi: Imsi = "001010123456789".parse().unwrap();
        assert_eq!(imsi.as_str(), "001010123456789");
        assert_eq!(imsi.country_code(), "001");
    }

    #[test]
    fn lost_zeros_and_long_numbers_are_refused() {
        let error = "1010123456789".parse::<Imsi>().unwrap_err();
        assert_eq!(error.problem, IdentifierProblem::LostZeros { found: 13, expected: "15 (or 14)" });
        for (text, found) in [("0010101234567890", 16), ("262", 3)] {
            let error = text.parse::<Imsi>().unwrap_err();
            assert_eq!(error.problem, IdentifierProblem::WrongLength { found, expected: "15 (or 14)" });
        }
        assert_eq!("".parse::<Imsi>().unwrap_err().to_string(), "The IMSI is empty.");
        assert_eq!("9.01405E+14".parse::<Imsi>().unwrap_err().problem, IdentifierProblem::ScientificNotation);
    }
}
