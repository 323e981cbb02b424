//! Who imports, and into which company.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::ROW_LIMIT;
use crate::characters::composed;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, UserId};
use crate::schema::{companies, users};
use crate::tenancy::{self, CompanyScope, Permission};

/// Somebody who may import into a company: a person, or the command line.
#[derive(Debug, Clone, Copy)]
pub struct Importer {
    pub(super) company: CompanyId,
    pub(super) by: Option<UserId>,
    pub(super) row_limit: u32,
}

impl Importer {
    /// A person, into the active company. The errors of [`may_import`].
    pub fn of(scope: &CompanyScope) -> Result<Self> {
        may_import(scope)?;
        Ok(Self { company: scope.company_id(), by: Some(scope.user()), row_limit: ROW_LIMIT })
    }

    /// The command line, into any company: by itself, or in the name of the person with the address `by`.
    ///
    /// [`Error::Refused`] where that is no administrator of the company.
    pub fn of_console(console: &mut Console, company: CompanyId, by: Option<&str>) -> Result<Self> {
        let by = by.map(|email| administrator(console, company, email)).transpose()?;
        Ok(Self { company, by, row_limit: ROW_LIMIT })
    }

    /// The same with files of at most so many rows.
    #[must_use]
    pub const fn at_most(self, row_limit: u32) -> Self {
        Self { row_limit, ..self }
    }

    /// Whoever lays out the demo.
    pub(crate) const fn of_demo(company: CompanyId, by: UserId) -> Self {
        Self { company, by: Some(by), row_limit: ROW_LIMIT }
    }
}

/// Fails unless this person may import SIMs into the active company.
///
/// [`Error::Forbidden`] without the permission, [`Error::Refused`] where a suspension is in the way, and in a subaccount,
/// whose SIMs come from its parent.
pub fn may_import(scope: &CompanyScope) -> Result<()> {
    scope.require_to_launch(Permission::SimsImport)?;
    if scope.is_main_account() {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{} is a subaccount: it gets its SIMs by a transfer from its parent company, not from a file.",
        scope.company_name()
    )))
}

fn administrator(console: &mut Console, company: CompanyId, email: &str) -> Result<UserId> {
    let refused = || Error::refused(format!("{email} is not an administrator of this company."));
    let user = users::table
        .filter(users::email.eq(email.trim().to_lowercase()))
        .select(users::id)
        .first(&mut **console)
        .optional()?
        .ok_or_else(refused)?;
    let uid = companies::table.find(company).select(companies::uid).first(&mut **console)?;
    match tenancy::enter_unattended(console, user, uid) {
        Ok(scope) if scope.allows(Permission::SimsImport) => Ok(user),
        Ok(_) | Err(Error::NotFound) => Err(refused()),
        Err(other) => Err(other),
    }
}

/// The company of this name, in any letter case, or with this public id.
///
/// [`Error::Refused`] when there is none, and when companies in different places of the tree share the name.
pub fn company_named(console: &mut Console, name: &str) -> Result<CompanyId> {
    let name = &*composed(name.trim());
    if let Ok(uid) = name.parse::<uuid::Uuid>() {
        let found = companies::table
            .filter(companies::uid.eq(uid))
            .select(companies::id)
            .first(&mut **console)
            .optional()?;
        return found.ok_or_else(|| Error::refused(format!("There is no company with the id {name}.")));
    }
    let found: Vec<CompanyId> = companies::table
        .filter(lower(companies::name).eq(lower(name)))
        .select(companies::id)
        .limit(2)
        .load(&mut **console)?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::refused(format!("There is no company named “{name}”."))),
        _ => Err(Error::refused(format!(
            "Several companies are named “{name}”: give the id of the one you mean."
        ))),
    }
}

diesel::define_sql_function! {
    /// SQL `lower`.
    fn lower(text: Text) -> Text;
}
