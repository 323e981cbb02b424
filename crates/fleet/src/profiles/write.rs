//! Making, changing and removing profiles.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use super::{LIMIT, Profile, find};
use crate::audit::{Action, Note};
use crate::companies::Name;
use crate::error::{Error, Result, broken_constraint};
use crate::ids::{ProfileId, UserId};
use crate::invitations;
use crate::schema::profiles;
use crate::tenancy::{CompanyScope, Permission, Permissions, Role, changing_rights};

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

/// Changes a profile: at once for all who hold it. What those have sent who lose rights by it is taken back.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, id: ProfileId, new: &NewProfile) -> Result<()> {
    changing_rights(conn, scope, |conn, scope| {
        let profile = find(conn, scope, id)?;
        scope.require_to_grant(profile.permissions.with(new.permissions))?;
        diesel::update(profiles::table.find(profile.id))
            .set(new.columns())
            .execute(conn)
            .map_err(|error| name_taken(error, new))?;
        let taken = profile.permissions.without(new.permissions);
        let losers = who_lacks(conn, scope, id, taken)?;
        invitations::revoke_all_of(conn, scope.company_id(), &losers)?;
        Note::of(Action::ProfileChanged, &profile.name)
            .from_to("name", profile.name.as_str(), new.name.as_str())
            .from_to("rights", profile.permissions.labels(), new.permissions.labels())
            .write(conn, scope)
    })
}

/// Who holds a profile and lacks one of `permissions`, whatever else they hold.
fn who_lacks(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    id: ProfileId,
    permissions: Permissions,
) -> Result<Vec<UserId>> {
    const SQL: &str = "SELECT m.user_id, m.role, \
            ARRAY(SELECT unnest(p.permissions) FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
                  WHERE h.company_id = m.company_id AND h.user_id = m.user_id) AS words \
        FROM memberships m JOIN membership_profiles held ON held.company_id = m.company_id AND held.user_id = m.user_id \
        WHERE m.company_id = $1 AND held.profile_id = $2";
    #[derive(QueryableByName)]
    struct Holder {
        #[diesel(sql_type = BigInt)]
        user_id: UserId,
        #[diesel(sql_type = Nullable<crate::schema::sql_types::Role>)]
        role: Option<Role>,
        #[diesel(sql_type = Array<Text>)]
        words: Vec<String>,
    }
    if permissions.is_empty() {
        return Ok(Vec::new());
    }
    let holders: Vec<Holder> =
        diesel::sql_query(SQL).bind::<BigInt, _>(scope.company_id()).bind::<BigInt, _>(id).load(conn)?;
    let lacks = |holder: &Holder| {
        let of_profiles = Permissions::of_words(holder.words.iter().map(String::as_str));
        !permissions.without(Permissions::from(holder.role).with(of_profiles)).is_empty()
    };
    Ok(holders.into_iter().filter(lacks).map(|holder| holder.user_id).collect())
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
