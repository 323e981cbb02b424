//! What the register holds of subscribers, read over its terminal: that alone says when one was last seen.

use std::io;
use std::time::Instant;

use chrono::{DateTime, Utc};

use super::course::NOBODY;
use super::line::{self, Stream};
use super::vty::Vty;
use crate::network::{Held, Look, Services, Subject};

/// Looks at `subjects`, in their order. After an error the connection is of no use.
pub(super) fn look<S: Stream>(
    vty: &mut Vty<S>,
    subjects: &[&Subject],
    deadline: Instant,
) -> io::Result<Vec<Look>> {
    let commands: Vec<String> =
        subjects.iter().map(|subject| format!("subscriber imsi {} show", subject.imsi)).collect();
    let answers = vty.tell(&commands, deadline)?;
    subjects.iter().zip(&answers).map(|(subject, answer)| read(&subject.imsi, answer)).collect()
}

/// Reads what was answered about a subscriber: lines of a name, a colon and a value, or of a few words.
fn read(imsi: &str, answer: &str) -> io::Result<Look> {
    if answer.starts_with(NOBODY) {
        return Ok(Look::Absent);
    }
    let lines = || answer.lines().map(str::trim);
    let values = |name: &'static str| lines().filter_map(move |line| line.strip_prefix(name)).map(str::trim);
    if values("IMSI:").next() != Some(imsi) {
        return Err(line::odd("what is said of another subscriber"));
    }
    let served = |barred: &str| !lines().any(|line| line == barred);
    let seen = ["last LU seen on CS:", "last LU seen on PS:"].into_iter().flat_map(values);
    Ok(Look::Present(Held {
        services: Services { packet: served("PS disabled"), circuit: served("CS disabled") },
        msisdn: values("MSISDN:").find(|number| *number != "none").map(str::to_owned),
        last_seen: seen.filter_map(moment).max(),
    }))
}

/// The moment at the beginning of what was said of it; what cannot be read is as if nothing had been said.
fn moment(said: &str) -> Option<DateTime<Utc>> {
    let written = said.split_whitespace().next()?;
    Some(DateTime::parse_from_rfc3339(written).ok()?.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_subscriber_is_read_as_it_was_seen() {
        let shown = "    ID: 1\r\n    IMSI: 901700000000001\r\n    MSISDN: 12345\r\n    SGSN number: SGSN-B\r\n    \
            last LU seen on CS: 2026-11-25T22:00:00+00:00 (1 hour ago)\r\n    PS disabled\r\n    \
            last LU seen on PS: 2026-11-26T01:26:53+02:00 ( ago)";
        let held = Held {
            services: Services { packet: false, circuit: true },
            msisdn: Some("12345".to_owned()),
            last_seen: "2026-11-25T23:26:53Z".parse().ok(),
        };
        assert_eq!(read("901700000000001", shown).unwrap(), Look::Present(held));
        assert!(read("901700000000002", shown).is_err(), "of another subscriber");
    }

    #[test]
    fn a_new_subscriber_has_all_services_and_neither_number_nor_life() {
        let shown = "ID: 1\r\n    IMSI: 901700000000001\r\n    MSISDN: none";
        let held = Held { services: Services { packet: true, circuit: true }, msisdn: None, last_seen: None };
        assert_eq!(read("901700000000001", shown).unwrap(), Look::Present(held));
        let nobody = "% No subscriber for imsi = '901700000000001'";
        assert_eq!(read("901700000000001", nobody).unwrap(), Look::Absent);
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd(answer in "[ -~\n]{0,200}") {
            let _ = read("901700000000001", &answer);
        }
    }
}
