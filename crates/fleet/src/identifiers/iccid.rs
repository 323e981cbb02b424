//! ICCID: the number of a card or profile.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

use super::check_digits::luhn_check_digit;
use super::digits::{Digits, looks_rounded};
use super::{IdentifierError, IdentifierKind, IdentifierProblem, identifier};

/// The number of a card or profile (ITU-T E.118): `89`, country code, issuer, account, and a Luhn check digit; 19 or
/// 20 digits in practice, one length per issuer.
///
/// A trailing `F`, the padding of the 19-digit form in binary-coded decimal (GSMA SGP.22, ES2+), is accepted and dropped.
/// The length is never guessed from Luhn: one and the same number can satisfy it with 19 and with 20 digits.
///
/// ```
/// # use fleet::identifiers::Iccid;
/// let iccid: Iccid = "8901260881205897720".parse().unwrap();
/// assert_eq!(iccid.as_str(), "8901260881205897720");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Iccid(Digits<20>);

/// How an ICCID is written in a file. Only an explicit choice of the person who imports departs from `Complete`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IccidForm {
    /// With a check digit, which must be right.
    #[default]
    Complete,
    /// 18 or 19 digits without check digit, which is computed and added.
    WithoutCheckDigit,
    /// With a last digit that need not be right: the test profiles of some vendors.
    UncheckedTestProfile,
    /// As it stands on the card: the digits of each pair swapped.
    Swapped,
}

const LENGTHS: &str = "19 or 20";

identifier!(Iccid);

impl Iccid {
    fn parse(text: &str) -> Result<Self, IdentifierProblem> {
        let digits = Self::digits(text)?;
        let iccid = Self::of_length(digits, 19..=20, LENGTHS)?;
        iccid.check()?;
        Ok(iccid)
    }

    /// Reads an ICCID that is written in `form`.
    pub fn parse_as(form: IccidForm, text: &str) -> Result<Self, IdentifierError> {
        let read = match form {
            IccidForm::Complete => Self::parse(text),
            IccidForm::WithoutCheckDigit => Self::complete(text),
            IccidForm::Swapped => Self::parse(&swap_pairs(text.trim_ascii())),
            IccidForm::UncheckedTestProfile => {
                Self::digits(text).and_then(|digits| Self::of_length(digits, 19..=20, LENGTHS))
            }
        };
        read.map_err(|problem| IdentifierError { kind: IdentifierKind::Iccid, problem })
    }

    /// As [`Self::parse_as`] reads it in this form.
    pub fn written_as(&self, form: IccidForm) -> String {
        let digits = self.as_str();
        match form {
            IccidForm::Complete | IccidForm::UncheckedTestProfile => digits.to_owned(),
            IccidForm::WithoutCheckDigit => {
                digits.get(..digits.len().saturating_sub(1)).unwrap_or_default().to_owned()
            }
            IccidForm::Swapped => self.to_ef_iccid(),
        }
    }

    /// Whether the last digit is the right check digit. Only `UncheckedTestProfile` makes one where it is not.
    pub fn has_valid_check_digit(&self) -> bool {
        self.check().is_ok()
    }

    /// Whether a spreadsheet, which keeps 15 digits of a number, may have made this one, as it is written in `form`.
    ///
    /// The check digit of one in ten that it has made fits by chance; and one in ten thousand of real ones with 19 digits
    /// looks so too. Which it is, only the rest of the file can tell.
    pub fn looks_rounded_as(&self, form: IccidForm) -> bool {
        match form {
            IccidForm::Complete | IccidForm::UncheckedTestProfile => looks_rounded(self.0.as_bytes()),
            IccidForm::WithoutCheckDigit | IccidForm::Swapped => {
                looks_rounded(self.written_as(form).as_bytes())
            }
        }
    }

    /// Reads the contents of the card's file `EF.ICCID` (3GPP TS 31.102; ETSI TS 102 221, 13.2) in hexadecimal: the two digits of
    /// each byte swapped, padded with `F`.
    pub fn from_ef_iccid(hexadecimal: &str) -> Result<Self, IdentifierError> {
        swap_pairs(hexadecimal.trim()).parse()
    }

