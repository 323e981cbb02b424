//! The account details of the company in focus: what its administrators see of the company itself, and may change.
//!
//! A subaccount's name and external ID are its parent's business (see [`crate::subaccounts`]); a main account keeps
//! its own, and decides whether it has subaccounts.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;

use crate::audit::{Action, Note};
use crate::companies::{self, COLOURS, ExternalId, Name};
use crate::error::{Error, Result, broken_constraint};
use crate::ids::CompanyUid;
use crate::schema::companies::dsl;
use crate::tenancy::{self, CompanyScope, Permission};

/// What is known of the company in focus.
#[derive(Debug, Clone, Queryable)]
pub struct AccountDetails {
    /// Its public id.
    pub uid: CompanyUid,
    /// Its name.
    pub name: String,
    /// The number by which its owner knows it elsewhere.
    pub external_id: Option<String>,
    /// A word of [`COLOURS`].
    pub colour: String,
    /// Whether it may have subaccounts.
    pub subaccounts_enabled: bool,
    /// Since when it is suspended, if it is.
    pub suspended_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The name of the company that it is a subaccount of; none for a main account.
    pub parent: Option<String>,
}

/// A colour that companies are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(&'static str);

impl Colour {
    /// Parses a word of [`COLOURS`], which came in the form's field `colour`.
    pub fn parse(word: &str) -> Result<Self> {
        COLOURS
            .into_iter()
            .find(|colour| *colour == word)
            .map(Self)
            .ok_or_else(|| Error::invalid("colour", "Choose one of the colours."))
    }
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The new colour.
    pub colour: Colour,
    /// What a main account alone decides about itself.
    pub main_account: Option<MainAccountChanges>,
}

/// What a main account decides about itself.
#[derive(Debug, Clone)]
pub struct MainAccountChanges {
    /// The new name.
    pub name: Name,
    /// The new external ID.
    pub external_id: Option<ExternalId>,
    /// Whether it may have subaccounts.
    pub subaccounts_enabled: bool,
}

/// The account details of the company in focus.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope) -> Result<AccountDetails> {
    scope.require(Permission::AccountManage)?;
    let parents = diesel::alias!(crate::schema::companies as parents);
    Ok(dsl::companies
        .left_join(parents.on(parents.field(dsl::id).nullable().eq(dsl::parent_id)))
        .filter(dsl::id.eq(scope.company_id()))
        .select((
            dsl::uid,
            dsl::name,
            dsl::external_id,
            dsl::colour,
            dsl::subaccounts_enabled,
            dsl::suspended_at,
            dsl::created_at,
            parents.field(dsl::name).nullable(),
        ))
        .first(conn)?)
}

/// Changes the company in focus.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, changes: &Changes) -> Result<()> {
    scope.require(Permission::AccountManage)?;
    conn.transaction(|conn| {
        companies::lock(conn, scope.company_id())?;
        let before = find(conn, scope)?;
        let company = dsl::companies.find(scope.company_id());
        let colour = diesel::update(company).set(dsl::colour.eq(changes.colour.0));
        tenancy::beyond(conn, |conn| colour.execute(conn))?;
        if let Some(own) = &changes.main_account {
            update_main_account(conn, scope, own)?;
        }
        let after = find(conn, scope)?;
        Note::of(Action::AccountChanged, &before.name)
            .from_to("name", before.name, after.name)
            .from_to("external ID", before.external_id, after.external_id)
            .from_to("colour", before.colour, after.colour)
            .from_to("subaccounts", before.subaccounts_enabled, after.subaccounts_enabled)
            .write(conn, scope)
    })
}

fn update_main_account(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    own: &MainAccountChanges,
) -> Result<()> {
    if !scope.is_main_account() {
        return Err(Error::refused(
            "The parent company keeps the name, the external ID and the option Subaccounts of a subaccount. Nothing was changed.",
        ));
    }
    if !own.subaccounts_enabled && has_subaccounts(conn, scope)? {
        return Err(Error::invalid(
            "subaccounts_enabled",
            format!(
                "{} has subaccounts: the option stays on as long as there are any.",
                scope.company_name()
            ),
        ));
    }
    let update = diesel::update(dsl::companies.find(scope.company_id())).set((
        dsl::name.eq(own.name.as_str()),
        dsl::external_id.eq(own.external_id.as_ref().map(ExternalId::as_str)),
        dsl::subaccounts_enabled.eq(own.subaccounts_enabled),
    ));
    tenancy::beyond(conn, |conn| update.execute(conn)).map_err(name_taken)?;
    Ok(())
}

fn has_subaccounts(conn: &mut PgConnection, scope: &CompanyScope) -> Result<bool> {
    let below = dsl::companies.filter(dsl::parent_id.eq(scope.company_id()));
    Ok(diesel::select(diesel::dsl::exists(below)).get_result(conn)?)
}

fn name_taken(error: diesel::result::Error) -> Error {
    match broken_constraint(&error) {
        Some("companies_name_among_siblings") => {
            Error::invalid("name", "Another main account of this installation has this name.")
        }
        Some("companies_external_id_among_siblings") => {
            Error::invalid("external_id", "Another main account of this installation has this external ID.")
        }
        _ => error.into(),
    }
}
