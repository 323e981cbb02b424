//! The address of the operations list and of the task table: which rows, and which page of them.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use fleet::ids::OperationId;
use fleet::operations::{
    FailureCode, ListFilter, OperationKind, OperationState, Outcome, TaskFilter, TaskState,
};
use serde::{Deserialize, Serialize};

use crate::web::error::AppError;

/// The filters of the operations list, as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Of this kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// In this state, or finished with this outcome.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Launched on this day (UTC) or later.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Launched on this day (UTC) or earlier.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// Launched by somebody whose name or address contains this.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person: String,
    /// The page from before this number on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// The page that ends right before this number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<K> {
    /// The first one.
    First,
    /// The one after this row.
    After(K),
    /// The one before this row.
    Before(K),
}

impl ListQuery {
    /// The filter of the engine.
    pub fn filter(&self) -> Result<ListFilter, AppError> {
        let (state, outcome) = status(&self.status)?;
        let (since, until) = launched(&self.from, &self.to)?;
        Ok(ListFilter {
            kind: word::<OperationKind>(&self.kind, "a type")?,
            state,
            outcome,
            person: Some(self.person.replace('\0', "")).filter(|text| !text.trim().is_empty()),
            since,
            until,
        })
    }

    /// The page: numbers count down.
    pub fn place(&self) -> Result<Place<OperationId>, AppError> {
        Ok(match (word::<OperationId>(&self.before, "a page")?, word(&self.after, "a page")?) {
            (Some(number), _) => Place::After(number),
            (None, Some(number)) => Place::Before(number),
            (None, None) => Place::First,
        })
    }

    /// The address of the page at `place` of the list with the same filters.
    pub fn address(&self, place: Place<OperationId>) -> String {
        let (before, after) = match place {
            Place::First => (String::new(), String::new()),
            Place::After(number) => (number.to_string(), String::new()),
            Place::Before(number) => (String::new(), number.to_string()),
        };
        with_query("/operations", &Self { before, after, ..self.clone() })
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        let Self { before: _, after: _, kind, status, from, to, person } = self;
        [kind, status, from, to, person].iter().any(|field| !field.trim().is_empty())
    }
}

/// The filters of the task table, as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskQuery {
    /// In this state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// Failed for this reason.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Of SIMs whose ICCID begins with this.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub iccid: String,
    /// The page after this position.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// The page that ends right before this position.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
}

impl TaskQuery {
    /// The filter of the engine.
    pub fn filter(&self) -> Result<TaskFilter, AppError> {
        Ok(TaskFilter {
            state: word::<TaskState>(&self.state, "a state")?,
            code: word::<FailureCode>(&self.code, "a reason")?,
            iccid: Some(self.iccid.chars().filter(|c| !c.is_whitespace() && *c != '\0').collect())
                .filter(|text: &String| !text.is_empty()),
        })
    }

    /// The page: positions count up.
    pub fn place(&self) -> Result<Place<i32>, AppError> {
        Ok(match (word::<i32>(&self.after, "a page")?, word(&self.before, "a page")?) {
            (Some(position), _) => Place::After(position),
            (None, Some(position)) => Place::Before(position),
            (None, None) => Place::First,
        })
    }

    /// The address of the page at `place` of the table with the same filters.
    pub fn address(&self, number: OperationId, place: Place<i32>) -> String {
        let (after, before) = match place {
            Place::First => (String::new(), String::new()),
            Place::After(position) => (position.to_string(), String::new()),
            Place::Before(position) => (String::new(), position.to_string()),
        };
        with_query(&format!("/operations/{number}"), &Self { after, before, ..self.clone() })
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        [&self.state, &self.code, &self.iccid].iter().any(|field| !field.trim().is_empty())
    }
}

/// An address with these fields behind the question mark.
pub(crate) fn with_query(path: &str, query: &impl Serialize) -> String {
    match serde_html_form::to_string(query).unwrap_or_default() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// A word of a list, or none. `of` says what it is, with its article.
pub(crate) fn word<T: std::str::FromStr>(text: &str, of: &str) -> Result<Option<T>, AppError> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            AppError::BadRequest(
                format!("The address asks for {of} that there is not. Choose one from the list.").into(),
            )
        }),
    }
}

fn status(text: &str) -> Result<(Option<OperationState>, Option<Outcome>), AppError> {
    if let Ok(outcome) = text.trim().parse::<Outcome>() {
        return Ok((None, Some(outcome)));
    }
    Ok((word(text, "a status")?, None))
}

/// From the one moment on, and until before the other.
type Span = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// The moments between which something was launched that was launched from the one day to the other (UTC).
pub(crate) fn launched(from: &str, to: &str) -> Result<Span, AppError> {
    let after = day(to)?.and_then(|day| day.checked_add_days(Days::new(1)));
    Ok((day(from)?.map(midnight), after.map(midnight)))
}

fn day(text: &str) -> Result<Option<NaiveDate>, AppError> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().ok().filter(|day| is_in_reach(*day)).map(Some).ok_or_else(|| {
            AppError::BadRequest("A date in the address is none: write it as 2025-11-23.".into())
        }),
    }
}

/// PostgreSQL's calendar ends long after any operation.
fn is_in_reach(day: NaiveDate) -> bool {
    use chrono::Datelike as _;
    (1..=9999).contains(&day.year())
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_filters_and_name_the_page() {
        let query = ListQuery { kind: "transfer".into(), person: "Zoë & Co".into(), ..ListQuery::default() };
        assert_eq!(query.address(Place::First), "/operations?kind=transfer&person=Zo%C3%AB+%26+Co");
        let page = query.address(Place::After(OperationId(7)));
        assert!(page.ends_with("&before=7"), "{page}");
        assert_eq!(ListQuery::default().address(Place::First), "/operations");
    }

    #[test]
    fn a_status_is_a_state_or_an_outcome() {
        let of = |status: &str| ListQuery { status: status.into(), ..ListQuery::default() }.filter();
        assert_eq!(of("in_progress").unwrap().state, Some(OperationState::InProgress));
        assert_eq!(of("partly_failed").unwrap().outcome, Some(Outcome::PartlyFailed));
        assert!(of("lost").is_err());
    }

    #[test]
    fn the_last_day_counts_whole() {
        let query = ListQuery { from: "2025-11-23".into(), to: "2025-11-23".into(), ..ListQuery::default() };
        let filter = query.filter().unwrap();
        assert_eq!(filter.until.unwrap() - filter.since.unwrap(), chrono::TimeDelta::days(1));
        assert!(ListQuery { from: "23.11.2025".into(), ..ListQuery::default() }.filter().is_err());
        assert!(ListQuery { to: "+262142-12-31".into(), ..ListQuery::default() }.filter().is_err());
    }
}
