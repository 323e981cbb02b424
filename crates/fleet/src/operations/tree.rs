//! One act on SIMs of several accounts of a tree: an operation in each account, each under the rights that the
//! person has there, all launched in one transaction.
//!
//! They have one launch key in common: by it the act is done once, and each tells of the others.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::act::{self, Act, NewOperation};
use super::{Conduct, Preview, launch, preview};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, OfferId, OperationId};
use crate::schema::{companies, offer_assignments, offers, operations};
use crate::sims::{self, Selection};
use crate::tenancy::{self, CompanyScope, OPEN, TreeScope};

/// What would happen to the selected SIMs of one account.
#[derive(Debug, Clone)]
pub struct Share {
    /// The account.
    pub account: CompanyScope,
    /// How many of its SIMs are selected.
    pub selected: i64,
    /// What would happen to them.
    pub outlook: Outlook,
    new: NewOperation,
}

/// What would happen to SIMs of one account.
#[derive(Debug, Clone)]
pub enum Outlook {
    /// This.
    Preview(Box<Preview>),
    /// Nothing, for a reason that concerns all of them.
    Stay(String),
}

impl Share {
    /// How many SIMs would change.
    pub fn will_change(&self) -> i64 {
        match &self.outlook {
            Outlook::Preview(preview) => preview.will_change,
            Outlook::Stay(_) => 0,
        }
    }

    /// How many SIMs would not.
    pub fn will_not(&self) -> i64 {
        self.selected - self.will_change()
    }
}

/// Says what `act` would do in each account of the tree that has selected SIMs.
///
/// [`Error::Invalid`] for a target that SIMs of none of the accounts can go to, and for an offer that none of
/// them has.
pub fn preview_tree(
    conn: &mut PgConnection,
    tree: &TreeScope,
    act: &Act,
    selection: &Selection,
) -> Result<Vec<Share>> {
    let names = Names::of(conn, tree, act)?;
    let mut shares = Vec::new();
    for (id, part) in sims::split(conn, tree, selection)? {
        let Some(account) = tree.account(id) else { continue };
        let new = NewOperation::new(act.clone(), part);
        let outlook = outlook(conn, account, &new, &names)?;
        let selected = match &outlook {
            Outlook::Preview(preview) => preview.total(),
            Outlook::Stay(_) => new.selection.count(conn, account)?,
        };
        if selected > 0 {
            shares.push(Share { account: account.clone(), selected, outlook, new });
        }
    }
    Ok(shares)
}

/// How many SIMs of each account of the tree are selected; accounts without any are left out.
pub fn count_in_tree(conn: &mut PgConnection, tree: &TreeScope, selection: &Selection) -> Result<Vec<i64>> {
    let mut counts = Vec::new();
    for (id, part) in sims::split(conn, tree, selection)? {
        let Some(account) = tree.account(id) else { continue };
        counts.push(part.count(conn, account)?);
    }
    counts.retain(|count| *count > 0);
    Ok(counts)
}

fn outlook(
    conn: &mut PgConnection,
    account: &CompanyScope,
    new: &NewOperation,
    names: &Names,
) -> Result<Outlook> {
    let name = account.company_name();
    Ok(match preview::preview(conn, account, new) {
        Ok(preview) => Outlook::Preview(Box::new(preview)),
        Err(Error::Forbidden(_)) => {
            Outlook::Stay(format!("Your role in {name}, {}, does not allow this.", account.rights_in_words()))
        }
        Err(Error::Refused(sentence)) => Outlook::Stay(sentence.into_owned()),
        Err(Error::NotFound) => Outlook::Stay(match (&names.target, &names.offer) {
            (Some((uid, _)), _) if *uid == account.company_uid() => format!("They are in {name} already."),
            (Some((uid, target)), _) if act::target_name(conn, account, *uid).is_err() => {
                format!("{target} is neither the parent of {name} nor below it.")
            }
            (_, Some(offer)) => format!("{offer} is not assigned to {name}."),
            _ => return Err(Error::NotFound),
        }),
        Err(other) => return Err(other),
    })
}

/// What is named by an act that is for several accounts.
#[derive(Default)]
struct Names {
    target: Option<(CompanyUid, String)>,
    offer: Option<String>,
}

