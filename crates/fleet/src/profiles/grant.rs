//! What a person is given: a role, profiles, or both.

use diesel::PgConnection;
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::ids::{CompanyId, ProfileId, UserId};
use crate::people::lower;
use crate::schema::{membership_profiles, memberships, profiles};
use crate::tenancy::{self, CompanyScope, Permission, Permissions, Role, rights_in_words};

/// What a person is to be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// The role that is built in.
    pub role: Option<Role>,
    /// Profiles of the company, each once.
    pub profiles: Vec<ProfileId>,
}

impl From<Role> for Grant {
    fn from(role: Role) -> Self {
        Self { role: Some(role), profiles: Vec::new() }
    }
}

impl Grant {
    /// A role, profiles, or both: [`Error::Invalid`] for neither.
    pub fn new(role: Option<Role>, mut profiles: Vec<ProfileId>) -> Result<Self> {
        if role.is_none() && profiles.is_empty() {
            return Err(Error::invalid("role", "Choose a role, or at least one profile."));
        }
        profiles.sort_unstable();
        profiles.dedup();
        Ok(Self { role, profiles })
    }

    /// All that it allows in `company`, whose profiles it must be made of; they stay what they are until the
    /// transaction ends.
    pub(crate) fn permissions(&self, conn: &mut PgConnection, company: CompanyId) -> Result<Permissions> {
        let found: Vec<Vec<String>> = profiles::table
            .filter(profiles::company_id.eq(company))
            .filter(profiles::id.eq_any(&self.profiles))
            .select(profiles::permissions)
            .for_share()
            .load(conn)?;
        if found.len() != self.profiles.len() {
            return Err(Error::invalid(
                "profiles",
                "One of these profiles is gone. Choose among those that there are.",
            ));
        }
        let of_profiles = Permissions::of_words(found.iter().flatten().map(String::as_str));
        Ok(Permissions::from(self.role).with(of_profiles))
    }

    /// As people read it. A profile that is gone has no name.
    pub(crate) fn in_words(&self, conn: &mut PgConnection, company: CompanyId) -> Result<String> {
        let names: Vec<String> = profiles::table
            .filter(profiles::company_id.eq(company))
            .filter(profiles::id.eq_any(&self.profiles))
            .order(lower(profiles::name))
            .select(profiles::name)
            .load(conn)?;
        Ok(rights_in_words(self.role, &names))
    }

    /// Gives it to a member in the place of what they had. Who may do so is the caller's business.
    pub(crate) fn give(&self, conn: &mut PgConnection, company: CompanyId, user: UserId) -> Result<()> {
        let held = membership_profiles::table
            .filter(membership_profiles::company_id.eq(company))
            .filter(membership_profiles::user_id.eq(user));
        let rows: Vec<_> = self
            .profiles
            .iter()
            .map(|profile| {
                (
                    membership_profiles::user_id.eq(user),
                    membership_profiles::company_id.eq(company),
                    membership_profiles::profile_id.eq(profile),
                )
            })
            .collect();
        tenancy::beyond(conn, |conn| {
            diesel::update(memberships::table.find((user, company)))
                .set(memberships::role.eq(self.role))
                .execute(conn)?;
            diesel::delete(held).execute(conn)?;
            diesel::insert_into(membership_profiles::table).values(rows).execute(conn)
        })?;
        Ok(())
    }
}

/// All that `grant` would allow in the company in focus: for a look before it is given. Profiles that are gone give nothing.
pub fn preview(conn: &mut PgConnection, scope: &CompanyScope, grant: &Grant) -> Result<Permissions> {
    scope.require(Permission::PeopleManage)?;
    let found: Vec<Vec<String>> = profiles::table
        .filter(profiles::company_id.eq(scope.company_id()))
        .filter(profiles::id.eq_any(&grant.profiles))
        .select(profiles::permissions)
        .load(conn)?;
    let of_profiles = Permissions::of_words(found.iter().flatten().map(String::as_str));
    Ok(Permissions::from(grant.role).with(of_profiles))
}
