//! Whatever is launched, in whatever order, on whatever tree of companies: what must hold holds.

mod checks;
mod tree;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::fixture::Fleet;
use tree::Tree;

/// How many random histories are tried: always the same ones, and others with another `SIMYARD_HISTORIES_SEED`.
const HISTORIES: u32 = 24;

/// A tree of companies, the SIMs in it, and what is done with them.
#[derive(Debug, Clone)]
struct History {
    /// The parent of each company but the first, as a number before its own.
    parents: Vec<prop::sample::Index>,
    /// Which companies have which of the two offers.
    assigned: Vec<(bool, bool)>,
    /// SIMs for each company.
    sims: Vec<u8>,
    /// How much the network refuses and leaves without an answer, in percent, and the seed of which.
    network: (u8, u8, u64),
    launches: Vec<Launch>,
}

#[derive(Debug, Clone)]
struct Launch {
    company: prop::sample::Index,
    target: prop::sample::Index,
    kind: u8,
    second_offer: bool,
    keep_labels: bool,
    which: Which,
    begin: Begin,
    /// After how many failures it pauses.
    pause: Option<i32>,
    then: Then,
}

/// Which SIMs it is launched on.
#[derive(Debug, Clone, Copy)]
enum Which {
    /// All of the company.
    All,
    /// All of the company that are in the state that it is for.
    Fitting,
    /// Each third of those in the tree, beginning with this one.
    EveryThird(u8),
}

#[derive(Debug, Clone, Copy)]
enum Begin {
    Now,
    /// At a moment, which comes when something is next worked on and the time is said to come.
    Later,
    /// After the newest unfinished operation of the company, if there is one.
    Follow,
}

#[derive(Debug, Clone, Copy)]
enum Then {
    /// Something else is launched before it is worked on.
    Wait,
    Work,
    /// The time of all that waits for a moment has come; what is paused goes on.
    TimeComesAndGoOn,
    /// What is paused is given up.
    GiveUp,
    Cancel,
}

fn histories() -> impl Strategy<Value = History> {
    let index = any::<prop::sample::Index>;
    let then = prop_oneof![
        4 => Just(Then::Wait),
        8 => Just(Then::Work),
        3 => Just(Then::TimeComesAndGoOn),
        2 => Just(Then::GiveUp),
        2 => Just(Then::Cancel),
    ];
    let begin = prop_oneof![6 => Just(Begin::Now), 1 => Just(Begin::Later), 3 => Just(Begin::Follow)];
    let what = (index(), index(), 0_u8..12, any::<bool>(), any::<bool>());
    let which = prop_oneof![3 => Just(Which::All), 3 => Just(Which::Fitting), 4 => (0_u8..3).prop_map(Which::EveryThird)];
    let launch = (what, which, begin, prop::option::weighted(0.4, 1..4), then).prop_map(
        |((company, target, kind, second_offer, keep_labels), which, begin, pause, then)| Launch {
            company,
            target,
            kind,
            second_offer,
            keep_labels,
            which,
            begin,
            pause,
            then,
        },
    );
    let offers = (prop::bool::weighted(0.8), prop::bool::weighted(0.6));
    let network =
        (prop::sample::select(vec![0_u8, 10, 40]), prop::sample::select(vec![0_u8, 0, 50]), any::<u64>());
    (vec(index(), 1..4), vec(offers, 4), vec(3_u8..12, 4), network, vec(launch, 8..30)).prop_map(
        |(parents, assigned, sims, network, launches)| History { parents, assigned, sims, network, launches },
    )
}

/// What has come about: kinds that have succeeded, what the network has done, and how operations began.
const HAPPENED: &str = "SELECT string_agg(DISTINCT event, ',') FROM ( \
        SELECT o.kind::text FROM operations o JOIN tasks t ON t.operation_id = o.id WHERE t.state = 'success' \
        UNION ALL SELECT code::text FROM tasks WHERE code IS NOT NULL \
        UNION ALL SELECT 'on time' FROM operations WHERE started_at IS NOT NULL AND scheduled_for IS NOT NULL \
        UNION ALL SELECT 'in turn' FROM operations WHERE started_at IS NOT NULL AND after_id IS NOT NULL \
        UNION ALL SELECT 'not allowed' FROM operations WHERE not_started_because IS NOT NULL \
        UNION ALL SELECT 'gone on' FROM operations o WHERE paused_at IS NULL \
            AND EXISTS (SELECT FROM messages m WHERE m.link = '/operations/' || o.id AND m.sentence LIKE '%: paused%') \
        UNION ALL SELECT 'given up' FROM operations WHERE paused_at IS NOT NULL AND cancelled_at IS NOT NULL) happened (event)";

#[test]
fn whatever_is_launched_the_invariants_hold() {
    let config =
        Config { cases: HISTORIES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let happened = RefCell::new(BTreeSet::new());
    let seed =
        std::env::var("SIMYARD_HISTORIES_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u8);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let outcome = TestRunner::new_with_rng(config, rng).run(&histories(), |history| {
        let tree = Tree::plant(&history);
        for launch in &history.launches {
            tree.play(launch);
        }
        tree.end();
        happened.borrow_mut().extend(tree.fleet.ask(HAPPENED).split(',').map(str::to_owned));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    for event in [
        "transfer",
        "hand_over",
        "activate",
        "suspend",
        "resume",
        "change_offer",
        "terminate",
        "recall",
        "network_rejected",
        "network_unreachable",
        "on time",
        "in turn",
        "not allowed",
        "gone on",
        "given up",
    ] {
        assert!(happened.borrow().contains(event), "{event} has never happened: {happened:?}");
    }
}

#[test]
#[should_panic(expected = "breaks in the chain")]
fn a_sim_changed_behind_the_engines_back_is_noticed() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 3);
    fleet.transfer_all();
    let (tree, offers) = (fleet.id(fleet.clienticity), [fleet.global, fleet.cards]);
    let tree = Tree { companies: vec![(tree, fleet.clienticity)], offers, fleet };
    tree.check_chain();
    tree.fleet.run("UPDATE sims SET state = 'retired' WHERE id = (SELECT max(id) FROM sims)");
    tree.check_chain();
}
