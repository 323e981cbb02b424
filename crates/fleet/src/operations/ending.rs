//! What is told when an operation has ended: a message for whoever launched it, and a letter if
//! one was asked for.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid};

use super::counters::{Counters, Outcome};
use super::list::{SUMMARY_FROM, Summary, summary};
use super::worker::Settings;
use super::{OperationKind, faults};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, OperationId, UserId};
use crate::messages;
use crate::numbers::count;
use crate::outbox::{self, Letter};
use crate::schema::operations;
use crate::tenancy::CompanyScope;

/// Writes the letters that the engine sends.
pub trait Letters: std::fmt::Debug + Send + Sync {
    /// The letter to whoever launched an operation, which has ended now.
    fn operation_ended(&self, ended: &Ended) -> Letter;
}

/// An operation that has ended, as the one who launched it is told of it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Ended {
    /// What the list shows of it.
    #[diesel(embed)]
    pub summary: Summary,
    /// The company that it was launched in, as it is named in addresses.
    #[diesel(sql_type = Uuid, column_name = company_uid)]
    pub company: CompanyUid,
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    launched_by_id: Option<UserId>,
    #[diesel(sql_type = Bool)]
    notify_by_email: bool,
    #[diesel(sql_type = Nullable<Text>)]
    not_started_because: Option<String>,
}

/// Has whoever launched the operation told by e-mail when it has ended. To be called in the
/// transaction that launches it.
///
/// [`Error::NotFound`] for an operation that this person has not launched in the active company.
pub fn email_when_ended(conn: &mut PgConnection, scope: &CompanyScope, operation: OperationId) -> Result<()> {
    let own = operations::table
        .find(operation)
        .filter(operations::company_id.eq(scope.company_id()))
        .filter(operations::launched_by.eq(scope.user()));
    match diesel::update(own).set(operations::notify_by_email.eq(true)).execute(conn)? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Tells whoever launched an operation that it ends with this transaction.
pub(super) fn tell(conn: &mut PgConnection, settings: &Settings, operation: OperationId) -> Result<()> {
    let (company, ended) = read(conn, operation)?;
    let Some(person) = ended.launched_by_id else { return Ok(()) };
    let is_member = messages::leave(conn, person, company, &ended.sentence(), &ended.path())?;
    if let (Some(letters), Some(email)) = (&settings.letters, &ended.email)
        && ended.notify_by_email
        && is_member
    {
        outbox::queue(conn, email, &letters.operation_ended(&ended))?;
    }
    Ok(())
}

/// Tells of an operation that pauses with this transaction: it waits for a person. Too much of it has failed,
/// or else it has met a fault.
pub(super) fn tell_paused(conn: &mut PgConnection, operation: OperationId, is_fault: bool) -> Result<()> {
    let (company, paused) = read(conn, operation)?;
    let what = paused.what();
    let sentence = if is_fault {
        format!("{what}: paused. {}", faults::BECAUSE)
    } else {
        let failures = count(paused.summary.counters.failure.into());
        format!("{what}: paused, because too many have failed ({failures} so far). Resume or cancel it.")
    };
    if let Some(person) = paused.launched_by_id {
        messages::leave(conn, person, company, &sentence, &paused.path())?;
    }
    Ok(())
}

fn read(conn: &mut PgConnection, operation: OperationId) -> Result<(CompanyId, Ended)> {
    let company: CompanyId = operations::table.find(operation).select(operations::company_id).first(conn)?;
    let sql = format!(
        "{summary}, launching.uid AS company_uid, person.email, person.id AS launched_by_id, o.notify_by_email, \
             o.not_started_because \
         {SUMMARY_FROM} AND c.operation_id = $2",
        summary = summary(),
    );
    let ended: Ended =
        diesel::sql_query(sql).bind::<BigInt, _>(company).bind::<BigInt, _>(operation).get_result(conn)?;
    Ok((company, ended))
}

impl Ended {
    /// `Transfer of 12,310 SIMs to Clienticity: partly failed (12,300 done, 10 failed)`.
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.what(), self.outcome())
    }

    /// What it was: `Transfer of 12,310 SIMs to Clienticity`.
    pub fn what(&self) -> String {
        let Summary { kind, target, offer, .. } = &self.summary;
        what(*kind, self.summary.sims(), target.as_deref(), offer.as_deref())
    }

    /// What became of it: `partly failed (12,300 done, 10 failed)`.
    pub fn outcome(&self) -> String {
        if let Some(reason) = &self.not_started_because {
            return format!("not started. {reason}");
        }
        if self.summary.differs() {
            let Counters { success, failure, .. } = self.summary.counters;
            return format!("{} agree, {} do not", count(success.into()), count(failure.into()));
        }
        outcome(self.summary.outcome(), &self.summary.counters)
    }

    /// When it ended.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        self.summary.finished_at
    }

    /// Its page in the portal.
    pub fn path(&self) -> String {
        format!("/operations/{}", self.summary.number)
    }
}

