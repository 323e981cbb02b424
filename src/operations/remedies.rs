//! The buttons that an operation page offers: for the whole, and beside each group of failures.

use fleet::operations::{FailureCode, FailureGroup, MissingOffer, Operation, OperationKind, OperationState};
use fleet::tenancy::{CompanyScope, Permission};
use uuid::Uuid;

use crate::web::display::count;

/// A button, or a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// Its words.
    pub words: String,
    /// Where it leads.
    pub address: String,
    /// How.
    pub how: How,
    /// Why it can't be used; empty if it can.
    pub reason: String,
}

/// What a [`Remedy`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Leads to another page.
    Link,
    /// Opens a dialog.
    Dialog,
    /// Does it at once, and once for this key, however often it is pressed.
    Post(Uuid),
}

impl Remedy {
    fn new(how: How, words: impl Into<String>, address: impl Into<String>) -> Self {
        Self { words: words.into(), address: address.into(), how, reason: String::new() }
    }

    fn unless(mut self, reason: Option<String>) -> Self {
        self.reason = reason.unwrap_or_default();
        self
    }
}

/// The kind of operation that would try again what failed here; none where nothing can.
fn retried_as(operation: &Operation) -> Option<OperationKind> {
    match operation.summary.kind {
        OperationKind::Import => None,
        kind if operation.summary.is_own => Some(kind),
        OperationKind::HandOver => Some(OperationKind::Activate),
        _ => None,
    }
}

fn may(scope: &CompanyScope, kind: OperationKind) -> bool {
    kind.permissions().iter().all(|permission| scope.allows(*permission))
}

/// Why nothing can be launched from the page at this moment.
fn not_now(scope: &CompanyScope, operation: &Operation) -> Option<String> {
    if operation.summary.state != OperationState::Finished {
        return Some("The operation has not ended.".to_owned());
    }
    scope
        .is_suspended()
        .then(|| format!("{} is suspended: nothing can be launched in it.", scope.company_name()))
}

/// Whether this person may retry `operation` as `kind`.
fn may_retry(scope: &CompanyScope, operation: &Operation, kind: OperationKind) -> bool {
    may(scope, operation.summary.undone.unwrap_or(kind))
}

/// Whether this person may launch what `operation` does.
pub fn may_launch(scope: &CompanyScope, operation: &Operation) -> bool {
    may_retry(scope, operation, operation.summary.kind)
}

/// The button *Recall*, for whoever may; it rests where there is nothing to recall.
pub fn recall(scope: &CompanyScope, operation: &Operation) -> Option<Remedy> {
    let summary = &operation.summary;
    let offered = summary.is_own
        && !matches!(
            summary.kind,
            OperationKind::Import | OperationKind::Recall | OperationKind::Reconcile | OperationKind::Mend
        );
    if !offered || !may(scope, summary.kind) {
        return None;
    }
    let never = match summary.kind {
        OperationKind::Activate | OperationKind::HandOver => Some("An activation cannot be recalled."),
        OperationKind::Terminate => Some("A termination is final."),
        OperationKind::Edit => Some("An edit cannot be recalled: edit the SIMs again."),
        _ if !operation.went_down => Some("From the parent company nothing is recalled."),
        _ => None,
    };
    let nothing = || (summary.counters.success == 0).then(|| "No SIM was changed.".to_owned());
    let reason = never.map(str::to_owned).or_else(|| not_now(scope, operation)).or_else(nothing);
    Some(Remedy::new(How::Dialog, "Recall", format!("/operations/{}/recall", summary.number)).unless(reason))
}

/// The button *Retry failed*, for whoever may.
pub fn retry_all(scope: &CompanyScope, operation: &Operation) -> Option<Remedy> {
    let kind = retried_as(operation).filter(|kind| may_retry(scope, operation, *kind))?;
    let failed = operation.summary.counters.failure;
    let words = match kind {
        OperationKind::Activate if !operation.summary.is_own => "Activate failed",
        OperationKind::Reconcile => "Compare these again",
        _ => "Retry failed",
    };
    (failed > 0).then(|| {
        Remedy::new(How::Dialog, words, format!("/operations/{}/retry", operation.summary.number))
            .unless(not_now(scope, operation))
    })
}

