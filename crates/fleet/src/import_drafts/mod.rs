//! Import drafts: a vendor's file that somebody has sent, read and checked, which becomes SIMs when that person says so.
//!
//! A file is read once, as a stream: each row goes by `COPY` into a table of the draft, a bad one with what is wrong with
//! it, and a few statements find what other rows and other fleets have already. The file itself is not kept, for it may
//! hold keys. [`launch()`] makes an operation of the draft, which loads it step by step. Drafts are kept for a week, and as
//! long as an unfinished operation needs them.

mod check;
mod create;
mod importer;
mod kept;
mod launch;
mod list;
mod new_labels;
mod problem;
mod read;
mod staging;
mod told;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

pub use check::Checking;
pub use create::{Begun, Drafted, Source, begin, create};
pub use importer::{Importer, company_named, may_import};
pub use kept::purge;
pub use launch::launch;
pub use list::{Listed, list, list_before};
pub(crate) use new_labels::NO_ROOM;
pub use read::{BadLine, bad_lines, bad_lines_of, find, first_bad_lines, of_importer, of_operation};

use crate::error::{Error, Result};
use crate::identifiers::IccidForm;
use crate::ids::{ImportDraftId, ImportDraftUid, OperationId};
use crate::sim_files::Column;
use crate::words::word;

/// The most rows of one file.
pub const ROW_LIMIT: u32 = 1_000_000;

word! {
    /// Why a row of a file can't become a SIM.
    ImportProblem: ImportProblem {
        /// A spreadsheet has changed it.
        Spreadsheet = "spreadsheet", "damaged by a spreadsheet";
        /// A check digit is wrong.
        CheckDigit = "check_digit", "with a wrong check digit";
        /// It can't be what it should be.
        Malformed = "malformed", "malformed";
        /// It is not of the batch that the header announces.
        OutOfRange = "out_of_range", "outside the range of the file's header";
        /// An earlier row of the file has the same identifier.
        Duplicate = "duplicate", "repeated in the file";
        /// A SIM with the same identifier is loaded already; whose is not said.
        AlreadyLoaded = "already_loaded", "in a fleet already";
        /// The company has no room for its label.
        NoRoom = "no_room", "whose label finds no room";
    }
}

/// A column of the file, and what it is taken as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftColumn {
    /// Its name in the file, or what stands in it.
    pub name: String,
    /// The name of what it is taken as; none for one that is left out.
    pub taken_as: Option<String>,
    /// Whether it holds keys or codes, which are never kept.
    pub secret: bool,
}

/// How many rows have each problem. A row may have several.
type Problems = BTreeMap<ImportProblem, i32>;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::import_drafts, check_for_backend(diesel::pg::Pg))]
struct Stored {
    id: ImportDraftId,
    uid: ImportDraftUid,
    created_at: DateTime<Utc>,
    file_name: String,
    iccid_form: String,
    layout: String,
    mapping: serde_json::Value,
    announced: Option<i32>,
    rows: i32,
    blank_lines: i32,
    ready: i32,
    problems: serde_json::Value,
    operation_id: Option<OperationId>,
    checked_at: Option<DateTime<Utc>>,
    failed_because: Option<String>,
    #[diesel(select_expression = diesel::dsl::sql::<diesel::sql_types::Bool>(BROKEN_OFF))]
    #[diesel(select_expression_type = diesel::expression::SqlLiteral<diesel::sql_types::Bool>)]
    broken_off: bool,
}

/// Whether nothing has been heard of a check for longer than any of its statements takes.
const BROKEN_OFF: &str = "(checked_at IS NULL AND seen_at < clock_timestamp() - interval '5 minutes')";

/// How far the check of a draft has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// So far, the draft counts the rows that have been read.
    UnderWay,
    /// Nothing can come of the file, for the reason in the sentence.
    Failed(String),
    /// The draft says what was found.
    Done,
}

impl Check {
    fn of(is_done: bool, failed_because: Option<String>, broken_off: bool) -> Self {
        match failed_because {
            Some(sentence) => Self::Failed(sentence),
            None if is_done => Self::Done,
            None if broken_off => Self::Failed(
                "The portal was stopped while it checked the file. Send the file again.".to_owned(),
            ),
            None => Self::UnderWay,
        }
    }
}

/// A draft, and what was found in its file.
#[derive(Debug, Clone)]
pub struct ImportDraft {
    id: ImportDraftId,
    /// Its name in addresses.
    pub uid: ImportDraftUid,
    /// When the file was sent.
    pub created_at: DateTime<Utc>,
    /// The name of the file.
    pub file_name: String,
    /// How its ICCIDs are taken to be written.
    pub iccid_form: IccidForm,
    /// How its rows are laid out, in words.
    pub layout: String,
    /// Its columns.
    pub columns: Vec<DraftColumn>,
    /// How many rows its header announces, if it does.
    pub announced: Option<i32>,
    /// Lines with something on them, without the header.
    pub rows: i32,
    /// Lines with nothing on them.
    pub blank_lines: i32,
    /// Rows that can become SIMs, or have.
    pub ready: i32,
    /// Whether that has been found out.
    pub check: Check,
    /// The operation that loads it.
    pub operation: Option<OperationId>,
    problems: Problems,
}

impl ImportDraft {
    fn of(stored: Stored) -> Result<Self> {
        let broken =
            |cause: serde_json::Error| Error::Internal(format!("import draft {}: {cause}", stored.uid));
        Ok(Self {
            id: stored.id,
            uid: stored.uid,
            created_at: stored.created_at,
            file_name: stored.file_name,
            iccid_form: serde_json::from_value(serde_json::Value::String(stored.iccid_form))
                .map_err(broken)?,
            layout: stored.layout,
            columns: serde_json::from_value(stored.mapping).map_err(broken)?,
            announced: stored.announced,
            rows: stored.rows,
            blank_lines: stored.blank_lines,
            ready: stored.ready,
            check: Check::of(stored.checked_at.is_some(), stored.failed_because, stored.broken_off),
            operation: stored.operation_id,
            problems: serde_json::from_value(stored.problems).map_err(broken)?,
        })
    }

    /// How many rows have this problem.
    pub fn with(&self, problem: ImportProblem) -> i32 {
        self.problems.get(&problem).copied().unwrap_or(0)
    }

    /// How many rows have any problem, once that has been found out.
    pub const fn bad(&self) -> i32 {
        self.rows - self.ready
    }

    /// Whether the header announces another number of rows than there are.
    pub fn is_cut(&self) -> bool {
        self.announced.is_some_and(|announced| announced != self.rows)
    }

    /// Whether the file can be loaded as it is: every row is good, and all that were announced are there.
    pub fn is_whole(&self) -> bool {
        self.bad() == 0 && !self.is_cut()
    }

    /// The column of the file that is taken as `column`, if there is one.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.columns.iter().position(|found| found.taken_as.as_deref() == Some(column.name()))
    }
}
