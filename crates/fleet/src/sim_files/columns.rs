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

    /// The optional column that a header cell names with words around it that say nothing else, as in `MSISDN Number`.
    ///
    /// Never the ICCID or the IMSI: without them there is no SIM, and whoever sends the file is asked. Nor the type, for
    /// which vendors have words of their own: all rows would be refused that are taken without it. A name with any other word
    /// in it (`Contact phone`, `Label ID`, `PIN of EID`) is something else, and so is how many there are (`Number of labels`).
    pub(super) fn with_fillers(cell: &str) -> Option<Self> {
        const AROUND: [&str; 8] = ["the", "of", "sim", "sims", "card", "cards", "main", "primary"];
        let name = normalised(cell);
        let words = || name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let named = |word: &str| match word {
            "msisdn" | "msisdns" | "phone" | "telephone" | "tel" | "mdn" => Some(Self::Msisdn),
            "eid" | "eids" => Some(Self::Eid),
            "label" | "labels" => Some(Self::Label),
            _ => None,
        };
        let is_number = |word: &str| matches!(word, "number" | "numbers" | "num" | "no" | "nr");
        let column = words().find_map(named)?;
        if words().zip(words().skip(1)).any(|(word, next)| is_number(word) && next == "of") {
            return None;
        }
        let says_the_same = |word: &str| match column {
            _ if AROUND.contains(&word) => true,
            Self::Label => matches!(word, "list" | "name" | "names"),
            _ => is_number(word),
        };
        words().all(|word| named(word) == Some(column) || says_the_same(word)).then_some(column)
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

/// Whether a column of this name holds keys or codes of the card: `Ki`, `PIN1`, `PUK 2`, `ADM code`.
pub(super) fn is_secret(cell: &str) -> bool {
    let name = normalised(cell);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_of_card = |word: &str| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        matches!(word, "ki" | "opc" | "adm" | "pin" | "puk" | "kic" | "kid" | "kik")
    };
    matches!(stem, "k" | "op" | "acc")
        || name.starts_with("enc_")
        || name.split(|c: char| !c.is_alphanumeric()).any(is_of_card)
}

/// Whether the column with the header `cell` is the one of this name, in small letters.
pub(super) fn is_named(cell: &str, name: &str) -> bool {
    normalised(cell) == name
}

fn normalised(cell: &str) -> String {
    cell.trim().to_lowercase().replace([' ', '-'], "_")
}
