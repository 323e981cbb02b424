//! Operations on a real Home Location Register: what the portal says is what the register holds.

mod hostile;
mod keys;
mod life_signs;
mod reconcile;
mod register;
mod sgsn;
mod slow;

use std::sync::Arc;
use std::time::Duration;

use fleet::ids::{OfferId, OperationId};
use fleet::network::{Network, Networks, Simulated};
use fleet::operations::worker::{self, Settings};
use fleet::operations::{Act, OperationKind, Outcome};
use fleet::sims::Selection;

use self::register::Register;
use crate::operations::fixture::{Fleet, assert_ended, everything};

/// A fleet whose offers are of the register: *Global* is data alone, *Calls* has everything.
struct Lab {
    fleet: Fleet,
    register: Register,
    networks: Arc<dyn Network>,
    calls: OfferId,
}

impl Lab {
    fn new(sims: i64) -> Self {
        let register = Register::start();
        let mut fleet = Fleet::new();
        fleet.settings = Settings { step: 500, network_deadline: Duration::from_secs(15), ..fleet.settings };
        fleet.load(fleet.meridian, sims);
        fleet.run("UPDATE offers SET network = 'lab', circuit_service = false WHERE name = 'Global'");
        fleet.run(
            "INSERT INTO offers (company_id, name, sim_types, network) \
             SELECT company_id, 'Calls', sim_types, 'lab' FROM offers WHERE name = 'Global'",
        );
        fleet.run(
            "INSERT INTO offer_assignments (company_id, offer_id, assigned_by_company_id) \
             SELECT company_id, id, company_id FROM offers WHERE name = 'Calls'",
        );
        let calls = fleet.ask("SELECT id FROM offers WHERE name = 'Calls'").parse().unwrap();
        let networks = Networks::default()
            .with("simulated", Arc::new(Simulated::new(fleet.pool.clone())))
            .with("lab", Arc::new(register.network()));
        Self { fleet, register, networks: Arc::new(networks), calls }
    }

    fn launch(&self, act: Act) -> OperationId {
        self.fleet.launch(self.fleet.meridian, act, everything())
    }

    fn work(&self) {
        worker::run_until_idle(&self.fleet.pool, &self.networks, &self.fleet.settings).unwrap();
        self.fleet.check_nothing_left();
        self.fleet.check_counters();
    }

    /// Does it with all SIMs, which succeeds.
    fn does(&self, act: Act) -> OperationId {
        let number = self.launch(act);
        self.work();
        let operation = self.fleet.find(self.fleet.meridian, number);
        assert_eq!(operation.summary.outcome(), Some(Outcome::Succeeded), "{:?}", operation.summary);
        number
    }

    fn imsis(&self) -> Vec<String> {
        self.fleet
            .ask("SELECT string_agg(imsi, ',' ORDER BY imsi) FROM sims")
            .split(',')
            .map(str::to_owned)
            .collect()
    }

    /// The register holds all SIMs with their own numbers, and serves this.
    fn serves_all(&self, packet: bool, circuit: bool) {
        let sims = self.fleet.ask("SELECT string_agg(imsi || '=' || msisdn, ',' ORDER BY imsi) FROM sims");
        let held = self.register.holds(&self.imsis());
        for (sim, held) in sims.split(',').zip(held) {
            let (imsi, msisdn) = sim.split_once('=').unwrap();
            assert_eq!(held, Some((msisdn.to_owned(), packet, circuit)), "{imsi}");
        }
    }

    fn goes_through_life(&self) {
        let foreign = self.register.add_foreign(40);
        let before = self.register.holds(&foreign);
        self.does(Act::Activate { offer: self.fleet.global });
        self.serves_all(true, false);
        let suspended = self.does(Act::Suspend);
        self.serves_all(false, false);
        self.does(Act::Reconcile);
        self.does(Act::Recall { operation: suspended });
        self.serves_all(true, false);
        self.does(Act::ChangeOffer { offer: self.calls });
        self.serves_all(true, true);
        self.does(Act::Suspend);
        self.does(Act::Resume);
        self.serves_all(true, true);
        self.does(Act::Terminate);
        assert!(self.register.holds(&self.imsis()).iter().all(Option::is_none), "nobody is left");
        self.does(Act::Reconcile);
        assert_eq!(self.register.holds(&foreign), before, "others are as they were");
    }
}

