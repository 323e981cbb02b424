//! The tree: a main account and the accounts below it in which the same person is a member, looked at and acted
//! on together.
//!
//! It gives no right that the person does not have in each account by itself: it is a set of scopes.

use std::sync::Arc;

use diesel::PgConnection;
use diesel::dsl::sql;
use diesel::helper_types::{InnerJoin, IntoBoxed};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::within::{beyond, open_to};
use super::{CompanyScope, Permission, Rights, Role, ScopedCompany, Voucher, rights_columns};
use crate::companies::search_pattern;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid};
use crate::people::lower;
use crate::schema::{companies, memberships};

/// The most accounts that are looked at at once: each adds a look or two into an index to a page, and its part to a preview.
pub const TREE_LIMIT: usize = 300;

/// The accounts of a tree in which a person is a member, or those of them that were chosen.
///
/// The fields are private: it comes from [`tree()`] alone, once for each request, as a [`CompanyScope`] does.
#[derive(Debug, Clone)]
pub struct TreeScope {
    main: CompanyScope,
    size: i64,
    accounts: Vec<CompanyScope>,
}

impl TreeScope {
    /// The main account, which is the company in focus.
    pub fn main(&self) -> &CompanyScope {
        &self.main
    }

    /// How many accounts of the tree the person is a member of, whether they were chosen or not.
    pub fn size(&self) -> i64 {
        self.size
    }

    /// The accounts, the main account first, the others by name: those that were chosen, or all. None where
    /// there are too many.
    pub fn accounts(&self) -> &[CompanyScope] {
        &self.accounts
    }

    /// Whether there are too many accounts to be looked at at once, so that some have to be chosen.
    pub fn is_too_wide(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The account with this id.
    pub fn account(&self, id: CompanyId) -> Option<&CompanyScope> {
        self.accounts.iter().find(|account| account.company_id() == id)
    }

    /// The ids of the accounts, for the queries of this crate.
    pub(crate) fn ids(&self) -> Vec<CompanyId> {
        self.accounts.iter().map(CompanyScope::company_id).collect()
    }
}

/// Reads the person's memberships in the tree of the main account that is in focus; those in the accounts
/// `chosen`, if there are any.
///
/// [`Error::NotFound`] in a subaccount, and for a chosen account that is not of the tree or that the person is
/// no member of; [`Error::Forbidden`] without the permission; [`Error::Invalid`] for too many chosen ones.
pub fn tree(conn: &mut PgConnection, main: &CompanyScope, chosen: &[CompanyUid]) -> Result<TreeScope> {
    require(main)?;
    require_few(chosen)?;
    let size = size(conn, main)?;
    let too_wide = chosen.is_empty() && usize::try_from(size).is_ok_and(|size| size > TREE_LIMIT);
    let accounts = if too_wide { Vec::new() } else { load(conn, main, accounts(main, chosen))? };
    if !chosen.iter().all(|uid| accounts.iter().any(|account| account.company_uid() == *uid)) {
        return Err(Error::NotFound);
    }
    let tree = TreeScope { main: main.clone(), size, accounts };
    // The main account as well, also where it is not among the chosen: the page around them is its own.
    let main = std::iter::once(main.company_id());
    open_to(conn, &main.chain(tree.ids()).collect::<Vec<_>>())?;
    Ok(tree)
}

/// How many accounts the person could look at together from the company in focus; none without the right.
pub fn tree_size(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Option<i64>> {
    if require(scope).is_ok() { size(conn, scope).map(Some) } else { Ok(None) }
}

/// The accounts whose names contain `search`, at most `limit`: for choosing some.
pub fn tree_choices(
    conn: &mut PgConnection,
    main: &CompanyScope,
    search: &str,
    limit: i64,
) -> Result<Vec<CompanyScope>> {
    require(main)?;
    let named = lower(companies::name).like(search_pattern(search));
    load(conn, main, accounts(main, &[]).filter(named).limit(limit))
}

/// Fails where more accounts are chosen than are looked at together.
pub fn require_few(chosen: &[CompanyUid]) -> Result<()> {
    if chosen.len() <= TREE_LIMIT {
        return Ok(());
    }
    Err(Error::invalid("in", format!("Choose at most {TREE_LIMIT} accounts at a time.")))
}

fn require(main: &CompanyScope) -> Result<()> {
    if main.is_main_account() { main.require(Permission::TreeView) } else { Err(Error::NotFound) }
}

/// The roles that may look at SIMs.
fn roles() -> Vec<Role> {
    Role::ALL.iter().copied().filter(|role| role.allows(Permission::FleetView)).collect()
}

fn size(conn: &mut PgConnection, main: &CompanyScope) -> Result<i64> {
    let query = accounts(main, &[]).count();
    Ok(beyond(conn, |conn| query.get_result(conn))?)
}

/// Whether a profile lets the person look at SIMs; the word is that of [`Permission::FleetView`].
const SEES_BY_PROFILE: &str = "EXISTS (SELECT FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
    WHERE h.user_id = memberships.user_id AND h.company_id = memberships.company_id \
        AND 'fleet.view' = ANY(p.permissions))";

type Accounts = IntoBoxed<'static, InnerJoin<memberships::table, companies::table>, Pg>;

/// What [`super::enter`] asks for besides a membership: where a second factor is missing, the account stays closed, unless the
/// word of its provider stands for one.
pub(crate) const OPEN: &str = "(companies.second_factor_from IS NULL OR companies.second_factor_from > now() \
    OR EXISTS (SELECT FROM users u WHERE u.id = memberships.user_id AND u.has_second_factor))";

/// The person's accounts in the tree that are open to them; those alone that are `chosen`, if any are.
fn accounts(main: &CompanyScope, chosen: &[CompanyUid]) -> Accounts {
    let query = memberships::table
        .inner_join(companies::table)
        .into_boxed()
        .filter(memberships::user_id.eq(main.user()))
        .filter(memberships::role.eq_any(roles()).assume_not_null().or(sql::<Bool>(SEES_BY_PROFILE)))
        .filter(
            sql::<Bool>(OPEN).or(companies::uid.nullable().eq(main.voucher.and_then(Voucher::is_enough_for))),
        )
        .filter(companies::lineage.contains(vec![main.company_id()]));
    if chosen.is_empty() { query } else { query.filter(companies::uid.eq_any(chosen.to_vec())) }
}

fn load(conn: &mut PgConnection, main: &CompanyScope, query: Accounts) -> Result<Vec<CompanyScope>> {
    let query = query
        .order((companies::id.eq(main.company_id()).desc(), lower(companies::name), companies::id))
        .select((ScopedCompany::as_select(), rights_columns()));
    let found: Vec<(ScopedCompany, _)> = beyond(conn, |conn| query.load(conn))?;
    let scope = |(company, rights)| {
        let scope = CompanyScope {
            user: main.user,
            user_name: main.user_name.clone(),
            user_email: main.user_email.clone(),
            has_password: main.has_password,
            has_second_factor: main.has_second_factor,
            rights: Rights::of(rights),
            company,
            address: main.address,
            tried_beyond: Arc::clone(&main.tried_beyond),
            token: None,
            voucher: main.voucher,
        };
        scope.narrowed_to(main.token())
    };
    Ok(found.into_iter().map(scope).collect())
}
