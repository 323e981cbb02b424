//! Identifiers in what people write: in a mail, in a sheet, in groups, in ranges.

use super::cell::{Reader, SURELY, is_decimal, is_until};
use super::groups::OF_ONE;
use super::plain::plain;
use super::split::Written;
use crate::error::Result;

/// Gives what stands in a line that is no table's: its numbers and ranges, what looks like one, and its words.
pub(super) fn line(text: &str, each: &mut dyn FnMut(Written<'_>) -> Result<()>) -> Result<()> {
    let text = plain(without_numbering(text));
    // Around words or long numbers, short ones mean something else.
    let has_words = text.split([' ', ',', ';', '\t']).any(is_word);
    let is_quiet = has_words || cells(&text).any(is_identifier);
    cells(&text).try_for_each(|cell| Reader::new(cell, has_words, is_quiet, each).read())
}

/// Gives what stands in a cell that should hold an identifier.
pub(super) fn cell(text: &str, each: &mut dyn FnMut(Written<'_>) -> Result<()>) -> Result<()> {
    let plainly = plain(text);
    let mut is_empty = true;
    let mut seen = |written: Written<'_>| {
        let is_word = matches!(written, Written::Word);
        is_empty &= is_word;
        if is_word { Ok(()) } else { each(written) }
    };
    Reader::new(&plainly, false, false, &mut seen).read()?;
    if is_empty { each(Written::Entry(text)) } else { Ok(()) }
}

/// The line of a numbered list, without its number.
fn without_numbering(line: &str) -> &str {
    let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.trim_start().len() - rest.len();
    match rest.strip_prefix(['.', ')']) {
        Some(item) if (1..5).contains(&digits) && item.starts_with(char::is_whitespace) => item,
        _ => line,
    }
}

/// Whether an identifier stands there, in one piece or in groups.
fn is_identifier(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    (SURELY..=2 * OF_ONE).contains(&digits)
        || cell.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= SURELY)
}

