//! Places in the order of the grid, as addresses have them.

use chrono::DateTime;

use super::order::{Sort, Value};
use crate::ids::SimId;

/// The moments that a place can be at, in microseconds: from 1970 to 9999.
const TIMES: std::ops::Range<i64> = 0..253_402_300_800_000_000;

/// A place in the order: that of one SIM, whether it is still there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of a search, which run; else the place of the sort among all.
    pub(super) run: u8,
    pub(super) id: SimId,
    pub(super) value: Value,
}

impl Place {
    /// Reads what [`Self::to_text`] has written for a list, or for one that a text was searched in.
    pub fn parse(text: &str, is_search: bool) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let run: u8 = parts.next()?.parse().ok()?;
        let id = SimId(parts.next()?.parse().ok()?);
        let value = parts.next()?;
        let sort = if is_search { Sort::Iccid } else { *Sort::ALL.get(usize::from(run))? };
        let value = if matches!(sort, Sort::Activated | Sort::Changed) {
            let micros = value.parse().ok().filter(|micros| TIMES.contains(micros))?;
            Value::Time(DateTime::from_timestamp_micros(micros)?)
        } else if value.chars().count() <= 100 && !value.chars().any(char::is_control) {
            Value::Text(value.to_owned())
        } else {
            return None;
        };
        Some(Self { run, id, value })
    }

    /// As it is written in addresses.
    pub fn to_text(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("{}.{}.{text}", self.run, self.id),
            Value::Time(at) => format!("{}.{}.{}", self.run, self.id, at.timestamp_micros()),
        }
    }
}
