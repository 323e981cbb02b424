//! `simyard import-sims`.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use fleet::console::Console;
use fleet::identifiers::IccidForm;
use fleet::imports::{self, ImportOptions, ImportReport, Progress};
use fleet::sim_files::ReadOptions;
use indicatif::{ProgressBar, ProgressStyle};

use super::database::DatabaseOptions;

/// Load a SIM vendor's file into the inventory of a company
///
/// The file is text in UTF-8 with a header line that names its columns: iccid, imsi, msisdn, eid, type, label, in any
/// order, separated by commas, semicolons or tabs. Every identifier is checked. Bad lines are listed with their number
/// and the reason, and keep the whole file out unless --skip-bad is given.
#[derive(Debug, Args)]
pub(super) struct ImportSims {
    /// The file
    file: PathBuf,
    /// Name of the company, or its id where several have the same name
    #[arg(long, value_name = "NAME")]
    company: String,
    /// Load the good lines although there are bad ones
    #[arg(long)]
    skip_bad: bool,
    /// How the ICCIDs are written
    #[arg(long, value_enum, default_value_t)]
    iccid_form: Form,
    /// How many bad lines are listed; all are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    list: usize,
    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Form {
    /// With a check digit, which must be right
    #[default]
    Complete,
    /// Without check digit: it is added
    WithoutCheckDigit,
    /// With a last digit that need not be right, as in some test profiles
    TestProfile,
}

impl From<Form> for IccidForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Complete => Self::Complete,
            Form::WithoutCheckDigit => Self::WithoutCheckDigit,
            Form::TestProfile => Self::UncheckedTestProfile,
        }
    }
}

impl ImportSims {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let file = File::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        self.database.run(false, |database| self.import(file, &mut database.connect()?))
    }

    fn import(&self, file: File, console: &mut Console) -> anyhow::Result<()> {
        let company = imports::company_named(console, &self.company)?;
        let options = ImportOptions {
            read: ReadOptions { iccid_form: self.iccid_form.into(), columns: None },
            skip_bad: self.skip_bad,
            problem_limit: self.list,
        };
        let bar = ProgressBar::no_length();
        let report = imports::import(console, company, file, &options, |progress| show(&bar, progress));
        bar.finish_and_clear();
        self.tell(&report?)
    }

    fn tell(&self, report: &ImportReport) -> anyhow::Result<()> {
        for column in &report.ignored_columns {
            let why = if column.secret { "is a secret, which is never kept" } else { "is not known" };
            eprintln!("The column “{}” {why}: ignored.", column.name);
        }
        for problem in &report.problems {
            eprintln!("{problem}");
        }
        let listed = u64::try_from(report.problems.len()).unwrap_or(u64::MAX);
        if report.bad > listed {
            eprintln!("... and {} more.", report.bad - listed);
        }
        if report.refused {
            bail!(
                "nothing was loaded, because {} of {} lines are bad: correct them, or leave them out with --skip-bad",
                report.bad,
                report.rows
            );
        }
        println!("{} SIMs are now in the inventory of {}.", report.loaded, self.company);
        if report.bad > 0 {
            println!("{} bad lines were left out.", report.bad);
        }
        Ok(())
    }
}

/// The bar draws on a terminal only.
pub(super) fn show(bar: &ProgressBar, progress: Progress) {
    let (template, rows) = match progress {
        Progress::Reading { rows } => ("{spinner} {human_pos} lines read, {per_sec}", rows),
        Progress::Loading { rows, of } => {
            bar.set_length(of);
            ("{bar:40} {human_pos} of {human_len} SIMs loaded", rows)
        }
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_position(rows);
}
