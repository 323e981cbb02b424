//! A register that answers slowly, and at times not at all.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fleet::network::osmo_hlr::{Address, OsmoHlr};
use fleet::operations::worker::Settings;

use super::{Lab, networks};

/// Connections, of both interfaces, whose answers end in the middle.
const MUTE: usize = 6;
/// What is still heard on those.
const HEARD: usize = 1_500;
/// How long every piece of an answer is on its way on the others.
const DELAY: Duration = Duration::from_millis(3);

/// Stands between the portal and an interface of a register; says where, and counts the connections that went mute.
fn proxy(to: String, muted: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for near in listener.incoming() {
            let (Ok(near), Ok(far)) = (near, TcpStream::connect(&to)) else { continue };
            let budget = (muted.fetch_add(1, Ordering::Relaxed) < MUTE).then_some(HEARD);
            let (ask, answer) = ((near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near));
            thread::spawn(move || pass(ask.0, ask.1, None, Duration::ZERO));
            thread::spawn(move || pass(answer.0, answer.1, budget, DELAY));
        }
    });
    address
}

/// Passes on what comes, late, and of that only as many bytes as the budget allows: the rest is swallowed.
pub(super) fn pass(mut from: TcpStream, mut to: TcpStream, mut budget: Option<usize>, delay: Duration) {
    let mut piece = [0; 1_024];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        thread::park_timeout(delay);
        let part = budget.map_or(read, |left| left.min(read));
        budget = budget.map(|left| left - part);
        if to.write_all(&piece[..part]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[test]
fn a_register_that_answers_slowly_or_half_ends_with_every_sim_once_in_any_act() {
    const SIMS: i32 = 200;
    let mut lab = Lab::new(SIMS.into());
    let muted = Arc::new(AtomicUsize::new(0));
    let Address { control, terminal, connections } = lab.register.address();
    let (control, terminal) = (proxy(control, Arc::clone(&muted)), proxy(terminal, Arc::clone(&muted)));
    lab.fleet.settings = Settings {
        step: 50,
        attempts: 1_000,
        network_deadline: Duration::from_secs(1),
        ..lab.fleet.settings.clone()
    };
    let foreign = lab.register.add_foreign(10);
    let before = lab.register.holds(&foreign);
    for (act, served) in lab.life() {
        // New connections for each act, of which the first go mute.
        muted.store(0, Ordering::Relaxed);
        let address = Address { control: control.clone(), terminal: terminal.clone(), connections };
        lab.networks = networks(&lab.fleet.pool, OsmoHlr::new(address));
        let number = lab.launch(act.clone());
        lab.work();
        lab.has_done(number, SIMS, served);
        assert!(muted.load(Ordering::Relaxed) > MUTE, "{act:?} was asked again over other connections");
    }
    assert_eq!(lab.register.holds(&foreign), before);
}
