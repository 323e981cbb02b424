//! The columns that a SIM file can have.

use std::fmt;

/// A column that the portal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The number of the card or profile. Must be there.
    Iccid,
    /// The number of the subscription. Must be there.
    Imsi,
    /// The telephone number.
    Msisdn,
    /// The number of the eUICC.
    Eid,
    /// How the SIM is built.
    Type,
    /// A label of the company that gets the SIM.
    Label,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Iccid, Self::Imsi, Self::Msisdn, Self::Eid, Self::Type, Self::Label];

    /// The name as it stands in the header line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iccid => "iccid",
            Self::Imsi => "imsi",
            Self::Msisdn => "msisdn",
            Self::Eid => "eid",
            Self::Type => "type",
            Self::Label => "label",
        }
    }

    /// The name as people write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Iccid => "ICCID",
            Self::Imsi => "IMSI",
            Self::Msisdn => "MSISDN",
            Self::Eid => "EID",
            Self::Type => "type",
            Self::Label => "label",
        }
    }

    /// The column with this name, as [`Self::name`] writes it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Recognises a header cell, in any letter case.
    pub(super) fn from_header(cell: &str) -> Option<Self> {
        let name = normalised(cell);
        match name.as_str() {
            "icc" | "icc_id" | "sim_iccid" | "ser_nb" | "serial_number" => Some(Self::Iccid),
            "phone_number" | "telephone" | "mdn" => Some(Self::Msisdn),
            "sim_type" | "form_factor" => Some(Self::Type),
            "labels" => Some(Self::Label),
            _ => Self::ALL.into_iter().find(|column| column.name() == name),
        }
    }

    /// What a header cell that is none of the known names probably means, by its words.
    pub(super) fn by_words(cell: &str) -> Option<Self> {
        let name = normalised(cell);
        let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
        let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
        if name.contains("iccid") || has(&["icc"]) {
            Some(Self::Iccid)
        } else if name.contains("imsi") {
            Some(Self::Imsi)
        } else if name.contains("msisdn") || has(&["phone", "telephone", "tel", "mdn"]) {
            Some(Self::Msisdn)
        } else if has(&["eid"]) {
            Some(Self::Eid)
        } else if has(&["label", "labels", "tag", "tags"]) {
            Some(Self::Label)
        } else if has(&["sim", "card"]) && has(&["number", "num", "no", "nr", "serial", "id"]) {
            Some(Self::Iccid)
        } else {
            None
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a column of this name holds keys or codes of the card.
pub(super) fn is_secret(cell: &str) -> bool {
    let name = normalised(cell);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(stem, "ki" | "k" | "op" | "opc" | "adm" | "pin" | "puk" | "acc" | "kic" | "kid" | "kik")
        || name.starts_with("enc_")
}

/// Whether the column with the header `cell` is the one of this name, in small letters.
pub(super) fn is_named(cell: &str, name: &str) -> bool {
    normalised(cell) == name
}

fn normalised(cell: &str) -> String {
    cell.trim().to_lowercase().replace([' ', '-'], "_")
}
