//! Companies: the tenants, and which of them a person can put in focus.

use diesel::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::audit::{Action, Note};
use crate::characters::{composed, has_invisible, is_control, lower_case};
use crate::error::{Error, Result, broken_constraint};
use crate::ids::{CompanyId, CompanyUid, UserId};
use crate::schema::{companies, memberships, sim_counts};
use crate::tenancy::{self, CompanyScope};

/// The colours that companies are told apart by; each is a class of the style sheet.
pub const COLOURS: [&str; 10] =
    ["blue", "teal", "purple", "orange", "green", "pink", "cyan", "indigo", "red", "lime"];

/// The most characters in a company's name or external ID.
pub const NAME_LIMIT: usize = 100;

/// Whether any company exists: an empty installation has none.
pub fn any(conn: &mut PgConnection) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(companies::table.select(companies::id))).get_result(conn)?)
}

/// A name that a company, a person or an offer can have: trimmed, 1 to 100 characters, no
/// control characters, and none that can't be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Parses `text`, which came in the form's field `field`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        // Spaces of whatever kind and number look alike.
        let words = text.trim().split(|c: char| c.is_whitespace() && !is_control(c));
        let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Err(Error::invalid(field, "Enter a name."));
        }
        bounded(field, &text).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number by which a company's owner knows it elsewhere: trimmed, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// Parses `text`, which came in the form's field `field`; empty is none.
    pub fn parse(field: &'static str, text: &str) -> Result<Option<Self>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        bounded(field, text).map(|text| Some(Self(text)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn bounded(field: &'static str, text: &str) -> Result<String> {
    let text = composed(text);
    if text.chars().count() > NAME_LIMIT {
        return Err(Error::invalid(field, format!("Use at most {NAME_LIMIT} characters.")));
    }
    if text.chars().any(is_control) {
        return Err(Error::invalid(field, "Remove line breaks and other control characters."));
    }
    if has_invisible(&text) {
        let words = "Remove the characters that nobody sees, such as zero-width spaces: two names must not look the same.";
        return Err(Error::invalid(field, words));
    }
    Ok(text.into_owned())
}

/// Inserts a company under `parent` and returns its id and public id. Who may do so is the caller's business.
pub(crate) fn insert(
    conn: &mut PgConnection,
    parent: Option<CompanyId>,
    name: &Name,
    external_id: Option<&ExternalId>,
    subaccounts_enabled: bool,
) -> Result<(CompanyId, CompanyUid)> {
    let uid = Uuid::now_v7();
    // Siblings should differ in colour: count on from what is there.
    let siblings: i64 = companies::table
        .filter(companies::parent_id.is_not_distinct_from(parent))
        .count()
        .get_result(conn)?;
    let place = usize::try_from(siblings).unwrap_or(0) + usize::from(parent.is_some());
    diesel::insert_into(companies::table)
        .values((
            companies::uid.eq(uid),
            companies::parent_id.eq(parent),
            companies::lineage.eq(Vec::<i64>::new()), // set by the trigger
            companies::name.eq(name.as_str()),
            companies::external_id.eq(external_id.map(ExternalId::as_str)),
            companies::colour.eq(COLOURS[place % COLOURS.len()]),
            companies::subaccounts_enabled.eq(subaccounts_enabled),
        ))
        .returning((companies::id, companies::uid))
        .get_result(conn)
        .map_err(|error| name_taken(error, name, external_id))
}

/// Says in words which of a company's names is taken among its siblings.
pub(crate) fn name_taken(
    error: diesel::result::Error,
    name: &Name,
    external_id: Option<&ExternalId>,
) -> Error {
    match broken_constraint(&error) {
        Some("companies_name_among_siblings") => Error::invalid(
            "name",
            format!("There is a subaccount named “{}” already. Choose another name.", name.as_str()),
        ),
        Some("companies_external_id_among_siblings") => Error::invalid(
            "external_id",
            format!(
                "The external ID “{}” is used by another subaccount. Choose another, or leave it empty.",
                external_id.map_or("", ExternalId::as_str)
            ),
        ),
        _ => error.into(),
    }
}

/// The company that a person starts in after sign-in: the last one chosen, else the highest.
pub fn first_choice(conn: &mut PgConnection, user: UserId) -> Result<Option<CompanyUid>> {
    Ok(companies::table
        .inner_join(memberships::table.on(memberships::company_id.eq(companies::id)))
        .filter(memberships::user_id.eq(user))
        .order((
            memberships::last_focused_at.desc().nulls_last(),
            diesel::dsl::sql::<diesel::sql_types::Integer>("cardinality(lineage)"),
            companies::id,
        ))
        .select(companies::uid)
        .first(conn)
        .optional()?)
}

/// Notes that the person chose this company now.
pub fn note_focus(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    diesel::update(memberships::table.find((scope.user(), scope.company_id())))
        .set(memberships::last_focused_at.eq(diesel::dsl::now))
        .execute(conn)?;
    Ok(())
}

/// Notes that the person has put the company in focus.
pub fn switch_focus(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    conn.transaction(|conn| {
        note_focus(conn, scope)?;
        Note::of(Action::FocusChanged, scope.company_name()).write(conn, scope)
    })
}

/// The name of a company in which `user` is a member; for telling what a page was drawn for.
pub fn name_for_member(conn: &mut PgConnection, user: UserId, uid: CompanyUid) -> Result<String> {
    Ok(companies::table
        .inner_join(memberships::table.on(memberships::company_id.eq(companies::id)))
        .filter(companies::uid.eq(uid))
        .filter(memberships::user_id.eq(user))
        .select(companies::name)
        .first(conn)?)
}

/// How many SIMs of the company in focus are in each state, in the order of the life cycle.
pub fn sim_counts(
    conn: &mut PgConnection,
    scope: &CompanyScope,
) -> Result<Vec<(crate::sims::SimState, i64)>> {
    let found: Vec<(crate::sims::SimState, i64)> = sim_counts::table
        .filter(sim_counts::company_id.eq(scope.company_id()))
        .select((sim_counts::state, sim_counts::sims))
        .load(conn)?;
    let of = |state| found.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    Ok(crate::sims::SimState::ALL.iter().map(|state| (*state, of(*state))).collect())
}

/// Keeps other transactions that do the same waiting, but none that only refers to the company.
pub(crate) fn lock(conn: &mut PgConnection, id: CompanyId) -> Result<()> {
    let company = companies::table.find(id).select(companies::id).for_no_key_update();
    tenancy::beyond(conn, |conn| company.first::<CompanyId>(conn))?;
    Ok(())
}

/// The `LIKE` pattern for a lower-case text that contains `search`.
pub(crate) fn search_pattern(search: &str) -> String {
    format!("%{}%", escape_like(&lower_case(search.trim())))
}

/// Escapes what `LIKE` would take for a wildcard, and drops NUL, which no text of PostgreSQL can hold.
pub(crate) fn escape_like(text: &str) -> String {
    text.replace('\0', "").replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_without_what_looks_alike() {
        for typed in ["Depot North", " Depot\u{a0}  North\n", "Depot\u{3000}North"] {
            assert_eq!(Name::parse("name", typed).unwrap().as_str(), "Depot North", "{typed:?}");
        }
        assert_eq!(Name::parse("name", "Cafe\u{301}").unwrap().as_str(), "Café");
        for typed in ["", " \u{a0} ", "Depot\nNorth", "Depot\u{2028}North", "Depot\u{ad}"] {
            assert!(Name::parse("name", typed).is_err(), "{typed:?}");
        }
    }
}
