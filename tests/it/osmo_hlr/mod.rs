//! Operations on a real Home Location Register: what the portal says is what the register holds.

mod by_itself;
mod connections;
mod hostile;
mod keys;
mod life_signs;
mod reconcile;
mod register;
mod secrecy;
mod sgsn;
mod slow;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet::db::Pool;
use fleet::ids::{OfferId, OperationId};
use fleet::network::{Network, Networks, Simulated};
use fleet::operations::worker::{self, Settings};
use fleet::operations::{Act, OperationKind, Outcome};
use fleet::sims::Selection;

use self::register::Register;
use crate::cluster::eventually;
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
        let networks = networks(&fleet.pool, register.network());
        Self { fleet, register, networks, calls }
    }

    fn launch(&self, act: Act) -> OperationId {
        self.fleet.launch(self.fleet.meridian, act, everything())
    }

    fn work(&self) {
        work_through(&self.fleet.pool, &self.networks, &self.fleet.settings);
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

    /// The time that silent networks are left alone for has passed.
    fn time_passes(&self) {
        pass_time(&self.fleet.pool);
    }

    /// All acts in the order of a life, and what the register serves after each; nothing where nobody is left.
    fn life(&self) -> [(Act, Option<(bool, bool)>); 5] {
        [
            (Act::Activate { offer: self.fleet.global }, Some((true, false))),
            (Act::Suspend, Some((false, false))),
            (Act::Resume, Some((true, false))),
            (Act::ChangeOffer { offer: self.calls }, Some((true, true))),
            (Act::Terminate, None),
        ]
    }

    /// The act has succeeded with all of these SIMs, and the register holds each of them as it should.
    fn has_done(&self, number: OperationId, sims: i32, served: Option<(bool, bool)>) {
        assert_ended(&self.fleet.find(self.fleet.meridian, number), Outcome::Succeeded, sims, 0);
        match served {
            Some((packet, circuit)) => self.serves_all(packet, circuit),
            None => assert!(self.register.holds(&self.imsis()).iter().all(Option::is_none), "nobody is left"),
        }
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

/// The networks as an installation has them, with this one as the lab's.
fn networks(pool: &Pool, lab: impl Network + 'static) -> Arc<dyn Network> {
    let simulated = Arc::new(Simulated::new(pool.clone()));
    Arc::new(
        Networks::default().with("simulated", simulated).with("lab", Arc::new(lab)).followed(pool.clone()),
    )
}

/// Works until nothing is left to do. The time that a silent network is left alone for passes at once.
fn work_through(pool: &Pool, networks: &Arc<dyn Network>, settings: &Settings) {
    let deadline = Instant::now() + Duration::from_mins(3);
    loop {
        worker::run_until_idle(pool, networks, settings).unwrap();
        if pass_time(pool) == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "the work does not end");
    }
}

/// Lets the time pass that silent networks are left alone for; says how many steps are still to be done.
fn pass_time(pool: &Pool) -> usize {
    let conn = &mut **pool.get().unwrap();
    let mut run = |sql: &str| diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn).unwrap();
    run("UPDATE network_states SET held_until = clock_timestamp() WHERE held_until IS NOT NULL");
    run("UPDATE steps SET not_before = clock_timestamp() WHERE NOT done")
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
fn a_register_that_is_killed_and_started_again_in_any_act_ends_with_every_sim_once() {
    const SIMS: i32 = 600;
    let mut lab = Lab::new(SIMS.into());
    lab.fleet.settings = Settings { step: 50, attempts: 30_000, ..lab.fleet.settings.clone() };
    let foreign = lab.register.add_foreign(2_000);
    let before = lab.register.holds(&foreign);
    for (act, served) in lab.life() {
        let number = lab.launch(act);
        let (pool, networks, settings) =
            (lab.fleet.pool.clone(), Arc::clone(&lab.networks), lab.fleet.settings.clone());
        let working = std::thread::spawn(move || work_through(&pool, &networks, &settings));
        for share in [100, 400] {
            let done = format!(
                "SELECT count(*) >= {share} FROM tasks WHERE operation_id = {number} AND state = 'success'"
            );
            eventually("see a share of it done", || (lab.fleet.ask(&done) == "true").then_some(()));
            lab.register.kill();
            lab.register.start_again();
        }
        working.join().unwrap();
        lab.work();
        lab.has_done(number, SIMS, served);
    }
    let silent = "SELECT last_problem IS NOT NULL FROM network_states WHERE network = 'lab'";
    assert_eq!(lab.fleet.ask(silent), "true", "it was killed while it was asked");
    assert_eq!(lab.register.holds(&foreign), before, "others are as they were");
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