fn is_word(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1 && !text.contains(|c: char| c.is_ascii_digit()) && !is_until(text)
}
/// The parts of a line between its separators. The comma in `8,94E+18` separates nothing.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut separators = text.match_indices([',', ';', '\t']);
        let end = separators
            .find(|(at, found)| *found != "," || !is_decimal(text.get(at + 1..).unwrap_or_default()));
        let (cell, after) = match end {
            Some((at, found)) => (text.get(..at), text.get(at + found.len()..)),
            None => (Some(text), None),
        };
        rest = after;
        cell
    })
}
#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        line(text, &mut |written| {
            found.push(match written {
                Written::Entry(text) | Written::Row(text, _) => text.to_owned(),
                Written::Range(range) => format!("{}..", range.numbers().count()),
                Written::Unreadable(_, reason) => format!("! {reason}"),
                Written::Shortened(shortened) => format!("? {} {}", shortened.from, shortened.to),
                Written::Word => return Ok(()),
            });
            Ok(())
        })
        .unwrap();
        found
    }

    const ICCID: &str = "8901260881205897720";

    #[test]
    fn words_dates_and_amounts_around_identifiers_are_passed_over() {
        for text in [
            "Hello Ada,",
            "please suspend these 12 SIMs by 25.11.2025 (10:30), order PO-4711/B2:",
            "Kind regards, Omar. Simyard Ltd, 12 High Street, W1",
            "--",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
        for text in [
            "1. 8901260881205897720",
            " 12) 8901 2608 8120 5897 720",
            "- ICCID: 8901260881205897720.",
            "SIM no. 3 (8901 2608 8120 5897 720), Berlin",
            "iccid=<8901260881205897720>!",
            "2\t8901-2608-8120-5897-720",
            "8901260881205897720F | Meter 12",
        ] {
            let found: Vec<String> = read(text).iter().map(|text| text.replace([' ', '-'], "")).collect();
            assert_eq!(found, [ICCID], "{text}");
        }
    }

    #[test]
    fn groups_are_one_number_and_neighbours_are_not() {
        let (one, other) = ("8901 2608 8120 5897 720", "8965 8808 1210 0011 146");
        for (text, numbers) in [
            (format!("{one} {other}").as_str(), vec![one, other]),
            ("8904 9032 1234 5123 4512 3456 7890 1235", vec!["8904 9032 1234 5123 4512 3456 7890 1235"]),
            ("8901 2608 8120 5897 72", vec!["8901 2608 8120 5897 72"]),
            ("call +49 (0)170 123 4567 or +44 20-7946-0958", vec!["+49  170 123 4567", "+44 20-7946-0958"]),
            ("0049 170 1234567", vec!["0049 170 1234567"]),
            ("901700000009999 901700000009998", vec!["901700000009999", "901700000009998"]),
            ("262011234567890/490154203237518", vec!["262011234567890", "490154203237518"]),
        ] {
            assert_eq!(read(text), numbers, "{text}");
        }
    }

    #[test]
    fn ranges_are_read_in_the_forms_that_people_write() {
        for text in [
            "89331234567890100010-0059",
            "89331234567890100010 - 0059",
            "89331234567890100010\u{2013}89331234567890100059",
            "from 89331234567890100010 to 89331234567890100059, please",
            "89331234567890100010..0059",
            "89331234567890100010…89331234567890100059",
            "8933 1234 5678 9010 0010 - 8933 1234 5678 9010 0059",
            "8933 1234 5678 9010 0010 bis 8933 1234 5678 9010 0059",
        ] {
            assert_eq!(read(text), ["50.."], "{text}");
        }
        assert_eq!(read("491701234567-491701234570, 262011234567890 to 899"), ["4..", "10.."]);
        assert_eq!(read(&format!("{ICCID} 491701234567-69 {ICCID}")), [ICCID, "3..", ICCID]);
        for to in ["100000058", "0700000100000058", "9310700000100000058"] {
            assert_eq!(
                read(&format!("89310700000100000009-{to}")),
                ["6.."],
                "{to}: each with its check digit"
            );
        }
        assert_eq!(read("89310700000100000009 - 100000058"), ["6.."]);
    }

    #[test]
    fn numbers_whose_middle_is_left_out_are_left_to_the_fleet() {
        for text in ["8933...0010-0059", "SIMs 8933…0010 – 8933…0059, please", "8933 ... 0010 to 0059?"]
        {
            assert_eq!(read(text), ["? 0010 0059"], "{text}");
        }
        assert_eq!(
            read(&format!("{ICCID} 8933...0010. 8933...0012 {ICCID}")),
            [ICCID, "? 0010 0010", "? 0012 0012", ICCID]
        );
        assert_eq!(read("89331234567890100010 - 8933...0059"), ["50.."], "the first in full");
        assert_eq!(read("491701234500-599..."), ["100.."], "all of it is there");
        for text in ["8933 ... 1234 5678", "8944 8933...0010", "8944 5012 8933...0010"] {
            assert!(read(text).iter().all(|said| !said.starts_with('?')), "{text}: {:?}", read(text));
        }
        for text in ["SIM 7: 8933...0010-0059 (50 SIMs)", "Meter 12 8933...0010-0059"] {
            assert_eq!(
                read(text).last().map(String::as_str),
                Some("? 0010 0059"),
                "{text}: {:?}",
                read(text)
            );
        }
        assert_eq!(read("Temperature 89...95 C"), [""; 0]);
    }

    #[test]
    fn what_only_looks_like_a_range_is_none() {
        assert_eq!(read(&format!("{ICCID} - 262011234567890")), [ICCID, "262011234567890"]);
        assert_eq!(read(&format!("{ICCID} - Meter 7")), [ICCID]);
        assert_eq!(read(&"1 ".repeat(100)).len(), 100);
        assert_eq!(read("491701234567 - 331701234567"), ["491701234567", "331701234567"]);
        assert_eq!(read("8901260881-205897720"), ["8901260881", "205897720"]);
        assert_eq!(read("262011234567890-490154203237518"), ["262011234567890", "490154203237518"]);
        for (range, reason) in [
            ("10000000000-99999999999", "more than 100,000"),
            ("99999999999-10000000000", "before it begins"),
            ("89310700000100000009-200000058", "more than 100,000"),
            ("89331234567890100010 - 8933...0005", "before it begins"),
            ("89331234567890100010 - 8933...4917012345", "! "),
            ("89331234567890100010 - 8933...", "middle is left out"),
            ("89331234567890100010-8933...", "middle is left out"),
        ] {
            let said = read(range);
            assert!(said.len() == 1 && said[0].contains(reason), "{range}: {said:?}");
        }
        assert_eq!(read("89331234567890100010... 12 SIMs"), ["89331234567890100010"]);
        let huge = read("89331234567890100010-89331234567891100010");
        assert!(huge[0].contains("more than 100,000"), "{huge:?}");
        for text in ["2620...0010-0059", "89331234567890100010-8933...0059", "8933...0010-00590"] {
            assert!(read(text).concat().starts_with("! Its middle is left out"), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn no_text_takes_longer_than_it_is_long() {
        for sign in ["-", "/", ".", "+", "--", "1234567890-", "1234567890-1-", ".-", "+-"] {
            let text = format!("{ICCID}, {}", format!("1{sign}").repeat(100_000));
            assert_eq!(read(&text)[0], ICCID, "{sign}");
        }
        for part in [" ", ".", "*", "8933 ", "8933...", "8933... - ", "8933  .. ", "8933...0010 - "] {
            let text = format!("{ICCID}, 8933...{}", part.repeat(400_000));
            assert_eq!(read(&text)[0], ICCID, "{part}");
        }
    }

    #[test]
    fn the_damage_of_spreadsheets_stays_to_be_named() {
        assert_eq!(read("8,94E+18, 8.94E+18"), ["8,94E+18", "8.94E+18"]);
        assert_eq!(read("it says 8.94E+18. Why?"), ["8.94E+18"]);
        assert_eq!(read("8901260881205897720.0"), [ICCID]);
        assert_eq!(read("ICCID 89O1260881205897720"), ["89O1260881205897720"]);
    }

    proptest::proptest! {
        #[test]
        fn no_digit_of_a_long_number_is_lost(text in "[0-9]{10,32}", noise in "[a-z ,;.!?()\"']{0,20}") {
            let found = read(&format!("{noise}, {text} {noise}"));
            proptest::prop_assert!(found.contains(&text), "{found:?}");
        }

        #[test]
        fn any_line_is_read(text in "[0-9+()/., \\-–…~toF\t;|]{0,200}") {
            let given = text.bytes().filter(u8::is_ascii_digit).count();
            let entries = read(&text).into_iter().filter(|found| !found.starts_with('!') && !found.ends_with(".."));
            let digits: usize = entries.map(|found| found.bytes().filter(u8::is_ascii_digit).count()).sum();
            proptest::prop_assert!(digits <= given);
        }
    }
}
