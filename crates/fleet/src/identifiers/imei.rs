//! IMEI: the number of a device.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

use super::check_digits::luhn_check_digit;
use super::digits::Digits;
use super::{IdentifierError, IdentifierKind, IdentifierProblem, identifier};

/// The number of a device (3GPP TS 23.003, 6.2 and annex B): type allocation code of 8 digits, serial number of 6, and a Luhn
/// check digit over these 14.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Imei(Digits<16>);

identifier!(Imei);

impl Imei {
    fn parse(text: &str) -> Result<Self, IdentifierProblem> {
        let expected = "15";
        let digits = Digits::read(text.trim_ascii(), expected)?;
        let bytes = digits.as_bytes();
        let (Some(found), Some(body), 15) = (bytes.last(), bytes.get(..14), bytes.len()) else {
            return Err(IdentifierProblem::WrongLength { found: digits.len(), expected });
        };
        match luhn_check_digit(body) {
            Some(check) if check == *found => Ok(Self(digits)),
            Some(check) => Err(IdentifierProblem::WrongCheckDigit {
                found: char::from(*found),
                expected: char::from(check),
            }),
            None => Err(IdentifierProblem::Empty),
        }
    }

    /// Reads what a network reports: 14 digits, those 14 with any digit (most often 0) in the place of the check digit, or an
    /// IMEISV of 16 digits, which ends in the software version. The check digit is computed.
    pub fn from_network(text: &str) -> Result<Self, IdentifierError> {
        let expected = "14, 15 or 16";
        let read = || {
            let digits = Digits::<16>::read(text.trim_ascii(), expected)?;
            let wrong_length = IdentifierProblem::WrongLength { found: digits.len(), expected };
            let body = digits.as_bytes().get(..14).and_then(Digits::from_digits).ok_or(wrong_length)?;
            luhn_check_digit(body.as_bytes())
                .and_then(|check| body.with_digit(check))
                .map(Self)
                .ok_or(wrong_length)
        };
        read().map_err(|problem| IdentifierError { kind: IdentifierKind::Imei, problem })
    }

    /// The type allocation code, which names the model.
    pub fn type_allocation_code(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_devices_are_accepted() {
        for text in ["260531793113837", "490154203237518", "352099001761481"] {
            assert_eq!(text.parse::<Imei>().unwrap().as_str(), text);
        }
        assert_eq!("490154203237518".parse::<Imei>().unwrap().type_allocation_code(), "49015420");
    }

    #[test]
    fn wrong_numbers_are_refused() {
        let problem = |text: &str| text.parse::<Imei>().unwrap_err().problem;
        assert_eq!(
            problem("490154203237519"),
            IdentifierProblem::WrongCheckDigit { found: '9', expected: '8' }
        );
        assert_eq!(problem("49015420323751"), IdentifierProblem::WrongLength { found: 14, expected: "15" });
        assert_eq!(problem("4901542032375180"), IdentifierProblem::WrongLength { found: 16, expected: "15" });
    }

    #[test]
    fn what_networks_report_is_completed() {
        let imei: Imei = "490154203237518".parse().unwrap();
        for reported in ["49015420323751", "490154203237510", "4901542032375112"] {
            assert_eq!(Imei::from_network(reported).unwrap(), imei, "{reported}");
        }
        assert!(Imei::from_network("4901542032375").is_err());
        assert!(Imei::from_network("49015420323751123").is_err());
    }
}
