//! What a list may say of its SIMs: the name, the note and the custom fields that each is to get.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Uuid};
use serde_json::Value;

use super::SimList;
use crate::characters::lower_case;
use crate::csv_lines;
use crate::custom_fields::{self, Field};
use crate::error::{Error, Result};
use crate::sims::details::{parse_name, parse_note};
use crate::tenancy::{CompanyScope, Permission};

/// A detail of SIMs that a column of a file can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Their name.
    Name,
    /// The note on them.
    Note,
    /// A custom field.
    Field(Field),
}

impl Detail {
    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Name => "Name",
            Self::Note => "Note",
            Self::Field(field) => &field.name,
        }
    }

    /// How it is stored.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Name => "name".to_owned(),
            Self::Note => "note".to_owned(),
            Self::Field(field) => field.id.to_string(),
        }
    }

    pub(super) fn is_called(&self, written: &str) -> bool {
        let written = lower_case(written);
        written == lower_case(self.name()) || (*self == Self::Note && written == "notes")
    }

    /// Reads a cell; empty for an empty one. What is wrong is said in a sentence.
    pub(super) fn parse(&self, cell: &str) -> std::result::Result<String, String> {
        if cell.contains(char::REPLACEMENT_CHARACTER) {
            return Err("Some letters can't be read. Save the file as CSV in UTF-8.".to_owned());
        }
        let cell = &*csv_lines::as_it_was(cell.trim());
        let read = match self {
            Self::Name => parse_name(cell),
            Self::Note => parse_note(cell),
            Self::Field(field) => return field.parse(cell).map(Option::unwrap_or_default),
        };
        read.map(Option::unwrap_or_default).map_err(|error| match error {
            Error::Invalid { message, .. } => message.into_owned(),
            other => other.to_string(),
        })
    }
}

/// All that a file can say of SIMs of the active company.
pub(super) fn known(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Detail>> {
    let fields = custom_fields::list(conn, scope)?.into_iter().map(Detail::Field);
    Ok([Detail::Name, Detail::Note].into_iter().chain(fields).collect())
}

/// What `list` says of its SIMs, but for fields that have been removed since.
pub fn told(conn: &mut PgConnection, scope: &CompanyScope, list: &SimList) -> Result<Vec<Detail>> {
    if list.details.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = known(conn, scope)?;
    let place = |detail: &Detail| list.details.iter().position(|key| *key == detail.key());
    known.retain(|detail| place(detail).is_some());
    known.sort_by_key(place);
    Ok(known)
}

/// What becomes of a SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDetails {
    /// Its ICCID.
    pub iccid: String,
    /// The line that says so.
    pub line: Option<i32>,
    /// Each detail that the list says.
    pub details: Vec<NewDetail>,
}

/// A detail of a SIM as it is, and as it would be; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDetail {
    /// What it is called.
    pub name: String,
    /// As it is.
    pub old: String,
    /// As the list has it.
    pub new: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    iccid: String,
    #[diesel(sql_type = Nullable<Integer>)]
    line: Option<i32>,
    #[diesel(sql_type = Jsonb)]
    old: Value,
    #[diesel(sql_type = Jsonb)]
    new: Value,
}

/// What becomes of the first SIMs of `list`, in the order of their ICCIDs.
pub fn first_details(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    list: &SimList,
    limit: i64,
) -> Result<Vec<NewDetails>> {
    const SQL: &str = "SELECT s.iccid, m.line, m.details AS new, \
             s.fields || jsonb_build_object('name', s.name, 'note', s.note) AS old \
         FROM sim_list_members m JOIN sims s ON s.id = m.sim_id AND s.company_id = $2 \
         WHERE m.list = $1 AND EXISTS (SELECT FROM sim_lists l WHERE l.uid = $1 AND l.company_id = $2) \
         AND m.details IS NOT NULL ORDER BY m.iccid LIMIT $3";
    scope.require(Permission::FleetView)?;
    let told = told(conn, scope, list)?;
    let rows: Vec<Row> = diesel::sql_query(SQL)
        .bind::<Uuid, _>(list.uid)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    let text = |of: &Value, detail: &Detail| {
        of.get(detail.key()).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let row = |Row { iccid, line, old, new }| {
        let detail = |detail: &Detail| NewDetail {
            name: detail.name().to_owned(),
            old: text(&old, detail),
            new: text(&new, detail),
        };
        NewDetails { iccid, line, details: told.iter().map(detail).collect() }
    };
    Ok(rows.into_iter().map(row).collect())
}
