//! One SIM as a file gives it.

use super::columns::Column;
use super::problem::RowProblem;
use crate::companies::is_control;
use crate::identifiers::{Eid, Iccid, Imsi, Msisdn};
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

/// The name of a label: trimmed, 1 to 50 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelName(String);

impl LabelName {
    /// Parses `text`; empty is none.
    pub fn parse(text: &str) -> Result<Option<Self>, RowProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().any(is_control) {
            return Err(RowProblem::LabelWithControls);
        }
        if text.chars().count() > 50 {
            return Err(RowProblem::LabelTooLong);
        }
        Ok(Some(Self(text.to_owned())))
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

/// A problem in one column, before it is known on which line.
pub(super) fn at<T>(
    column: Column,
    read: Result<T, impl Into<RowProblem>>,
) -> Result<T, (Option<Column>, RowProblem)> {
    read.map_err(|reason| (Some(column), reason.into()))
}
