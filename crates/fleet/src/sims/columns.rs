//! The columns of the grid: which there are, and which of them are shown in which order.

use std::str::FromStr;

use super::Sort;
use crate::words::UnknownWord;

/// A column of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The ICCID: always shown, and always first.
    Iccid,
    /// The name that the company gave the SIM.
    Name,
    /// Its state, and what is being done with it.
    State,
    /// Its offer.
    Offer,
    /// Its IMSI.
    Imsi,
    /// Its MSISDN.
    Msisdn,
    /// The IMEI of its device.
    Imei,
    /// The EID of the eUICC.
    Eid,
    /// How it is built.
    Type,
    /// Its labels.
    Labels,
    /// When it was activated.
    Activated,
    /// When it last changed.
    Changed,
}

impl Column {
    /// All of them, in the usual order.
    pub const ALL: [Self; 12] = [
        Self::Iccid,
        Self::Name,
        Self::State,
        Self::Offer,
        Self::Imsi,
        Self::Msisdn,
        Self::Imei,
        Self::Eid,
        Self::Type,
        Self::Labels,
        Self::Activated,
        Self::Changed,
    ];

    /// The word as stored and as written in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iccid => "iccid",
            Self::Name => "name",
            Self::State => "state",
            Self::Offer => "offer",
            Self::Imsi => "imsi",
            Self::Msisdn => "msisdn",
            Self::Imei => "imei",
            Self::Eid => "eid",
            Self::Type => "type",
            Self::Labels => "labels",
            Self::Activated => "activated",
            Self::Changed => "changed",
        }
    }

    /// Its head.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Iccid => "ICCID",
            Self::Name => "Name",
            Self::State => "State",
            Self::Offer => "Offer",
            Self::Imsi => "IMSI",
            Self::Msisdn => "MSISDN",
            Self::Imei => "IMEI",
            Self::Eid => "EID",
            Self::Type => "Type",
            Self::Labels => "Labels",
            Self::Activated => "Activated",
            Self::Changed => "Last change",
        }
    }

    /// What the grid is sorted by with this column; none for one that no index gives in order.
    pub const fn sort(self) -> Option<Sort> {
        match self {
            Self::Iccid => Some(Sort::Iccid),
            Self::Imsi => Some(Sort::Imsi),
            Self::Msisdn => Some(Sort::Msisdn),
            Self::Activated => Some(Sort::Activated),
            Self::Changed => Some(Sort::Changed),
            _ => None,
        }
    }
}

impl FromStr for Column {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|column| column.as_str() == text).ok_or(UnknownWord)
    }
}

/// The columns that are shown, in their order: the ICCID first, and each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        Self(Column::ALL.to_vec())
    }
}

impl Columns {
    /// Those of `words` that are columns: what is none is passed over, and so is what comes again.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut columns = vec![Column::Iccid];
        for column in words.into_iter().filter_map(|word| word.parse().ok()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Self(columns)
    }

    /// Reads what [`Self::to_text`] has written.
    pub fn parse(text: &str) -> Self {
        Self::of(text.split('.'))
    }

    /// As it is written in addresses: `iccid.name.state`.
    pub fn to_text(&self) -> String {
        self.words().join(".")
    }

    /// The columns.
    pub fn as_slice(&self) -> &[Column] {
        &self.0
    }

    /// The columns that are shown, then the others in the usual order.
    pub fn then_others(&self) -> impl Iterator<Item = Column> {
        let others = Column::ALL.into_iter().filter(|column| !self.0.contains(column));
        self.0.iter().copied().chain(others)
    }

    /// Whether the column is shown.
    pub fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }

    /// As they are stored.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(|column| column.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_repeated_columns_are_passed_over_and_the_iccid_comes_first() {
        let columns = Columns::of(["imsi", "price", "iccid", "", "imsi", "name"]);
        assert_eq!(columns.as_slice(), [Column::Iccid, Column::Imsi, Column::Name]);
        assert_eq!(Columns::parse(&columns.to_text()), columns);
        assert_eq!(Columns::parse("").as_slice(), [Column::Iccid]);
        assert_eq!(Columns::parse(&Columns::default().to_text()), Columns::default());
    }
}