fn what(kind: OperationKind, sims: i32, target: Option<&str>, offer: Option<&str>) -> String {
    let words = kind.of_sims(sims.into());
    match (target, offer) {
        (Some(target), _) => format!("{words} to {target}"),
        (None, Some(offer)) => format!("{words} on {offer}"),
        (None, None) => words,
    }
}

fn outcome(outcome: Option<Outcome>, counters: &Counters) -> String {
    let word = outcome.map(|outcome| outcome.label().to_lowercase()).unwrap_or_default();
    if matches!(outcome, Some(Outcome::Succeeded | Outcome::Failed)) || counters.total() == 0 {
        return word;
    }
    let parts = [(counters.success, "done"), (counters.failure, "failed"), (counters.cancelled, "cancelled")];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", count(number.into())))
        .collect();
    format!("{word} ({})", parts.join(", "))
}

impl OperationKind {
    /// An operation of this kind as a noun.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Import => "Import",
            Self::Transfer => "Transfer",
            Self::HandOver => "Hand-over",
            Self::Activate => "Activation",
            Self::Suspend => "Suspension",
            Self::Resume => "Resumption",
            Self::ChangeOffer => "Change of offer",
            Self::Edit => "Edit",
            Self::Terminate => "Termination",
            Self::Recall => "Recall",
            Self::Reconcile => "Reconciliation",
            Self::Mend => "Mending",
        }
    }

    /// The same with its SIMs: `Transfer of 309 SIMs`.
    pub fn of_sims(self, sims: i64) -> String {
        let noun = if sims == 1 { "SIM" } else { "SIMs" };
        format!("{} of {} {noun}", self.noun(), count(sims))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(became: Outcome, counters: Counters) -> String {
        let what = what(OperationKind::Transfer, counters.total().max(1), Some("Clienticity"), None);
        format!("{what}: {}", outcome(Some(became), &counters))
    }

    #[test]
    fn the_sentence_says_what_became_of_every_sim() {
        let counters =
            |success, failure, cancelled| Counters { success, failure, cancelled, ..Counters::default() };
        assert_eq!(
            told(Outcome::PartlyFailed, counters(12_300, 10, 0)),
            "Transfer of 12,310 SIMs to Clienticity: partly failed (12,300 done, 10 failed)"
        );
        assert_eq!(
            told(Outcome::Succeeded, counters(1, 0, 0)),
            "Transfer of 1 SIM to Clienticity: succeeded"
        );
        assert_eq!(told(Outcome::Failed, counters(0, 3, 0)), "Transfer of 3 SIMs to Clienticity: failed");
        assert_eq!(
            told(Outcome::Cancelled, counters(5, 1, 4)),
            "Transfer of 10 SIMs to Clienticity: cancelled (5 done, 1 failed, 4 cancelled)"
        );
        assert_eq!(
            told(Outcome::Cancelled, counters(0, 0, 0)),
            "Transfer of 1 SIM to Clienticity: cancelled"
        );
    }

    #[test]
    fn an_operation_is_named_with_where_its_sims_go() {
        let named = |kind, target, offer| what(kind, 2, target, offer);
        assert_eq!(
            named(OperationKind::HandOver, Some("Depot"), Some("Global")),
            "Hand-over of 2 SIMs to Depot"
        );
        assert_eq!(named(OperationKind::Activate, None, Some("Global")), "Activation of 2 SIMs on Global");
        assert_eq!(named(OperationKind::Suspend, None, None), "Suspension of 2 SIMs");
    }
}
