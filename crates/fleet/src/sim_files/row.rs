//! One SIM as a file gives it.

use super::columns::Column;
use super::problem::{LineProblem, RowProblem};
use crate::characters::{composed, is_control};
use crate::identifiers::{Eid, Iccid, Imsi, Msisdn};
use crate::labels::ShortName;
use crate::sims::SimType;

/// A line of a SIM file in which everything has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimRow {
    /// The line's number in the file, the header being 1.
    pub line: u32,
    /// The number of the card or profile.
    pub iccid: Iccid,
    /// The number of the subscription.
    pub imsi: Imsi,
    /// The telephone number, if it has one.
    pub msisdn: Option<Msisdn>,
    /// The number of the eUICC, if it is on one.
    pub eid: Option<Eid>,
    /// How it is built.
    pub sim_type: SimType,
    /// A label for it, if the file gives one.
    pub label: Option<LabelName>,
}

/// A line of a SIM file that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The line's number in the file, the header being 1.
    pub line: u32,
    /// All that is wrong with it, at least one thing.
    pub problems: Vec<LineProblem>,
    /// The number of the card or profile, where it can be read; so are the others.
    pub iccid: Option<Iccid>,
    /// The number of the subscription.
    pub imsi: Option<Imsi>,
    /// The telephone number.
    pub msisdn: Option<Msisdn>,
    /// The number of the eUICC.
    pub eid: Option<Eid>,
}

/// What is wrong with the cells of a line, as one after the other is read.
pub(super) struct Findings {
    line: u32,
    problems: Vec<LineProblem>,
}

impl Findings {
    pub(super) const fn of_line(line: u32) -> Self {
        Self { line, problems: Vec::new() }
    }

    pub(super) fn note(&mut self, column: Option<Column>, reason: RowProblem) {
        self.problems.push(LineProblem { line: self.line, column, reason });
    }

    /// What was read of a cell; of one that can't be read, why is noted.
    pub(super) fn keep<T>(&mut self, column: Column, read: Result<T, RowProblem>) -> Option<T> {
        read.map_err(|reason| self.note(Some(column), reason)).ok()
    }

    pub(super) fn are_none(&self) -> bool {
        self.problems.is_empty()
    }

    /// The row, of which nothing can be read.
    pub(super) fn into_bad_row(self) -> BadRow {
        let Self { line, problems } = self;
        BadRow { line, problems, iccid: None, imsi: None, msisdn: None, eid: None }
    }
}

/// The name of a label: trimmed, 1 to 50 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelName(String);

impl LabelName {
    /// Parses `text`; empty is none.
    pub fn parse(text: &str) -> Result<Option<Self>, RowProblem> {
        let text = composed(text.trim());
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().any(is_control) {
            return Err(RowProblem::LabelWithControls);
        }
        if text.chars().count() > ShortName::LIMIT {
            return Err(RowProblem::LabelTooLong);
        }
        Ok(Some(Self(text.into_owned())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The type that a cell names. Without a word, a SIM with an EID is an eUICC and any other a plug-in card.
pub(super) fn sim_type(cell: &str, has_eid: bool) -> Result<SimType, RowProblem> {
    let word = cell.trim().to_lowercase().replace([' ', '-'], "_");
    match word.as_str() {
        "" if has_eid => Ok(SimType::Euicc),
        "" | "plug_in" | "plugin" | "uicc" | "usim" | "sim" | "2ff" | "3ff" | "4ff" | "mini" | "micro"
        | "nano" => Ok(SimType::PlugIn),
        "mff2" | "mff" | "embedded" | "dfn8" => Ok(SimType::Mff2),
        "euicc" | "esim" | "iot_euicc" | "m2m_euicc" | "consumer_euicc" => Ok(SimType::Euicc),
        _ => Err(RowProblem::UnknownType),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_named_as_on_its_screen_however_the_file_writes_it() {
        let name = |text: &str| LabelName::parse(text).ok().flatten().map(|name| name.as_str().to_owned());
        assert_eq!(name(" Cafe\u{301} "), Some("Café".to_owned()));
        assert_eq!(name(&"e\u{301}".repeat(ShortName::LIMIT)), Some("é".repeat(ShortName::LIMIT)));
        assert_eq!(LabelName::parse(&"é".repeat(ShortName::LIMIT + 1)), Err(RowProblem::LabelTooLong));
        assert_eq!(LabelName::parse(" "), Ok(None));
    }
}
