//! The provider of a company, as its administrators set it up.

use diesel::PgConnection;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::domains::{self, Domain};
use super::second_factor::{Methods, Trust};
use super::{exemptions, reach};
use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, ProfileId, UserId};
use crate::people::Email;
use crate::profiles::Grant;
use crate::schema::{
    companies, identity_domains, identity_exemptions, identity_providers, memberships, users,
};
use crate::sealing::Sealer;
use crate::tenancy::{CompanyScope, Permission, Role, changing_rights};

/// The most administrators who are offered to keep their password.
const CANDIDATES: i64 = 100;

/// A provider, for those who talk to it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = identity_providers, check_for_backend(diesel::pg::Pg))]
pub struct Provider {
    pub(super) company_id: CompanyId,
    /// The company that it speaks for, as it is named in addresses.
    #[diesel(select_expression = companies::uid)]
    pub company_uid: CompanyUid,
    /// The company that it speaks for.
    #[diesel(select_expression = companies::name)]
    pub company: String,
    /// Who vouches, as an address.
    pub issuer: String,
    /// By which name the portal is known to it.
    pub client_id: String,
    client_secret: Vec<u8>,
    role: Option<Role>,
    profile_ids: Vec<ProfileId>,
    /// Whether the company's people can come in no other way.
    pub required: bool,
    /// When its word stands for the second factor that the company asks for.
    #[diesel(column_name = second_factor)]
    pub trust: Trust,
    /// What it is asked for (`acr_values`), each of which stands for a second factor.
    #[diesel(column_name = acr_values)]
    pub classes: Vec<String>,
}

impl Provider {
    /// Whether the word that somebody has signed in like this stands for a second factor.
    pub fn stands_for_second_factor(&self, methods: &Methods) -> bool {
        methods.stand(self.trust, &self.classes)
    }

    /// What the portal proves itself with; none where it was encrypted with another key.
    pub fn client_secret(&self, sealer: &Sealer) -> Option<String> {
        let opened = sealer.open(&purpose(self.company_uid), &self.client_secret)?;
        String::from_utf8(opened).ok()
    }

    /// What somebody is given who comes for the first time without an invitation; none where they are not let in.
    pub fn grant(&self) -> Option<Grant> {
        Grant::new(self.role, self.profile_ids.clone()).ok()
    }
}

fn purpose(company: CompanyUid) -> String {
    format!("the client secret of {company}")
}

/// What the screen of single sign-on shows.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The provider, if there is one.
    pub provider: Option<Provider>,
    /// The company's domains.
    pub domains: Vec<String>,
    /// Administrators who could keep their password, or do.
    pub administrators: Vec<Administrator>,
    /// Whether the person who looks may change it.
    pub may_change: bool,
}

/// An administrator who has a password and a second factor.
#[derive(Debug, Clone, Queryable)]
pub struct Administrator {
    /// Who.
    pub id: UserId,
    /// How they are called.
    pub name: String,
    /// Where they sign in with.
    pub email: String,
    /// Whether they keep their password where single sign-on is required.
    pub keeps_password: bool,
}

/// What is to be saved.
#[derive(Debug, Clone)]
pub struct Changes {
    /// An address, as [`reach::issuer`] takes it.
    pub issuer: String,
    /// By which name the portal is known there.
    pub client_id: String,
    /// What it proves itself with; none keeps the one that there is.
    pub client_secret: Option<String>,
    /// What people are given who come for the first time; none lets nobody in who was not invited.
    pub grant: Option<Grant>,
    /// Whether the company's people can come in no other way.
    pub required: bool,
    /// Who keeps their password then.
    pub exempt: Vec<UserId>,
    /// When its word stands for a second factor.
    pub trust: Trust,
    /// What it is asked for (`acr_values`).
    pub classes: Vec<String>,
}

impl Changes {
    /// Checks what was typed.
    pub fn check(mut self) -> Result<Self> {
        self.issuer = reach::issuer(&self.issuer)?;
        self.client_id =
            text("client_id", &self.client_id, 200, "Enter the client ID that the provider gave.")?;
        if let Some(secret) = &self.client_secret {
            text("client_secret", secret, 500, "Enter the client secret that the provider gave.")?;
        }
        Ok(self)
    }
}

