//! Identifiers that stand in a file more than once.

use super::columns::Column;
use super::problem::{LineProblem, RowProblem};
use super::row::SimRow;
use crate::identifiers::{Iccid, Imsi, Msisdn};

/// Remembers the ICCID, IMSI and MSISDN of each row in 16 bytes each (48 MB for a million rows), and finds at the end
/// which stand in several lines. An EID may: one eUICC holds several profiles.
#[derive(Debug, Default)]
pub struct DuplicateFinder {
    iccids: Vec<(u64, u32)>,
    imsis: Vec<(u64, u32)>,
    msisdns: Vec<(u64, u32)>,
}

impl DuplicateFinder {
    /// Remembers `row`.
    pub fn note(&mut self, row: &SimRow) {
        self.iccids.push((row.iccid.key(), row.line));
        self.imsis.push((row.imsi.key(), row.line));
        self.msisdns.extend(row.msisdn.as_ref().map(|msisdn: &Msisdn| (msisdn.key(), row.line)));
    }

    /// The lines that repeat an identifier of an earlier line, in the order of the file, each once.
    pub fn finish(self) -> Vec<LineProblem> {
        let mut found = repeated(Column::Iccid, self.iccids);
        found.extend(repeated(Column::Imsi, self.imsis));
        found.extend(repeated(Column::Msisdn, self.msisdns));
        // The sort is stable: of several problems of one line, that of the ICCID comes first.
        found.sort_by_key(|problem| problem.line);
        found.dedup_by_key(|problem| problem.line);
        found
    }
}

fn repeated(column: Column, mut keys: Vec<(u64, u32)>) -> Vec<LineProblem> {
    keys.sort_unstable();
    keys.chunk_by(|(one, _), (other, _)| one == other)
        .filter_map(|same| same.split_first().filter(|(_, rest)| !rest.is_empty()))
        .flat_map(|((_, first_line), rest)| {
            rest.iter().map(|(_, line)| LineProblem {
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
