//! The words, icons and colours of states. The colour only helps: the word and the icon say it.

use fleet::users::WaysIn;

/// One state as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    /// A name of `static/icons.txt`.
    pub icon: &'static str,
    /// The style: `badge-<class>` in `static/css/simyard.css`.
    pub class: &'static str,
    /// What people read.
    pub word: &'static str,
}

const fn badge(icon: &'static str, class: &'static str, word: &'static str) -> Badge {
    Badge { icon, class, word }
}

const UNKNOWN: Badge = badge("help-circle", "idle", "Unknown");

/// A SIM's state.
pub fn sim_state(state: impl AsRef<str>) -> Badge {
    match state.as_ref() {
        "inventory" => badge("package", "inventory", "Inventory"),
        "active" => badge("circle-check", "active", "Active"),
        "suspended" => badge("player-pause", "suspended", "Suspended"),
        "retired" => badge("archive", "retired", "Retired"),
        _ => UNKNOWN,
    }
}

/// Whether a company can work.
pub fn company_state(suspended: bool) -> Badge {
    if suspended { badge("ban", "suspended", "Suspended") } else { badge("circle-check", "active", "Active") }
}

/// An operation's state while it runs, its outcome afterwards.
pub fn operation_state(state: impl AsRef<str>) -> Badge {
    match state.as_ref() {
        "initializing" => badge("loader-2", "flight", "Initializing"),
        "scheduled" => badge("clock", "idle", "Scheduled"),
        "in_progress" => badge("progress", "flight", "In progress"),
        "paused" => badge("player-pause", "suspended", "Paused"),
        "cancelling" => badge("ban", "suspended", "Cancelling"),
        "succeeded" => badge("circle-check", "active", "Succeeded"),
        "partly_failed" => badge("alert-triangle", "suspended", "Partly failed"),
        "differs" => badge("alert-triangle", "suspended", "Differences"),
        "failed" => badge("circle-x", "failure", "Failed"),
        "cancelled" => badge("ban", "idle", "Cancelled"),
        _ => UNKNOWN,
    }
}

/// How a network is doing, if it has been asked: whether it is left alone, and whether it was silent last.
pub fn network_state(state: Option<(bool, bool)>) -> Badge {
    match state {
        None => badge("circle-dashed", "idle", "Not asked yet"),
        Some((true, _)) => badge("circle-x", "failure", "Left alone"),
        Some((false, true)) => badge("alert-triangle", "suspended", "Silent"),
        Some((false, false)) => badge("circle-check", "active", "Answers"),
    }
}

/// Whether a person can sign in.
pub fn ways_in(ways: &WaysIn) -> Badge {
    match (ways.words().is_empty(), ways.link_until) {
        (false, _) => badge("circle-check", "active", "Can sign in"),
        (true, Some(_)) => badge("link", "flight", "Link not used yet"),
        (true, None) => badge("clock", "suspended", "No valid link"),
    }
}

/// A task's state.
pub fn task_state(state: impl AsRef<str>) -> Badge {
    match state.as_ref() {
        "pending" => badge("circle-dashed", "idle", "Pending"),
        "in_progress" => badge("progress", "flight", "In progress"),
        "success" => badge("circle-check", "active", "Success"),
        "failure" => badge("circle-x", "failure", "Failure"),
        "cancelled" => badge("ban", "idle", "Cancelled"),
        _ => UNKNOWN,
    }
}
