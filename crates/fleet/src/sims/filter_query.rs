//! The filter as the query string of an address: `state=inventory&state=active&q=8988`.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::NaiveDate;
use form_urlencoded::{Serializer, parse};

use super::{Days, SimFilter};
use crate::error::{Error, Result};

/// The most offers in one filter.
const OFFERS: usize = 20;
/// The most labels in one filter.
const LABELS: usize = 10;
/// The most characters of text: the longest identifier has 32, the longest name 100.
const TEXT: usize = 100;
/// What a filter has one of.
const ONCE: [&str; 6] = ["list", "q", "activated_from", "activated_to", "changed_from", "changed_to"];

/// Fails where one of `keys` has several values: nobody is to take an address for something else than its neighbour does. The same value
/// twice says the same, and an empty one nothing.
pub fn require_one_value(query: &str, keys: &[&str]) -> Result<()> {
    let mut found: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    for (key, value) in parse(query.as_bytes()) {
        if !keys.contains(&&*key) || value.trim().is_empty() {
            continue;
        }
        match found.iter().find(|(other, _)| *other == key) {
            Some((_, first)) if *first != value => {
                let words = format!("The address has several values for {key}, of which there can be one.");
                return Err(Error::invalid("query", words));
            }
            Some(_) => {}
            None => found.push((key, value)),
        }
    }
    Ok(())
}

impl SimFilter {
    /// Reads the filter off a query string. Keys that are not the filter's are left to others, empty
    /// values are none, and repeated ones count once; of what there can be one, a second value is refused.
    ///
    /// [`Error::Invalid`] for a value that can't be meant.
    pub fn from_query(query: &str) -> Result<Self> {
        require_one_value(query, &ONCE)?;
        let mut filter = Self::default();
        for (key, value) in parse(query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match &*key {
                "state" => add(&mut filter.states, one(value, "state", "There is no such state.")?),
                "offer" => {
                    add(&mut filter.offers, one(value, "offer", "There is no such offer.")?);
                    require_few(&filter.offers, OFFERS, "offer", "offers")?;
                }
                "type" => add(&mut filter.types, one(value, "type", "There is no such type of SIM.")?),
                "label" => {
                    add(&mut filter.labels, one(value, "label", "There is no such label.")?);
                    require_few(&filter.labels, LABELS, "label", "labels")?;
                }
                "list" => filter.list = Some(one(value, "list", "There is no such list.")?),
                "activated_from" => filter.activated.from = Some(day(value)?),
                "activated_to" => filter.activated.to = Some(day(value)?),
                "changed_from" => filter.changed.from = Some(day(value)?),
                "changed_to" => filter.changed.to = Some(day(value)?),
                "q" => filter.text = text(value)?,
                _ => {}
            }
        }
        filter.states.sort_unstable();
        filter.types.sort_unstable();
        Ok(filter)
    }

    /// The query string that [`Self::from_query`] reads this filter from; empty for an empty one.
    pub fn to_query(&self) -> String {
        let mut query = Serializer::new(String::new());
        for state in &self.states {
            query.append_pair("state", state.as_str());
        }
        for offer in &self.offers {
            query.append_pair("offer", &offer.to_string());
        }
        for sim_type in &self.types {
            query.append_pair("type", sim_type.as_str());
        }
        for label in &self.labels {
            query.append_pair("label", &label.to_string());
        }
        if let Some(list) = self.list {
            query.append_pair("list", &list.to_string());
        }
        if !self.text.is_empty() {
            query.append_pair("q", &self.text);
        }
        for (name, day) in self.day_fields() {
            query.append_pair(name, &day.to_string());
        }
        query.finish()
    }

    /// The ends of the days that are asked for, by their names in addresses.
    pub fn day_fields(&self) -> impl Iterator<Item = (&'static str, NaiveDate)> {
        let Self { activated, changed, .. } = self;
        [
            ("activated_from", activated.from),
            ("activated_to", activated.to),
            ("changed_from", changed.from),
            ("changed_to", changed.to),
        ]
        .into_iter()
        .filter_map(|(name, day)| Some((name, day?)))
    }
}

fn day(value: &str) -> Result<NaiveDate> {
    Days::parse_day(value).ok_or_else(|| {
        Error::invalid("days", "Write a day as year, month and day: 2025-11-30, from 1970 on.")
    })
}

