//! ICCIDs whose middle is left out: `8933...0010`, `8933...0010-0059`. The SIMs of the company say which are meant.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::cell::{DIGITS, until};
use super::groups::OPEN_ICCID;
use super::range::Range;
use crate::error::Result;
use crate::tenancy::CompanyScope;

/// The most of one list: each is looked for among many SIMs.
pub(super) const LIMIT: usize = 50;
/// How often is looked for the next SIM. Two looks pass over all that begin in the same way.
const LOOKS: i32 = 4_000;
/// The fewest digits at the beginning of a number, which say whose it is, and at its end.
const BEGINNING: usize = 4;
const ENDING: usize = 2;
/// The most bytes of one, with its dots and spaces.
const WRITTEN: usize = 100;

/// How one number or several begin, and how the first and the last of them end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shortened<'a> {
    pub(super) begins: &'a str,
    pub(super) from: &'a str,
    /// As many digits as of the first, or fewer.
    pub(super) to: &'a str,
    pub(super) written: &'a str,
}

/// What a shortened number means.
pub(super) enum Meant {
    /// These numbers, and how that was found, in words.
    Range(Range, String),
    /// Nothing: no SIM of the company begins and ends so.
    Nothing,
    /// It can't be said, in a sentence.
    Unclear(String),
}

impl<'a> Shortened<'a> {
    /// What `text` begins with, where only a space or the end of a sentence follows, and not another group of its digits.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (begins, from, after) = dotted(text)?;
        let (to, rest) = match until(after) {
            Some(to) if to.starts_with(|c: char| c.is_ascii_digit()) => ending(to, begins, from.len())?,
            _ => (from, after),
        };
        let is_dotted = after.trim_start().starts_with('.') && rest.len() < after.len();
        if is_dotted && to.len() < from.len() {
            // What follows dots may as well be an amount.
            return None;
        }
        let written = text.get(..text.len() - rest.len())?;
        let is_last = rest.trim_start_matches(['.', '!', '?']).chars().next().is_none_or(|c| c == ' ');
        let is_whole_range = rest.len() < after.len() && to.len() == from.len();
        let goes_on = !is_whole_range && rest.starts_with(' ') && is_group(rest.trim_start());
        (is_last && !goes_on && written.len() <= WRITTEN).then_some(Self { begins, from, to, written })
    }

    /// What it means in this company.
    pub(super) fn resolve(&self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<Meant> {
        let common = self.from.len() - self.to.len();
        let last = self.from.chars().take(common).chain(self.to.chars()).collect::<String>();
        if last.as_str() < self.from {
            return Ok(Meant::Unclear("The range ends before it begins.".to_owned()));
        }
        let looks = diesel::sql_query(FITTING)
            .bind::<BigInt, _>(scope.company_id())
            .bind::<Text, _>(self.begins)
            .bind::<Text, _>(self.from)
            .bind::<Text, _>(&last)
            .bind::<Integer, _>(LOOKS)
            .load::<Fitting>(conn)?;
        let fitting: Vec<&str> = looks.iter().filter_map(|look| look.iccid.as_deref()).collect();
        let is_whole = fitting.len() == looks.len();
        Ok(match fitting.as_slice() {
            [one] if is_whole => self.with(one),
            [] if is_whole => Meant::Nothing,
            [one, other] => Meant::Unclear(format!(
                "Its middle is left out, and {one} fits as {other} does. Write it in full."
            )),
            _ => Meant::Unclear(format!(
                "Its middle is left out, and too many SIMs begin with {} to say what is meant. Write more of it.",
                self.begins
            )),
        })
    }

    /// The numbers that begin like the one SIM that was found.
    fn with(&self, iccid: &str) -> Meant {
        let begins = iccid.get(..iccid.len().saturating_sub(self.from.len())).unwrap_or_default();
        let first = format!("{begins}{}", self.from);
        match Range::read(&first, self.to) {
            Ok(range) if self.from == self.to => {
                Meant::Range(range, format!("{} was read as {first}, the one SIM that fits.", self.written))
            }
            Ok(range) => {
                let words = range.words();
                Meant::Range(
                    range,
                    format!("All SIMs that fit {} begin with {begins}. {words}", self.written),
                )
            }
            Err(reason) => Meant::Unclear(reason),
        }
    }
}

