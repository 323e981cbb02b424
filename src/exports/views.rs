//! What the dialog and the record show.

use askama::Template;
use diesel::PgConnection;
use fleet::custom_fields::{self, Field};
use fleet::exports::{self, AT_ONCE, DAYS_KEPT, Export, ExportState, Listed, Recorded, Share, Whose};
use fleet::sims::{Columns, Selection};
use fleet::tenancy::{CompanyScope, Permission, TreeScope};

use super::forms::{ExportForm, PlaceQuery};
use crate::web::badge::Badge;
use crate::web::display::{Number, count, counted};
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// The dialog.
#[derive(Template)]
#[template(path = "exports/new.html")]
pub struct New {
    /// What was chosen so far.
    pub form: ExportForm,
    /// Which SIMs that means.
    pub selected: Selected,
    /// What is wrong.
    pub errors: FieldErrors,
}

/// The SIMs that an export is of.
pub struct Selected {
    /// Whose they are.
    whose: String,
    /// Custom fields that they have.
    fields: Vec<Field>,
    /// How many.
    sims: i64,
    /// The accounts whose SIMs are selected, too, and left out, with how many.
    left_out: Vec<(String, i64)>,
    /// Whether the file says whose each SIM is.
    is_tree: bool,
}

impl Selected {
    /// Those of the active company.
    pub fn of(conn: &mut PgConnection, scope: &CompanyScope, selection: &Selection) -> fleet::Result<Self> {
        scope.require(Permission::SimsExport)?;
        Ok(Self {
            whose: scope.company_name().to_owned(),
            fields: custom_fields::list(conn, scope)?,
            sims: selection.count(conn, scope)?,
            left_out: Vec::new(),
            is_tree: false,
        })
    }

    /// Those of several accounts, each under the right that the person has there.
    pub fn in_tree(conn: &mut PgConnection, tree: &TreeScope, selection: &Selection) -> fleet::Result<Self> {
        let (able, unable): (Vec<Share>, Vec<Share>) =
            exports::shares(conn, tree, selection)?.into_iter().partition(Share::is_allowed);
        let left_out = |share: Share| (share.account.company_name().to_owned(), share.selected);
        Ok(Self {
            whose: counted(able.len(), "account", "accounts"),
            fields: Vec::new(),
            sims: able.iter().map(|share| share.selected).sum(),
            left_out: unable.into_iter().map(left_out).collect(),
            is_tree: true,
        })
    }

    fn left_out_words(&self) -> String {
        let accounts: Vec<_> = self
            .left_out
            .iter()
            .map(|(account, sims)| format!("{} of {account}", counted(*sims, "SIM", "SIMs")))
            .collect();
        accounts.join(", ")
    }
}

impl New {
    fn sims(&self) -> String {
        counted(self.selected.sims, "SIM", "SIMs")
    }

    fn submit(&self) -> String {
        if self.selected.sims == 0 { "Export".to_owned() } else { format!("Export {}", self.sims()) }
    }

    /// Why there is nothing to export.
    fn why_none(&self) -> String {
        let whose = &self.selected.whose;
        match (self.selected.left_out.is_empty(), self.form.selection.as_str()) {
            (false, _) => "Your role allows no export of any SIM that is meant.".to_owned(),
            (true, "matching") => {
                format!("No SIM of {whose} matches the filter: there is nothing to export.")
            }
            (true, _) => {
                format!("None of the SIMs that were selected is of {whose} now: there is nothing to export.")
            }
        }
    }

    fn is_long(&self) -> bool {
        self.selected.sims > AT_ONCE
    }

    fn formats() -> [Choice; 2] {
        [Choice::new("csv", "CSV, for programs"), Choice::new("xlsx", "Excel (.xlsx)")]
    }

