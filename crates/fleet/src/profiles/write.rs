//! Making, changing and removing profiles.

use diesel::PgConnection;
use diesel::prelude::*;

use super::{LIMIT, Profile, find};
use crate::audit::{Action, Note};
use crate::companies::Name;
use crate::error::{Error, Result, broken_constraint};
use crate::ids::ProfileId;
use crate::schema::profiles;
use crate::tenancy::{CompanyScope, Permission, Permissions, changing_rights};

/// What a profile is to be.
#[derive(Debug, Clone)]
pub struct NewProfile {
    name: Name,
    permissions: Permissions,
}

impl NewProfile {
    /// A name, and at least one right.
    pub fn new(name: Name, permissions: Permissions) -> Result<Self> {
        if permissions.is_empty() {
            return Err(Error::invalid("permissions", "Tick at least one thing that people may do."));
        }
        Ok(Self { name, permissions })
    }

    fn columns(
        &self,
    ) -> (diesel::dsl::Eq<profiles::name, &str>, diesel::dsl::Eq<profiles::permissions, Vec<&'static str>>)
    {
        let words: Vec<&'static str> = self.permissions.iter().map(Permission::as_str).collect();
        (profiles::name.eq(self.name.as_str()), profiles::permissions.eq(words))
    }
}

/// Makes a profile.
pub fn create(conn: &mut PgConnection, scope: &CompanyScope, new: &NewProfile) -> Result<ProfileId> {
    changing_rights(conn, scope, |conn, scope| {
        scope.require_to_grant(new.permissions)?;
        let own = profiles::table.filter(profiles::company_id.eq(scope.company_id()));
        if own.count().get_result::<i64>(conn)? >= LIMIT {
            return Err(Error::refused(format!(
                "A company has at most {LIMIT} profiles. Remove one that nobody needs."
            )));
        }
        let id = diesel::insert_into(profiles::table)
            .values((profiles::company_id.eq(scope.company_id()), new.columns()))
            .returning(profiles::id)
            .get_result(conn)
            .map_err(|error| name_taken(error, new))?;
        Note::of(Action::ProfileMade, new.name.as_str())
            .with("rights", new.permissions.labels())
            .write(conn, scope)?;
        Ok(id)
    })
}

/// Changes a profile: at once for all who hold it.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, id: ProfileId, new: &NewProfile) -> Result<()> {
    changing_rights(conn, scope, |conn, scope| {
        let profile = find(conn, scope, id)?;
        scope.require_to_grant(profile.permissions.with(new.permissions))?;
        diesel::update(profiles::table.find(profile.id))
            .set(new.columns())
            .execute(conn)
            .map_err(|error| name_taken(error, new))?;
        Note::of(Action::ProfileChanged, &profile.name)
            .from_to("name", profile.name.as_str(), new.name.as_str())
            .from_to("rights", profile.permissions.labels(), new.permissions.labels())
            .write(conn, scope)
    })
}

/// Removes a profile that nobody holds.
pub fn destroy(conn: &mut PgConnection, scope: &CompanyScope, id: ProfileId) -> Result<Profile> {
    changing_rights(conn, scope, |conn, scope| {
        let profile = find(conn, scope, id)?;
        scope.require_to_grant(profile.permissions)?;
        diesel::delete(profiles::table.find(profile.id)).execute(conn).map_err(|error| {
            match broken_constraint(&error) {
                Some("membership_profiles_profile") => Error::refused(format!(
                    "Users hold the profile {}. Take it from them first. Nothing was done.",
                    profile.name
                )),
                _ => error.into(),
            }
        })?;
        Note::of(Action::ProfileRemoved, &profile.name)
            .without("rights", profile.permissions.labels())
            .write(conn, scope)?;
        Ok(profile)
    })
}

fn name_taken(error: diesel::result::Error, new: &NewProfile) -> Error {
    match broken_constraint(&error) {
        Some("profiles_name") => {
            Error::invalid("name", format!("There is a profile named “{}” already.", new.name.as_str()))
        }
        _ => error.into(),
    }
}
