//! The address of the log: which lines, and which page of them.

use fleet::audit::{Action, Filter, Place};
use fleet::ids::AuditEventId;
use serde::{Deserialize, Serialize};

use crate::operations::{launched, with_query, word};
use crate::web::error::AppError;

/// Where the log is shown.
pub const HERE: &str = "/administration/audit";

/// The filters, as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// By somebody whose name or e-mail contains this.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person: String,
    /// That tell of this.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action: String,
    /// On what: part of a name, an identifier of a SIM, or the number of an operation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// On this day (UTC) or later.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// On this day (UTC) or earlier.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The page after this line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// The page that ends right before this line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
}

impl AuditQuery {
    /// Which lines.
    pub fn filter(&self) -> Result<Filter, AppError> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (since, until) = launched(&self.from, &self.to)?;
        Ok(Filter {
            person: text(&self.person),
            action: word::<Action>(&self.action, "an action")?,
            subject: text(&self.subject),
            since,
            until,
        })
    }

    /// Which page; none for the first one.
    pub fn place(&self) -> Result<Option<Place>, AppError> {
        let after = word::<AuditEventId>(&self.after, "a page")?.map(Place::After);
        Ok(after.or(word(&self.before, "a page")?.map(Place::Before)))
    }

    /// The address of a page of the log with the same filters.
    pub fn address(&self, place: Place) -> String {
        let (after, before) = match place {
            Place::After(id) => (id.to_string(), String::new()),
            Place::Before(id) => (String::new(), id.to_string()),
        };
        with_query(HERE, &Self { after, before, ..self.clone() })
    }

    /// The address of the file of all lines with the same filters.
    pub fn file(&self) -> String {
        let all = Self { after: String::new(), before: String::new(), ..self.clone() };
        with_query(&format!("{HERE}/file"), &all)
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        let Self { after: _, before: _, person, action, subject, from, to } = self;
        [person, action, subject, from, to].iter().any(|field| !field.trim().is_empty())
    }
}
