//! Properties of all identifiers, on generated input.

use proptest::prelude::*;

use super::{Eid, Iccid, Imei, Imsi, Msisdn, eid_check_digits, luhn_check_digit};

fn with_luhn(body: String) -> String {
    let check = luhn_check_digit(body.as_bytes()).map(char::from).unwrap();
    format!("{body}{check}")
}

proptest! {
    #[test]
    fn generated_iccids_parse(body in "89[0-9]{16,17}") {
        let text = with_luhn(body);
        prop_assert_eq!(text.parse::<Iccid>().unwrap().to_string(), text);
    }

    #[test]
    fn one_wrong_digit_in_an_iccid_is_found(body in "89[0-9]{16,17}", place in any::<prop::sample::Index>(), by in 1_u8..10) {
        let mut digits = with_luhn(body).into_bytes();
        let place = place.index(digits.len());
        digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
        prop_assert!(String::from_utf8(digits).unwrap().parse::<Iccid>().is_err());
    }

    #[test]
    fn generated_imeis_parse(body in "[0-9]{14}") {
        prop_assert!(with_luhn(body).parse::<Imei>().is_ok());
    }

    #[test]
    fn generated_eids_parse_and_one_wrong_digit_is_found(body in "[0-9]{30}", place in 0_usize..32, by in 1_u8..10) {
        let check = eid_check_digits(body.as_bytes().try_into().unwrap()).unwrap();
        let mut digits = [body.as_bytes(), &check].concat();
        prop_assert!(String::from_utf8(digits.clone()).unwrap().parse::<Eid>().is_ok());
        digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
        prop_assert!(String::from_utf8(digits).unwrap().parse::<Eid>().is_err());
    }

    #[test]
    fn generated_imsis_and_msisdns_parse(imsi in "[0-9]{14,15}", msisdn in "[1-9][0-9]{0,14}") {
        prop_assert_eq!(imsi.parse::<Imsi>().unwrap().to_string(), imsi);
        prop_assert_eq!(msisdn.parse::<Msisdn>().unwrap().to_string(), msisdn);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>(), near in "[0-9'\" ,.eEF+\u{a0}-]{0,40}") {
        for text in [text, near] {
            let _ = text.parse::<Iccid>();
            let _ = text.parse::<Imsi>();
            let _ = text.parse::<Msisdn>();
            let _ = text.parse::<Imei>();
            let _ = text.parse::<Eid>();
            let _ = Imei::from_network(&text);
            let _ = Iccid::from_ef_iccid(&text);
        }
    }
}
