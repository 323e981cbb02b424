//! Finding SIMs by a pasted list of identifiers, all in one statement.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::selection::LIST_LIMIT;
use crate::error::{Error, Result};
use crate::identifiers::{Iccid, Imsi, Msisdn};
use crate::ids::SimId;
use crate::tenancy::CompanyScope;

/// The longest part of something unreadable that is shown back.
const SHOWN: usize = 40;

/// What became of a pasted list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The SIMs that are meant, each once, in the order of the list.
    pub sims: Vec<SimId>,
    /// What is written as an identifier should be, but is no SIM's of the company.
    pub not_found: Vec<String>,
    /// What can't be an identifier.
    pub malformed: Vec<Malformed>,
    /// What names a SIM that was named before.
    pub duplicates: Vec<String>,
}

/// Something in the list that can't be an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// As it was written, cut where it is long.
    pub text: String,
    /// What is wrong with it, as a sentence.
    pub reason: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    sim: SimId,
}

/// The SIMs of the active company that `text` names by ICCID, IMSI or MSISDN, separated by
/// white space, commas or semicolons.
///
/// [`Error::Invalid`] for the field `identifiers` with more than 100,000 of them. A number that is the IMSI
/// of one SIM and the MSISDN of another means the first.
pub fn find_by_identifiers(conn: &mut PgConnection, scope: &CompanyScope, text: &str) -> Result<Resolved> {
    let mut resolved = Resolved::default();
    let words = distinct_words(text, &mut resolved)?;
    let found = look_up(conn, scope, &words)?;
    let mut seen = HashSet::with_capacity(found.len());
    for (place, (written, number)) in words.into_iter().enumerate() {
        match found.get(&place) {
            Some(sim) if seen.insert(*sim) => resolved.sims.push(*sim),
            Some(_) => resolved.duplicates.push(written),
            None => match problem(&number) {
                None => resolved.not_found.push(written),
                Some(reason) => resolved.malformed.push(Malformed { text: shortened(&written), reason }),
            },
        }
    }
    Ok(resolved)
}

/// The words of the list, each once, as they were written and as they are looked up.
fn distinct_words(text: &str, resolved: &mut Resolved) -> Result<Vec<(String, String)>> {
    let mut words = Vec::new();
    let mut seen = HashSet::new();
    let all =
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|word| !word.is_empty());
    for (place, word) in all.enumerate() {
        if place >= LIST_LIMIT {
            return Err(Error::invalid(
                "identifiers",
                "A list can name at most 100,000 SIMs. Use the filters of the fleet for more.",
            ));
        }
        // A NUL is no text to PostgreSQL.
        let word: String = word.chars().filter(|c| *c != '\0').collect();
        let number = word.trim_start_matches('+').trim_end_matches(['F', 'f']).to_owned();
        if seen.insert(number.clone()) {
            words.push((word, number));
        } else {
            resolved.duplicates.push(shortened(&word));
        }
    }
    Ok(words)
}

/// The SIMs by the places of the words that name them.
fn look_up(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    words: &[(String, String)],
) -> Result<HashMap<usize, SimId>> {
    const SQL: &str = "WITH wanted AS MATERIALIZED \
             (SELECT number, place FROM unnest($2::text[]) WITH ORDINALITY AS w (number, place)), \
         found AS (SELECT w.place, s.id, 1 AS way FROM wanted w JOIN sims s ON s.iccid = w.number AND s.company_id = $1 \
             UNION ALL \
             SELECT w.place, s.id, 2 FROM wanted w JOIN sims s ON s.imsi = w.number AND s.company_id = $1 \
             UNION ALL \
             SELECT w.place, s.id, 3 FROM wanted w JOIN sims s ON s.msisdn = w.number AND s.company_id = $1) \
         SELECT DISTINCT ON (place) place, id AS sim FROM found ORDER BY place, way";
    let numbers: Vec<&str> = words.iter().map(|(_, number)| number.as_str()).collect();
    let found: Vec<Found> = diesel::sql_query(SQL)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Array<Text>, _>(numbers)
        .load(conn)?;
    Ok(found.into_iter().filter_map(|row| Some((usize::try_from(row.place - 1).ok()?, row.sim))).collect())
}

/// Why `number` can't be an identifier; nothing if it can.
fn problem(number: &str) -> Option<String> {
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if number.starts_with("89") && number.len() >= 17 || number.len() > 15 {
        return number.parse::<Iccid>().err().map(|error| error.to_string());
    }
    if digits && (number.parse::<Imsi>().is_ok() || number.parse::<Msisdn>().is_ok()) {
        return None;
    }
    if digits {
        return number.parse::<Msisdn>().err().map(|error| error.to_string());
    }
    Some("It is not a number: an ICCID, IMSI or MSISDN has digits only.".to_owned())
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
