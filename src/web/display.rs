//! Numbers, identifiers, times and shares as people read them; used by the macros of `templates/shared/`.

use chrono::{DateTime, Utc};

/// What templates count with: a number, or a reference to one.
pub trait Number {
    /// The number itself; what does not fit is shown as the largest that does.
    fn number(&self) -> i64;
}

macro_rules! numbers {
    ($($kind:ty),*) => {
        $(impl Number for $kind {
            fn number(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        })*
    };
}

numbers!(i32, i64, u32, u64, usize);

impl<N: Number + ?Sized> Number for &N {
    fn number(&self) -> i64 {
        (**self).number()
    }
}

/// A number with its thousands separated: `12,310`.
pub fn count(number: impl Number) -> String {
    fleet::numbers::count(number.number())
}

/// A number and its noun: `1 SIM`, `309 SIMs`.
pub fn counted(number: impl Number, one: &str, many: &str) -> String {
    let word = if number.number() == 1 { one } else { many };
    format!("{} {word}", count(number))
}

/// The colour of a company's bar in CSS notation; the words are those of [`fleet::companies::COLOURS`].
pub fn company_colour(word: &str) -> &'static str {
    match word {
        "teal" => "#0b7a6f",
        "purple" => "#8a3ab0",
        "orange" => "#c2560c",
        "green" => "#2b7d2b",
        "pink" => "#c2255c",
        "cyan" => "#0c7a93",
        "indigo" => "#4453c4",
        "red" => "#c0322f",
        "lime" => "#5f7d0e",
        _ => "#1f63b8",
    }
}

/// Whether there is anything to count.
pub fn is_some(number: impl Number) -> bool {
    number.number() > 0
}

/// The name of the bell: `Messages: 2 operations are running, 1 operation is paused, 1 message is unread`.
pub fn bell(running: impl Number, paused: impl Number, unread: impl Number) -> String {
    let told: Vec<_> = [
        (running.number(), "operation is running", "operations are running"),
        (paused.number(), "operation is paused", "operations are paused"),
        (unread.number(), "message is unread", "messages are unread"),
    ]
    .into_iter()
    .filter(|(number, ..)| is_some(number))
    .map(|(number, one, many)| counted(number, one, many))
    .collect();
    if told.is_empty() {
        "Messages: no operation is running".into()
    } else {
        format!("Messages: {}", told.join(", "))
    }
}

/// How the bell's trigger ends: it asks often while something runs, and seldom while all that is unfinished waits,
/// for a person or for its time.
pub fn bell_asks(running: impl Number, paused: impl Number, scheduled: impl Number) -> &'static str {
    match (is_some(running), is_some(paused) || is_some(scheduled)) {
        (true, _) => ", every 3s",
        (false, true) => ", every 30s",
        (false, false) => "",
    }
}

/// The arrow of a column sorted in `direction` (`ascending`, `descending`); nothing where it is not sorted by.
pub fn sort_icon(direction: impl AsRef<str>) -> &'static str {
    match direction.as_ref() {
        "ascending" => "arrow-up",
        "descending" => "arrow-down",
        _ => "",
    }
}

