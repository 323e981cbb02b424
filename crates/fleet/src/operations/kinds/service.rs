//! The kinds that the network carries out: activate, suspend, resume, change offer and
//! terminate, and the second half of a hand-over.

use crate::network::Action;

/// What one kind asks of the network, and what it changes once the network has done it.
pub(in crate::operations) struct Service {
    pub(in crate::operations) verdict: &'static str,
    pub(super) action: Action,
    /// The columns of `sims` that change, beside the offer; each after a comma.
    pub(super) change: &'static str,
    /// The offer that the SIM of a task goes on, in SQL over `tasks` and the operation, `act`; none if it
    /// stays on its own.
    pub(super) offer: Option<&'static str>,
}

/// The offer that the operation names.
const OF_THE_OPERATION: Option<&str> = Some("act.offer_id");

/// From Inventory into service.
pub(in crate::operations) const ACTIVATE: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state <> 'inventory' THEN 'wrong_state' \
        WHEN NOT act.offer_assigned THEN 'offer_not_assigned' \
        WHEN NOT sims.sim_type = ANY(act.offer_types) THEN 'sim_type_excluded' END",
    action: Action::Activate,
    change: ", state = 'active', activated_at = now()",
    offer: OF_THE_OPERATION,
};

/// Out of service for a time.
pub(in crate::operations) const SUSPEND: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state <> 'active' THEN 'wrong_state' END",
    action: Action::Suspend,
    change: ", state = 'suspended'",
    offer: None,
};

/// Back into service.
pub(in crate::operations) const RESUME: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state <> 'suspended' THEN 'wrong_state' END",
    action: Action::Resume,
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
    action: Action::ChangeOffer,
    change: "",
    offer: OF_THE_OPERATION,
};

/// Out of service for good.
pub(in crate::operations) const TERMINATE: Service = Service {
    verdict: "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
        WHEN sims.state NOT IN ('active', 'suspended') THEN 'wrong_state' END",
    action: Action::Terminate,
    change: ", state = 'retired', offer_id = NULL",
    offer: None,
};
