//! API tokens: what programs come in with.
//!
//! A token acts in one company, in the name of the member who made it, and may do what was chosen for it *and* what that
//! member may do now: it never gives a right, and ends with the membership. A personal token is that member's own; one of the
//! company is seen and revoked by whoever manages tokens there. What it does is told as done by the member with this token.
//!
//! Only the SHA-256 of its [`Key`] is kept. Keys are found by that hash: how long the search takes tells nothing of a key.

mod key;
mod open;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::dsl::{now, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use uuid::Uuid;

use crate::audit::{Action, Note};
use crate::companies::Name;
use crate::db::{self, Limited};
use crate::error::{Error, Result};
use crate::ids::{ApiTokenUid, CompanyId, CompanyUid, UserId};
use crate::schema::{api_tokens, companies, memberships, users};
use crate::tenancy::{self, CompanyScope, Permission, Permissions};

pub use key::{COMPANY, Key, PERSONAL};
pub(crate) use open::of_operation;
pub use open::{Opened, open};

/// The most days that a token is valid.
pub const DAYS: i32 = 365;
/// The most tokens that a member has in a company at a time, personal ones and those of the company each.
const LIMIT: i64 = 50;

/// What can be chosen for a token: what there is an answer for programs to.
const CHOICES: [Permission; 9] = [
    Permission::FleetView,
    Permission::SimsTransfer,
    Permission::SimsActivate,
    Permission::SimsManage,
    Permission::SimsTerminate,
    Permission::SimsEdit,
    Permission::OperationsCancel,
    Permission::SubaccountsView,
    Permission::OffersAssign,
];

/// What can be chosen for a token.
pub fn choices() -> Permissions {
    CHOICES.into_iter().collect()
}

/// What a token is to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    name: Name,
    permissions: Permissions,
    days: i32,
}

impl NewToken {
    /// A name, at least one right, and 1 to [`DAYS`] days.
    pub fn new(name: Name, permissions: Permissions, days: &str) -> Result<Self> {
        let days = days.trim().parse().ok().filter(|days| (1..=DAYS).contains(days));
        let days =
            days.ok_or_else(|| Error::invalid("days", format!("Enter a number of days from 1 to {DAYS}.")))?;
        if permissions.is_empty() {
            return Err(Error::invalid("permissions", "Tick at least one thing that the token may do."));
        }
        Ok(Self { name, permissions, days })
    }
}

/// A token as people see it.
#[derive(Debug, Clone, Queryable)]
pub struct ApiToken {
    /// What it is called by in addresses. It opens nothing.
    pub uid: ApiTokenUid,
    /// Its name.
    pub name: String,
    /// Whether it is its maker's own, rather than the company's.
    pub is_personal: bool,
    /// The last characters of its key.
    pub hint: String,
    words: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The company that it acts in.
    pub company: String,
    /// Who made it, and whose name it acts in.
    pub maker: String,
    company_id: CompanyId,
}

impl ApiToken {
    /// What was chosen for it.
    pub fn permissions(&self) -> Permissions {
        Permissions::of_words(self.words.iter().map(String::as_str))
    }

    /// How its key looks: the beginning and the end.
    pub fn shape(&self) -> String {
        format!("{}…{}", if self.is_personal { PERSONAL } else { COMPANY }, self.hint)
    }

    /// Whether it has ended by itself.
    pub fn has_expired(&self) -> bool {
        self.expires_at <= Utc::now()
    }
}

/// What it takes to make such a token.
pub const fn takes_to_make(is_personal: bool) -> &'static [Permission] {
    if is_personal { &[Permission::FleetView] } else { &[Permission::FleetView, Permission::TokensManage] }
}

/// Fails unless the person may make such a token here.
pub fn require_to_make(scope: &CompanyScope, is_personal: bool) -> Result<()> {
    takes_to_make(is_personal).iter().try_for_each(|permission| scope.require(*permission))
}

/// Fails where the token could not come in: it shows nothing of what its maker's provider has vouched for.
fn require_to_enter(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    match tenancy::enter(conn, scope.user(), scope.company_uid()) {
        Err(Error::SecondFactorMissing { company }) => Err(Error::refused(format!(
            "{company} opens to tokens of people with a second factor alone, and you have none here: single sign-on stands for \
             one while you are signed in, and not for a token. Set one up in My profile → Second factor first; that takes a \
             password, which you set with Forgotten your password? on the sign-in page."
        ))),
        entered => entered.map(drop),
    }
}

