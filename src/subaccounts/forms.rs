//! What the list and the dialogs of subaccounts send.

use diesel::PgConnection;
use fleet::companies::{ExternalId, Name};
use fleet::ids::{CompanyUid, UserId};
use fleet::subaccounts::{self, Details, Position, Wanted};
use fleet::tenancy::CompanyScope;
use serde::Deserialize;

use crate::web::forms::FieldErrors;

/// The address of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// A part of a name or external ID.
    pub q: String,
    /// The name behind which the page begins.
    pub after: Option<String>,
    /// The name before which the page ends.
    pub before: Option<String>,
    /// The subaccount that was just created: shown first, and marked.
    pub new: Option<String>,
}

impl Listed {
    /// What the domain is asked for.
    pub fn wanted(&self) -> Wanted {
        let from = match (&self.after, &self.before) {
            (Some(name), _) => Position::After(name.clone()),
            (None, Some(name)) => Position::Before(name.clone()),
            (None, None) => Position::Start,
        };
        Wanted { search: self.q.clone(), from }
    }

    /// The subaccount to be marked: on the first page alone.
    pub fn marked(&self) -> Option<CompanyUid> {
        let first = self.after.is_none() && self.before.is_none();
        self.new.as_deref().filter(|_| first)?.parse().ok()
    }
}

/// The dialogs *Create* and *Edit*, as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// Its external ID; empty is none.
    pub external_id: String,
    /// The ids of the people chosen.
    pub administrators: Vec<String>,
}

impl Typed {
    /// The people chosen. What is no id is nobody's: the domain then says so.
    pub fn administrators(&self) -> Vec<UserId> {
        let mut chosen: Vec<UserId> = self
            .administrators
            .iter()
            .filter(|id| !id.is_empty())
            .map(|id| id.parse().unwrap_or(UserId(0)))
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// Creates the subaccount, or says what is wrong with each field.
    pub fn create(
        &self,
        conn: &mut PgConnection,
        scope: &CompanyScope,
    ) -> fleet::Result<Result<CompanyUid, FieldErrors>> {
        let chosen = self.administrators();
        let (details, mut errors) = self.details()?;
        if chosen.is_empty() {
            errors.add("administrators", "Choose at least one administrator.");
        }
        match details.filter(|_| errors.is_empty()) {
            Some(details) => noted(subaccounts::create(conn, scope, &details, &chosen)),
            None => Ok(Err(errors)),
        }
    }

    /// Renames the subaccount, or says what is wrong with each field.
    pub fn update(
        &self,
        conn: &mut PgConnection,
        scope: &CompanyScope,
        uid: CompanyUid,
    ) -> fleet::Result<Result<(), FieldErrors>> {
        let (details, errors) = self.details()?;
        match details {
            Some(details) => noted(subaccounts::update(conn, scope, uid, &details)),
            None => Ok(Err(errors)),
        }
    }

    fn details(&self) -> fleet::Result<(Option<Details>, FieldErrors)> {
        let mut errors = FieldErrors::default();
        let name = note(&mut errors, Name::parse("name", &self.name))?;
        let external_id = note(&mut errors, ExternalId::parse("external_id", &self.external_id))?;
        let details = name.zip(external_id).map(|(name, external_id)| Details { name, external_id });
        Ok((details, errors))
    }
}

/// Keeps what is wrong with a field; any other error goes on.
fn note<T>(errors: &mut FieldErrors, parsed: fleet::Result<T>) -> fleet::Result<Option<T>> {
    match parsed {
        Ok(value) => Ok(Some(value)),
        Err(fleet::Error::Invalid { field, message }) => {
            errors.add(field, message);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn noted<T>(done: fleet::Result<T>) -> fleet::Result<Result<T, FieldErrors>> {
    let mut errors = FieldErrors::default();
    Ok(note(&mut errors, done)?.ok_or(errors))
}
