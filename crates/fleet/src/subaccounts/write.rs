//! Creating, renaming and suspending subaccounts.

use diesel::PgConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{child, require_to_change};
use crate::audit::{self, Action, Note};
use crate::companies::{self, ExternalId, Name};
use crate::error::{Error, Result};
use crate::ids::{CompanyUid, UserId};
use crate::people;
use crate::schema::{companies as table, memberships};
use crate::tenancy::{self, CompanyScope, Permission, Role};

/// The most administrators that a subaccount begins with.
const MOST_ADMINISTRATORS: usize = 50;

/// What a subaccount is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Its name, unique among the subaccounts of the company.
    pub name: Name,
    /// What the parent knows it by elsewhere, unique among the subaccounts of the company.
    pub external_id: Option<ExternalId>,
}

/// Creates a subaccount of the company in focus, with `administrators`, who must be people of the company.
pub fn create(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    details: &Details,
    administrators: &[UserId],
) -> Result<CompanyUid> {
    require_to_change(scope, Permission::SubaccountsManage)?;
    if administrators.is_empty() {
        return Err(Error::invalid("administrators", "Choose at least one administrator."));
    }
    if administrators.len() > MOST_ADMINISTRATORS {
        return Err(Error::invalid(
            "administrators",
            format!("Choose at most {MOST_ADMINISTRATORS} administrators; more can be added afterwards."),
        ));
    }
    conn.transaction(|conn| {
        // Held until the end, so that none of them leaves the company in between.
        let members = memberships::table
            .filter(memberships::company_id.eq(scope.company_id()))
            .filter(memberships::user_id.eq_any(administrators))
            .select(memberships::user_id)
            .for_share();
        let mut members: Vec<UserId> = tenancy::beyond(conn, |conn| members.load(conn))?;
        members.sort_unstable();
        if administrators.iter().any(|chosen| members.binary_search(chosen).is_err()) {
            return Err(Error::invalid(
                "administrators",
                format!(
                    "Not everybody who was chosen belongs to {}. Choose among its people.",
                    scope.company_name()
                ),
            ));
        }
        // A subaccount may have subaccounts of its own, as the company that creates it.
        let (parent, external_id) = (Some(scope.company_id()), details.external_id.as_ref());
        let (uid, named) = tenancy::beyond(conn, |conn| {
            let (company, uid) = companies::insert(conn, parent, &details.name, external_id, true)?;
            // What the company asks of its people for its safety holds below it as well, until somebody there says otherwise.
            diesel::sql_query(
                "UPDATE companies c SET second_factor_from = up.second_factor_from \
                 FROM companies up WHERE c.id = $1 AND up.id = c.parent_id",
            )
            .bind::<BigInt, _>(company)
            .execute(conn)?;
            let mut named = Vec::new();
            for user in members {
                people::insert_membership(conn, user, company, Some(Role::Administrator))?;
                let person = people::find(conn, user)?;
                named.push(audit::called(&person.name, &person.email));
            }
            for person in &named {
                Note::of(Action::MemberAdded, person)
                    .with("rights", Role::Administrator.label())
                    .write_in(conn, scope, company)?;
            }
            Ok::<_, Error>((uid, named))
        })?;
        Note::of(Action::SubaccountMade, details.name.as_str())
            .with("administrators", named.join(", "))
            .write(conn, scope)?;
        Ok(uid)
    })
}

/// Gives a subaccount another name or external ID.
pub fn update(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: CompanyUid,
    details: &Details,
) -> Result<()> {
    require_to_change(scope, Permission::SubaccountsManage)?;
    let child = child(conn, scope, uid)?;
    let external_id = details.external_id.as_ref();
    conn.transaction(|conn| {
        let row = table::table.find(child.id);
        let after = external_id.map(ExternalId::as_str);
        let changed = (table::name.eq(details.name.as_str()), table::external_id.eq(after));
        let before: Option<String> = tenancy::beyond(conn, |conn| {
            let before = row.select(table::external_id).for_no_key_update().first(conn)?;
            diesel::update(row).set(changed).execute(conn)?;
            Ok(before)
        })
        .map_err(|error| companies::name_taken(error, &details.name, external_id))?;
        Note::of(Action::SubaccountChanged, &child.name)
            .from_to("name", child.name.as_str(), details.name.as_str())
            .from_to("external ID", before, after)
            .write(conn, scope)
    })
}

/// Suspends a subaccount, or lifts its suspension; what is so already stays so.
pub fn set_suspended(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: CompanyUid,
    suspended: bool,
) -> Result<()> {
    require_to_change(scope, Permission::SubaccountsManage)?;
    let child = child(conn, scope, uid)?;
    let row = table::table.find(child.id);
    conn.transaction(|conn| {
        let (changed, action) = if suspended {
            let open = row.filter(table::suspended_at.is_null());
            let suspend = diesel::update(open).set(table::suspended_at.eq(now));
            let changed = tenancy::beyond(conn, |conn| suspend.execute(conn))?;
            (changed, Action::SubaccountSuspended)
        } else {
            let shut = row.filter(table::suspended_at.is_not_null());
            let none = None::<chrono::DateTime<chrono::Utc>>;
            let resume = diesel::update(shut).set(table::suspended_at.eq(none));
            let changed = tenancy::beyond(conn, |conn| resume.execute(conn))?;
            (changed, Action::SubaccountResumed)
        };
        if changed == 0 { Ok(()) } else { Note::of(action, child.name).write(conn, scope) }
    })
}
