//! What the dialog and the page of an import show.

use askama::Template;
use diesel::PgConnection;
use fleet::identifiers::IccidForm;
use fleet::import_drafts::{self, BadLine, Check, DraftColumn, ImportDraft, ImportProblem};
use fleet::sim_files::FoundColumn;

use super::files;
use super::forms::{self, ICCID_FORMS};
use crate::web::display::{count, counted};
use crate::web::forms::FieldErrors;
use crate::web::page::Page;

/// The most rows with each problem that are shown; the CSV has them all.
const LISTED: i64 = 20;
/// The most columns that are named as left out; the table beside has them all.
const NAMED: usize = 10;

/// The dialog that a file is sent with.
#[derive(Template)]
#[template(path = "imports/new.html")]
pub struct New {
    iccid_form: &'static str,
    /// The columns of a file that is to be read once more.
    columns: Vec<Asked>,
}

/// A column, and what it may be.
pub struct Asked {
    name: String,
    value: String,
}

impl New {
    /// The dialog for a new file, or for that of a draft once more.
    pub fn like(draft: Option<ImportDraft>) -> Self {
        let Some(draft) = draft else { return Self { iccid_form: "", columns: Vec::new() } };
        let columns = draft
            .columns
            .into_iter()
            .map(|column| Asked { name: column.name, value: column.taken_as.unwrap_or_default() });
        Self { iccid_form: form(draft.iccid_form).0, columns: columns.collect() }
    }
}

fn form(of: IccidForm) -> (&'static str, &'static str) {
    ICCID_FORMS.iter().find(|(form, ..)| *form == of).map_or(("", ""), |(_, value, words)| (value, words))
}

/// What is wrong with what was sent, and which columns it has if that is what is not clear.
#[derive(Template)]
#[template(path = "imports/problem.html")]
pub struct Problem {
    sentence: String,
    columns: Vec<Asked>,
}

impl Problem {
    /// What the domain refused.
    pub fn of(errors: &FieldErrors) -> Self {
        let about_file = errors.of("file");
        let sentence = if about_file.is_empty() { errors.of("") } else { about_file };
        Self { sentence: sentence.to_owned(), columns: Vec::new() }
    }

    /// The columns are to be chosen.
    pub fn unclear(sentence: &str, columns: &[FoundColumn]) -> Self {
        let columns = columns.iter().map(|column| Asked {
            name: column.name.clone(),
            value: column.taken_as.map(|column| column.name().to_owned()).unwrap_or_default(),
        });
        let sentence = format!("{sentence} Choose below what the columns are, then check the file again.");
        Self { sentence, columns: columns.collect() }
    }
}

/// The page of a draft.
#[derive(Template)]
#[template(path = "imports/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// What it is about.
    pub found: Found,
}

/// What was found in a file, or how far its check has come.
pub struct Found {
    /// The company that it is imported into.
    pub company: String,
    /// The draft.
    pub draft: ImportDraft,
    /// Its problems.
    pub groups: Vec<Group>,
}

/// Rows with one problem.
#[derive(Debug)]
pub struct Group {
    problem: ImportProblem,
    total: i32,
    lines: Vec<BadLine>,
}

impl Group {
    /// Those that are not empty, each with its first rows.
    pub fn read(conn: &mut PgConnection, draft: &ImportDraft) -> fleet::Result<Vec<Self>> {
        let present = ImportProblem::ALL.iter().map(|problem| (*problem, draft.with(*problem)));
        present
            .filter(|(_, total)| *total > 0)
            .map(|(problem, total)| {
                let lines = import_drafts::first_bad_lines(conn, draft, problem, LISTED)?;
                Ok(Self { problem, total, lines })
            })
            .collect()
    }

    fn words(&self) -> String {
        format!("{} {}", counted(self.total, "row", "rows"), self.problem.label())
    }

    fn more(&self) -> i32 {
        self.total - i32::try_from(self.lines.len()).unwrap_or(i32::MAX)
    }
}

impl Found {
    fn is_under_way(&self) -> bool {
        self.draft.check == Check::UnderWay
    }

    fn failure(&self) -> Option<&str> {
        match &self.draft.check {
            Check::Failed(sentence) => Some(sentence),
            Check::UnderWay | Check::Done => None,
        }
    }

    fn iccid_form(&self) -> &'static str {
        form(self.draft.iccid_form).1
    }

    /// Whether the file is read otherwise than the dialog suggests.
    fn has_other_form(&self) -> bool {
        self.draft.iccid_form != IccidForm::default()
    }

    fn button(&self) -> String {
        format!("Import {}", counted(self.draft.ready, "SIM", "SIMs"))
    }

    /// What the box allows that has to be ticked where the file is not whole.
    fn exception(&self) -> String {
        let bad = counted(self.draft.bad(), "row", "rows");
        match (self.draft.bad(), self.draft.is_cut()) {
            (0, _) => "Import what there is, although rows are missing".to_owned(),
            (_, true) => format!("Leave out {bad} with problems, although rows are missing"),
            (_, false) => format!("Leave out {bad} with problems"),
        }
    }

    /// Whether the columns can be taken as something else: what was checked and not loaded is sent once more.
    fn has_choice(&self) -> bool {
        !self.is_under_way() && self.draft.operation.is_none() && !self.draft.columns.is_empty()
    }

    /// What of the file nobody will find in the fleet, in a sentence; nothing where all of it is taken. Keys and codes, which
    /// are left out of every file, are not what somebody may miss; nor is what the portal itself writes beside the
    /// rows with problems.
    fn left_out(&self) -> Option<String> {
        let is_ours = |name: &str| files::BESIDE_THE_ROW.contains(&name);
        let missed = |column: &&DraftColumn| {
            column.taken_as.is_none() && !column.secret && !column.name.is_empty() && !is_ours(&column.name)
        };
        let names: Vec<_> =
            self.draft.columns.iter().filter(missed).map(|column| format!("“{}”", column.name)).collect();
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let first = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        (!names.is_empty())
            .then(|| format!("Left out: {}: {first}{more}.", counted(names.len(), "column", "columns")))
    }

    /// What those hear who do not see that the check has ended.
    pub fn announcement(&self) -> serde_json::Value {
        let text = self.failure().map_or_else(
            || {
                let ready = counted(self.draft.ready, "row", "rows");
                format!("The file is checked: {ready} ready, {} with problems", count(self.draft.bad()))
            },
            str::to_owned,
        );
        serde_json::json!({ "announce": { "text": text } })
    }
}

/// What a column is taken as, in words.
pub fn taken_as(column: &DraftColumn) -> String {
    let known = forms::columns()
        .into_iter()
        .find(|choice| column.taken_as.as_deref().is_some_and(|name| choice.is(name)));
    known.map_or_else(|| "Left out".to_owned(), |choice| choice.text)
}

/// What is asked again while the check goes on.
#[derive(Template)]
#[template(path = "imports/found.html")]
pub struct FoundPart {
    /// What it is about.
    pub found: Found,
}