/// The button *Mend*, where a reconciliation has found differences, for whoever may.
pub fn mend_all(scope: &CompanyScope, operation: &Operation, failures: &[FailureGroup]) -> Option<Remedy> {
    let found = failures.iter().filter(|group| group.code.is_difference()).map(|group| group.tasks).sum();
    (found > 0 && may(scope, OperationKind::Mend)).then(|| {
        let address = format!("/operations/{}/retry?mend=on", operation.summary.number);
        Remedy::new(How::Dialog, format!("Mend {}", these(found)), address).unless(not_now(scope, operation))
    })
}

/// The buttons beside a group of failures.
///
/// A retry is offered where the failure has a remedy in words, so that the two cannot contradict each other.
/// `missing` are the offers that the target lacks, if that is the reason.
pub fn of_group(
    scope: &CompanyScope,
    operation: &Operation,
    group: &FailureGroup,
    missing: &[MissingOffer],
) -> Vec<Remedy> {
    let number = operation.summary.number;
    let mut remedies = Vec::new();
    if let Some(blocking) = group.blocking {
        remedies.push(Remedy::new(
            How::Link,
            format!("Operation #{blocking}"),
            format!("/operations/{blocking}"),
        ));
    }
    let Some(kind) = retried_as(operation).filter(|kind| may_retry(scope, operation, *kind)) else {
        return remedies;
    };
    if group.to_retry == 0 || group.remedy.is_none() || not_now(scope, operation).is_some() {
        return remedies;
    }
    let retry = format!("/operations/{number}/retry?code={}", group.code);
    let takes_offer =
        matches!(kind, OperationKind::Activate | OperationKind::ChangeOffer | OperationKind::HandOver);
    match group.code {
        FailureCode::OfferNotAssigned | FailureCode::SimTypeExcluded | FailureCode::OtherNetwork
            if takes_offer =>
        {
            remedies.push(Remedy::new(
                How::Dialog,
                "Choose another offer",
                format!("{retry}&other_offer=on"),
            ));
        }
        FailureCode::OfferNotAssigned if !missing.is_empty() => {
            if scope.allows(Permission::OffersAssign) {
                let offers: Vec<_> = missing.iter().map(|offer| offer.name.as_str()).collect();
                let words = format!(
                    "Assign {} to {} and retry {}",
                    offers.join(" and "),
                    operation.summary.target.as_deref().unwrap_or("the other company"),
                    these(group.to_retry)
                );
                remedies.push(Remedy::new(
                    How::Post(Uuid::now_v7()),
                    words,
                    format!("/operations/{number}/assignment"),
                ));
            }
        }
        code if code.is_difference() => {
            let words = format!("Mend {}", these(group.to_retry));
            remedies.push(Remedy::new(How::Dialog, words, format!("{retry}&mend=on")));
        }
        FailureCode::Busy
        | FailureCode::OfferNotAssigned
        | FailureCode::TooManyLabels
        | FailureCode::CompanySuspended
        | FailureCode::NetworkRejected
        | FailureCode::NetworkUnreachable => {
            let verb = if operation.summary.is_own { "Retry" } else { "Activate" };
            remedies.push(Remedy::new(How::Dialog, format!("{verb} {}", these(group.to_retry)), retry));
        }
        FailureCode::SimTypeExcluded
        | FailureCode::OtherNetwork
        | FailureCode::WrongState
        | FailureCode::AlreadyThere
        | FailureCode::NotFound
        | FailureCode::AlreadyLoaded
        | FailureCode::ChangedSince
        | FailureCode::CannotTell
        | FailureCode::AbsentThere
        | FailureCode::PresentThere
        | FailureCode::SilentThere
        | FailureCode::ServedThere
        | FailureCode::ServicesDiffer
        | FailureCode::NumberDiffers => {}
    }
    remedies
}

/// So many of a group: `these 27`.
fn these(sims: i64) -> String {
    if sims == 1 { "this one".to_owned() } else { format!("these {}", count(sims)) }
}
