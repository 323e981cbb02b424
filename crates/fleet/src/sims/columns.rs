//! The columns of the grid: which there are, and which of them are shown in which order.

use std::fmt;
use std::str::FromStr;

use super::Sort;
use crate::custom_fields::Field;
use crate::ids::FieldId;
use crate::words::UnknownWord;

/// The most custom fields of other companies that a person's columns keep.
const OTHERS: usize = 200;
/// The most words that are read: far more than a company, and what a person's columns keep of others, can have.
const WORDS: usize = 1_000;

/// A column of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The ICCID: always shown, and always first.
    Iccid,
    /// The name that the company gave the SIM.
    Name,
    /// The note that the company wrote on it.
    Note,
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
    /// When its network last heard of it, where that tells. Kept apart from the SIM, so that no index has it in order.
    Seen,
    /// A custom field of one company: in another, and once it is removed, it is passed over.
    Field(FieldId),
}

impl Column {
    /// Those that every company has, in the usual order.
    pub const ALL: [Self; 14] = [
        Self::Iccid,
        Self::Name,
        Self::Note,
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
        Self::Seen,
    ];

    /// The word of one that every company has.
    const fn word(self) -> &'static str {
        match self {
            Self::Iccid => "iccid",
            Self::Name => "name",
            Self::Note => "note",
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
            Self::Seen => "seen",
            Self::Field(_) => "field-",
        }
    }

    /// Its head, in a company that has these custom fields.
    pub fn label(self, fields: &[Field]) -> &str {
        match self {
            Self::Iccid => "ICCID",
            Self::Name => "Name",
            Self::Note => "Note",
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
            Self::Seen => "Last seen",
            Self::Field(id) => {
                fields.iter().find(|field| field.id == id).map_or("", |field| field.name.as_str())
            }
        }
    }

    /// Whether there is such a column in a company with these custom fields.
    pub(crate) fn is_among(self, fields: &[Field]) -> bool {
        match self {
            Self::Field(id) => fields.iter().any(|field| field.id == id),
            _ => true,
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

impl fmt::Display for Column {
    /// The word as stored and as written in addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        if let Self::Field(id) = self { id.fmt(f) } else { Ok(()) }
    }
}

impl FromStr for Column {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(id) = text.strip_prefix("field-") {
            return id.parse().map(Self::Field).map_err(|_| UnknownWord);
        }
        Self::ALL.into_iter().find(|column| column.word() == text).ok_or(UnknownWord)
    }
}

/// The columns that are shown, in their order: the ICCID first, and each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        let usual = |column: &Column| !matches!(column, Column::Note | Column::Seen);
        Self(Column::ALL.into_iter().filter(usual).collect())
    }
}

impl Columns {
    /// All that a company with these custom fields has.
    pub fn all(fields: &[Field]) -> Self {
        Self(every(fields).collect())
    }

    /// Those of `words` that are columns: what is none is passed over, and so is what comes again, or after too many.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut columns = vec![Column::Iccid];
        for column in words.into_iter().take(WORDS).filter_map(|word| word.parse().ok()) {
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
        let words: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        words.join(".")
    }

    /// The columns.
    pub fn as_slice(&self) -> &[Column] {
        &self.0
    }

    /// The columns that there are in a company with these custom fields.
    pub fn among(&self, fields: &[Field]) -> Vec<Column> {
        self.0.iter().copied().filter(|column| column.is_among(fields)).collect()
    }

    /// The same, then the others: in the usual order, the custom fields last.
    pub fn then_others(&self, fields: &[Field]) -> Vec<Column> {
        let others = every(fields).filter(|column| !self.0.contains(column));
        self.among(fields).into_iter().chain(others).collect()
    }

    /// The same columns, and after them the custom fields in `before` that are of other companies than the one with
    /// these fields: they were not to be chosen there.
    pub(crate) fn keeping_others(&self, before: &Self, fields: &[Field]) -> Self {
        let others = before.0.iter().copied().filter(|column| !column.is_among(fields));
        Self(self.among(fields).into_iter().chain(others.take(OTHERS)).collect())
    }

    /// The same columns around the custom fields in `before`, which keep their places: none was to be chosen or carried.
    #[must_use]
    pub fn around_fields(&self, before: &Self) -> Self {
        let is_field = |column: &Column| matches!(column, Column::Field(_));
        let mut others = self.0.iter().copied().filter(|column| !is_field(column));
        let in_place = |column: &Column| if is_field(column) { Some(*column) } else { others.next() };
        let mut columns: Vec<_> = before.0.iter().filter_map(in_place).collect();
        columns.extend(others);
        Self(columns)
    }

    /// Whether the column is shown.
    pub fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }
}

/// In the usual order, the custom fields last.
fn every(fields: &[Field]) -> impl Iterator<Item = Column> {
    Column::ALL.into_iter().chain(fields.iter().map(|field| Column::Field(field.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_repeated_columns_are_passed_over_and_the_iccid_comes_first() {
        let columns = Columns::of(["imsi", "price", "iccid", "", "imsi", "name"]);
        assert_eq!(columns.as_slice(), [Column::Iccid, Column::Imsi, Column::Name]);
        assert_eq!(Columns::parse(&columns.to_text()), columns);
        let columns = Columns::parse("iccid.field-7.field-x.field-.field--7.note");
        assert_eq!(columns.to_text(), "iccid.field-7.field--7.note");
        assert_eq!(columns.among(&[]), [Column::Iccid, Column::Note]);
        assert_eq!(Columns::parse("").as_slice(), [Column::Iccid]);
        let many: Vec<String> = (0..100_000).map(|id| format!("field-{id}")).collect();
        assert_eq!(Columns::parse(&many.join(".")).as_slice().len(), WORDS + 1);
        assert_eq!(Columns::parse(&Columns::default().to_text()), Columns::default());
    }
}
