//! What happened to the SIMs: the operations of the past two months, as somebody could have launched them.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc, Weekday};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::cast::{ACCOUNTS, OFFERS, launchers, path};
use super::layout::{PlannedSim, batches, sizes};

/// What an operation does. The order is that of the hours at which they are launched, so that what happens to one SIM on one
/// day happens in an order that is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Transfer { to: usize },
    Activate { offer: usize },
    Suspend,
    Resume,
    Terminate,
}

/// Why the network did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Rejected,
    Unreachable,
}

/// An operation before it is played.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) at: DateTime<Utc>,
    pub(super) account: usize,
    /// By the place in the cast.
    pub(super) by: usize,
    pub(super) act: Act,
    /// SIMs by their place in the file.
    pub(super) sims: Vec<usize>,
    pub(super) refused: Vec<(usize, Refusal)>,
    pub(super) cancelled: Vec<usize>,
}

/// The day, counted from today, on which the main account got its SIMs; a long weekend before anything else.
pub(super) const IMPORT_DAY: i64 = -69;

/// The day after which the main account activated its first SIMs.
const FIRST_DAY: i64 = -64;

/// Days on which accounts suspend and terminate.
const CLEAR_OUT_DAYS: [i64; 5] = [-33, -25, -18, -11, -4];

/// The operations of all accounts, in the order of time.
pub(super) fn schedule(sims: &[PlannedSim], today: NaiveDate, rng: &mut ChaCha8Rng) -> Vec<Launch> {
    let mut schedule = Schedule { sims, today, rng, launches: Vec::new(), idle: BTreeMap::new() };
    for (account, size) in sizes(sims.len()).into_iter().enumerate() {
        let batches = batches(account, size);
        let mut clear_outs = BTreeMap::new();
        for batch in 0..batches {
            schedule.batch(account, batch, batches, &mut clear_outs);
        }
        for ((day, act), sims) in clear_outs {
            schedule.launch(day, account, act, sims);
        }
    }
    schedule.mishaps();
    schedule.launches.sort_by_key(|launch| launch.at);
    schedule.launches
}

struct Schedule<'a> {
    sims: &'a [PlannedSim],
    today: NaiveDate,
    rng: &'a mut ChaCha8Rng,
    launches: Vec<Launch>,
    /// SIMs that stay in the inventory, by account.
    idle: BTreeMap<usize, Vec<usize>>,
}