    /// Which columns, where the dialog was opened from a grid that shows some.
    fn columns(&self) -> Option<[Choice; 2]> {
        if self.form.shown.is_empty() {
            return None;
        }
        let account = usize::from(self.selected.is_tree);
        let columns = |columns: Columns| {
            counted(columns.among(&self.selected.fields).len() + account, "column", "columns")
        };
        let shown = columns(Columns::parse(&self.form.shown));
        Some([
            Choice::new("shown", format!("Those shown in the list ({shown})")),
            Choice::new("all", format!("All ({})", columns(Columns::all(&self.selected.fields)))),
        ])
    }

    fn columns_chosen(&self) -> &'static str {
        if self.form.has_all_columns() { "all" } else { "shown" }
    }
}

/// The record: a person's own exports, or everybody's in the company.
#[derive(Template)]
#[template(path = "exports/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// Whose exports.
    pub whose: Whose,
    /// The exports of this page.
    pub listed: Listed,
    /// The custom fields that the company has now.
    pub fields: Vec<Field>,
    /// Which page it is.
    pub query: PlaceQuery,
}

impl Index {
    fn is_of_all(&self) -> bool {
        self.whose == Whose::All
    }

    fn address(&self) -> &'static str {
        if self.is_of_all() { "/administration/exports" } else { "/exports" }
    }

    fn here(&self) -> String {
        format!("{}{}", self.address(), self.query.to_query())
    }

    /// How the list's trigger ends: it asks again while something is being made.
    fn asks(&self) -> &'static str {
        let moves = self.listed.exports.iter().any(|one| one.export.is_being_made());
        if moves { ", every 2s" } else { "" }
    }

    fn shown(&self) -> String {
        counted(self.listed.exports.len(), "export", "exports")
    }

    fn previous(&self) -> String {
        self.listed.before.map_or_else(String::new, |id| format!("{}?before={id}", self.address()))
    }

    fn next(&self) -> String {
        self.listed.after.map_or_else(String::new, |id| format!("{}?after={id}", self.address()))
    }

    /// Whether there is something that this person can download: short exports are for who asked alone.
    fn can_download(&self, one: &Recorded) -> bool {
        one.export.is_downloadable() && (one.export.in_background || !self.is_of_all())
    }

    fn can_remove(export: &Export) -> bool {
        export.in_background && matches!(export.state, ExportState::Pending | ExportState::Ready)
    }

    fn state(export: &Export) -> Badge {
        match export.state {
            ExportState::Pending if export.in_background => {
                Badge { class: "flight", icon: "loader-2", word: "Being made" }
            }
            ExportState::Pending => Badge { class: "inventory", icon: "clock", word: "Not fetched" },
            ExportState::Ready => Badge { class: "active", icon: "circle-check", word: "Made" },
            ExportState::Failed => Badge { class: "failure", icon: "circle-x", word: "Failed" },
            ExportState::Removed => Badge { class: "retired", icon: "archive", word: "Not kept" },
        }
    }

    /// How many SIMs, and how far that is.
    fn sims(export: &Export) -> String {
        match export.state {
            ExportState::Pending | ExportState::Failed if export.rows < export.expected => {
                format!("{} of {}", count(export.rows), count(export.expected))
            }
            _ => count(export.rows),
        }
    }

    fn columns(&self, export: &Export) -> String {
        let columns = export.columns().among(&self.fields);
        columns.iter().map(|column| column.label(&self.fields)).collect::<Vec<_>>().join(", ")
    }

    fn size(export: &Export) -> String {
        export.bytes.map(size).unwrap_or_default()
    }

    fn times(times: impl Number) -> String {
        let times = count(times);
        if times == "1" { String::new() } else { format!(", {times} times") }
    }
}

/// A number of bytes as people read it.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => counted(bytes, "byte", "bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", count(bytes / 1_000_000), bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let sizes = [1, 999, 1_000, 999_999, 14_250_000].map(size);
        assert_eq!(sizes, ["1 byte", "999 bytes", "1 kB", "999 kB", "14.2 MB"]);
    }
}
