//! Who may do what, and where: roles, permissions, and the scope that every query on a
//! tenant's rows needs.

mod changing;
mod permission;
mod scope;
mod tree;
mod within;

pub(crate) use changing::changing_rights;
pub use permission::{Group, Permission, Permissions};
pub(crate) use tree::OPEN;
pub use tree::{TREE_LIMIT, TreeScope, require_few, tree, tree_choices, tree_size};
pub use within::within;
pub(crate) use within::{beyond, close_to_others, within_all};

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};

use crate::api_tokens::Opened;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, UserId};
use crate::schema::{companies, memberships, users};
use crate::words::word;

word! {
    /// What a person is in a company. Each role is a set of [`Permission`]s that is built in; what else a person may
    /// do comes from profiles that the company makes (see [`crate::profiles`]).
    Role: Role {
        /// Reads everything, changes nothing.
        Viewer = "viewer", "Viewer";
        /// Works with SIMs and operations.
        Operator = "operator", "Operator";
        /// May do everything in the company.
        Administrator = "administrator", "Administrator";
    }
}

impl Role {
    /// Whether this role holds `permission`.
    pub const fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Administrator => true,
            Self::Operator => !matches!(
                permission,
                P::SimsImport
                    | P::ExportsManage
                    | P::FleetConfigure
                    | P::SubaccountsManage
                    | P::OffersAssign
                    | P::PeopleManage
                    | P::SecurityManage
                    | P::TokensManage
                    | P::AuditView
                    | P::AccountManage
                    | P::TreeView
                    | P::NetworksView
            ),
            Self::Viewer => matches!(permission, P::FleetView | P::SubaccountsView),
        }
    }
}

/// The proof that a person is a member of a company, and the only way to its rows.
///
/// The fields are private: a scope comes from [`enter`], or for each account of a tree from [`tree()`], once for
/// each request, so that a withdrawn membership ends access at once.
#[derive(Debug, Clone)]
pub struct CompanyScope {
    user: UserId,
    user_name: String,
    user_email: String,
    has_password: bool,
    has_second_factor: bool,
    rights: Rights,
    company: ScopedCompany,
    address: Option<IpAddr>,
    tried_beyond: Arc<AtomicBool>,
    token: Option<Opened>,
    voucher: Option<Voucher>,
}

/// That a company's provider has vouched for whoever has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Voucher {
    /// The company.
    pub company: CompanyUid,
    /// Whether that stands for the second factor that this company asks for.
    pub stands_for_second_factor: bool,
}

impl Voucher {
    /// The company that asks for no second factor besides, if there is one.
    pub fn is_enough_for(self) -> Option<CompanyUid> {
        self.stands_for_second_factor.then_some(self.company)
    }
}

/// What a membership gives.
#[derive(Debug, Clone)]
struct Rights {
    role: Option<Role>,
    profiles: Vec<String>,
    permissions: Permissions,
}

/// The columns of [`Rights`], of the row of `memberships` in the query.
type RightsColumns = (memberships::role, SqlLiteral<Array<Text>>, SqlLiteral<Array<Text>>);

fn rights_columns() -> RightsColumns {
    const HELD: &str = "FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
         WHERE h.user_id = memberships.user_id AND h.company_id = memberships.company_id";
    (
        memberships::role,
        sql(&format!("ARRAY(SELECT p.name {HELD} ORDER BY lower(p.name))")),
        sql(&format!("ARRAY(SELECT DISTINCT unnest(p.permissions) {HELD})")),
    )
}

impl Rights {
    fn of((role, profiles, words): (Option<Role>, Vec<String>, Vec<String>)) -> Self {
        let of_profiles = Permissions::of_words(words.iter().map(String::as_str));
        Self { role, profiles, permissions: Permissions::from(role).with(of_profiles) }
    }
}

/// A role and profiles, as people read them.
pub fn rights_in_words(role: Option<Role>, profiles: &[String]) -> String {
    let words: Vec<&str> =
        role.iter().map(|role| role.label()).chain(profiles.iter().map(String::as_str)).collect();
    if words.is_empty() { "No role".to_owned() } else { words.join(", ") }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = companies, check_for_backend(diesel::pg::Pg))]
struct ScopedCompany {
    id: CompanyId,
    uid: CompanyUid,
    parent_id: Option<CompanyId>,
    lineage: Vec<CompanyId>,
    name: String,
    colour: String,
    subaccounts_enabled: bool,
    suspended_at: Option<DateTime<Utc>>,
}

