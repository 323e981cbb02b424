//! Exports: SIMs that are taken out of the portal as a file, and the record of who took which.
//!
//! A file is made in one go, on the disk of whoever makes it, from one snapshot of the database; only then is it sent.
//! So a slow reader holds no connection and no snapshot, and a file that is being sent can't fail half-way for want of
//! either. A short one is made by the portal while the person waits, and is not kept. A long one is made by a worker
//! ([`maker`]) and kept in the database for some days, in pieces that are sent one by one.
//!
//! The SIMs are those that the selection means when the file is made. Between asking and making, some may have come or
//! gone: the record has both numbers.

mod ask;
mod cells;
mod file;
mod kept;
mod list;
pub mod maker;
mod open;
mod tree;
mod workbook;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

pub use ask::{NewExport, ask};
pub use kept::{piece, purge, remove};
pub use list::{Listed, Place, Recorded, Whose, being_made, find, list};
pub use open::{Opened, open};
pub use tree::{Share, ask_in_tree, shares};

use crate::ids::{CompanyId, ExportId, ExportUid, UserId};
use crate::sims::Columns;
use crate::words::word;

/// Up to so many SIMs, the file is made while the person waits.
pub const AT_ONCE: i64 = 100_000;
/// For how many days a file is kept.
pub const DAYS_KEPT: i64 = 7;

word! {
    /// What kind of file.
    Format: ExportFormat {
        /// For programs, and for this portal.
        Csv = "csv", "CSV";
        /// For spreadsheets: times, dates and numbers are such, all else is text.
        Xlsx = "xlsx", "Excel";
    }
}

word! {
    /// What has become of an export.
    ExportState: ExportState {
        /// There is no file yet.
        Pending = "pending", "Being made";
        /// The file was made.
        Ready = "ready", "Made";
        /// It could not be made.
        Failed = "failed", "Failed";
        /// The file was removed, by a person or by its age.
        Removed = "removed", "Not kept any more";
    }
}

impl Format {
    /// The media type of such a file.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = crate::schema::exports, check_for_backend(diesel::pg::Pg))]
pub struct Export {
    pub(crate) id: ExportId,
    /// Its name in addresses.
    pub uid: ExportUid,
    pub(crate) company_id: CompanyId,
    pub(crate) asked_by: UserId,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    selection: serde_json::Value,
    /// Which SIMs, in words.
    pub selection_words: String,
    shown_columns: String,
    /// What kind of file.
    pub format: Format,
    /// How many SIMs were selected when it was asked for.
    pub expected: i32,
    /// Whether it is made by a worker and kept.
    pub in_background: bool,
    /// What has become of it.
    pub state: ExportState,
    /// How many SIMs are in the file, or in so much of it as there is.
    pub rows: i32,
    /// How large the file is.
    pub bytes: Option<i64>,
    /// When the file was made.
    pub made_at: Option<DateTime<Utc>>,
    /// Until when the file can be downloaded.
    pub expires_at: DateTime<Utc>,
    /// Why there is no file.
    pub failure: Option<String>,
    /// Whether it may have SIMs of several accounts.
    pub of_tree: bool,
    part_of: Option<ExportId>,
}

impl Export {
    /// The columns of the file.
    pub fn columns(&self) -> Columns {
        Columns::parse(&self.shown_columns)
    }

    /// What the file is called.
    pub fn file_name(&self) -> String {
        format!("sims-{}.{}", self.asked_at.format("%Y-%m-%d-%H%M"), self.format)
    }

    /// Whether it can be downloaded now.
    pub fn is_downloadable(&self) -> bool {
        let has_file = match self.state {
            ExportState::Ready => true,
            ExportState::Pending => !self.in_background,
            ExportState::Failed | ExportState::Removed => false,
        };
        has_file && self.expires_at > Utc::now()
    }

    /// Whether a worker has it, or is to have it.
    pub fn is_being_made(&self) -> bool {
        self.in_background && self.state == ExportState::Pending
    }
}