impl Names {
    fn of(conn: &mut PgConnection, tree: &TreeScope, act: &Act) -> Result<Self> {
        let target = match act.target() {
            None => None,
            Some(uid) => {
                Some((uid, target_in_tree(conn, tree, uid).map_err(|error| missing("target", error))?))
            }
        };
        let offer = match act.offer() {
            None => None,
            Some(offer) => Some(offer_in_tree(conn, tree, offer).map_err(|error| missing("offer", error))?),
        };
        Ok(Self { target, offer })
    }
}

fn missing(field: &'static str, error: Error) -> Error {
    match (error, field) {
        (Error::NotFound, "target") => Error::invalid(field, "Choose the company that the SIMs go to."),
        (Error::NotFound, _) => Error::invalid(field, "Choose an offer."),
        (other, _) => other,
    }
}

/// The name of the company `uid`, if SIMs of any account of the tree may be moved to it.
pub fn target_in_tree(conn: &mut PgConnection, tree: &TreeScope, uid: CompanyUid) -> Result<String> {
    let parents: Vec<CompanyId> = tree.accounts().iter().filter_map(CompanyScope::parent_id).collect();
    Ok(companies::table
        .filter(companies::uid.eq(uid))
        .filter(companies::id.eq_any(parents).or(companies::lineage.overlaps_with(tree.ids())))
        .select(companies::name)
        .first(conn)?)
}

/// The name of an offer that any account of the tree has.
pub fn offer_in_tree(conn: &mut PgConnection, tree: &TreeScope, offer: OfferId) -> Result<String> {
    Ok(offer_assignments::table
        .inner_join(offers::table)
        .filter(offer_assignments::company_id.eq_any(tree.ids()))
        .filter(offer_assignments::offer_id.eq(offer))
        .select(offers::name)
        .first(conn)?)
}

/// An operation that was launched together with others.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, QueryableByName)]
pub struct Companion {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub number: OperationId,
    /// The account that it was launched in.
    #[diesel(sql_type = SqlUuid)]
    pub account: CompanyUid,
    /// The account's name.
    #[diesel(sql_type = Text)]
    pub name: String,
}

/// Keeps whoever launches with the same key waiting until this transaction ends, and says what was launched with
/// it before.
pub fn launched_in_tree(conn: &mut PgConnection, tree: &TreeScope, key: Uuid) -> Result<Vec<Companion>> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('launch ' || $1, 0))")
        .bind::<Text, _>(key.to_string())
        .execute(conn)?;
    Ok(operations::table
        .inner_join(companies::table.on(companies::id.eq(operations::company_id)))
        .filter(operations::launch_key.eq(key))
        .filter(operations::launched_by.eq(tree.main().user()))
        .filter(operations::company_id.eq_any(tree.ids()))
        .order(operations::id)
        .select((operations::id, companies::uid, companies::name))
        .load(conn)?)
}

/// Launches an operation in each account that has SIMs to change; in all of them, or in none.
///
/// The errors are those of [`launch()`](super::launch()).
pub fn launch_in_tree(
    conn: &mut PgConnection,
    shares: &[Share],
    conduct: Conduct,
    key: Uuid,
) -> Result<Vec<Companion>> {
    conn.transaction(|conn| {
        let able = shares.iter().filter(|share| share.will_change() > 0);
        able.map(|share| {
            let new = NewOperation { conduct, ..share.new.clone() };
            Ok(Companion {
                number: launch::launch_once(conn, &share.account, &new, key)
                    .map_err(|error| named(error, share.account.company_name()))?,
                account: share.account.company_uid(),
                name: share.account.company_name().to_owned(),
            })
        })
        .collect()
    })
}

/// Says in which account something is wrong.
fn named(error: Error, account: &str) -> Error {
    match error {
        Error::Invalid { field, message } => Error::invalid(field, format!("In {account}: {message}")),
        other => other,
    }
}

/// The operations that were launched together with this one of the active company, in other accounts that the
/// person is a member of.
pub fn companions(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    number: OperationId,
) -> Result<Vec<Companion>> {
    let sql = format!(
        "SELECT other.id AS number, companies.uid AS account, companies.name FROM operations o \
         JOIN operations other ON other.launch_key = o.launch_key AND other.launched_by = o.launched_by \
             AND other.id <> o.id \
         JOIN memberships ON memberships.company_id = other.company_id AND memberships.user_id = $3 \
         JOIN companies ON companies.id = other.company_id \
         WHERE o.id = $1 AND o.company_id = $2 AND {OPEN} ORDER BY other.id"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(number)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<BigInt, _>(scope.user());
    // They are other companies', in which the person is a member too.
    Ok(tenancy::beyond(conn, |conn| query.load(conn))?)
}