    /// The contents of the card's file `EF.ICCID` in hexadecimal.
    pub fn to_ef_iccid(&self) -> String {
        swap_pairs(&format!("{:F<20}", self.as_str()))
    }

    fn digits(text: &str) -> Result<Digits<20>, IdentifierProblem> {
        let text = text.trim_ascii();
        let unpadded = text.strip_suffix(['F', 'f']).filter(|rest| !rest.is_empty());
        Digits::read(unpadded.unwrap_or(text), LENGTHS)
    }

    fn complete(text: &str) -> Result<Self, IdentifierProblem> {
        let expected = "18 or 19 (without check digit)";
        let body = Self::of_length(Self::digits(text)?, 18..=19, expected)?.0;
        luhn_check_digit(body.as_bytes())
            .and_then(|digit| body.with_digit(digit))
            .map(Self)
            .ok_or(IdentifierProblem::WrongLength { found: body.len(), expected })
    }

    fn of_length(
        digits: Digits<20>,
        lengths: std::ops::RangeInclusive<usize>,
        expected: &'static str,
    ) -> Result<Self, IdentifierProblem> {
        if !lengths.contains(&digits.len()) {
            return Err(IdentifierProblem::WrongLength { found: digits.len(), expected });
        }
        if !digits.as_bytes().starts_with(b"89") {
            return Err(IdentifierProblem::WrongPrefix);
        }
        Ok(Self(digits))
    }

    fn check(&self) -> Result<(), IdentifierProblem> {
        let digits = self.0.as_bytes();
        let Some((found, body)) = digits.split_last() else {
            return Err(IdentifierProblem::Empty);
        };
        match luhn_check_digit(body) {
            Some(expected) if expected == *found => Ok(()),
            Some(_) if looks_rounded(digits) => Err(IdentifierProblem::Rounded),
            Some(expected) => Err(IdentifierProblem::WrongCheckDigit {
                found: char::from(*found),
                expected: char::from(expected),
            }),
            None => Err(IdentifierProblem::Empty),
        }
    }
}