#[test]
fn one_sim_goes_through_its_life_in_the_register() {
    Lab::new(1).goes_through_life();
}

#[test]
fn five_thousand_sims_go_through_their_life_in_the_register() {
    Lab::new(5_000).goes_through_life();
}

#[test]
fn what_is_there_already_is_taken_over_and_what_is_gone_counts_as_terminated() {
    let lab = Lab::new(3);
    let imsis = lab.imsis();
    lab.register.ask(&[format!("SET 1 subscriber.create {}", imsis[0])]);
    lab.does(Act::Activate { offer: lab.fleet.global });
    lab.serves_all(true, false);
    lab.register.ask(&[format!("SET 1 subscriber.delete {}", imsis[1])]);
    lab.does(Act::Terminate);
    assert_eq!(lab.register.holds(&imsis), [None, None, None]);
}

#[test]
fn a_number_that_is_taken_is_refused_in_the_registers_words_and_leaves_nothing_behind() {
    let lab = Lab::new(3);
    let imsis = lab.imsis();
    let foreign = lab.register.add_foreign(1);
    let taken = lab.fleet.ask("SELECT msisdn FROM sims ORDER BY imsi LIMIT 1");
    lab.register.ask(&[format!("SET 1 subscriber.by-imsi-{}.msisdn {taken}", foreign[0])]);
    let number = lab.launch(Act::Activate { offer: lab.fleet.global });
    lab.work();
    let operation = lab.fleet.find(lab.fleet.meridian, number);
    assert_ended(&operation, Outcome::PartlyFailed, 2, 1);
    let said = lab.fleet.ask("SELECT network_message FROM tasks WHERE state = 'failure'");
    assert!(said.contains("Update MSISDN failed"), "{said}");
    let held = lab.register.holds(&imsis);
    assert_eq!(held.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(lab.register.holds(&foreign), [Some((taken, true, true))], "whose number it is keeps it");
}

#[test]
fn a_register_that_is_killed_and_started_again_holds_every_sim_once() {
    let mut lab = Lab::new(2_000);
    lab.fleet.settings = Settings { step: 100, attempts: 1_000, ..lab.fleet.settings.clone() };
    let number = lab.launch(Act::Activate { offer: lab.fleet.global });
    let (pool, networks, settings) =
        (lab.fleet.pool.clone(), Arc::clone(&lab.networks), lab.fleet.settings.clone());
    let working = std::thread::spawn(move || worker::run_until_idle(&pool, &networks, &settings));
    for share in [300, 900, 1_500] {
        let done = format!("SELECT count(*) >= {share} FROM tasks WHERE state = 'success'");
        while lab.fleet.ask(&done) != "true" {
            std::thread::yield_now();
        }
        lab.register.kill();
        lab.register.start_again();
    }
    working.join().unwrap().unwrap();
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, number), Outcome::Succeeded, 2_000, 0);
    lab.serves_all(true, false);
}

#[test]
fn a_register_that_is_down_fails_the_tasks_and_they_are_retried_when_it_is_back() {
    let mut lab = Lab::new(20);
    lab.register.kill();
    let number = lab.launch(Act::Activate { offer: lab.fleet.global });
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, number), Outcome::Failed, 0, 20);
    assert_eq!(lab.fleet.ask("SELECT DISTINCT code FROM tasks"), "network_unreachable");
    lab.register.start_again();
    let selection = Selection::FailedOf { operation: number, code: None };
    let retry = lab.fleet.launch(lab.fleet.meridian, Act::Activate { offer: lab.fleet.global }, selection);
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, retry), Outcome::Succeeded, 20, 0);
    lab.serves_all(true, false);
}

#[test]
fn an_offer_of_another_network_is_no_offer_to_change_to() {
    let lab = Lab::new(4);
    lab.does(Act::Activate { offer: lab.fleet.global });
    let number = lab.launch(Act::ChangeOffer { offer: lab.fleet.cards });
    lab.work();
    let operation = lab.fleet.find(lab.fleet.meridian, number);
    assert_eq!(operation.summary.kind, OperationKind::ChangeOffer);
    assert_ended(&operation, Outcome::Failed, 0, 4);
    assert_eq!(lab.fleet.ask("SELECT DISTINCT code FROM tasks WHERE state = 'failure'"), "other_network");
    lab.serves_all(true, false);
}
