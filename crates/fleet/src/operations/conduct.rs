//! How an operation is conducted: when it begins, and when it stops to be looked at.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::error::{Error, Result};
use crate::ids::OperationId;

/// How an operation is conducted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conduct {
    /// When it begins.
    pub start: Start,
    /// When it pauses by itself.
    pub pause: PauseRule,
}

/// When an operation begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Start {
    /// At once.
    #[default]
    Now,
    /// At this moment.
    At(Moment),
    /// When this other operation of the company has succeeded.
    After(OperationId),
}

/// How many failures are too many to go on without a person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseRule {
    /// It never pauses.
    Never,
    /// So many of a hundred SIMs, once [`Self::AT_LEAST`] have been tried.
    Percent(i16),
    /// So many SIMs.
    Failures(i32),
}

impl Default for PauseRule {
    fn default() -> Self {
        Self::Percent(20)
    }
}

impl PauseRule {
    /// How many SIMs must have been tried before a share of them means something.
    pub const AT_LEAST: i32 = 100;

    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::Percent(percent) if !(1..=100).contains(&percent) => {
                Err(Error::invalid("pause_percent", "Write a share from 1 to 100 %."))
            }
            Self::Failures(failures) if failures < 1 => {
                Err(Error::invalid("pause_failures", "Write a number from 1 on."))
            }
            _ => Ok(()),
        }
    }

    pub(super) const fn percent(self) -> Option<i16> {
        if let Self::Percent(percent) = self { Some(percent) } else { None }
    }

    pub(super) const fn failures(self) -> Option<i32> {
        if let Self::Failures(failures) = self { Some(failures) } else { None }
    }

    pub(super) const fn of(percent: Option<i16>, failures: Option<i32>) -> Self {
        match (percent, failures) {
            (Some(percent), _) => Self::Percent(percent),
            (None, Some(failures)) => Self::Failures(failures),
            (None, None) => Self::Never,
        }
    }
}

/// A moment as somebody said it: by the clocks of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    at: DateTime<Utc>,
    zone: Tz,
}

impl Moment {
    /// A moment by the clocks of `zone`, a name of the IANA database, from how a form writes it:
    /// `2026-11-24T02:00`.
    ///
    /// [`Error::Invalid`] for the hour that is left out, and the one that comes twice, when clocks
    /// are put forward and back: nobody can know what was meant.
    pub fn parse(local: &str, zone: &str) -> Result<Self> {
        let zone = Self::zone_named(zone)?;
        let said = read(local)?;
        let clocks = said.format("%H:%M on %-d %B %Y");
        match zone.from_local_datetime(&said) {
            LocalResult::Single(at) => Ok(Self { at: at.with_timezone(&Utc), zone }),
            LocalResult::None => Err(Error::invalid(
                "start_at",
                format!(
                    "There is no {clocks} in {zone}: the clocks are put forward then. Choose another time."
                ),
            )),
            LocalResult::Ambiguous(..) => Err(Error::invalid(
                "start_at",
                format!("{clocks} comes twice in {zone}: the clocks are put back then. Choose another time."),
            )),
        }
    }

    /// A moment as it is stored; by UTC where this program does not know the zone any more.
    pub fn stored(at: DateTime<Utc>, zone: &str) -> Self {
        Self { at, zone: zone.parse().unwrap_or(Tz::UTC) }
    }

    fn zone_named(name: &str) -> Result<Tz> {
        match name.trim() {
            "" => Err(Error::invalid("zone", "Choose the time zone that the time is meant in.")),
            name => name.parse().map_err(|_| {
                Error::invalid(
                    "zone",
                    "There is no such time zone. Choose one of the list, such as Europe/Vienna.",
                )
            }),
        }
    }

    /// The moment itself.
    pub const fn at(self) -> DateTime<Utc> {
        self.at
    }

    /// The name of the time zone.
    pub fn zone(self) -> &'static str {
        self.zone.name()
    }

    /// As a form writes it: `2026-11-24T02:00`.
    pub fn written(self) -> String {
        self.at.with_timezone(&self.zone).format("%Y-%m-%dT%H:%M").to_string()
    }
}

/// As people read it: `24 Nov 2026, 02:00 (Europe/Vienna)`.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let local = self.at.with_timezone(&self.zone);
        write!(f, "{} ({})", local.format("%-d %b %Y, %H:%M"), self.zone)
    }
}

fn read(local: &str) -> Result<NaiveDateTime> {
    let local = local.trim();
    if local.is_empty() {
        return Err(Error::invalid("start_at", "Say on which day and at what time."));
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(local, format).ok())
        .ok_or_else(|| Error::invalid("start_at", "Write day and time as 2026-11-24T02:00."))
}

/// The names of time zones that contain `text` in any letter case, at most `limit`.
pub fn time_zones(text: &str, limit: usize) -> Vec<&'static str> {
    let text = text.trim().to_lowercase().replace(' ', "_");
    let names = TZ_VARIANTS.iter().map(|zone| zone.name());
    names.filter(|name| name.to_lowercase().contains(&text)).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(local: &str, zone: &str) -> (&'static str, String) {
        match Moment::parse(local, zone) {
            Err(Error::Invalid { field, message }) => (field, message.into_owned()),
            other => panic!("{local} in {zone}: {other:?}"),
        }
    }

    #[test]
    fn a_moment_is_meant_by_the_clocks_of_its_zone() {
        let moment = Moment::parse("2026-11-24T02:00", "Europe/Vienna").unwrap();
        assert_eq!(moment.at().to_rfc3339(), "2026-11-24T01:00:00+00:00");
        assert_eq!(moment.to_string(), "24 Nov 2026, 02:00 (Europe/Vienna)");
        assert_eq!(moment.written(), "2026-11-24T02:00");
        assert_eq!(Moment::stored(moment.at(), moment.zone()), moment);
        assert_eq!(
            Moment::parse("2026-07-01T02:00:00", "Europe/Vienna").unwrap().at().to_rfc3339(),
            "2026-07-01T00:00:00+00:00"
        );
    }

    #[test]
    fn an_hour_that_is_left_out_or_comes_twice_is_refused() {
        let (field, gap) = refusal("2026-03-29T02:30", "Europe/Vienna");
        assert_eq!(field, "start_at");
        assert!(gap.starts_with("There is no 02:30 on 29 March 2026 in Europe/Vienna"), "{gap}");
        let (_, twice) = refusal("2026-10-25T02:30", "Europe/Vienna");
        assert!(twice.starts_with("02:30 on 25 October 2026 comes twice in Europe/Vienna"), "{twice}");
        assert!(Moment::parse("2026-10-25T02:30", "UTC").is_ok());
    }

    #[test]
    fn what_can_not_be_read_is_refused_with_its_field() {
        assert_eq!(refusal("", "UTC").0, "start_at");
        assert_eq!(refusal("tomorrow", "UTC").0, "start_at");
        assert_eq!(refusal("2026-11-24T02:00", "").0, "zone");
        assert_eq!(refusal("2026-11-24T02:00", "Mars/Olympus").0, "zone");
    }

    #[test]
    fn zones_are_found_by_a_part_of_their_name() {
        assert_eq!(time_zones("vienna", 5), ["Europe/Vienna"]);
        assert_eq!(time_zones("new york", 5), ["America/New_York"]);
        assert_eq!(time_zones("e", 3).len(), 3);
    }
}
