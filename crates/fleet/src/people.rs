//! People: who signs in, and in which companies they are members.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use email_address::{EmailAddress, Options};

use crate::audit::{self, Action, Note};
use crate::characters::{is_control, is_invisible};
use crate::companies::Name;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, UserId};
use crate::password_links;
use crate::schema::{companies, memberships, users};
use crate::sessions;
use crate::tenancy::Role;

/// The most companies whose names are looked for in a password.
const WORDS: i64 = 50;

/// An e-mail address as people sign in with it: trimmed, lower case, with one `@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Parses `text`, which came in the form's field `email`.
    ///
    /// Only the shape is checked, at most 254 characters (RFC 5321, 4.5.3.1): whether mail
    /// arrives is for the mail to find out.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim().to_lowercase();
        let plain = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let shaped = EmailAddress::parse_with_options(&text, plain).is_ok();
        let odd = text.chars().any(|c| c.is_whitespace() || is_control(c) || is_invisible(c));
        if !shaped || odd || text.len() > 254 {
            return Err(Error::invalid("email", "Enter an e-mail address such as name@company.example."));
        }
        Ok(Self(text))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person, as far as every screen may show one.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Person {
    /// The person's id.
    pub id: UserId,
    /// Where the person signs in with.
    pub email: String,
    /// How the person is called.
    pub name: String,
    /// Since when the person is known here.
    pub created_at: DateTime<Utc>,
}

/// The person with this id.
pub fn find(conn: &mut PgConnection, id: UserId) -> Result<Person> {
    Ok(users::table.find(id).select(Person::as_select()).first(conn)?)
}

/// What those guess first who know a person: name, address, and the companies that they are a user of.
pub fn words_about(conn: &mut PgConnection, person: &Person) -> Result<Vec<String>> {
    let mut words: Vec<String> = memberships::table
        .inner_join(companies::table.on(companies::id.eq(memberships::company_id)))
        .filter(memberships::user_id.eq(person.id))
        .order(companies::id)
        .limit(WORDS)
        .select(companies::name)
        .load(conn)?;
    words.extend([person.name.clone(), person.email.clone()]);
    Ok(words)
}

/// The id and the password hash of the person who signs in with `email`, if there is one.
pub fn credentials(conn: &mut PgConnection, email: &str) -> Result<Option<(UserId, Option<String>)>> {
    Ok(users::table
        .filter(lower(users::email).eq(email.trim().to_lowercase()))
        .select((users::id, users::password_hash))
        .first(conn)
        .optional()?)
}

/// The password hash of the person, if they have set a password.
pub fn password_hash(conn: &mut PgConnection, id: UserId) -> Result<Option<String>> {
    Ok(users::table.find(id).select(users::password_hash).first(conn)?)
}

/// Sets the password that `hash` is of. All links to a password and all sessions of the person end.
pub fn set_password(conn: &mut PgConnection, id: UserId, hash: &str, from: Option<IpAddr>) -> Result<()> {
    conn.transaction(|conn| {
        diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(conn)?;
        audit::note_person(conn, id, Action::PasswordSet, from)?;
        password_links::end_all(conn, id)?;
        sessions::delete_all(conn, id)
    })
}

/// Stores the hash `fresh` of the password that `old` is of too, made with more work. Nothing else changes: it is the
/// same password. One that was changed meanwhile stays as it is.
pub fn strengthen_hash(conn: &mut PgConnection, id: UserId, old: &str, fresh: &str) -> Result<()> {
    diesel::update(users::table.find(id).filter(users::password_hash.eq(old)))
        .set(users::password_hash.eq(fresh))
        .execute(conn)?;
    Ok(())
}

/// Gives a person another name.
pub fn rename(conn: &mut PgConnection, id: UserId, name: &Name, from: Option<IpAddr>) -> Result<()> {
    conn.transaction(|conn| {
        let row = users::table.find(id);
        let before: String = row.select(users::name).for_no_key_update().first(conn)?;
        if before == name.as_str() {
            return Ok(());
        }
        // First, so that the line calls them as they were called.
        let note = Note::from(Action::NameChanged).from_to("name", before, name.as_str());
        audit::note_person(conn, id, note, from)?;
        diesel::update(row).set(users::name.eq(name.as_str())).execute(conn)?;
        Ok(())
    })
}

/// Inserts a person; [`Error::Invalid`] if the address is taken. Who may do so is the caller's business.
pub(crate) fn insert(
    conn: &mut PgConnection,
    email: &Email,
    name: &Name,
    password_hash: Option<&str>,
) -> Result<UserId> {
    diesel::insert_into(users::table)
        .values((
            users::email.eq(email.as_str()),
            users::name.eq(name.as_str()),
            users::password_hash.eq(password_hash),
        ))
        .returning(users::id)
        .get_result(conn)
        .map_err(|error| match crate::error::broken_constraint(&error) {
            Some("users_email") => Error::invalid("email", "This address is in use."),
            _ => error.into(),
        })
}

/// Makes a person who can sign in, unless somebody signs in with this address already.
///
/// Somebody without a password and without any membership can't sign in, and has no rights that could be taken over:
/// they begin anew.
pub(crate) fn insert_new(
    conn: &mut PgConnection,
    email: &str,
    name: &Name,
    password_hash: &str,
) -> Result<Option<UserId>> {
    let values = (users::name.eq(name.as_str()), users::password_hash.eq(password_hash));
    let made = diesel::insert_into(users::table)
        .values((users::email.eq(email), values))
        .on_conflict_do_nothing()
        .returning(users::id)
        .get_result(conn)
        .optional()?;
    if made.is_some() {
        return Ok(made);
    }
    let stranded = users::table
        .filter(lower(users::email).eq(email))
        .filter(users::password_hash.is_null())
        .select(users::id)
        .for_update();
    let Some(user) = stranded.first::<UserId>(conn).optional()? else { return Ok(None) };
    let somewhere = memberships::table.filter(memberships::user_id.eq(user));
    if diesel::select(diesel::dsl::exists(somewhere)).get_result(conn)? {
        return Ok(None);
    }
    diesel::update(users::table.find(user)).set(values).execute(conn)?;
    password_links::end_all(conn, user)?;
    Ok(Some(user))
}

/// Makes `user` a member of `company`. Who may do so is the caller's business.
///
/// Links to a new password that were made for the person before end here: whoever holds one was
/// not trusted with this company. Those of a person who never had a password stay.
pub(crate) fn insert_membership(
    conn: &mut PgConnection,
    user: UserId,
    company: CompanyId,
    role: Option<Role>,
) -> Result<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::user_id.eq(user),
            memberships::company_id.eq(company),
            memberships::role.eq(role),
        ))
        .execute(conn)?;
    password_links::end_resets(conn, user)
}

diesel::define_sql_function! {
    /// SQL `lower`.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}