fn swap_pairs(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(2).flat_map(|pair| pair.iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> IdentifierProblem {
        text.parse::<Iccid>().unwrap_err().problem
    }

    #[test]
    fn real_cards_are_accepted() {
        for text in ["8901260881205897720", "89450421180216254864", "89882190000000000013"] {
            let iccid: Iccid = text.parse().unwrap();
            assert_eq!(iccid.to_string(), text);
            assert!(iccid.has_valid_check_digit());
        }
    }

    #[test]
    fn wrong_check_digits_are_refused_with_the_right_one() {
        assert_eq!(
            problem("8901260881205897721"),
            IdentifierProblem::WrongCheckDigit { found: '1', expected: '0' }
        );
        assert!(matches!(
            problem("8938605388545996967"),
            IdentifierProblem::WrongCheckDigit { found: '7', .. }
        ));
    }

    #[test]
    fn padding_and_surrounding_blanks_are_dropped() {
        for text in ["8901260881205897720F", "8901260881205897720f", " 8901260881205897720\t"] {
            assert_eq!(text.parse::<Iccid>().unwrap().as_str(), "8901260881205897720");
        }
        assert_eq!(problem("F"), IdentifierProblem::NotADigit { found: 'F', place: 1 });
    }

    #[test]
    fn the_length_is_not_guessed() {
        // The first 19 digits of this one satisfy Luhn too.
        let iccid: Iccid = "89450421180216254864".parse().unwrap();
        assert_eq!(iccid.as_str().len(), 20);
        let shorter: Iccid = "8945042118021625486".parse().unwrap();
        assert_ne!(iccid, shorter);
        assert_eq!(
            problem("890126088120589772"),
            IdentifierProblem::WrongLength { found: 18, expected: LENGTHS }
        );
        assert_eq!(
            problem("890126088120589772012"),
            IdentifierProblem::WrongLength { found: 21, expected: LENGTHS }
        );
    }

    #[test]
    fn other_cards_are_refused() {
        assert_eq!(problem("4901260881205897720"), IdentifierProblem::WrongPrefix);
        assert_eq!(problem(""), IdentifierProblem::Empty);
        assert_eq!(problem("  "), IdentifierProblem::Empty);
    }

    #[test]
    fn a_missing_check_digit_is_added_on_request_only() {
        let added = Iccid::parse_as(IccidForm::WithoutCheckDigit, "896588081210001114").unwrap();
        assert_eq!(added.as_str(), "8965880812100011146");
        assert!("896588081210001114".parse::<Iccid>().is_err());
        assert!(Iccid::parse_as(IccidForm::WithoutCheckDigit, "89450421180216254864").is_err());
    }

    #[test]
    fn test_profiles_are_accepted_on_request_only() {
        let text = "8988211000000000000";
        assert_eq!(problem(text), IdentifierProblem::Rounded);
        let iccid = Iccid::parse_as(IccidForm::UncheckedTestProfile, text).unwrap();
        assert!(!iccid.has_valid_check_digit());
        assert!(Iccid::parse_as(IccidForm::UncheckedTestProfile, "4988211000000000000").is_err());
    }

    #[test]
    fn the_damage_of_spreadsheets_is_named() {
        assert_eq!(problem("8.94E+18"), IdentifierProblem::ScientificNotation);
        assert_eq!(problem("8,94504E+19"), IdentifierProblem::ScientificNotation);
        assert_eq!(problem("9e19"), IdentifierProblem::ScientificNotation);
        assert_eq!(problem("'8901260881205897720"), IdentifierProblem::Apostrophe);
        assert_eq!(problem("\"8901260881205897720\""), IdentifierProblem::Quoted);
        assert_eq!(problem("\u{201c}8901260881205897720\u{201d}"), IdentifierProblem::Quoted);
        assert_eq!(problem("8901260881205897720\u{a0}"), IdentifierProblem::HiddenSpace);
        assert_eq!(problem("8901\u{202f}260881205897720"), IdentifierProblem::HiddenSpace);
        assert_eq!(problem("89450421180216200000"), IdentifierProblem::Rounded);
        assert_eq!(problem("8901 260881205897720"), IdentifierProblem::NotADigit { found: ' ', place: 5 });
        for text in ["8901260881205897720.0", "8901260881205897720,00"] {
            assert_eq!(problem(text), IdentifierProblem::Decimals);
        }
        assert_eq!(problem("8901260881205897720.5"), IdentifierProblem::NotADigit { found: '.', place: 20 });
        assert_eq!(problem("\u{202a}8901260881205897720\u{202c}"), IdentifierProblem::HiddenSpace);
    }

    #[test]
    fn a_rounded_number_may_have_a_fitting_check_digit() {
        for text in ["89450421180298600000", "8945042118020040000"] {
            assert!(text.parse::<Iccid>().unwrap().looks_rounded_as(IccidForm::Complete), "{text}");
        }
        for text in ["8901260881205897720", "89450421180216254864"] {
            assert!(!text.parse::<Iccid>().unwrap().looks_rounded_as(IccidForm::Complete), "{text}");
        }
        let added = Iccid::parse_as(IccidForm::WithoutCheckDigit, "896588081210001000").unwrap();
        assert!(added.looks_rounded_as(IccidForm::WithoutCheckDigit), "as it is written");
        let padded = Iccid::parse_as(IccidForm::Swapped, "981062801802857927F0").unwrap();
        assert!(
            !padded.looks_rounded_as(IccidForm::Swapped),
            "a text, which no spreadsheet makes a number of"
        );
    }

    #[test]
    fn errors_are_sentences() {
        let said = "8901260881205897721".parse::<Iccid>().unwrap_err().to_string();
        assert_eq!(
            said,
            "The ICCID ends in 1, but its check digit should be 0: a digit is wrong or missing."
        );
    }

    #[test]
    fn the_card_file_has_its_digits_swapped() {
        let iccid: Iccid = "8901260881205897720".parse().unwrap();
        assert_eq!(iccid.to_ef_iccid(), "981062801802857927F0");
        assert_eq!(Iccid::from_ef_iccid("981062801802857927F0").unwrap(), iccid);
        let long: Iccid = "89450421180216254864".parse().unwrap();
        assert_eq!(Iccid::from_ef_iccid(&long.to_ef_iccid()).unwrap(), long);
    }
}
