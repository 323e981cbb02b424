//! SIMs of several accounts of a tree: which account each selected one is in.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Selection, SimFilter, SimState};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, SimId};
use crate::schema::{sim_counts, sims};
use crate::tenancy::TreeScope;

/// How many SIMs each account of the tree has in each state: those that it has none in are left out.
pub(crate) fn counts(conn: &mut PgConnection, tree: &TreeScope) -> Result<Vec<(CompanyId, SimState, i64)>> {
    Ok(sim_counts::table
        .filter(sim_counts::company_id.eq_any(tree.ids()))
        .filter(sim_counts::sims.gt(0))
        .select((sim_counts::company_id, sim_counts::state, sim_counts::sims))
        .load(conn)?)
}

/// The part of `selection` in each account that may have one, in the order of the accounts. Ids of SIMs elsewhere
/// select nothing.
pub(crate) fn split(
    conn: &mut PgConnection,
    tree: &TreeScope,
    selection: &Selection,
) -> Result<Vec<(CompanyId, Selection)>> {
    if let Selection::Matching { filter, .. } = selection {
        check_tree_filter(filter)?;
    }
    selection.check(conn, tree.main())?;
    match selection {
        Selection::Sims(ids) => {
            let mut ids = by_account(conn, tree, ids)?;
            let part = |id| Some((id, Selection::Sims(ids.remove(&id)?)));
            Ok(tree.ids().into_iter().filter_map(part).collect())
        }
        Selection::Matching { filter, except } => {
            let counts = counts(conn, tree)?;
            let mut except = by_account(conn, tree, except)?;
            let wanted = |state| filter.states.is_empty() || filter.states.contains(&state);
            let has_some =
                |id: &CompanyId| counts.iter().any(|(company, state, _)| company == id && wanted(*state));
            let part = |id| {
                let except = except.remove(&id).unwrap_or_default();
                (id, Selection::Matching { filter: filter.clone(), except })
            };
            Ok(tree.ids().into_iter().filter(has_some).map(part).collect())
        }
        Selection::FailedOf { .. }
        | Selection::ChangedBy { .. }
        | Selection::List(_)
        | Selection::OnceInService { .. } => {
            Err(Error::refused("These SIMs belong to one account: open them there."))
        }
    }
}

/// Refuses a filter by what belongs to one account. To pass over it would select more than was meant.
pub fn check_tree_filter(filter: &SimFilter) -> Result<()> {
    if !filter.labels.is_empty() {
        return Err(Error::invalid("label", "Labels belong to one account: filter by them there."));
    }
    if filter.list.is_some() {
        return Err(Error::invalid("list", "A list belongs to one account: filter by it there."));
    }
    Ok(())
}

fn by_account(
    conn: &mut PgConnection,
    tree: &TreeScope,
    ids: &[SimId],
) -> Result<BTreeMap<CompanyId, Vec<SimId>>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(CompanyId, SimId)> = sims::table
        .filter(sims::company_id.eq_any(tree.ids()))
        .filter(sims::id.eq_any(ids.to_vec()))
        .order(sims::id)
        .select((sims::company_id, sims::id))
        .load(conn)?;
    let mut by_account: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (company, sim) in found {
        by_account.entry(company).or_default().push(sim);
    }
    Ok(by_account)
}
