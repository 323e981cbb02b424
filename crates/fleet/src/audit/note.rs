//! Writing lines, in the transaction of what they tell of.

use std::net::IpAddr;

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text};
use serde_json::{Map, Value};

use super::Action;
use crate::error::Result;
use crate::ids::{CompanyId, OperationId, UserId};
use crate::people;
use crate::schema::sql_types::AuditAction;
use crate::tenancy::{self, CompanyScope};

/// What stands for whoever is at the machine, and for what the portal does by itself.
pub(super) const PORTAL: &str = "Simyard";

/// How somebody has come in whom a provider has vouched for.
pub const SINGLE_SIGN_ON: &str = "single sign-on";

/// A line to be written.
#[derive(Debug, Clone)]
#[must_use = "it is nothing before it is written"]
pub struct Note {
    action: Action,
    subject: String,
    before: Map<String, Value>,
    after: Map<String, Value>,
    operation: Option<OperationId>,
}

impl Note {
    /// That `action` was done to what is called `subject`.
    pub fn of(action: Action, subject: impl Into<String>) -> Self {
        let (before, after) = (Map::new(), Map::new());
        Self { action, subject: subject.into(), before, after, operation: None }
    }

    /// What `what` is from now on, where there was nothing before.
    pub fn with(mut self, what: &str, value: impl Into<Value>) -> Self {
        self.after.insert(what.to_owned(), value.into());
        self
    }

    /// What `what` was, where there is nothing any more.
    pub fn without(mut self, what: &str, value: impl Into<Value>) -> Self {
        self.before.insert(what.to_owned(), value.into());
        self
    }

    /// What `what` was before and is after; what is as it was is left out.
    pub fn from_to(self, what: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        if before == after { self } else { self.without(what, before).with(what, after) }
    }

