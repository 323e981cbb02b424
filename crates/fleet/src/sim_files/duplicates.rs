//! Identifiers that stand in a file more than once.

use super::columns::Column;
use super::problem::{LineProblem, RowProblem};
use super::row::{BadRow, SimRow};
use crate::identifiers::{Iccid, Imsi, Msisdn};

/// Remembers the ICCID, IMSI and MSISDN of each row in 16 bytes each (48 MB for a million rows), and finds at the end
/// which stand in several lines. An EID may: one eUICC holds several profiles.
#[derive(Debug, Default)]
pub struct DuplicateFinder {
    iccids: Vec<Noted>,
    imsis: Vec<Noted>,
    msisdns: Vec<Noted>,
}

/// An identifier, whether something else is wrong with its row, and the line of that. In this order: what others repeat is
/// a row that can be taken, if there is one.
type Noted = (u64, bool, u32);

impl DuplicateFinder {
    /// Remembers `row`.
    pub fn note(&mut self, row: &SimRow) {
        self.iccids.push((row.iccid.key(), false, row.line));
        self.imsis.push((row.imsi.key(), false, row.line));
        self.msisdns.extend(row.msisdn.as_ref().map(|msisdn: &Msisdn| (msisdn.key(), false, row.line)));
    }

    /// Remembers what can be read of a row that can't be taken.
    pub fn note_bad(&mut self, row: &BadRow) {
        self.iccids.extend(row.iccid.as_ref().map(|iccid: &Iccid| (iccid.key(), true, row.line)));
        self.imsis.extend(row.imsi.as_ref().map(|imsi: &Imsi| (imsi.key(), true, row.line)));
        self.msisdns.extend(row.msisdn.as_ref().map(|msisdn: &Msisdn| (msisdn.key(), true, row.line)));
    }

    /// What repeats an identifier of another line, in the order of the file.
    pub fn finish(self) -> Vec<LineProblem> {
        let mut found = repeated(Column::Iccid, self.iccids);
        found.extend(repeated(Column::Imsi, self.imsis));
        found.extend(repeated(Column::Msisdn, self.msisdns));
        // The sort is stable: of several problems of one line, that of the ICCID comes first.
        found.sort_by_key(|problem| problem.line);
        found
    }
}

fn repeated(column: Column, mut keys: Vec<Noted>) -> Vec<LineProblem> {
    keys.sort_unstable();
    keys.chunk_by(|(one, ..), (other, ..)| one == other)
        .filter_map(|same| same.split_first().filter(|(_, rest)| !rest.is_empty()))
        .flat_map(|((.., first_line), rest)| {
            rest.iter().map(|(.., line)| LineProblem {
                line: *line,
                column: Some(column),
                reason: RowProblem::Duplicate { first_line: *first_line },
            })
        })
        .collect()
}

/// A number that is different for different identifiers.
trait Key: AsRef<str> {
    /// How many leading digits are always the same.
    const FIXED: usize;

    /// At most 18 digits fit below bit 60; the length, which tells `0…` from `…`, goes above.
    fn key(&self) -> u64 {
        let text = self.as_ref();
        let number = text
            .bytes()
            .skip(Self::FIXED)
            .fold(0_u64, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit & 15)));
        number | ((text.len() as u64) & 7) << 60
    }
}

impl Key for Iccid {
    const FIXED: usize = 2;
}
impl Key for Imsi {
    const FIXED: usize = 0;
}
impl Key for Msisdn {
    const FIXED: usize = 0;
}