/// SIMs that begin and end so, one of each beginning, and no more than two; none at the end where there may be others. From SIM to
/// SIM, by an index: on to where the ending comes up next. Numbers of an issuer have one length.
const FITTING: &str = "WITH RECURSIVE looks (look, iccid) AS ( \
         SELECT 1, (SELECT s.iccid FROM sims s WHERE s.company_id = $1 \
             AND s.iccid >= $2 AND s.iccid < $2 || ':' ORDER BY s.iccid LIMIT 1) \
         UNION ALL \
         SELECT l.look + 1, (SELECT s.iccid FROM sims s WHERE s.company_id = $1 \
             AND s.iccid >= left(l.iccid, -length($3)) || CASE WHEN right(l.iccid, length($3)) < $3 THEN $3 ELSE ':' END \
             AND s.iccid < $2 || ':' ORDER BY s.iccid LIMIT 1) \
         FROM looks l WHERE l.iccid IS NOT NULL AND l.look < $5) \
     SELECT CASE WHEN fits AND look < $5 THEN iccid END AS iccid FROM ( \
         SELECT look, iccid, right(iccid, length($3)) BETWEEN $3 AND $4 AND length(iccid) >= length($2) + length($3) AS fits \
         FROM looks WHERE iccid IS NOT NULL) AS found \
     WHERE fits OR look = $5 LIMIT 2";

#[derive(QueryableByName)]
struct Fitting {
    #[diesel(sql_type = Nullable<Text>)]
    iccid: Option<String>,
}

/// The beginning and the ending of a number, and what follows it.
fn dotted(text: &str) -> Option<(&str, &str, &str)> {
    let (begins, rest) = digits(text);
    // Before anything else is looked at: a text may be all spaces, and is read from each of them on.
    if !begins.starts_with("89") || !(BEGINNING..OPEN_ICCID).contains(&begins.len()) {
        return None;
    }
    let rest = rest.trim_start();
    let after = rest.trim_start_matches('.');
    let (from, left) = digits(after.trim_start());
    let is_shortened = rest.len() - after.len() > 1
        && (ENDING..=OPEN_ICCID).contains(&from.len())
        && begins.len() + from.len() >= DIGITS;
    is_shortened.then_some((begins, from, left))
}

/// How the last number ends, with its beginning before that or without, and what follows it.
fn ending<'a>(text: &'a str, begins: &str, most: usize) -> Option<(&'a str, &'a str)> {
    let (to, rest) = match dotted(text) {
        Some((same, to, rest)) => (same == begins).then_some((to, rest))?,
        None => digits(text),
    };
    (to.len() <= most && !rest.starts_with("..")).then_some((to, rest))
}

/// Whether `text` begins with digits that are no number by themselves, and stand alone.
fn is_group(text: &str) -> bool {
    let (group, rest) = digits(text);
    (1..DIGITS).contains(&group.len()) && (rest.is_empty() || rest.starts_with(' ')) && dotted(text).is_none()
}

/// The digits that `text` begins with, and what follows them.
pub(super) fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_people_write_are_read() {
        for text in [
            "8933...0010-0059",
            "8933...0010-59",
            "8933...0010 - 0059 please",
            "8933..0010 to 0059!",
            "8933 ... 0010 bis 8933 ... 0059",
            "8933....0010-8933....0059.",
            "8933...0010...0059",
            "8933...0010 ... 0059",
            "8933...0010-0059 50 please",
        ] {
            let read = Shortened::read(text).unwrap();
            assert_eq!((read.begins, read.from), ("8933", "0010"), "{text}");
            assert!(read.to == "0059" || read.to == "59", "{text}");
            assert!(
                text.trim_end_matches(['!', '.']).trim_end_matches(" please").trim_end_matches(" 50")
                    == read.written,
                "{read:?}"
            );
        }
        for text in [
            "8933...0010",
            "8933...0010 - Meter 7",
            "8933...0010 - ",
            "8933...0010 8933...0059",
            "8933...0010 8901260881205897720",
            "8933...0010... 12 SIMs",
            "8933...0010 25.11.2025",
        ] {
            let read = Shortened::read(text).unwrap();
            assert_eq!((read.from, read.to, read.written), ("0010", "0010", "8933...0010"), "{text}");
        }
    }

    #[test]
    fn what_could_be_something_else_is_not_guessed() {
        for text in [
            "2620...0010",
            "8933.0010",
            "8933...1",
            "8933...0010-00590",
            "8933...0010 - 8934...0059",
            "8933...0010 - 89331234567890100059",
            "8933...0010-0059-0070",
            "8933...0010x",
            "893312345678901000..0059",
            "8933...1234 5678",
            "8933...0010 0059",
            "8933...0010 - 8933...",
            "8933...0010 ... 12 SIMs",
            "89...95",
            "8933...01",
            "...",
            "",
        ] {
            assert_eq!(Shortened::read(text), None, "{text}");
        }
        assert_eq!(Shortened::read(&format!("8933{}10", ".".repeat(1_000))), None);
    }
}
