//! A network connector that hangs, answers late, answers nonsense, or breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use fleet::network::{Network, Outcome, Request};
use fleet::operations::worker::{self, Settings, Stop};

use super::super::fixture::{assert_ended, everything};
use super::{Fleet, SIMS, Work};
use crate::cluster::eventually;

/// Does every fourth call well; the first, second and third of four each go wrong in their own way.
struct Unreliable {
    network: Arc<dyn Network>,
    calls: AtomicUsize,
    bad: AtomicUsize,
}

/// How many calls go wrong before it only works: the attempts of a step are counted.
const BAD_CALLS: usize = 12;

impl Network for Unreliable {
    fn carry_out(&self, requests: &[Request], deadline: Instant) -> Vec<Outcome> {
        let way = self.calls.fetch_add(1, Ordering::SeqCst) % 4;
        if way == 3 || self.bad.fetch_add(1, Ordering::SeqCst) >= BAD_CALLS {
            return self.network.carry_out(requests, deadline);
        }
        match way {
            0 => {
                // Hangs, and carries out what it was asked long after somebody has asked again.
                let (_never, hang) = mpsc::channel::<()>();
                let beyond = deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(300);
                let _ = hang.recv_timeout(beyond);
                self.network.carry_out(requests, Instant::now() + Duration::from_secs(5))
            }
            1 => {
                let mut answers = self.network.carry_out(requests, deadline);
                answers.truncate(answers.len() / 2);
                answers
            }
            _ => panic!("the connector breaks after {} requests", requests.len()),
        }
    }
}

fn survives(work: Work) {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, SIMS.into());
    // Each of the three workers has three loops.
    let pool = fleet::db::pool(&fleet.database.url, 9).unwrap();
    let network: Arc<dyn Network> = Arc::new(Unreliable {
        network: fleet.network(),
        calls: AtomicUsize::new(0),
        bad: AtomicUsize::new(0),
    });
    let settings = Settings {
        step: 1_000,
        steps_in_chunk: 10,
        lease: Duration::from_secs(3),
        network_deadline: Duration::from_millis(700),
        attempts: 20,
        back_off: Duration::from_millis(10),
        ..fleet.settings.clone()
    };
    let number = fleet.launch(fleet.meridian, work.act(&fleet), everything());
    let stop = Stop::new();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| worker::run(&pool, &network, &settings, &stop));
        }
        let state = format!("SELECT state FROM operations WHERE id = {number}");
        eventually("see the end", || (fleet.ask(&state) == "finished").then_some(()));
        stop.stop();
    });
    assert_ended(&fleet.find(fleet.meridian, number), fleet::operations::Outcome::Succeeded, SIMS, 0);
    work.check(&fleet);
}

#[test]
fn an_activation_survives_an_unreliable_connector() {
    survives(Work::Activation);
}

#[test]
fn a_hand_over_survives_an_unreliable_connector() {
    survives(Work::HandOver);
}