fn text(field: &'static str, text: &str, most: usize, missing: &'static str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > most || text.chars().any(char::is_control) {
        return Err(Error::invalid(field, missing));
    }
    Ok(text.to_owned())
}

/// Whoever says who vouches for people can come in as any of them: it takes all that they may do.
pub fn require(scope: &CompanyScope) -> Result<()> {
    require_to_look(scope)?;
    Permission::ALL.iter().try_for_each(|permission| scope.require(*permission))
}

/// Fails unless the company in focus can have a provider, and the person may see it.
pub fn require_to_look(scope: &CompanyScope) -> Result<()> {
    if !scope.is_main_account() {
        return Err(Error::NotFound);
    }
    scope.require(Permission::SecurityManage)
}

/// The provider of the company in focus, and what goes with it.
pub fn overview(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Overview> {
    require_to_look(scope)?;
    let company = scope.company_id();
    let exempt = identity_exemptions::table
        .filter(identity_exemptions::company_id.eq(company))
        .filter(identity_exemptions::user_id.eq(users::id));
    let administrators = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::company_id.eq(company))
        .filter(memberships::role.eq(Role::Administrator))
        .filter(users::has_second_factor.and(users::has_password).or(exists(exempt)))
        .order((users::name, users::id))
        .limit(CANDIDATES)
        .select((users::id, users::name, users::email, exists(exempt)))
        .load(conn)?;
    Ok(Overview {
        provider: of_company(conn, company)?,
        domains: domains::of_company(conn, company)?,
        administrators,
        may_change: require(scope).is_ok(),
    })
}

/// Saves the provider of the company in focus.
pub fn save(conn: &mut PgConnection, scope: &CompanyScope, sealer: &Sealer, changes: &Changes) -> Result<()> {
    require(scope)?;
    changing_rights(conn, scope, |conn, scope| {
        require(scope)?;
        if let Some(grant) = &changes.grant {
            scope.require_to_grant(grant.permissions(conn, scope.company_id())?)?;
        }
        let before = of_company(conn, scope.company_id())?;
        let secret = match (&changes.client_secret, &before) {
            (Some(secret), _) => sealer.seal(&purpose(scope.company_uid()), secret.trim().as_bytes())?,
            // A secret must not be sent to another than it was given by.
            (None, Some(before)) if before.issuer == changes.issuer => before.client_secret.clone(),
            (None, _) => {
                return Err(Error::invalid(
                    "client_secret",
                    "Enter the client secret that the provider gave.",
                ));
            }
        };
        let grant = changes.grant.clone().unwrap_or_default();
        let values = (
            identity_providers::issuer.eq(&changes.issuer),
            identity_providers::client_id.eq(&changes.client_id),
            identity_providers::client_secret.eq(secret),
            identity_providers::role.eq(grant.role),
            identity_providers::profile_ids.eq(grant.profiles),
            identity_providers::required.eq(changes.required),
            identity_providers::second_factor.eq(changes.trust),
            identity_providers::acr_values.eq(&changes.classes),
        );
        diesel::insert_into(identity_providers::table)
            .values((identity_providers::company_id.eq(scope.company_id()), values.clone()))
            .on_conflict(identity_providers::company_id)
            .do_update()
            .set(values)
            .execute(conn)?;
        let (kept, keep) = exemptions::replace(conn, scope, changes)?;
        let was = |of: fn(&Provider) -> String| before.as_ref().map(of);
        let newcomers_before = newcomers(conn, scope, before.as_ref().and_then(Provider::grant))?;
        let newcomers_now = newcomers(conn, scope, changes.grant.clone())?;
        let secret =
            changes.client_secret.as_ref().map(|_| if before.is_some() { "replaced" } else { "entered" });
        Note::of(Action::SingleSignOnChanged, scope.company_name())
            .from_to("issuer", was(|one| one.issuer.clone()), changes.issuer.as_str())
            .from_to("client ID", was(|one| one.client_id.clone()), changes.client_id.as_str())
            .from_to("client secret", None::<&str>, secret)
            .from_to("rights of newcomers", newcomers_before, newcomers_now)
            .from_to("required", before.as_ref().map(|one| one.required), changes.required)
            .from_to("second factor", before.as_ref().map(|one| one.trust.as_str()), changes.trust.as_str())
            .from_to("acr", was(|one| one.classes.join(" ")), changes.classes.join(" "))
            .from_to("keep their password", kept, keep)
            .write(conn, scope)
    })
}