impl Schedule<'_> {
    /// One delivery of an account: how it got there, and what became of it.
    fn batch(
        &mut self,
        account: usize,
        batch: usize,
        batches: usize,
        clear_outs: &mut BTreeMap<(i64, Act), Vec<usize>>,
    ) {
        let mine = |sim: &PlannedSim| sim.account == account && sim.batch == batch;
        let sims: Vec<usize> =
            self.sims.iter().enumerate().filter(|(_, sim)| mine(sim)).map(|(index, _)| index).collect();
        if sims.is_empty() {
            return;
        }
        let arrival = self.deliver(account, batch, batches, &sims);

        let waves = if account == 0 { 24 } else { (sims.len() / 200).clamp(2, 7) };
        let days: Vec<i64> = (0..waves).map(|wave| self.day_of_wave(arrival, wave, waves)).collect();
        let mut activations: BTreeMap<(i64, usize), Vec<usize>> = BTreeMap::new();
        let mut idle = Vec::new();
        for sim in sims {
            match self.activation(account, sim, &days) {
                Some((day, offer)) => {
                    activations.entry((day, offer)).or_default().push(sim);
                    self.clear_out(sim, day, clear_outs);
                }
                None => idle.push(sim),
            }
        }
        for ((day, offer), sims) in activations {
            let refused = self.refused(&idle, offer, sims.len());
            self.launch(day, account, Act::Activate { offer }, sims);
            if let Some(launch) = self.launches.last_mut() {
                launch.refused = refused;
            }
        }
        self.idle.entry(account).or_default().extend(idle);
    }

    /// Transfers a delivery step by step down the tree, and says on which day it arrived.
    fn deliver(&mut self, account: usize, batch: usize, batches: usize, sims: &[usize]) -> i64 {
        if account == 0 {
            return FIRST_DAY;
        }
        let spread = i64::try_from(batch * 42 / batches).unwrap_or(0);
        let day = -58 + spread + self.rng.random_range(0..4);
        for (step, hop) in path(account).windows(2).enumerate() {
            self.launch(
                day + i64::try_from(step).unwrap_or(0),
                hop[0],
                Act::Transfer { to: hop[1] },
                sims.to_vec(),
            );
        }
        day + 1
    }

    fn day_of_wave(&mut self, arrival: i64, wave: usize, waves: usize) -> i64 {
        let days = -1 - (arrival + 1);
        let within = days * i64::try_from(wave).unwrap_or(0) / i64::try_from(waves).unwrap_or(1);
        let width = (days / i64::try_from(waves).unwrap_or(1)).max(1);
        (arrival + 1 + within + self.rng.random_range(0..=width)).min(-1)
    }

    /// When and on which offer a SIM was activated, if it was. Later waves are larger: the fleet grows.
    fn activation(&mut self, account: usize, sim: usize, days: &[i64]) -> Option<(i64, usize)> {
        let sim_type = self.sims[sim].sim_type;
        let fitting: Vec<usize> = ACCOUNTS[account]
            .offers
            .iter()
            .copied()
            .filter(|offer| OFFERS[*offer].accepts.contains(&sim_type))
            .collect();
        if fitting.is_empty() || self.rng.random_range(0..100) >= ACCOUNTS[account].in_service {
            return None;
        }
        // The larger of two draws: the last waves get most, the first ones little.
        let wave = self.rng.random_range(0..days.len()).max(self.rng.random_range(0..days.len()));
        // Two of three take the first offer that fits.
        let offer = fitting[if self.rng.random_ratio(2, 3) { 0 } else { fitting.len() - 1 }];
        Some((days[wave], offer))
    }

    /// Suspends some, resumes some of these, and terminates some.
    fn clear_out(&mut self, sim: usize, activated: i64, clear_outs: &mut BTreeMap<(i64, Act), Vec<usize>>) {
        let days: Vec<i64> = CLEAR_OUT_DAYS.into_iter().filter(|day| *day > activated + 2).collect();
        if days.is_empty() {
            return;
        }
        let day = days[self.rng.random_range(0..days.len())];
        let acts: &[(i64, Act)] = match self.rng.random_range(0..100) {
            0..9 => &[(0, Act::Suspend)],
            9..14 => &[(0, Act::Suspend), (2, Act::Resume)],
            14..20 => &[(1, Act::Terminate)],
            20..22 => &[(0, Act::Suspend), (1, Act::Terminate)],
            _ => &[],
        };
        for (later, act) in acts {
            clear_outs.entry((day + later, *act)).or_default().push(sim);
        }
    }

    /// In some larger operations the network refuses a few.
    fn refused(&mut self, idle: &[usize], offer: usize, size: usize) -> Vec<(usize, Refusal)> {
        if size < 40 || !self.rng.random_ratio(1, 3) {
            return Vec::new();
        }
        let fits = |sim: &&usize| OFFERS[offer].accepts.contains(&self.sims[**sim].sim_type);
        let from = self.rng.random_range(0..=idle.len() / 2);
        idle.iter().skip(from).filter(fits).take(1 + size / 60).map(|sim| (*sim, Refusal::Rejected)).collect()
    }

    /// One operation that failed altogether, and one that was cancelled half way.
    fn mishaps(&mut self) {
        let idle = |account| self.idle.get(&account).cloned().unwrap_or_default();
        let unreachable: Vec<(usize, Refusal)> = idle(3)
            .into_iter()
            .filter(|sim| OFFERS[0].accepts.contains(&self.sims[*sim].sim_type))
            .take(36)
            .map(|sim| (sim, Refusal::Unreachable))
            .collect();
        let spare = idle(0);
        if !unreachable.is_empty() {
            self.launch(-8, 3, Act::Activate { offer: 0 }, Vec::new());
            if let Some(launch) = self.launches.last_mut() {
                launch.refused = unreachable;
            }
        }
        let to_brightmoor = |launch: &&mut Launch| launch.act == Act::Transfer { to: 4 };
        if let Some(launch) = self.launches.iter_mut().rev().find(to_brightmoor) {
            launch.cancelled = spare.into_iter().take(launch.sims.len() / 3).collect();
        }
    }

    fn launch(&mut self, day: i64, account: usize, act: Act, sims: Vec<usize>) {
        let hour = match act {
            // Down the tree in one morning, should two days become one.
            Act::Transfer { .. } => 7 + i64::from(account != 0),
            Act::Activate { .. } => 9 + self.rng.random_range(0..6),
            Act::Suspend => 15,
            Act::Resume => 16,
            Act::Terminate => 17,
        };
        let seconds = hour * 3_600 + self.rng.random_range(0..3_000);
        let midnight = self.working_day(day).and_time(chrono::NaiveTime::MIN).and_utc();
        let who = launchers(account);
        self.launches.push(Launch {
            at: midnight + Duration::seconds(seconds),
            account,
            by: who.get(self.rng.random_range(0..who.len().max(1))).copied().unwrap_or(0),
            act,
            sims,
            refused: Vec::new(),
            cancelled: Vec::new(),
        });
    }

    /// The day so many days from today, or the Friday before it if that is a weekend: this keeps the order of any two.
    fn working_day(&self, day: i64) -> NaiveDate {
        let date = self.today + Duration::days(day);
        match date.weekday() {
            Weekday::Sat => date - Duration::days(1),
            Weekday::Sun => date - Duration::days(2),
            _ => date,
        }
    }
}