/// Reads the membership of `user` in the company `uid` and makes the scope of it.
///
/// [`Error::NotFound`] when there is no such company or no membership: the two look the same.
/// [`Error::SecondFactorMissing`] when the company asks for one that the person has not.
pub fn enter(conn: &mut PgConnection, user: UserId, uid: CompanyUid) -> Result<CompanyScope> {
    enter_vouched(conn, user, uid, None)
}

/// As [`enter`], for somebody who has signed in through the provider of a company, if there is one.
///
/// Where its word stands for a second factor, that company asks for none besides. Others have not chosen that provider:
/// [`Error::PasswordNeeded`] outside of the tree below that company.
pub fn enter_vouched(
    conn: &mut PgConnection,
    user: UserId,
    uid: CompanyUid,
    voucher: Option<Voucher>,
) -> Result<CompanyScope> {
    let (scope, missing) = read(conn, user, uid)?;
    if let Some(voucher) = voucher
        && !is_below(conn, scope.company.id, voucher.company)?
    {
        return Err(Error::PasswordNeeded { company: scope.company.name });
    }
    if missing && voucher.and_then(Voucher::is_enough_for) != Some(uid) {
        return Err(Error::SecondFactorMissing { company: scope.company.name });
    }
    Ok(CompanyScope { voucher, ..scope })
}

/// Whether a company is the other one, or below it.
fn is_below(conn: &mut PgConnection, company: CompanyId, top: CompanyUid) -> Result<bool> {
    let top = companies::table
        .filter(companies::uid.eq(top))
        .select(companies::id)
        .first::<CompanyId>(conn)
        .optional()?;
    let Some(top) = top else { return Ok(false) };
    let below = companies::table.find(company).filter(companies::lineage.contains(vec![top]));
    Ok(diesel::select(diesel::dsl::exists(below)).get_result(conn)?)
}

/// As [`enter`], for whoever comes with a token: in the name of its maker, with no more rights than either has.
pub fn enter_by(conn: &mut PgConnection, token: &Opened) -> Result<CompanyScope> {
    Ok(enter(conn, token.user(), token.company())?.narrowed_to(Some(token)))
}

/// As [`enter`], for what is done while nobody is there to show a second factor: what was launched goes on.
pub(crate) fn enter_unattended(
    conn: &mut PgConnection,
    user: UserId,
    uid: CompanyUid,
) -> Result<CompanyScope> {
    read(conn, user, uid).map(|(scope, _)| scope)
}

/// What the frame of a page shows of a person at work in a company. It opens nothing.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is shown by itself")]
pub struct Names {
    /// How the person is called.
    pub person: String,
    /// Where they sign in with.
    pub email: String,
    /// Whether they have set a password.
    pub has_password: bool,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
    /// The company's name.
    pub company: String,
    /// The company, as it is named in addresses.
    pub uid: CompanyUid,
    /// The colour by which people tell it from others.
    pub colour: String,
    /// Whether it has the optional feature of subaccounts.
    pub subaccounts_enabled: bool,
    /// What the person may do in it.
    pub permissions: Permissions,
    /// Whether it is a main account.
    pub is_main_account: bool,
}

/// The frame for what concerns the person alone, which is open without the second factor that a company asks for: there
/// it is set up.
pub fn names(conn: &mut PgConnection, user: UserId, uid: CompanyUid) -> Result<Names> {
    read(conn, user, uid).map(|(scope, _)| scope.names())
}

/// The scope, and whether a second factor is missing for it.
fn read(conn: &mut PgConnection, user: UserId, uid: CompanyUid) -> Result<(CompanyScope, bool)> {
    let (company, rights, user_name, user_email, has_password, asked_for, has_one) = companies::table
        .inner_join(memberships::table.on(memberships::company_id.eq(companies::id)))
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(companies::uid.eq(uid))
        .filter(memberships::user_id.eq(user))
        .select((
            ScopedCompany::as_select(),
            rights_columns(),
            users::name,
            users::email,
            users::has_password,
            sql::<Bool>("coalesce(companies.second_factor_from <= now(), false)"),
            users::has_second_factor,
        ))
        .first::<(_, _, _, _, bool, bool, bool)>(conn)?;
    let missing = asked_for && !has_one;
    let rights = Rights::of(rights);
    let (address, token, voucher) = (None, None, None);
    Ok((
        CompanyScope {
            user,
            user_name,
            user_email,
            has_password,
            has_second_factor: has_one,
            rights,
            company,
            address,
            tried_beyond: Arc::default(),
            token,
            voucher,
        },
        missing,
    ))
}
