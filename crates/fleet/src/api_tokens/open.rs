//! Coming in with a token.

use diesel::PgConnection;
use diesel::dsl::{now, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Key;
use crate::error::Result;
use crate::ids::{ApiTokenId, CompanyUid, OperationId, UserId};
use crate::schema::{api_tokens, companies, operation_tokens};
use crate::tenancy::Permissions;

/// A token that was found good: whom it acts for, where, and what it may do at most. [`crate::tenancy::enter_by`] makes a
/// scope of it.
///
/// The fields are private: it comes from [`open()`] alone.
#[derive(Debug, Clone)]
pub struct Opened {
    id: ApiTokenId,
    name: String,
    user: UserId,
    company: CompanyUid,
    permissions: Permissions,
}

impl Opened {
    /// The token.
    pub fn id(&self) -> ApiTokenId {
        self.id
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Who made it: whose name it acts in.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Where it acts.
    pub fn company(&self) -> CompanyUid {
        self.company
    }

    /// The most that it may do.
    pub(crate) fn permissions(&self) -> Permissions {
        self.permissions
    }
}

type Columns = (ApiTokenId, String, UserId, CompanyUid, Vec<String>);

#[diesel::dsl::auto_type(no_type_alias)]
fn columns() -> _ {
    (api_tokens::id, api_tokens::name, api_tokens::created_by, companies::uid, api_tokens::permissions)
}

impl Opened {
    fn of((id, name, user, company, words): Columns) -> Self {
        Self { id, name, user, company, permissions: Permissions::of_words(words.iter().map(String::as_str)) }
    }
}

/// The token that an operation was launched by, if there was one: what it may do at most holds for as long as the operation waits,
/// whatever has become of the token.
pub(crate) fn of_operation(conn: &mut PgConnection, operation: OperationId) -> Result<Option<Opened>> {
    let found = operation_tokens::table
        .inner_join(api_tokens::table.inner_join(companies::table))
        .filter(operation_tokens::operation_id.eq(operation))
        .select(columns())
        .first::<Columns>(conn)
        .optional()?;
    Ok(found.map(Opened::of))
}

/// The token with this key, which is then noted as used, at most once a minute. None for one that was never made, has
/// expired or was revoked: nobody is told which.
pub fn open(conn: &mut PgConnection, key: &Key) -> Result<Option<Opened>> {
    let is_due = sql::<Bool>(
        "(api_tokens.last_used_at IS NULL OR api_tokens.last_used_at < now() - interval '1 minute')",
    );
    let found = api_tokens::table
        .inner_join(companies::table)
        .filter(api_tokens::key_hash.eq(key.hash()))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .select((columns(), is_due))
        .first::<(Columns, bool)>(conn)
        .optional()?;
    let Some((columns, is_due)) = found else { return Ok(None) };
    let opened = Opened::of(columns);
    if is_due {
        diesel::update(api_tokens::table.find(opened.id))
            .set(api_tokens::last_used_at.eq(now))
            .execute(conn)?;
    }
    Ok(Some(opened))
}
