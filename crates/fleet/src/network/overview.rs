//! What a main account sees of the networks of its installation.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{Connection as _, PgConnection};

use super::breaker::{self, State};
use super::{About, Networks};
use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::offers;
use crate::tenancy::{self, CompanyScope, Permission};

/// A network as a main account sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// What it is; nothing where the file of this portal does not name it.
    pub about: Option<About>,
    /// How it is doing; nothing where it has not been asked yet.
    pub state: Option<State>,
    /// The offers of the company that are of it.
    pub offers: Vec<String>,
}

/// The networks: those of the file, and others that offers of the company name or that have been asked.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope, networks: &Networks) -> Result<Vec<Seen>> {
    require(scope)?;
    let mut offers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (network, offer) in offers::by_network(conn, scope)? {
        offers.entry(network).or_default().push(offer);
    }
    let mut states: BTreeMap<String, State> =
        breaker::states(conn)?.into_iter().map(|state| (state.network.clone(), state)).collect();
    let mut names: Vec<String> = networks.names().map(str::to_owned).collect();
    let others: BTreeSet<_> = offers.keys().chain(states.keys()).cloned().collect();
    names.extend(others.into_iter().filter(|name| networks.get(name).is_none()));
    Ok(names
        .into_iter()
        .map(|name| Seen {
            about: networks.get(&name).map(|network| network.about()),
            state: states.remove(&name),
            offers: offers.remove(&name).unwrap_or_default(),
            name,
        })
        .collect())
}

/// Fails unless the person may see and test networks here: with [`Error::NotFound`] in a subaccount, which has no such
/// screen.
pub fn require(scope: &CompanyScope) -> Result<()> {
    if !scope.is_main_account() {
        return Err(Error::NotFound);
    }
    scope.require(Permission::NetworksView)
}

/// Somebody has tested the network, and it has answered: it is asked again at once.
pub fn tested(conn: &mut PgConnection, scope: &CompanyScope, network: &str) -> Result<()> {
    require(scope)?;
    conn.transaction(|conn| {
        Note::of(Action::NetworkTested, network).write(conn, scope)?;
        tenancy::beyond(conn, |conn| breaker::answered(conn, network))
    })
}