    /// Whether it tells of nothing that was or is.
    pub(crate) fn is_bare(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// The same of another act, without what was changed.
    pub fn doing(self, action: Action) -> Self {
        Self { action, before: Map::new(), after: Map::new(), ..self }
    }

    /// With a link to an operation.
    pub fn operation(mut self, operation: OperationId) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Writes it, in the company in focus and in the name of who acts.
    pub fn write(self, conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
        self.insert(conn, scope.company_id(), &Actor::of(Some(scope)))
    }

    /// Writes it where there is no scope: in the name of a person, or of the portal.
    pub(crate) fn write_as(
        self,
        conn: &mut PgConnection,
        company: CompanyId,
        person: Option<UserId>,
        address: Option<IpAddr>,
    ) -> Result<()> {
        let name = match person {
            Some(id) => people::find(conn, id).map(|person| called(&person.name, &person.email))?,
            None => PORTAL.to_owned(),
        };
        self.insert(conn, company, &Actor { id: person, name, address })
    }

    /// As [`Self::write`], in another company, to which it was done from here.
    pub(crate) fn write_in(
        self,
        conn: &mut PgConnection,
        scope: &CompanyScope,
        company: CompanyId,
    ) -> Result<()> {
        tenancy::beyond(conn, |conn| self.insert(conn, company, &Actor::of(Some(scope))))
    }

    fn insert(self, conn: &mut PgConnection, company: CompanyId, actor: &Actor) -> Result<()> {
        const SQL: &str = "INSERT INTO audit_events \
                 (company_id, actor_id, actor, address, action, subject, before, after, operation_id) \
             VALUES ($1, $2, $3, $4::inet, $5, $6, $7, $8, $9)";
        diesel::sql_query(SQL)
            .bind::<BigInt, _>(company)
            .bind::<Nullable<BigInt>, _>(actor.id)
            .bind::<Text, _>(&actor.name)
            .bind::<Nullable<Text>, _>(actor.address.map(|address| address.to_string()))
            .bind::<AuditAction, _>(self.action)
            .bind::<Text, _>(self.subject)
            .bind::<Nullable<Jsonb>, _>(json(self.before))
            .bind::<Nullable<Jsonb>, _>(json(self.after))
            .bind::<Nullable<BigInt>, _>(self.operation)
            .execute(conn)?;
        Ok(())
    }
}

/// As it is stored; nothing where nothing is told.
fn json(told: Map<String, Value>) -> Option<Value> {
    (!told.is_empty()).then_some(Value::Object(told))
}

/// That it was done to a person, who is called as they are when it is written: for [`note_person`] and its like.
impl From<Action> for Note {
    fn from(action: Action) -> Self {
        Self::of(action, "")
    }
}

struct Actor {
    id: Option<UserId>,
    name: String,
    address: Option<IpAddr>,
}

impl Actor {
    fn of(scope: Option<&CompanyScope>) -> Self {
        match scope {
            Some(scope) => Self {
                id: Some(scope.user()),
                name: match scope.token() {
                    None => called(scope.user_name(), scope.user_email()),
                    Some(token) => {
                        format!("{} by token {}", called(scope.user_name(), scope.user_email()), token.name())
                    }
                },
                address: scope.address(),
            },
            None => Self { id: None, name: PORTAL.to_owned(), address: None },
        }
    }
}

/// A person as the log calls them.
pub(crate) fn called(name: &str, email: &str) -> String {
    format!("{name} ({email})")
}

/// Notes what a person did with their own way in, in each company that it leads to: an [`Action`], or a note that is made of one.
pub fn note_person(
    conn: &mut PgConnection,
    person: UserId,
    note: impl Into<Note>,
    address: Option<IpAddr>,
) -> Result<()> {
    let note = note.into();
    tracing::info!(target: "security", %person, action = %note.action, "security event");
    insert_everywhere(conn, Some(person), note, Err(address), "true")
}

/// Notes that a person has signed in, and with what, in each company of theirs.
pub fn note_sign_in(
    conn: &mut PgConnection,
    person: UserId,
    with: &str,
    address: Option<IpAddr>,
) -> Result<()> {
    tracing::info!(target: "security", %person, action = %Action::SignedIn, with, "security event");
    let note = Note::from(Action::SignedIn).with("with", with);
    insert_everywhere(conn, Some(person), note, Err(address), "true")
}

/// Notes what was done to somebody's way in, in each company that it leads to. By nobody: somebody at the machine.
pub(crate) fn note_to_person(
    conn: &mut PgConnection,
    person: UserId,
    action: Action,
    by: Option<&CompanyScope>,
) -> Result<()> {
    tracing::info!(target: "security", %person, %action, "security event");
    insert_everywhere(conn, Some(person), action.into(), Ok(Actor::of(by)), "true")
}

/// Notes that a password was wrong, in each company of the person whose address was given: once a minute, however often
/// it is tried. For nobody the same is done and nothing comes of it: neither the answer nor its time is to tell who is known.
pub fn note_failed_sign_in(
    conn: &mut PgConnection,
    person: Option<UserId>,
    address: Option<IpAddr>,
) -> Result<()> {
    const FIRST_OF_MINUTE: &str = "NOT EXISTS (SELECT FROM audit_events e WHERE e.actor_id = u.id \
         AND e.action = 'sign_in_failed' AND e.at > clock_timestamp() - interval '1 minute')";
    conn.transaction(|conn| {
        // Nor is the time that a disk takes.
        diesel::sql_query("SET LOCAL synchronous_commit = off").execute(conn)?;
        insert_everywhere(conn, person, Action::SignInFailed.into(), Err(address), FIRST_OF_MINUTE)
    })
}

/// By the person, from an address, or by somebody else.
fn insert_everywhere(
    conn: &mut PgConnection,
    person: Option<UserId>,
    note: Note,
    by: std::result::Result<Actor, Option<IpAddr>>,
    condition: &'static str,
) -> Result<()> {
    let (address, by) = match by {
        Ok(actor) => (actor.address, Some(actor)),
        Err(address) => (address, None),
    };
    let sql = format!(
        "INSERT INTO audit_events (company_id, actor_id, actor, address, action, subject, before, after) \
         SELECT m.company_id, CASE WHEN $5 IS NULL THEN u.id ELSE $4 END, coalesce($5, called.so), $2::inet, $3, called.so, $6, $7 \
         FROM users u CROSS JOIN LATERAL (SELECT u.name || ' (' || u.email || ')' AS so) called \
         JOIN memberships m ON m.user_id = u.id WHERE u.id = $1 AND {condition}"
    );
    let insert = diesel::sql_query(sql)
        .bind::<Nullable<BigInt>, _>(person)
        .bind::<Nullable<Text>, _>(address.map(|address| address.to_string()))
        .bind::<AuditAction, _>(note.action)
        .bind::<Nullable<BigInt>, _>(by.as_ref().and_then(|actor| actor.id))
        .bind::<Nullable<Text>, _>(by.as_ref().map(|actor| &actor.name))
        .bind::<Nullable<Jsonb>, _>(json(note.before))
        .bind::<Nullable<Jsonb>, _>(json(note.after));
    tenancy::beyond(conn, |conn| insert.execute(conn))?;
    Ok(())
}
