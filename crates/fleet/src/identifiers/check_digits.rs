//! The check digits of ICCID, IMEI (Luhn) and EID (modulo 97).

/// Whether `digits` (ASCII decimal digits, the check digit last) satisfies Luhn.
///
/// The formula is that of ISO/IEC 7812-1 annex B, which ITU-T E.118 and 3GPP TS 23.003 annex B use.
/// Anything that is not a decimal digit makes the answer `false`.
pub fn luhn_holds(digits: &[u8]) -> bool {
    match digits.split_last() {
        Some((last, body)) => luhn_check_digit(body) == Some(*last),
        None => false,
    }
}

/// The ASCII digit that makes `body` satisfy Luhn when it is appended; `None` when `body` is empty or not all digits.
pub fn luhn_check_digit(body: &[u8]) -> Option<u8> {
    if body.is_empty() {
        return None;
    }
    let mut sum = 0_u32;
    for (place, byte) in body.iter().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = u32::from(byte - b'0');
        sum += match (place % 2 == 0, digit) {
            (false, _) => digit,
            (true, 0..=4) => digit * 2,
            (true, _) => digit * 2 - 9,
        };
    }
    // The value is below ten, so it always converts.
    u8::try_from((10 - sum % 10) % 10).ok().map(|digit| b'0' + digit)
}

/// The remainder of a decimal number of any length divided by 97; `None` when it is not all digits.
pub fn mod_97(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |rest, byte| {
        byte.is_ascii_digit().then(|| (rest * 10 + u32::from(byte - b'0')) % 97)
    })
}

/// The two ASCII check digits that an EID carries after its first 30 digits (GSMA SGP.02, 2.2.2; SGP.29).
pub fn eid_check_digits(body: &[u8; 30]) -> Option<[u8; 2]> {
    let check = 98 - mod_97(body)? * 100 % 97;
    let tens = u8::try_from(check / 10).ok()?;
    let units = u8::try_from(check % 10).ok()?;
    Some([b'0' + tens, b'0' + units])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_check_digits_match_known_cards() {
        assert_eq!(luhn_check_digit(b"896588081210001114"), Some(b'6'));
        assert_eq!(luhn_check_digit(b"890126088120589772"), Some(b'0'));
        assert_eq!(luhn_check_digit(b"49015420323751"), Some(b'8'));
        assert_eq!(luhn_check_digit(b""), None);
        assert_eq!(luhn_check_digit(b"12x"), None);
    }

    #[test]
    fn luhn_refuses_what_is_not_a_number() {
        assert!(luhn_holds(b"8901260881205897720"));
        assert!(!luhn_holds(b"8901260881205897721"));
        assert!(!luhn_holds(b""));
        assert!(!luhn_holds(b"89012608812058977x0"));
    }

    #[test]
    fn eid_check_digits_match_known_cards() {
        for eid in ["89049032123451234512345678901235", "89086030202200000022000023022943"] {
            let (body, check) = eid.as_bytes().split_at(30);
            assert_eq!(eid_check_digits(body.try_into().unwrap()).unwrap(), check, "{eid}");
        }
        assert_eq!(mod_97(b"89049032123451234512345678901235"), Some(1));
        assert_eq!(mod_97(b"8904 "), None);
    }
}