/// What newcomers are given, as people read it; nothing where they are not let in.
fn newcomers(conn: &mut PgConnection, scope: &CompanyScope, grant: Option<Grant>) -> Result<Option<String>> {
    grant.map(|grant| grant.in_words(conn, scope.company_id())).transpose()
}

/// Removes the provider: from now on, people of the company sign in with their passwords.
pub fn remove(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    require(scope)?;
    changing_rights(conn, scope, |conn, scope| {
        require(scope)?;
        let before = of_company(conn, scope.company_id())?.ok_or(Error::NotFound)?;
        diesel::delete(identity_providers::table.find(scope.company_id())).execute(conn)?;
        let gave = newcomers(conn, scope, before.grant())?;
        Note::of(Action::SingleSignOnChanged, scope.company_name())
            .without("issuer", before.issuer)
            .without("client ID", before.client_id)
            .from_to("rights of newcomers", gave, None::<String>)
            .without("required", before.required)
            .write(conn, scope)
    })
}

fn of_company(conn: &mut PgConnection, company: CompanyId) -> Result<Option<Provider>> {
    Ok(identity_providers::table
        .inner_join(companies::table)
        .filter(identity_providers::company_id.eq(company))
        .select(Provider::as_select())
        .first(conn)
        .optional()?)
}

/// The provider that vouches for addresses of this domain. Whom it knows is not asked.
pub fn of_domain(conn: &mut PgConnection, domain: &Domain) -> Result<Option<Provider>> {
    Ok(identity_providers::table
        .inner_join(companies::table)
        .inner_join(
            identity_domains::table.on(identity_domains::company_id.eq(identity_providers::company_id)),
        )
        .filter(identity_domains::domain.eq(domain.as_str()))
        .select(Provider::as_select())
        .first(conn)
        .optional()?)
}

/// The provider of the company that a sign-in has begun with, as it is now.
pub fn of(conn: &mut PgConnection, company: CompanyUid) -> Result<Provider> {
    Ok(identity_providers::table
        .inner_join(companies::table)
        .filter(companies::uid.eq(company))
        .select(Provider::as_select())
        .first(conn)?)
}

/// What is asked of whoever signs in with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Asked {
    /// Whether single sign-on is required of addresses like theirs: nothing about who is known.
    #[diesel(sql_type = Bool)]
    pub of_domain: bool,
    /// Whether it is required of this person.
    #[diesel(sql_type = Bool)]
    pub of_person: bool,
}

/// Whether whoever signs in with this address has to do so through a provider: users of the company that the domain is of,
/// where it requires that, but for those who keep their password.
pub fn is_required(conn: &mut PgConnection, email: &str) -> Result<Asked> {
    const SQL: &str = "WITH asking AS (SELECT p.company_id FROM identity_domains d \
             JOIN identity_providers p ON p.company_id = d.company_id AND p.required WHERE d.domain = $2) \
         SELECT EXISTS (SELECT FROM asking) AS of_domain, \
             EXISTS (SELECT FROM asking JOIN memberships m ON m.company_id = asking.company_id \
                 JOIN users u ON u.id = m.user_id WHERE lower(u.email) = $1 \
                 AND NOT EXISTS (SELECT FROM identity_exemptions e \
                     WHERE e.company_id = m.company_id AND e.user_id = m.user_id)) AS of_person";
    let Ok(email) = Email::parse(email) else { return Ok(Asked { of_domain: false, of_person: false }) };
    Ok(diesel::sql_query(SQL)
        .bind::<Text, _>(email.as_str())
        .bind::<Text, _>(Domain::of(&email).as_str())
        .get_result(conn)?)
}
