//! MSISDN: the telephone number.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

use super::digits::Digits;
use super::{IdentifierProblem, identifier};

/// The telephone number of a subscription (ITU-T E.164) in international form: 1 to 15 digits, kept without the `+`.
///
/// No country code begins with 0, so a number that does is in national form or carries a dialling prefix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Msisdn(Digits<15>);

identifier!(Msisdn);

impl Msisdn {
    fn parse(text: &str) -> Result<Self, IdentifierProblem> {
        let text = text.trim_ascii();
        let digits = Digits::read(text.strip_prefix('+').unwrap_or(text), "1 to 15")?;
        if digits.as_bytes().starts_with(b"0") {
            return Err(IdentifierProblem::NotInternational);
        }
        Ok(Self(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plus_sign_is_not_kept() {
        assert_eq!("+491701234567".parse::<Msisdn>().unwrap().as_str(), "491701234567");
        assert_eq!("883130000000001".parse::<Msisdn>().unwrap().as_str(), "883130000000001");
    }

    #[test]
    fn other_forms_are_refused() {
        let problem = |text: &str| text.parse::<Msisdn>().unwrap_err().problem;
        assert_eq!(problem("01701234567"), IdentifierProblem::NotInternational);
        assert_eq!(problem("00491701234567"), IdentifierProblem::NotInternational);
        assert_eq!(
            problem("4917012345678901"),
            IdentifierProblem::WrongLength { found: 16, expected: "1 to 15" }
        );
        assert_eq!(problem("+"), IdentifierProblem::Empty);
        assert_eq!(problem("49-170"), IdentifierProblem::NotADigit { found: '-', place: 3 });
        assert_eq!(problem("++49170"), IdentifierProblem::NotADigit { found: '+', place: 1 });
    }
}
