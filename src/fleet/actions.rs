//! What can be done with SIMs, and why not.

use fleet::operations::{InFlight, OperationKind};
use fleet::sims::SimState;
use fleet::tenancy::{CompanyScope, Permission, TreeScope};

/// A button that opens a dialog about SIMs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The kind of operation, as it is written in forms.
    pub kind: &'static str,
    /// Where the dialog comes from.
    pub address: &'static str,
    /// The word on the button.
    pub word: &'static str,
    /// Why it can't be done here; empty if it can.
    pub reason: String,
}

/// The kinds that are launched on SIMs of the grid, in the order of the menu.
const KINDS: [OperationKind; 8] = [
    OperationKind::Activate,
    OperationKind::Transfer,
    OperationKind::Suspend,
    OperationKind::Resume,
    OperationKind::ChangeOffer,
    OperationKind::Edit,
    OperationKind::Reconcile,
    OperationKind::Terminate,
];

/// Those that there are: a network that only pretends is not compared with.
fn kinds(has_networks: bool) -> impl Iterator<Item = OperationKind> {
    KINDS.into_iter().filter(move |kind| has_networks || *kind != OperationKind::Reconcile)
}

/// What a person can do with SIMs of the active company that are in one of `states`, or in any if there are none: the
/// first stands alone, the others in a menu. With `has_networks`, they can be in networks beside the one that only pretends.
pub fn of(scope: &CompanyScope, has_networks: bool, states: &[SimState]) -> Vec<Action> {
    kinds(has_networks)
        .map(|kind| Action {
            kind: kind.as_str(),
            address: "/operations/drafts",
            word: kind.label(),
            reason: reason(scope, kind).or_else(|| unsuited(kind, states)).unwrap_or_default(),
        })
        .collect()
}

/// Taking SIMs out as a file: a suspended company may, because it changes nothing.
pub fn export(scope: &CompanyScope) -> Action {
    let reason = if scope.allows(Permission::SimsExport) { String::new() } else { not_allowed(scope) };
    Action { kind: "export", address: "/exports/drafts", word: "Export selected", reason }
}

/// What a person can do with SIMs of several accounts: what any of these allows.
pub fn in_tree(tree: &TreeScope, has_networks: bool, states: &[SimState]) -> Vec<Action> {
    let mut actions = of(tree.main(), has_networks, states);
    for (action, kind) in actions.iter_mut().zip(kinds(has_networks)) {
        let is_able = tree.accounts().iter().any(|account| reason(account, kind).is_none());
        action.reason = if is_able {
            unsuited(kind, states).unwrap_or_default()
        } else {
            "None of these accounts allows this to you.".to_owned()
        };
        action.address = "/tree/drafts";
    }
    actions
}

/// What a person can do with one SIM, which is in `state`.
pub fn for_one(
    scope: &CompanyScope,
    has_networks: bool,
    state: SimState,
    in_flight: Option<&InFlight>,
) -> Vec<Action> {
    let mut actions = of(scope, has_networks, &[]);
    for (action, kind) in actions.iter_mut().zip(kinds(has_networks)) {
        if !action.reason.is_empty() {
            continue;
        }
        if let Some(flight) = in_flight {
            action.reason = format!("The SIM is busy in operation #{}.", flight.operation);
        } else if !suits(kind, state) {
            action.reason = format!("The SIM is {}.", state.label());
        }
    }
    // One SIM is edited at once, without an operation.
    actions.retain(|action| action.kind != OperationKind::Edit.as_str());
    actions.push(Action { word: "Export", ..export(scope) });
    actions
}

/// Whether an operation of this kind can do anything with a SIM in `state`.
const fn suits(kind: OperationKind, state: SimState) -> bool {
    match kind {
        OperationKind::Activate | OperationKind::HandOver => matches!(state, SimState::Inventory),
        OperationKind::Transfer => !matches!(state, SimState::Retired),
        OperationKind::Suspend | OperationKind::ChangeOffer => matches!(state, SimState::Active),
        OperationKind::Resume => matches!(state, SimState::Suspended),
        OperationKind::Terminate => matches!(state, SimState::Active | SimState::Suspended),
        OperationKind::Edit | OperationKind::Reconcile | OperationKind::Mend => true,
        OperationKind::Import | OperationKind::Recall => false,
    }
}

/// Why a person can't do this in a company, if so.
pub fn reason(scope: &CompanyScope, kind: OperationKind) -> Option<String> {
    if kind.permissions().iter().any(|permission| !scope.allows(*permission)) {
        return Some(not_allowed(scope));
    }
    scope
        .is_suspended()
        .then(|| format!("{} is suspended: nothing can be launched in it.", scope.company_name()))
}

/// Why this can be done with no SIM in these states, if so.
fn unsuited(kind: OperationKind, states: &[SimState]) -> Option<String> {
    if states.is_empty() || states.iter().any(|state| suits(kind, *state)) {
        return None;
    }
    let words: Vec<_> = states.iter().map(|state| state.label()).collect();
    Some(format!("All SIMs of this filter are {}.", words.join(" or ")))
}

fn not_allowed(scope: &CompanyScope) -> String {
    format!("Your role here, {}, does not allow this.", scope.rights_in_words())
}

/// What an operation of this kind is doing with a SIM.
pub const fn under_way(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Import => "Importing",
        OperationKind::Transfer => "Transferring",
        OperationKind::HandOver => "Handing over",
        OperationKind::Activate => "Activating",
        OperationKind::Suspend => "Suspending",
        OperationKind::Resume => "Resuming",
        OperationKind::ChangeOffer => "Changing offer",
        OperationKind::Edit => "Editing",
        OperationKind::Terminate => "Terminating",
        OperationKind::Recall => "Recalling",
        OperationKind::Reconcile => "Comparing",
        OperationKind::Mend => "Mending",
    }
}
