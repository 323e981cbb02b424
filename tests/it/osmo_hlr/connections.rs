//! However many ask a register at the same time, it has no more connections than it may have.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fleet::network::osmo_hlr::{Address, OsmoHlr};
use fleet::network::{Action, Look, Network, Outcome, Request, Services, Subject};

use super::register::{PATIENCE, Register};
use super::slow::pass;
use super::{Lab, networks};

/// How many ask at the same time, and for how many subscribers each.
const ASKING: usize = 5;
const EACH: usize = 20;
const CONNECTIONS: usize = 3;

/// Connections that were open at the same time.
#[derive(Default)]
struct Open {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// Stands between the portal and an interface of a register, and counts connections.
fn counting(to: String, open: Arc<Open>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for near in listener.incoming() {
            let (Ok(near), Ok(far)) = (near, TcpStream::connect(&to)) else { continue };
            open.most.fetch_max(open.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let (ask, answer) = ((near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near));
            let open = Arc::clone(&open);
            thread::spawn(move || pass(ask.0, ask.1, None, Duration::ZERO));
            thread::spawn(move || {
                pass(answer.0, answer.1, None, Duration::from_millis(1));
                open.now.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    address
}

fn request(asking: usize, place: usize, action: Action) -> Request {
    let number = asking * EACH + place;
    Request {
        key: format!("{action:?} {number}"),
        action,
        attempt: 0,
        iccid: format!("89882110000{number:09}"),
        imsi: format!("90170{number:010}"),
        msisdn: Some(format!("88320{number:07}")),
        offer: None,
        network: "lab".to_owned(),
        services: Services { packet: true, circuit: true },
    }
}

#[test]
fn all_who_ask_share_the_connections_that_there_may_be() {
    let register = Register::start();
    let (control, terminal) = (Arc::new(Open::default()), Arc::new(Open::default()));
    let address = Address {
        control: counting(register.address().control, Arc::clone(&control)),
        terminal: counting(register.address().terminal, Arc::clone(&terminal)),
        connections: CONNECTIONS,
    };
    let network = OsmoHlr::new(address);
    let deadline = Instant::now() + PATIENCE;
    thread::scope(|scope| {
        for asking in 0..ASKING {
            let network = &network;
            scope.spawn(move || {
                for action in [Action::Activate, Action::Suspend] {
                    let requests: Vec<_> = (0..EACH).map(|place| request(asking, place, action)).collect();
                    assert_eq!(network.carry_out(&requests, deadline), vec![Outcome::Done; EACH]);
                }
                let subject = |place| {
                    let Request { iccid, imsi, network, .. } = request(asking, place, Action::Suspend);
                    Subject { iccid, imsi, network }
                };
                let looks = network.look(&(0..EACH).map(subject).collect::<Vec<_>>(), deadline);
                assert!(looks.iter().all(|look| matches!(look, Look::Present(_))), "{looks:?}");
            });
        }
    });
    for open in [control, terminal] {
        assert_eq!(open.most.load(Ordering::SeqCst), CONNECTIONS);
    }
}

#[test]
fn what_no_connection_became_free_for_was_not_asked_and_says_nothing_of_the_network() {
    let lab = Lab::new(0);
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let control = mute.local_addr().unwrap().to_string();
    let address = Address { control, terminal: lab.register.address().terminal, connections: 1 };
    let network = networks(&lab.fleet.pool, OsmoHlr::new(address));
    let ask = |asking, patience| {
        network.carry_out(&[request(asking, 0, Action::Activate)], Instant::now() + patience)
    };
    let silent = || lab.fleet.ask("SELECT string_agg(silent::text, ',') FROM network_states");

    assert_eq!(ask(0, Duration::from_millis(300)), [Outcome::Unreachable]);
    assert_eq!(silent(), "1");
    let (_first, _) = mute.accept().unwrap();
    thread::scope(|scope| {
        let taken = scope.spawn(|| ask(1, Duration::from_secs(3)));
        let (_second, _) = mute.accept().unwrap();
        let waiting = ask(2, Duration::from_millis(300));
        assert!(matches!(waiting[..], [Outcome::HeldBack { .. }]), "{waiting:?}");
        assert_eq!(silent(), "1");
        assert_eq!(taken.join().unwrap(), [Outcome::Unreachable]);
        assert_eq!(silent(), "2");
    });
}