fn one<T: FromStr>(value: &str, field: &'static str, sentence: &'static str) -> Result<T> {
    value.parse().map_err(|_| Error::invalid(field, sentence))
}

fn add<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}

/// Fails as soon as there is one too many: an address may be long.
fn require_few<T>(list: &[T], limit: usize, field: &'static str, words: &str) -> Result<()> {
    if list.len() <= limit {
        return Ok(());
    }
    Err(Error::invalid(field, format!("Filter by at most {limit} {words} at a time.")))
}

fn text(value: &str) -> Result<String> {
    if value.chars().count() > TEXT {
        return Err(Error::invalid("q", format!("Search for at most {TEXT} characters.")));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::invalid("q", "Remove line breaks and other control characters from the search."));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;
    use crate::ids::{LabelId, OfferId, SimListUid};
    use crate::sims::{SimState, SimType};

    fn filters() -> impl Strategy<Value = SimFilter> {
        (
            subsequence(SimState::ALL.to_vec(), 0..=4),
            prop::collection::btree_set(0_i64..1_000, 0..5),
            subsequence(SimType::ALL.to_vec(), 0..=3),
            prop::collection::btree_set(any::<i64>(), 0..4),
            prop::option::of(any::<u128>()),
            "[^\\p{C}]{0,60}",
            days(),
            days(),
        )
            .prop_map(|(states, offers, types, labels, list, text, activated, changed)| SimFilter {
                states,
                offers: offers.into_iter().map(OfferId).collect(),
                types,
                labels: labels.into_iter().map(LabelId).collect(),
                list: list.map(|uid| SimListUid(uuid::Uuid::from_u128(uid))),
                text: text.trim().to_owned(),
                activated,
                changed,
            })
    }

    fn days() -> impl Strategy<Value = Days> {
        let day = || {
            prop::option::of(
                (0_i32..2_900_000).prop_map(|day| EPOCH + chrono::Days::new(day.unsigned_abs().into())),
            )
        };
        (day(), day()).prop_map(|(from, to)| Days { from, to })
    }

    const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();

    proptest! {
        #[test]
        fn what_is_written_is_read_again(filter in filters()) {
            prop_assert_eq!(SimFilter::from_query(&filter.to_query()).unwrap(), filter);
        }

        #[test]
        fn what_is_kept_is_read_again(filter in filters()) {
            let kept = serde_json::to_value(&filter).unwrap();
            prop_assert_eq!(serde_json::from_value::<SimFilter>(kept).unwrap(), filter);
        }

        #[test]
        fn any_text_is_read_or_refused(query in ".{0,200}") {
            if let Ok(filter) = SimFilter::from_query(&query) {
                prop_assert_eq!(SimFilter::from_query(&filter.to_query()).unwrap(), filter);
            }
        }
    }

    #[test]
    fn other_keys_and_empty_values_do_not_matter() {
        let filter =
            SimFilter::from_query("state=&offer=&sort=imsi&state=active&state=active&page=7&q=&page=8")
                .unwrap();
        assert_eq!(filter, SimFilter { states: vec![SimState::Active], ..SimFilter::default() });
    }

    #[test]
    fn what_was_kept_with_one_label_or_none_is_still_read() {
        let read = |kept| serde_json::from_value::<SimFilter>(kept).unwrap();
        let kept =
            serde_json::json!({ "states": ["active"], "offers": [], "types": [], "label": 7, "text": "" });
        let meant =
            SimFilter { states: vec![SimState::Active], labels: vec![LabelId(7)], ..SimFilter::default() };
        assert_eq!(read(kept), meant);
        let kept =
            serde_json::json!({ "states": [], "offers": [], "types": [], "label": null, "text": "8988" });
        assert_eq!(read(kept), SimFilter { text: "8988".to_owned(), ..SimFilter::default() });
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for query in [
            "state=lost",
            "offer=x",
            "type=paper",
            "label=x",
            "list=1",
            "activated_from=yesterday",
            "changed_to=1969-12-31",
            "changed_to=2025-02-30",
            "q=%00",
            "offer=9999999999999999999",
            "q=a&q=b",
            "q=a&q=&q=A",
            "activated_from=2025-01-01&activated_from=2025-01-02",
        ] {
            assert!(matches!(SimFilter::from_query(query), Err(Error::Invalid { .. })), "{query}");
        }
    }
}
