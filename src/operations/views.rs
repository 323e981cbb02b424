//! What the page of an operation and the small parts show.

use askama::Template;
use diesel::PgConnection;
use fleet::ids::{ImportDraftUid, OperationId};
use fleet::import_drafts;
use fleet::operations::{
    self, Companion, FailureCode, FailureGroup, Operation, OperationKind, OperationState, Outcome, Summary,
    Task, TaskState, UnderWay,
};
use fleet::tenancy::{CompanyScope, Permission};

use super::conduct;
use super::list_query::{Place, TaskQuery};
use super::remedies::{self, Remedy};
use crate::web::display::StackedBar;
use crate::web::forms::Choice;
use crate::web::page::Page;

/// Whether there are pages before and after one, read at `place`, that had more rows beyond it.
pub(super) fn around<K>(place: Place<K>, has_more: bool) -> (bool, bool) {
    match place {
        Place::First => (false, has_more),
        Place::After(_) => (true, has_more),
        Place::Before(_) => (has_more, true),
    }
}

pub(super) fn any(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", "Any")).chain(choices).collect()
}

/// How an operation stands, as a bar; what is pending stays empty.
pub fn bar(summary: &Summary) -> StackedBar {
    let of = i64::from;
    let c = &summary.counters;
    StackedBar::of_tasks(of(summary.sims()), of(c.success), of(c.failure), of(c.cancelled), of(c.in_progress))
}

/// The word of its badge: the outcome of a finished one, else its state.
pub fn status(summary: &Summary) -> &'static str {
    if summary.differs() {
        return "differs";
    }
    summary.outcome().map_or(summary.state.as_str(), Outcome::as_str)
}

/// How the trigger of what shows `rows` ends: it asks often while something moves, seldom while all that is unfinished
/// waits, and no more when all has finished.
pub fn asks(rows: &[Summary]) -> &'static str {
    let (finished, waiting) = rows.iter().fold((true, true), |(finished, waiting), row| {
        let has_finished = row.state == OperationState::Finished;
        (finished && has_finished, waiting && (has_finished || row.waits()))
    });
    match (finished, waiting) {
        (true, _) => "",
        (false, true) => ", every 30s",
        (false, false) => ", every 2s",
    }
}

/// Why an operation shows no SIM.
const fn without_sims(state: OperationState) -> &'static str {
    match state {
        OperationState::Scheduled => "The SIMs are listed here once the operation has started.",
        OperationState::Initializing | OperationState::InProgress => "The SIMs are being prepared.",
        OperationState::Paused | OperationState::Cancelling => "Nothing has been begun.",
        OperationState::Finished => "No SIM was changed.",
    }
}

/// The page of one operation.
#[derive(Template)]
#[template(path = "operations/show.html", blocks = ["task_table"])]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// What moves while it runs.
    pub progress: Progress,
    /// Which SIMs it was launched on, in words; empty for a company that it was not launched in.
    pub selection: Vec<String>,
    /// Its tasks.
    pub tasks: TaskTable,
}

/// What moves while an operation runs: counters, failures, and whether it can be cancelled.
pub struct Progress {
    operation: Operation,
    failures: Vec<Failures>,
    may_cancel: bool,
    /// The buttons beside *Cancel*.
    buttons: Vec<Remedy>,
    may_reschedule: bool,
    /// Whether the person may take the SIMs out as a file.
    may_export: bool,
    /// The operations that are to follow it.
    followers: Vec<OperationId>,
    /// Those that were launched together with it in other accounts of the person.
    companions: Vec<Companion>,
    /// The file that it loads, for whoever may look into that.
    file: Option<ImportDraftUid>,
}

/// A group of failures, with its buttons.
struct Failures {
    group: FailureGroup,
    remedies: Vec<Remedy>,
}

/// [`Progress`] alone.
#[derive(Template)]
#[template(path = "operations/progress.html")]
pub struct ProgressPart {
    /// What moves.
    pub progress: Progress,
}