/// Makes a token, and says its key, this once. Nobody gives a token what they lack, nor makes one that would not come in.
pub fn create(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewToken,
    is_personal: bool,
) -> Result<(ApiToken, Key)> {
    conn.transaction(|conn| {
        require_to_make(scope, is_personal)?;
        require_to_enter(conn, scope)?;
        let missing = new.permissions.without(scope.permissions().and(choices()));
        if !missing.is_empty() {
            let words = format!("You can't give a token what you may not do yourself: {}.", missing.labels());
            return Err(Error::invalid("permissions", words));
        }
        // Whoever ends the membership waits, and then ends this token too.
        let membership = memberships::table
            .find((scope.user(), scope.company_id()))
            .for_key_share()
            .select(memberships::user_id);
        tenancy::beyond(conn, |conn| membership.first::<UserId>(conn))?;
        db::one_at_a_time(conn, Limited::ApiTokens, scope.company_id())?;
        let own = live()
            .filter(api_tokens::company_id.eq(scope.company_id()))
            .filter(api_tokens::created_by.eq(scope.user()));
        if own.filter(api_tokens::is_personal.eq(is_personal)).count().get_result::<i64>(conn)? >= LIMIT {
            return Err(Error::refused(format!(
                "There are {LIMIT} tokens of yours already. Revoke one that nothing uses."
            )));
        }
        let key = Key::new(is_personal);
        let words: Vec<&str> = new.permissions.iter().map(Permission::as_str).collect();
        let uid = ApiTokenUid(Uuid::now_v7());
        diesel::insert_into(api_tokens::table)
            .values((
                api_tokens::uid.eq(uid),
                api_tokens::company_id.eq(scope.company_id()),
                api_tokens::created_by.eq(scope.user()),
                api_tokens::is_personal.eq(is_personal),
                api_tokens::name.eq(new.name.as_str()),
                api_tokens::permissions.eq(words),
                api_tokens::key_hash.eq(key.hash()),
                api_tokens::hint.eq(key.hint()),
                api_tokens::expires_at.eq(sql(&format!("now() + {} * interval '1 day'", new.days))),
            ))
            .execute(conn)?;
        let token: ApiToken = tokens().filter(api_tokens::uid.eq(uid)).first(conn)?;
        Note::of(Action::TokenMade, told(&token))
            .with("rights", new.permissions.labels())
            .with("ends", token.expires_at.date_naive().to_string())
            .write(conn, scope)?;
        Ok((token, key))
    })
}

/// The tokens of a person, in all of their companies, the newest first; of somebody who has signed in through the provider of
/// the company `vouched_by`, in that one and those below it.
pub fn own(conn: &mut PgConnection, user: UserId, vouched_by: Option<CompanyUid>) -> Result<Vec<ApiToken>> {
    let reached = sql::<Bool>("(")
        .bind::<Nullable<diesel::sql_types::Uuid>, _>(vouched_by)
        .sql(" IS NULL OR (SELECT v.id FROM companies v WHERE v.uid = ")
        .bind::<Nullable<diesel::sql_types::Uuid>, _>(vouched_by)
        .sql(") = ANY(companies.lineage))");
    Ok(tokens()
        .filter(api_tokens::created_by.eq(user))
        .filter(api_tokens::is_personal)
        .filter(reached)
        .order(api_tokens::id.desc())
        .load(conn)?)
}

/// All tokens that open the company in focus, the newest first.
pub fn of_company(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<ApiToken>> {
    scope.require(Permission::TokensManage)?;
    Ok(tokens()
        .filter(api_tokens::company_id.eq(scope.company_id()))
        .order(api_tokens::id.desc())
        .load(conn)?)
}

/// One of the tokens of the company in focus.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, uid: ApiTokenUid) -> Result<ApiToken> {
    scope.require(Permission::TokensManage)?;
    Ok(tokens()
        .filter(api_tokens::company_id.eq(scope.company_id()))
        .filter(api_tokens::uid.eq(uid))
        .first(conn)?)
}

/// Revokes one of the tokens of the company in focus, at once and for good.
pub fn revoke(conn: &mut PgConnection, scope: &CompanyScope, uid: ApiTokenUid) -> Result<ApiToken> {
    conn.transaction(|conn| {
        let token = find(conn, scope, uid)?;
        end(conn, &[uid])?;
        Note::of(Action::TokenRevoked, told(&token)).write(conn, scope)?;
        Ok(token)
    })
}

/// Revokes those, one or all, and says which they were; [`Error::NotFound`] if the one is none of
/// theirs. That is told in each company.
pub fn revoke_own(
    conn: &mut PgConnection,
    user: UserId,
    vouched_by: Option<CompanyUid>,
    one: Option<ApiTokenUid>,
    from: Option<std::net::IpAddr>,
) -> Result<Vec<ApiToken>> {
    conn.transaction(|conn| {
        let mut revoked = own(conn, user, vouched_by)?;
        if let Some(uid) = one {
            revoked.retain(|token| token.uid == uid);
            if revoked.is_empty() {
                return Err(Error::NotFound);
            }
        }
        end(conn, &revoked.iter().map(|token| token.uid).collect::<Vec<_>>())?;
        for token in &revoked {
            Note::of(Action::TokenRevoked, told(token)).write_as(conn, token.company_id, Some(user), from)?;
        }
        Ok(revoked)
    })
}

fn end(conn: &mut PgConnection, uids: &[ApiTokenUid]) -> Result<()> {
    let live =
        api_tokens::table.filter(api_tokens::uid.eq_any(uids)).filter(api_tokens::revoked_at.is_null());
    diesel::update(live).set(api_tokens::revoked_at.eq(now)).execute(conn)?;
    Ok(())
}

/// A token as the audit log calls it.
fn told(token: &ApiToken) -> String {
    format!("{} ({})", token.name, token.shape())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live() -> _ {
    api_tokens::table.filter(api_tokens::revoked_at.is_null()).filter(api_tokens::expires_at.gt(now))
}

/// Those that are not revoked; of those that have ended by themselves, the ones of the last month.
#[diesel::dsl::auto_type(no_type_alias)]
fn tokens() -> _ {
    let shown: SqlLiteral<Bool> = sql("api_tokens.expires_at > now() - interval '30 days'");
    api_tokens::table
        .inner_join(companies::table)
        .inner_join(users::table)
        .filter(api_tokens::revoked_at.is_null())
        .filter(shown)
        .select((
            api_tokens::uid,
            api_tokens::name,
            api_tokens::is_personal,
            api_tokens::hint,
            api_tokens::permissions,
            api_tokens::created_at,
            api_tokens::expires_at,
            api_tokens::last_used_at,
            companies::name,
            users::name,
            api_tokens::company_id,
        ))
}
