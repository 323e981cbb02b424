//! `simyard import-sims`.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use fleet::console::Console;
use fleet::identifiers::IccidForm;
use fleet::import_drafts::{self, Drafted, ImportDraft, Importer, Source};
use fleet::operations;
use fleet::sim_files::ReadOptions;
use indicatif::{ProgressBar, ProgressStyle};

use super::database::DatabaseOptions;

/// Load a SIM vendor's file into the inventory of a company
///
/// The file is text in UTF-8 with a header line that names its columns: iccid, imsi, msisdn, eid, type, label, in any
/// order, separated by commas, semicolons or tabs; or a classic .out file. Every identifier is checked. Bad lines are
/// listed with their number and the reason, and keep the whole file out unless --skip-bad is given. Loading is an
/// operation, as in the browser, where the file is listed with its bad lines for a week.
#[derive(Debug, Args)]
pub(super) struct ImportSims {
    /// The file
    file: PathBuf,
    /// Name of the company, or its id where several have the same name
    #[arg(long, value_name = "NAME")]
    company: String,
    /// E-mail address of the company's administrator in whose name it is done; otherwise it is the command line's doing
    #[arg(long, value_name = "EMAIL")]
    by: Option<String>,
    /// Load the good lines although there are bad ones
    #[arg(long)]
    skip_bad: bool,
    /// How the ICCIDs are written
    #[arg(long, value_enum, default_value_t)]
    iccid_form: Form,
    /// How many bad lines are listed; all are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    list: i64,
    #[command(flatten)]
    database: DatabaseOptions,
}

/// How the ICCIDs of a file are written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Form {
    /// With a check digit, which must be right
    #[default]
    Complete,
    /// Without check digit: it is added
    WithoutCheckDigit,
    /// With a last digit that need not be right, as in some test profiles
    TestProfile,
    /// As on the card: the digits of each pair swapped
    Swapped,
}

impl From<Form> for IccidForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Complete => Self::Complete,
            Form::WithoutCheckDigit => Self::WithoutCheckDigit,
            Form::TestProfile => Self::UncheckedTestProfile,
            Form::Swapped => Self::Swapped,
        }
    }
}

impl ImportSims {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let file = File::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        self.database.run(false, |database| self.import(file, &mut database.connect()?))
    }

    fn import(&self, file: File, console: &mut Console) -> anyhow::Result<()> {
        let company = import_drafts::company_named(console, &self.company)?;
        let importer = Importer::of_console(console, company, self.by.as_deref())?;
        let draft = self.check(file, console, importer)?;
        tell(console, &draft, self.list)?;
        if draft.bad() > 0 && !self.skip_bad {
            bail!(
                "nothing was loaded, because {} of {} lines are bad: correct them, or leave them out with --skip-bad",
                draft.bad(),
                draft.rows
            );
        }
        let operation = import_drafts::launch(console, importer, draft.uid, self.skip_bad)?;
        let bar = ProgressBar::no_length();
        let loaded = operations::load_import(console, operation, |done| {
            show_loaded(&bar, done.success, done.total());
        });
        bar.finish_and_clear();
        let loaded = loaded?;
        println!(
            "{} SIMs are now in the inventory of {} (operation #{operation}).",
            loaded.success, self.company
        );
        if draft.bad() > 0 {
            println!("{} bad lines were left out.", draft.bad());
        }
        let missed = loaded.failure + loaded.cancelled;
        if missed > 0 {
            bail!("{missed} lines were not loaded: the page of the operation tells why");
        }
        Ok(())
    }

    fn check(&self, file: File, console: &mut Console, importer: Importer) -> anyhow::Result<ImportDraft> {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy().into_owned();
        let options = ReadOptions { iccid_form: self.iccid_form.into(), columns: None };
        let bar = ProgressBar::no_length();
        let source = Source { file, name, options, columns_of: Vec::new() };
        let drafted = import_drafts::create(console, importer, source, |rows| show_checked(&bar, rows));
        bar.finish_and_clear();
        match drafted? {
            Drafted::Made(uid) => Ok(import_drafts::of_importer(console, importer, uid)?),
            Drafted::Unclear { sentence, .. } => bail!("{sentence}"),
        }
    }
}

/// What is left out of the file.
fn tell(console: &mut Console, draft: &ImportDraft, listed: i64) -> anyhow::Result<()> {
    for column in draft.columns.iter().filter(|column| column.taken_as.is_none()) {
        let why = if column.secret { "is a secret, which is never kept" } else { "is not known" };
        eprintln!("The column “{}” {why}: ignored.", column.name);
    }
    let lines = import_drafts::bad_lines_of(console, draft, 0, listed)?;
    for line in &lines {
        eprintln!("line {}: {}", line.line, line.reason.as_deref().unwrap_or_default());
    }
    let more = i64::from(draft.bad()) - i64::try_from(lines.len())?;
    if more > 0 {
        eprintln!("... and {more} more.");
    }
    Ok(())
}

/// How many rows have been checked. The bar draws on a terminal only.
pub(super) fn show_checked(bar: &ProgressBar, rows: u32) {
    show(bar, "{spinner} {human_pos} lines read, {per_sec}", rows.into());
}

/// How many SIMs have been loaded.
pub(super) fn show_loaded(bar: &ProgressBar, sims: i32, of: i32) {
    bar.set_length(of.unsigned_abs().into());
    show(bar, "{bar:40} {human_pos} of {human_len} SIMs loaded", sims.unsigned_abs().into());
}

pub(super) fn show(bar: &ProgressBar, template: &str, position: u64) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_position(position);
}
