//! The selection that an operation was launched with, in words.

use diesel::PgConnection;
use fleet::Result;
use fleet::ids::{OperationId, SimListUid};
use fleet::import_drafts;
use fleet::operations;
use fleet::sim_lists;
use fleet::sims::{Facets, Selection, SimFilter};
use fleet::tenancy::CompanyScope;

use crate::fleet::days_in_words;
use crate::web::display::counted;

/// The selection in words, a condition each; nothing for a company that the operation was not launched in.
pub fn of(conn: &mut PgConnection, scope: &CompanyScope, number: OperationId) -> Result<Vec<String>> {
    if let Some((_, file)) = import_drafts::of_operation(conn, scope, number)? {
        return Ok(vec![format!("file “{file}”")]);
    }
    let selection = match operations::selection(conn, scope, number) {
        Err(fleet::Error::NotFound) => return Ok(Vec::new()),
        // The page is where a person cancels an operation that no worker can read either.
        Err(fleet::Error::Internal(cause)) => {
            tracing::error!(%cause, "a selection can't be shown");
            return Ok(vec!["it can't be read".to_owned()]);
        }
        other => other?,
    };
    in_words(conn, scope, &selection, "All SIMs of the company")
}

/// A selection in words, a condition each; `all` where there is none.
pub fn in_words(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    selection: &Selection,
    all: &str,
) -> Result<Vec<String>> {
    Ok(match selection {
        // A file that is not kept any more.
        Selection::Sims(sims) if sims.is_empty() => Vec::new(),
        Selection::Sims(sims) => {
            vec![format!("{} chosen one by one", counted(sims.len(), "SIM", "SIMs"))]
        }
        Selection::List(list) => vec![list_words(conn, scope, *list)?],
        Selection::Matching { filter, except } => {
            let mut words = conditions(conn, scope, filter)?;
            if words.is_empty() {
                words.push(all.to_owned());
            }
            if !except.is_empty() {
                words.push(format!("except {}", counted(except.len(), "SIM", "SIMs")));
            }
            words
        }
        Selection::FailedOf { operation, code: None } => {
            vec![format!("SIMs that failed in operation #{operation}")]
        }
        Selection::FailedOf { operation, code: Some(code) } => {
            vec![format!("SIMs that failed in operation #{operation}: {}", code.label())]
        }
        Selection::OnceInService { .. } => {
            vec!["SIMs that have been put in service in a network that can tell".to_owned()]
        }
        Selection::ChangedBy { operation } => {
            vec![format!("SIMs that operation #{operation} has changed")]
        }
    })
}

fn conditions(conn: &mut PgConnection, scope: &CompanyScope, filter: &SimFilter) -> Result<Vec<String>> {
    let mut words = Vec::new();
    if !filter.states.is_empty() {
        words.push(format!("state {}", one_of(filter.states.iter().map(|state| state.label()))));
    }
    if !filter.offers.is_empty() {
        let mut names = Vec::new();
        for offer in &filter.offers {
            match operations::offer_name(conn, scope, *offer) {
                Ok(name) => names.push(name),
                // It has been withdrawn since.
                Err(fleet::Error::NotFound) => names.push("an offer withdrawn since".to_owned()),
                Err(other) => return Err(other),
            }
        }
        words.push(format!("offer {}", one_of(names.iter().map(String::as_str))));
    }
    if !filter.types.is_empty() {
        words.push(format!("type {}", one_of(filter.types.iter().map(|kind| kind.label()))));
    }
    if !filter.labels.is_empty() {
        let facets = Facets::read(conn, scope)?;
        for label in &filter.labels {
            words.push(match facets.label(*label) {
                Some(label) => format!("label “{}”", label.name),
                None => "a label that is gone".to_owned(),
            });
        }
    }
    words.extend(days_in_words(filter.activated).map(|days| format!("activated {days}")));
    words.extend(days_in_words(filter.changed).map(|days| format!("last changed {days}")));
    if let Some(list) = filter.list {
        words.push(list_words(conn, scope, list)?);
    }
    let text = filter.text.trim();
    if !text.is_empty() {
        words.push(format!(
            "an identifier, one of the first four words of the name or a word of a label begins with “{text}”"
        ));
    }
    Ok(words)
}

fn list_words(conn: &mut PgConnection, scope: &CompanyScope, list: SimListUid) -> Result<String> {
    match sim_lists::find(conn, scope, list) {
        Ok(list) => Ok(format!("list “{}” of {}", list.origin, counted(list.found, "SIM", "SIMs"))),
        Err(fleet::Error::NotFound) => Ok("a list that is not kept any more".to_owned()),
        Err(other) => Err(other),
    }
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" or ")
}
