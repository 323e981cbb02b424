//! Hand-over: SIMs go to a subaccount and are activated there, as one tracked operation.
//!
//! The move is in the transaction that starts a task, the activation in the one that ends
//! it. A SIM whose activation fails stays, in Inventory, with the subaccount.

/// Only a SIM in Inventory is handed over. The offer need not be assigned beforehand: that
/// is part of the operation.
pub(in crate::operations) const VERDICT: &str = "CASE \
    WHEN sims.company_id <> act.company_id THEN 'not_found' \
    WHEN act.target_suspended THEN 'company_suspended' \
    WHEN sims.state <> 'inventory' THEN 'wrong_state' \
    WHEN NOT sims.sim_type = ANY(act.offer_types) THEN 'sim_type_excluded' \
    END";