impl Progress {
    /// Reads it.
    pub fn read(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> fleet::Result<Self> {
        let operation = operations::find(conn, scope, number)?;
        let failures = if operation.summary.counters.failure > 0 {
            operations::failures_by_code(conn, scope, number)?
        } else {
            Vec::new()
        };
        let missing = if operation.summary.state == OperationState::Finished
            && failures.iter().any(|group| group.code == FailureCode::OfferNotAssigned)
        {
            operations::missing_offers(conn, scope, number)?
        } else {
            Vec::new()
        };
        let mend = remedies::mend_all(scope, &operation, &failures);
        let failures = failures
            .into_iter()
            .map(|group| Failures {
                remedies: remedies::of_group(scope, &operation, &group, &missing),
                group,
            })
            .collect();
        Ok(Self {
            buttons: mend
                .into_iter()
                .chain(remedies::retry_all(scope, &operation))
                .chain(remedies::recall(scope, &operation))
                .collect(),
            may_reschedule: operation.summary.is_own && remedies::may_launch(scope, &operation),
            may_export: scope.allows(Permission::SimsExport),
            followers: operations::followers(conn, scope, number)?,
            companions: operations::companions(conn, scope, number)?,
            file: if operation.summary.kind == OperationKind::Import && scope.allows(Permission::SimsImport) {
                import_drafts::of_operation(conn, scope, number)?.map(|(uid, _)| uid)
            } else {
                None
            },
            may_cancel: operation.summary.is_own && scope.allows(Permission::OperationsCancel),
            operation,
            failures,
        })
    }

    /// Whether it only compares: what fails is then a difference.
    fn compares(&self) -> bool {
        self.summary().kind == OperationKind::Reconcile
    }

    /// Whether there are tasks of what has failed: a row that became no SIM has none.
    fn has_failed_tasks(&self) -> bool {
        self.summary().counters.failure > 0 && self.summary().kind != OperationKind::Import
    }

    /// What moves of it, as in the list.
    pub fn summary(&self) -> &Summary {
        &self.operation.summary
    }

    fn asks(&self) -> &'static str {
        asks(std::slice::from_ref(self.summary()))
    }

    fn is_live(&self) -> bool {
        self.summary().state != OperationState::Finished
    }

    /// SIMs that have no task, and what that means.
    fn without_task(&self) -> Option<(&'static str, i32)> {
        let summary = self.summary();
        let label = if summary.state == OperationState::Initializing { "To prepare" } else { "Not begun" };
        let sims = summary.sims() - summary.counters.total();
        (sims > 0).then_some((label, sims))
    }

    fn is_paused(&self) -> bool {
        self.summary().state == OperationState::Paused
    }

    fn waits(&self) -> bool {
        self.summary().state == OperationState::Scheduled
    }

    fn waits_for(&self) -> String {
        match (self.summary().scheduled_for(), self.summary().after) {
            (Some(moment), _) => format!("Starts on {moment}."),
            (None, Some(_)) => "Starts when the operation that it waits for has succeeded:".to_owned(),
            (None, None) => "Waits for its time.".to_owned(),
        }
    }

    fn pause_rule(&self) -> String {
        conduct::rule_in_words(self.operation.pause_rule())
    }

    fn can_cancel(&self) -> bool {
        self.may_cancel && self.is_live() && self.summary().state != OperationState::Cancelling
    }
}

/// The tasks of an operation.
pub struct TaskTable {
    number: OperationId,
    /// What is said where there is no task.
    nothing: &'static str,
    query: TaskQuery,
    rows: Vec<Task>,
    address: String,
    previous: String,
    next: String,
}

impl TaskTable {
    /// A page of the table.
    pub fn new(
        summary: &Summary,
        query: TaskQuery,
        place: Place<i32>,
        found: operations::Page<Task>,
    ) -> Self {
        let (before, after) = around(place, found.has_more);
        let number = summary.number;
        let key = |row: Option<&Task>| row.map(|row| row.position);
        let (first, last) =
            (key(found.rows.first()).filter(|_| before), key(found.rows.last()).filter(|_| after));
        Self {
            address: query.address(number, place),
            previous: first.map_or_else(String::new, |key| query.address(number, Place::Before(key))),
            next: last.map_or_else(String::new, |key| query.address(number, Place::After(key))),
            rows: found.rows,
            nothing: without_sims(summary.state),
            number,
            query,
        }
    }

    /// What tasks can be filtered by: their states.
    pub fn states() -> Vec<Choice> {
        any(TaskState::ALL.iter().map(|state| Choice::new(state.as_str(), state.label())))
    }

    /// What tasks can be filtered by: the reasons of failures.
    pub fn codes() -> Vec<Choice> {
        any(FailureCode::ALL.iter().map(|code| Choice::new(code.as_str(), code.label())))
    }
}

/// The question before a cancellation.
#[derive(Template)]
#[template(path = "operations/new_cancellation.html")]
pub struct NewCancellation {
    /// The operation.
    pub summary: Summary,
}

/// The bell.
#[derive(Template)]
#[template(
    source = "{% import \"shared/frame.html\" as frame %}{{ frame::bell(under_way.running, under_way.paused, under_way.scheduled, unread, newest) }}",
    ext = "html"
)]
pub struct Bell {
    /// How many operations run, and how many wait.
    pub under_way: UnderWay,
    /// How many messages are unread.
    pub unread: i64,
    /// The id of the newest of them; 0 for none.
    pub newest: i64,
}
