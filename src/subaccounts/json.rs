//! A subaccount for programs.

use std::collections::BTreeMap;

use fleet::ids::CompanyUid;
use fleet::sims::SimState;
use fleet::subaccounts::Subaccount;

use crate::web::display::machine_time;

/// A subaccount for programs.
#[derive(serde::Serialize)]
pub struct Json<'a> {
    uid: CompanyUid,
    name: &'a str,
    external_id: Option<&'a str>,
    suspended_at: Option<String>,
    created_at: String,
    administrators: &'a [String],
    offers: &'a [String],
    sims: BTreeMap<&'static str, i64>,
}

impl<'a> Json<'a> {
    /// The subaccount as JSON.
    pub fn of(subaccount: &'a Subaccount) -> Self {
        let of_state = |state: &SimState| (state.as_str(), subaccount.sims_in(*state));
        Self {
            uid: subaccount.uid,
            name: &subaccount.name,
            external_id: subaccount.external_id.as_deref(),
            suspended_at: subaccount.suspended_at.map(|at| machine_time(&at)),
            created_at: machine_time(&subaccount.created_at),
            administrators: &subaccount.administrators,
            offers: &subaccount.offers,
            sims: SimState::ALL.iter().map(of_state).collect(),
        }
    }
}
