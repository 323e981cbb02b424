//! What is said of a question that a network has not answered.

use std::time::Duration;

use super::{Look, Outcome};

/// What is said of a question, whether a network has answered it or not.
pub(super) trait Said: Clone + Send + Sync {
    /// It was asked, and has not answered.
    const SILENCE: Self;

    /// It was not asked, and may be after `wait`.
    fn held_back(wait: Duration) -> Self;

    /// What this says of how the network is doing: that it answers, that it does not, or nothing.
    fn answered(&self) -> Option<bool>;
}

impl Said for Outcome {
    const SILENCE: Self = Self::Unreachable;

    fn held_back(wait: Duration) -> Self {
        Self::HeldBack { wait }
    }

    fn answered(&self) -> Option<bool> {
        match self {
            Self::Done | Self::Rejected { .. } | Self::Pending { .. } => Some(true),
            Self::Unreachable => Some(false),
            Self::HeldBack { .. } => None,
        }
    }
}

impl Said for Look {
    const SILENCE: Self = Self::Unreachable;

    fn held_back(wait: Duration) -> Self {
        Self::HeldBack { wait }
    }

    fn answered(&self) -> Option<bool> {
        match self {
            Self::Absent | Self::Present(_) | Self::CannotTell => Some(true),
            Self::Unreachable => Some(false),
            Self::HeldBack { .. } => None,
        }
    }
}
