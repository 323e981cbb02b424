//! ICCIDs that a spreadsheet has rounded and whose check digit fits all the same.

use super::columns::Column;
use super::problem::{LineProblem, RowProblem};
use super::row::{BadRow, SimRow};
use crate::identifiers::{Iccid, IccidForm, IdentifierError, IdentifierKind, IdentifierProblem};

/// Remembers the rows whose ICCID has only zeros after the 15th digit, and says at the end whether to believe it.
///
/// Nine in ten ICCIDs that a spreadsheet has rounded fail their check digit. The tenth looks good and is the number of another
/// card. A real one may look so too, the first of a range above all, so that one by itself is believed. It is not:
///
/// * where the file shows that a spreadsheet has rounded its column: another ICCID is in scientific notation, or has these zeros
///   and a wrong check digit;
/// * where at least three, and a tenth of all rows, look so. Cards come in runs of numbers, of which at most one in a thousand
///   does. This is what remains of a file whose ICCIDs have no check digit that could be wrong. Numbers of test profiles are made
///   up, so there it says nothing.
#[derive(Debug)]
pub struct RoundedFinder {
    form: IccidForm,
    rows: usize,
    lines: Vec<u32>,
    is_evident: bool,
}

impl RoundedFinder {
    /// One for a file whose ICCIDs are written in `form`.
    pub const fn of(form: IccidForm) -> Self {
        Self { form, rows: 0, lines: Vec::new(), is_evident: false }
    }

    /// Remembers `row`.
    pub fn note(&mut self, row: &SimRow) {
        self.note_iccid(row.line, Some(&row.iccid));
    }

    /// Remembers a row that can't be taken.
    pub fn note_bad(&mut self, row: &BadRow) {
        self.is_evident |= row.problems.iter().any(|problem| shows_rounding(&problem.reason));
        self.note_iccid(row.line, row.iccid.as_ref());
    }

    fn note_iccid(&mut self, line: u32, iccid: Option<&Iccid>) {
        self.rows += 1;
        if iccid.is_some_and(|iccid| iccid.looks_rounded_as(self.form)) {
            self.lines.push(line);
        }
    }

    /// The rows whose ICCID is not to be believed, in the order of the file.
    pub fn finish(self) -> Vec<LineProblem> {
        let are_many = self.lines.len() >= MANY
            && self.lines.len() >= self.rows.div_ceil(10)
            && self.form != IccidForm::UncheckedTestProfile;
        if !self.is_evident && !are_many {
            return Vec::new();
        }
        let column = Some(Column::Iccid);
        let problem = |line| LineProblem { line, column, reason: RowProblem::RoundedAsOthers };
        self.lines.into_iter().map(problem).collect()
    }
}

const MANY: usize = 3;

/// Whether a problem shows that a spreadsheet has rounded an ICCID.
const fn shows_rounding(problem: &RowProblem) -> bool {
    use IdentifierProblem::{Rounded, ScientificNotation};
    matches!(
        problem,
        RowProblem::Identifier(IdentifierError {
            kind: IdentifierKind::Iccid,
            problem: ScientificNotation | Rounded
        })
    )
}
