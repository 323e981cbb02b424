//! The kinds that the network carries out: activate, suspend, resume, change offer and
//! terminate, the second half of a hand-over, and the comparing of the two sides.

use crate::network::Action;

/// What one kind asks of the network, and what it changes once the network has done it.
pub(in crate::operations) struct Service {
    pub(in crate::operations) verdict: &'static str,
    pub(super) asks: Asks,
    /// The columns of `sims` that change, beside the offer; each after a comma.
    pub(super) change: &'static str,
    /// The offer that the SIM of a task goes on, in SQL over `tasks` and the operation, `act`; none if it
    /// stays on its own.
    pub(super) offer: Option<&'static str>,
}

/// What a network is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// To do this.
    For(Action),
    /// What it holds, compared with what it should hold; where that differs, it is told.
    Whether {
        /// Whether it is told.
        mends: bool,
    },
}

impl Asks {
    /// The word for it at the end of idempotency keys.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::For(action) => action.as_str(),
            Self::Whether { .. } => "mend",
        }
    }
}

/// The offer that the operation names.
const OF_THE_OPERATION: Option<&str> = Some("act.offer_id");

/// From Inventory into service.
pub(in crate::operations) const ACTIVATE: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state <> 'inventory' THEN 'wrong_state' \
        WHEN NOT act.offer_assigned THEN 'offer_not_assigned' \
        WHEN NOT sims.sim_type = ANY(act.offer_types) THEN 'sim_type_excluded' END",
    asks: Asks::For(Action::Activate),
    change: ", state = 'active', activated_at = now()",
    offer: OF_THE_OPERATION,
};

/// Out of service for a time.
pub(in crate::operations) const SUSPEND: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state <> 'active' THEN 'wrong_state' END",
    asks: Asks::For(Action::Suspend),
    change: ", state = 'suspended'",
    offer: None,
};

/// Back into service.
pub(in crate::operations) const RESUME: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state <> 'suspended' THEN 'wrong_state' END",
    asks: Asks::For(Action::Resume),
    change: ", state = 'active'",
    offer: None,
};

/// On another offer.
pub(in crate::operations) const CHANGE_OFFER: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state <> 'active' THEN 'wrong_state' \
        WHEN sims.offer_id = act.offer_id THEN 'already_there' \
        WHEN NOT act.offer_assigned THEN 'offer_not_assigned' \
        WHEN NOT sims.sim_type = ANY(act.offer_types) THEN 'sim_type_excluded' \
        WHEN NOT sims.offer_id = ANY(act.offers_of_network) THEN 'other_network' END",
    asks: Asks::For(Action::ChangeOffer),
    change: "",
    offer: OF_THE_OPERATION,
};

/// Out of service for good.
pub(in crate::operations) const TERMINATE: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state NOT IN ('active', 'suspended') THEN 'wrong_state' END",
    asks: Asks::For(Action::Terminate),
    change: ", state = 'retired', offer_id = NULL",
    offer: None,
};

/// A SIM of the company is compared in any state, and stays in it.
const COMPARED: &str = "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' END";

/// Compared with what the network holds.
pub(in crate::operations) const RECONCILE: Service =
    Service { verdict: COMPARED, asks: Asks::Whether { mends: false }, change: "", offer: None };

/// Compared, and put right in the network.
pub(in crate::operations) const MEND: Service =
    Service { verdict: COMPARED, asks: Asks::Whether { mends: true }, change: "", offer: None };
