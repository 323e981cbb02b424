//! What goes wrong in the real world, while 20,000 SIMs are transferred, activated and handed over by three workers.
//!
//! After each fault: every task has ended, each SIM is what its tasks say, counters equal a recount, no SIM is held,
//! and the network has done nothing twice.

mod connector;
mod database;
mod disk;
mod frozen;
mod gate;
mod workers;

use fleet::operations::{Act, Outcome};
use simyard::cluster::PrivateCluster;

use self::workers::Workers;
use super::fixture::{Fleet, assert_ended, everything, transfer_to};
use crate::cluster::eventually;
use crate::support::TestDb;

const SIMS: i32 = 20_000;

/// What is under way when things go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Transfer,
    Activation,
    HandOver,
}

const ALL_WORK: [Work; 3] = [Work::Transfer, Work::Activation, Work::HandOver];

impl Work {
    fn act(self, fleet: &Fleet) -> Act {
        match self {
            Self::Transfer => transfer_to(fleet.clienticity),
            Self::Activation => Act::Activate { offer: fleet.global },
            Self::HandOver => {
                Act::HandOver { target: fleet.clienticity, offer: fleet.global, keep_labels: false }
            }
        }
    }

    /// Where the SIMs are afterwards, and how.
    fn end(self, fleet: &Fleet) -> (fleet::ids::CompanyUid, String) {
        match self {
            Self::Transfer => (fleet.clienticity, "state = 'inventory'".to_owned()),
            Self::Activation => (fleet.meridian, format!("state = 'active' AND offer_id = {}", fleet.global)),
            Self::HandOver => {
                (fleet.clienticity, format!("state = 'active' AND offer_id = {}", fleet.global))
            }
        }
    }

    /// Launches the work on a fleet of its own, lets `disturb` loose on it, and checks the end.
    ///
    /// The lease is short, so that what a dead worker held is soon free.
    fn survives(self, fleet: &Fleet, disturb: impl FnOnce(&Fleet, &mut Workers, &dyn Fn(i32))) {
        self.survives_with_lease(3, fleet, disturb);
    }

    fn survives_with_lease(
        self,
        lease: u32,
        fleet: &Fleet,
        disturb: impl FnOnce(&Fleet, &mut Workers, &dyn Fn(i32)),
    ) {
        fleet.load(fleet.meridian, SIMS.into());
        let mut workers = Workers::start(&fleet.database.url, lease);
        let number = fleet.launch(fleet.meridian, self.act(fleet), everything());
        let done = format!("SELECT count(*) FROM tasks WHERE operation_id = {number} AND state = 'success'");
        let reaches = |sims: i32| {
            let enough = || fleet.try_ask(&done)?.parse::<i32>().is_ok_and(|done| done >= sims).then_some(());
            eventually(&format!("{self:?}: see {sims} done"), enough);
        };
        disturb(fleet, &mut workers, &reaches);
        let ended = format!("SELECT state FROM operations WHERE id = {number}");
        eventually(&format!("{self:?}: see the end"), || {
            (fleet.try_ask(&ended).as_deref() == Some("finished")).then_some(())
        });
        drop(workers);
        assert_ended(&fleet.find(fleet.meridian, number), Outcome::Succeeded, SIMS, 0);
        self.check(fleet);
    }

    fn check(self, fleet: &Fleet) {
        fleet.check_nothing_left();
        fleet.check_counters();
        let (company, state) = self.end(fleet);
        assert_eq!(
            fleet.count(company, &state),
            i64::from(SIMS),
            "{self:?}: the SIMs are what their tasks say"
        );
        let once = format!(
            "SELECT count(DISTINCT sim_id) || ' of ' || count(*) \
             FROM tasks JOIN operations o ON o.id = operation_id WHERE o.company_id = {}",
            fleet.id(fleet.meridian)
        );
        assert_eq!(fleet.ask(&once), format!("{SIMS} of {SIMS}"), "{self:?}: each SIM once");
        let twice = "SELECT count(*) FROM (SELECT imsi FROM simulated_network_requests WHERE accepted \
             GROUP BY imsi, action HAVING count(*) > 1) twice";
        assert_eq!(fleet.ask(twice), "0", "{self:?}: the network did something twice");
        let asked = if self == Self::Transfer { 0 } else { SIMS };
        let ledger = "SELECT count(*) FROM simulated_network_requests WHERE accepted";
        assert_eq!(fleet.ask(ledger), asked.to_string(), "{self:?}: the network's own ledger");
    }
}

/// A fleet in a cluster that only this test disturbs.
fn fleet_in(cluster: &PrivateCluster, work: Work) -> Fleet {
    Fleet::on(TestDb::of_cluster(cluster, &format!("faults_{work:?}").to_lowercase()))
}
