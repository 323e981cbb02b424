//! Changing who may do what in a company.

use diesel::PgConnection;
use diesel::prelude::*;

use super::{CompanyScope, Permission};
use crate::companies;
use crate::error::Result;

/// Does `work` while nobody else changes rights in the company, with the rights that the person has then: they may have
/// been withdrawn while this waited.
pub(crate) fn changing_rights<T>(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    work: impl FnOnce(&mut PgConnection, &CompanyScope) -> Result<T>,
) -> Result<T> {
    scope.require(Permission::PeopleManage)?;
    conn.transaction(|conn| {
        companies::lock(conn, scope.company_id())?;
        let scope = scope.again(conn)?;
        scope.require(Permission::PeopleManage)?;
        work(conn, &scope)
    })
}
