//! Operations: acts on many SIMs at once, and the engine that carries them out.
//!
//! The way of an operation: [`preview()`] says what would happen; [`launch()`] freezes the
//! selection and answers at once; a [`worker`] makes a task for every SIM, cuts the tasks
//! into steps and runs them; [`list()`], [`find`], [`tasks()`] and [`timeline()`] tell what
//! came of it; [`cancel()`] stops what has not started. [`Conduct`] says when one begins, and when
//! it pauses.

mod act;
mod again;
mod by_list;
mod cancel;
mod changes;
mod conduct;
mod counters;
mod detail;
mod ending;
mod failure;
mod failure_counters;
mod faults;
mod frozen;
mod import;
mod in_flight;
mod kinds;
mod launch;
mod list;
mod materialise;
mod missing_offers;
mod noted;
mod over_selection;
mod pause;
mod preview;
mod preview_groups;
mod recall;
mod reconcile;
mod results;
mod schedule;
mod search;
mod step;
mod tasks;
mod timeline;
mod tree;
pub mod worker;

pub use act::{Act, NewOperation, offer_name, target_name};
pub use again::{Again, again};
pub use by_list::ByList;
pub use cancel::cancel;
pub use changes::{Changes, Edit, FromList, Named};
pub use conduct::{Conduct, Moment, PauseRule, Start, time_zones};
pub use counters::{Counters, Outcome};
pub use detail::{Operation, find, selection};
pub use ending::{Ended, Letters, email_when_ended};
pub use failure::FailureCode;
pub(crate) use failure_counters::count_all_failures;
pub use failure_counters::{FailureGroup, failures_by_code};
pub use import::load_import;
pub(crate) use import::{launch_import, load_all};
pub(crate) use in_flight::unfinished_in_tree;
pub use in_flight::{InFlight, unfinished_for, unfinished_on_offer};
pub(crate) use launch::wake_workers;
pub use launch::{launch, launch_once, launched_with};
pub(crate) use list::LAUNCHED_BY;
pub use list::{ListFilter, Summary, UnderWay, list, list_after, under_way, unfinished};
pub use missing_offers::{MissingOffer, assign_and_retry, missing_offers};
pub use pause::resume;
pub use preview::{Preview, PreviewGroup, preview, would_change_any};
pub use preview_groups::{SimGroup, list_group};
pub use recall::{Undone, recallable};
pub use reconcile::{Plan, found_by, keep_to, launch_due, reconcilable, reconcile};
pub use results::{TaskResult, failures, results};
pub use schedule::{followers, reschedule};
pub use search::{SEARCHED, search};
pub(crate) use step::{clock, network_is_back};
pub use tasks::{Task, TaskFilter, tasks, tasks_before};
pub use timeline::{Event, TimelineFilter, timeline};
pub use tree::{
    Companion, Outlook, Share, companions, count_in_tree, launch_in_tree, launched_in_tree, offer_in_tree,
    preview_tree, target_in_tree,
};

use crate::words::word;

word! {
    /// What an operation does with its SIMs.
    OperationKind: OperationKind {
        /// Loads SIMs from a vendor's file.
        Import = "import", "Import";
        /// Moves SIMs to another company of the tree.
        Transfer = "transfer", "Transfer";
        /// Moves SIMs to a subaccount and activates them there.
        HandOver = "hand_over", "Hand-over";
        /// Puts SIMs from Inventory in service on an offer.
        Activate = "activate", "Activate";
        /// Takes Active SIMs out of service for a time.
        Suspend = "suspend", "Suspend";
        /// Puts Suspended SIMs back in service.
        Resume = "resume", "Resume";
        /// Puts Active SIMs on another offer.
        ChangeOffer = "change_offer", "Change offer";
        /// Changes what the company writes on its SIMs: names, notes, labels, custom fields.
        Edit = "edit", "Labels and details";
        /// Ends SIMs for good.
        Terminate = "terminate", "Terminate";
        /// Undoes an earlier operation.
        Recall = "recall", "Recall";
        /// Compares SIMs with what their network holds.
        Reconcile = "reconcile", "Reconcile";
        /// Has the network hold what the SIMs are here.
        Mend = "mend", "Mend";
    }
}

word! {
    /// How far an operation has come. What became of a finished one is its [`Outcome`].
    OperationState: OperationState {
        /// Its tasks are being made.
        Initializing = "initializing", "Starting";
        /// Waits for its time, or for another operation.
        Scheduled = "scheduled", "Scheduled";
        /// Its tasks are being done.
        InProgress = "in_progress", "In progress";
        /// Too much of it has failed, or it has met an error: it waits for a person's word.
        Paused = "paused", "Paused";
        /// What has not started is being cancelled.
        Cancelling = "cancelling", "Cancelling";
        /// All its tasks have ended.
        Finished = "finished", "Finished";
    }
}

word! {
    /// How far the part of an operation that concerns one SIM has come.
    TaskState: TaskState {
        /// Not started.
        Pending = "pending", "Pending";
        /// The network has been asked and has not confirmed yet.
        InProgress = "in_progress", "In progress";
        /// Done.
        Success = "success", "Succeeded";
        /// Not done, for the reason that the task names.
        Failure = "failure", "Failed";
        /// Not done, because the operation was cancelled first.
        Cancelled = "cancelled", "Cancelled";
    }
}

/// One page of a list that is read page by page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Whether more rows follow the last one.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Makes a page of at most `limit` rows from one row more than that, if there are so many.
    pub(crate) fn of(mut rows: Vec<T>, limit: i64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, has_more }
    }
}
