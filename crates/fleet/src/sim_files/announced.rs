//! What the header of a classic file announces of its rows.

use super::columns::Column;
use crate::identifiers::{Iccid, Imsi};

/// How many rows there are to be, and the first identifiers of their run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Announced {
    /// How many rows.
    pub(super) quantity: Option<u32>,
    pub(super) first_imsi: Option<Run>,
    /// The first serial number: an ICCID, with or without its check digit, or the end of one.
    pub(super) first_serial: Option<Run>,
}

/// The first number of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    first: u128,
    digits: usize,
}

impl Run {
    /// A number of up to 20 digits.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then_some(Self { first: text.parse().ok()?, digits: text.len() })
    }

    fn holds(self, number: &str, quantity: Option<u32>) -> bool {
        let Ok(number) = number.parse::<u128>() else { return false };
        number >= self.first && quantity.is_none_or(|quantity| number < self.first + u128::from(quantity))
    }
}

impl Announced {
    /// Whether rows without a cell for `column` get it from here.
    pub(super) fn gives(&self, column: Column) -> bool {
        column == Column::Imsi && self.first_imsi.is_some()
    }

    /// The IMSI of a row, by its place from 0.
    pub(super) fn imsi(&self, place: u32) -> String {
        let Some(run) = self.first_imsi else { return String::new() };
        format!("{:0width$}", run.first + u128::from(place), width = run.digits)
    }

    /// Whether an IMSI is of the header's run, if that announces one.
    pub(super) fn holds_imsi(&self, imsi: &Imsi) -> bool {
        self.first_imsi.is_none_or(|run| run.holds(imsi.as_str(), self.quantity))
    }

    /// Whether an ICCID is of the header's run, if that announces one.
    pub(super) fn holds_iccid(&self, iccid: &Iccid) -> bool {
        let Some(run) = self.first_serial else { return true };
        let written = iccid.as_str();
        let account = written.get(..written.len() - 1).unwrap_or_default();
        // A serial number with its check digit is compared without it, a short one with the end of the ICCID.
        let run = if run.digits == written.len() {
            Run { first: run.first / 10, digits: run.digits - 1 }
        } else {
            run
        };
        let end = account.len().checked_sub(run.digits).and_then(|start| account.get(start..));
        end.is_some_and(|end| run.holds(end, self.quantity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_of_the_header_hold_the_rows() {
        let iccid: Iccid = "8901260881205897720".parse().unwrap();
        let imsi: Imsi = "310260123456789".parse().unwrap();
        let announced = |imsi: &str, serial: &str, quantity| Announced {
            quantity,
            first_imsi: Run::read(imsi),
            first_serial: Run::read(serial),
        };
        for serial in ["8901260881205897720", "890126088120589772", "120589770", "8901260881205897"] {
            let announced = announced("310260123456780", serial, Some(10));
            assert!(announced.holds_imsi(&imsi));
            assert_eq!(announced.holds_iccid(&iccid), serial.len() != 16, "{serial}");
        }
        assert!(!announced("310260123456790", "", None).holds_imsi(&imsi));
        assert!(!announced("310260123456779", "", Some(10)).holds_imsi(&imsi));
        assert_eq!(announced("001010000000007", "", None).imsi(3), "001010000000010");
        assert_eq!(Run::read("first"), None);
    }
}
