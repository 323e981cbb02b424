//! What the dialog of an export sends: which SIMs, which columns, and as what.

use fleet::custom_fields::Field;
use fleet::exports::{Format, Place};
use fleet::ids::ExportId;
use fleet::sims::{Columns, Selection};
use serde::Deserialize;

use crate::operations::{DraftForm, Meant};
use crate::tree::TreeQuery;
use crate::web::error::AppError;

/// The fields of the dialog, as they were sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ExportForm {
    /// How the SIMs are meant: `list`, `kept` or `matching`.
    pub selection: String,
    /// `list`: the SIMs.
    pub sim: Vec<String>,
    /// `kept`: the list that many ticked SIMs have become.
    pub list: String,
    /// `matching`: those that were unticked.
    pub except: Vec<String>,
    /// `matching`: the query string of the grid.
    pub filter: String,
    /// The columns that the grid shows; empty where there is no grid.
    pub shown: String,
    /// `all`: all columns; else those that are shown.
    pub columns: String,
    /// What kind of file.
    pub format: String,
}

impl ExportForm {
    /// Which SIMs.
    pub fn meant(&self) -> Result<Meant, AppError> {
        let meant = DraftForm {
            selection: self.selection.clone(),
            sim: self.sim.clone(),
            list: self.list.clone(),
            except: self.except.clone(),
            filter: self.filter.clone(),
            ..DraftForm::default()
        };
        match meant.meant().map_err(bad_filter)? {
            meant @ (Meant::Kept(_) | Meant::Selection(Selection::Sims(_) | Selection::Matching { .. })) => {
                Ok(meant)
            }
            _ => Err(AppError::BadRequest("The form does not say which SIMs. Nothing was exported.".into())),
        }
    }

    /// The accounts of the tree that are meant, instead of the company in focus alone.
    pub fn tree(&self) -> Result<Option<TreeQuery>, AppError> {
        TreeQuery::parse(&self.filter)
    }

    /// Whether all columns are wanted.
    pub fn has_all_columns(&self) -> bool {
        self.columns == "all" || self.shown.is_empty()
    }

    /// What of each SIM, in a company with these custom fields.
    pub fn columns(&self, fields: &[Field]) -> Columns {
        if self.has_all_columns() { Columns::all(fields) } else { Columns::parse(&self.shown) }
    }

    /// As what.
    pub fn format(&self) -> fleet::Result<Format> {
        self.format.parse().map_err(|_| fleet::Error::invalid("format", "Choose CSV or Excel."))
    }
}

fn bad_filter(error: AppError) -> AppError {
    match error {
        AppError::Fleet(error) => AppError::from_query(error),
        other => other,
    }
}

/// Which page of the record, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PlaceQuery {
    after: Option<ExportId>,
    before: Option<ExportId>,
}

impl PlaceQuery {
    /// The place; none for the first page.
    pub fn place(&self) -> Option<Place> {
        self.after.map(Place::After).or(self.before.map(Place::Before))
    }

    /// The query string.
    pub fn to_query(&self) -> String {
        match self.place() {
            None => String::new(),
            Some(Place::After(id)) => format!("?after={id}"),
            Some(Place::Before(id)) => format!("?before={id}"),
        }
    }
}
