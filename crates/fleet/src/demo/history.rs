//! The operations played one after the other, each task with the state that it found.

use chrono::{DateTime, Duration, Utc};

use super::cast::OFFERS;
use super::layout::PlannedSim;
use super::schedule::{Act, Launch, Refusal};
use crate::error::{Error, Result};
use crate::sims::SimState;

/// Where a SIM stands at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) account: usize,
    pub(super) state: SimState,
    pub(super) offer: Option<usize>,
    pub(super) activated_at: Option<DateTime<Utc>>,
    pub(super) changed_at: DateTime<Utc>,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Success,
    Refused(Refusal),
    Cancelled,
}

/// A task that has been played.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) sim: usize,
    pub(super) before_account: usize,
    pub(super) before_state: SimState,
    pub(super) before_offer: Option<usize>,
    pub(super) ending: Ending,
    pub(super) ended_at: DateTime<Utc>,
}

/// The operations with their tasks, and where every SIM stands after them.
pub(super) struct History {
    pub(super) operations: Vec<(Launch, Vec<Played>)>,
    pub(super) standings: Vec<Standing>,
}

/// Plays `launches`, which are in the order of time, on SIMs that the main account got at `imported_at`.
///
/// An act that is not possible is a fault of the schedule and fails: nothing untrue is ever told.
pub(super) fn play(
    sims: &[PlannedSim],
    launches: Vec<Launch>,
    imported_at: DateTime<Utc>,
) -> Result<History> {
    let first = Standing {
        account: 0,
        state: SimState::Inventory,
        offer: None,
        activated_at: None,
        changed_at: imported_at,
    };
    let mut standings = vec![first; sims.len()];
    let mut operations = Vec::with_capacity(launches.len());
    for launch in launches {
        let mut endings: Vec<(usize, Ending)> =
            launch.sims.iter().map(|sim| (*sim, Ending::Success)).collect();
        endings.extend(launch.refused.iter().map(|(sim, why)| (*sim, Ending::Refused(*why))));
        endings.extend(launch.cancelled.iter().map(|sim| (*sim, Ending::Cancelled)));
        // Tasks go by ICCID, which is the order of the file. What was cancelled had not begun: it comes last.
        endings.sort_unstable_by_key(|(sim, ending)| (*ending == Ending::Cancelled, *sim));
        let tasks = endings
            .into_iter()
            .enumerate()
            .map(|(index, (sim, ending))| {
                let ended_at =
                    launch.at + Duration::milliseconds(900 + 3 * i64::try_from(index).unwrap_or(0));
                play_task(&launch, sims, sim, ending, ended_at, &mut standings[sim])
            })
            .collect::<Result<Vec<Played>>>()?;
        operations.push((launch, tasks));
    }
    Ok(History { operations, standings })
}

fn play_task(
    launch: &Launch,
    sims: &[PlannedSim],
    sim: usize,
    ending: Ending,
    ended_at: DateTime<Utc>,
    standing: &mut Standing,
) -> Result<Played> {
    let before = standing.clone();
    let possible = before.account == launch.account
        && before.changed_at < launch.at
        && match launch.act {
            Act::Transfer { .. } => before.state == SimState::Inventory,
            Act::Activate { offer } => {
                before.state == SimState::Inventory && OFFERS[offer].accepts.contains(&sims[sim].sim_type)
            }
            Act::Suspend => before.state == SimState::Active,
            Act::Resume => before.state == SimState::Suspended,
            Act::Terminate => matches!(before.state, SimState::Active | SimState::Suspended),
        };
    if !possible {
        return Err(Error::Internal(format!("the demo's schedule has {:?} on {before:?}", launch.act)));
    }
    if ending == Ending::Success {
        standing.changed_at = ended_at;
        match launch.act {
            Act::Transfer { to } => standing.account = to,
            Act::Activate { offer } => {
                standing.state = SimState::Active;
                standing.offer = Some(offer);
                standing.activated_at = Some(ended_at);
            }
            Act::Suspend => standing.state = SimState::Suspended,
            Act::Resume => standing.state = SimState::Active,
            Act::Terminate => {
                standing.state = SimState::Retired;
                standing.offer = None;
            }
        }
    }
    Ok(Played {
        sim,
        before_account: before.account,
        before_state: before.state,
        before_offer: before.offer,
        ending,
        ended_at,
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::super::layout::lay_out;
    use super::super::schedule::{IMPORT_DAY, schedule};
    use super::*;

    /// Every weekday as *today*, and fleets from none to the usual one.
    #[test]
    fn any_schedule_is_possible() {
        for (day, total) in [0, 1, 12, 200, 3_000, 20_000, 100_000].into_iter().enumerate() {
            let today = NaiveDate::from_ymd_opt(2026, 3, 2 + u32::try_from(day).unwrap()).unwrap();
            let mut rng = ChaCha8Rng::seed_from_u64(7);
            let sims = lay_out(total, &mut rng);
            let launches = schedule(&sims, today, &mut rng);
            let midnight = |day| (today + Duration::days(day)).and_time(chrono::NaiveTime::MIN).and_utc();
            assert!(launches.iter().all(|launch| launch.at < midnight(0)));
            let history = play(&sims, launches, midnight(IMPORT_DAY)).unwrap();
            for (sim, standing) in sims.iter().zip(&history.standings) {
                assert_eq!(sim.account, standing.account);
                let in_service = matches!(standing.state, SimState::Active | SimState::Suspended);
                assert_eq!(in_service, standing.offer.is_some());
            }
        }
    }

    #[test]
    fn the_usual_fleet_shows_every_state_and_every_ending() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 4).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let sims = lay_out(100_000, &mut rng);
        let launches = schedule(&sims, today, &mut rng);
        let imported = (today + Duration::days(IMPORT_DAY)).and_time(chrono::NaiveTime::MIN).and_utc();
        let history = play(&sims, launches, imported).unwrap();
        let count = |state| history.standings.iter().filter(|standing| standing.state == state).count();
        assert!(count(SimState::Active) > 30_000);
        assert!(count(SimState::Suspended) > 1_000);
        assert!(count(SimState::Retired) > 1_000);
        let spare = |standing: &&Standing| standing.account == 0 && standing.state == SimState::Inventory;
        assert!(history.standings.iter().filter(spare).count() >= 15_000);
        let ended = |ending| {
            history.operations.iter().any(|(_, tasks)| tasks.iter().any(|task| task.ending == ending))
        };
        assert!(ended(Ending::Cancelled));
        assert!(ended(Ending::Refused(Refusal::Rejected)));
        assert!(ended(Ending::Refused(Refusal::Unreachable)));
        assert!((200..800).contains(&history.operations.len()), "{}", history.operations.len());
    }
}
