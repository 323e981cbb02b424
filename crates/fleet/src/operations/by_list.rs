//! An edit that goes by a list: each SIM gets the details that a file has for it. The list itself is read by the steps, and so
//! stays until the operation has ended.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::changes::FromList;
use crate::error::{Error, Result};
use crate::ids::{FieldId, SimListUid};
use crate::sim_lists::{self, Detail};
use crate::tenancy::CompanyScope;

/// The list, and what it was called and said when the edit was launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByList {
    list: SimListUid,
    origin: String,
    names: Vec<String>,
    fields: Vec<FieldId>,
    clears: bool,
}

impl ByList {
    /// What `from` names of the active company, held until the transaction ends.
    pub(super) fn check(conn: &mut PgConnection, scope: &CompanyScope, from: FromList) -> Result<Self> {
        let list = sim_lists::held(conn, scope, from.list)?;
        let told = sim_lists::told(conn, scope, &list)?;
        if told.is_empty() {
            return Err(Error::refused(
                "The list says nothing of names, notes or fields. Send a file that does.",
            ));
        }
        let name = |detail: &Detail| match detail {
            Detail::Name => "name".to_owned(),
            Detail::Note => "note".to_owned(),
            Detail::Field(field) => format!("field “{}”", field.name),
        };
        let field = |detail: &Detail| match detail {
            Detail::Field(field) => Some(field.id),
            Detail::Name | Detail::Note => None,
        };
        Ok(Self {
            list: list.uid,
            names: told.iter().map(name).collect(),
            fields: told.iter().filter_map(field).collect(),
            origin: list.origin,
            clears: from.clears,
        })
    }

    /// Keeps the list until the transaction ends, to go by it once more.
    ///
    /// [`Error::Refused`] where it is gone.
    pub(super) fn hold(&self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
        match sim_lists::held(conn, scope, self.list) {
            Err(Error::NotFound) => Err(Error::refused(format!(
                "“{}” is not kept any more: a file is kept for a week. Send it again and launch a new edit.",
                self.origin
            ))),
            held => held.map(drop),
        }
    }

    /// What is done to each SIM.
    pub(super) fn sentence(&self) -> String {
        let empty = if self.clears { "takes away what the SIM has" } else { "leaves it as it is" };
        format!("Gets what “{}” has for it: {}. An empty cell {empty}.", self.origin, self.names.join(", "))
    }

    pub(super) fn list(&self) -> SimListUid {
        self.list
    }

    pub(super) fn fields(&self) -> &[FieldId] {
        &self.fields
    }

    pub(super) fn clears(&self) -> bool {
        self.clears
    }
}