/// An identifier in groups of four: `8949 0200 0000 0000 017`.
pub fn grouped(identifier: impl AsRef<str>) -> String {
    let identifier = identifier.as_ref();
    let mut text = String::with_capacity(identifier.len() * 5 / 4);
    for (index, digit) in identifier.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A moment for `<time datetime>`: RFC 3339, to the second.
pub fn machine_time(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A moment with its zone, for the tooltip: `23 Nov 2025, 14:54:07 UTC`.
pub fn exact_time(at: &DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M:%S UTC").to_string()
}

/// A moment as seen from now: `just now`, `5 min ago`, `in 3 days`.
pub fn relative_time(at: &DateTime<Utc>) -> String {
    relative_to(at, Utc::now())
}

fn relative_to(at: &DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let distance = seconds.abs();
    let amount = match distance {
        0..=44 => return "just now".into(),
        45..=3_569 => format!("{} min", (distance + 30) / 60),
        3_570..=84_599 => format!("{} h", (distance + 1_800) / 3_600),
        84_600..=2_591_999 => counted((distance + 43_200) / 86_400, "day", "days"),
        2_592_000..=31_535_999 => counted(distance / 2_592_000, "month", "months"),
        _ => counted(distance / 31_536_000, "year", "years"),
    };
    if seconds >= 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

/// One part of a [`StackedBar`].
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The word beside the number.
    pub label: &'static str,
    /// The part's name in the style sheet: `bar-<class>`.
    pub class: &'static str,
    /// How many.
    pub count: i64,
    /// Where it starts, in percent of the bar.
    pub start: f64,
    /// How wide it is, in percent of the bar.
    pub width: f64,
}

/// Numbers that add up, as a bar with its numbers beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct StackedBar {
    /// The sum.
    pub total: i64,
    /// The parts that are not empty, in the order given.
    pub segments: Vec<Segment>,
}

impl StackedBar {
    /// A bar of `(label, class, count)`. A `total` above the sum of the parts leaves the end of the bar empty.
    pub fn new(total: i64, parts: &[(&'static str, &'static str, i64)]) -> Self {
        let mut start = 0.0;
        let mut segments = Vec::with_capacity(parts.len());
        for &(label, class, count) in parts.iter().filter(|part| part.2 > 0) {
            let width = share(count, total);
            segments.push(Segment { label, class, count, start, width });
            start += width;
        }
        Self { total, segments }
    }

    /// How an operation stands, from its counters.
    pub fn of_tasks(total: i64, success: i64, failure: i64, cancelled: i64, in_progress: i64) -> Self {
        Self::new(
            total,
            &[
                ("succeeded", "success", success),
                ("failed", "failure", failure),
                ("cancelled", "cancelled", cancelled),
                ("in progress", "progress", in_progress),
            ],
        )
    }

    /// A company's SIMs by state.
    pub fn of_states(inventory: i64, active: i64, suspended: i64, retired: i64) -> Self {
        Self::new(
            inventory + active + suspended + retired,
            &[
                ("Inventory", "inventory", inventory),
                ("Active", "active", active),
                ("Suspended", "suspended", suspended),
                ("Retired", "retired", retired),
            ],
        )
    }

    /// The whole bar in words, for those who do not see it.
    pub fn words(&self) -> String {
        let parts: Vec<_> =
            self.segments.iter().map(|part| format!("{} {}", count(part.count), part.label)).collect();
        if parts.is_empty() { format!("0 of {}", count(self.total)) } else { parts.join(", ") }
    }
}

/// `part` of `total` in percent, to two digits.
fn share(part: i64, total: i64) -> f64 {
    if total <= 0 {
        return 0.0;
    }
    let hundredths = i128::from(part) * 10_000 / i128::from(total);
    i32::try_from(hundredths.clamp(0, 10_000)).map_or(0.0, f64::from) / 100.0
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_310, "-12,310"), (1_000_000, "1,000,000")]
        {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "SIM", "SIMs"), "1 SIM");
    }

    #[test]
    fn identifiers_are_grouped_by_four() {
        assert_eq!(grouped("8949020000000000017"), "8949 0200 0000 0000 017");
    }

    #[test]
    fn moments_are_told_from_now() {
        let now = Utc::now();
        let told = |seconds| relative_to(&(now - TimeDelta::seconds(seconds)), now);
        assert_eq!(told(10), "just now");
        assert_eq!(told(300), "5 min ago");
        assert_eq!(told(3_599), "1 h ago");
        assert_eq!(told(7_200), "2 h ago");
        assert_eq!(told(86_400), "1 day ago");
        assert_eq!(told(-3 * 86_400), "in 3 days");
        assert_eq!(told(400 * 86_400), "1 year ago");
    }

    #[test]
    fn a_bar_leaves_what_is_pending_empty() {
        let bar = StackedBar::of_tasks(400, 300, 4, 0, 0);
        assert_eq!(bar.words(), "300 succeeded, 4 failed");
        assert!((bar.segments[1].start - 75.0).abs() < f64::EPSILON);
        assert!((bar.segments[1].width - 1.0).abs() < f64::EPSILON);
        assert_eq!(StackedBar::of_tasks(0, 0, 0, 0, 0).words(), "0 of 0");
    }
}
