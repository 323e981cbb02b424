//! Several operations at the same SIMs, and several workers at the same operation.

use std::time::Duration;

use fleet::operations::worker::{self, Settings};
use fleet::operations::{self, Act, FailureCode, NewOperation, Outcome, TaskFilter};

use super::fixture::{Fleet, assert_ended, everything, transfer_to};

#[test]
fn a_sim_in_an_unfinished_operation_is_busy() {
    let mut fleet = Fleet::new();
    fleet.settings.turn = Duration::ZERO; // one thing at each turn, so that the two interleave
    fleet.load(fleet.meridian, 20);
    let first = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    let second = fleet.launch(fleet.meridian, transfer_to(fleet.depot), everything());
    fleet.work();
    assert_ended(&fleet.find(fleet.meridian, first), Outcome::Succeeded, 20, 0);
    assert_ended(&fleet.find(fleet.meridian, second), Outcome::Failed, 0, 20);
    let scope = fleet.at(fleet.meridian);
    let page = operations::tasks(&mut fleet.conn(), &scope, second, &TaskFilter::default(), None, 1).unwrap();
    assert_eq!(page.rows[0].code, Some(FailureCode::Busy));
    assert_eq!(page.rows[0].blocking_operation, Some(first));
    assert_eq!(page.rows[0].sentence().unwrap(), format!("Busy: operation #{first} was working on it."));
}

#[test]
fn the_preview_and_the_grid_know_what_is_busy() {
    let mut fleet = Fleet::new();
    fleet.load(fleet.meridian, 12);
    let some = fleet.sims(fleet.meridian, "id <= 5");
    let act = Act::Activate { offer: fleet.global };
    let number = fleet.launch(fleet.meridian, act, fleet::sims::Selection::Sims(some.clone()));
    fleet.network = fleet.network.clone().unreachable_rate(1.0);
    fleet.settings.back_off = Duration::from_secs(1000);
    worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
    let scope = fleet.at(fleet.meridian);
    let new = NewOperation::new(transfer_to(fleet.clienticity), everything());
    let preview = operations::preview(&mut fleet.conn(), &scope, &new).unwrap();
    assert_eq!(
        (preview.will_change, preview.will_not[0].code, preview.will_not[0].sims),
        (7, FailureCode::Busy, 5)
    );
    let all = fleet.sims(fleet.meridian, "true");
    let busy = operations::unfinished_for(&mut fleet.conn(), &scope, &all).unwrap();
    let mut sims: Vec<_> = busy.iter().map(|busy| busy.sim).collect();
    sims.sort_unstable();
    assert_eq!(sims, some);
    assert!(busy.iter().all(|busy| busy.operation == number));
    let elsewhere =
        operations::unfinished_for(&mut fleet.conn(), &fleet.at(fleet.clienticity), &all).unwrap();
    assert!(elsewhere.is_empty());
    let running = operations::unfinished(&mut fleet.conn(), &scope, 5).unwrap();
    assert_eq!((running.len(), running[0].number), (1, number));
    fleet.run("UPDATE steps SET not_before = now(), attempts = 3");
    fleet.work();
}

#[test]
fn three_workers_and_three_operations_do_each_sim_once() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 1_500);
    let settings = Settings { step: 50, turn: Duration::from_millis(5), ..fleet.settings.clone() };
    let numbers = [
        fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything()),
        fleet.launch(fleet.meridian, Act::Activate { offer: fleet.global }, everything()),
        fleet.launch(fleet.meridian, transfer_to(fleet.depot), everything()),
    ];
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| worker::run_until_idle(&fleet.pool, &fleet.network(), &settings).unwrap());
        }
    });
    fleet.work();
    let changed: i32 =
        numbers.map(|number| fleet.find(fleet.meridian, number).summary.counters.success).iter().sum();
    assert_eq!(changed, 1_500, "each SIM was taken by one of the three");
    let twice = "SELECT count(*) FROM (SELECT sim_id FROM tasks WHERE state = 'success' GROUP BY 1 HAVING count(*) > 1) t";
    assert_eq!(fleet.ask(twice), "0");
    assert_eq!(fleet.ask("SELECT count(*) FROM tasks"), "4500");
    // Each SIM is where its successful task says.
    let astray = "SELECT count(*) FROM sims s JOIN tasks t ON t.sim_id = s.id AND t.state = 'success' \
         WHERE s.company_id <> coalesce(t.moved_to_company_id, t.before_company_id)";
    assert_eq!(fleet.ask(astray), "0");
}

#[test]
fn a_small_operation_does_not_wait_for_a_large_one() {
    let mut fleet = Fleet::new();
    fleet.settings.turn = Duration::ZERO;
    fleet.load(fleet.meridian, 300);
    fleet.load(fleet.clienticity, 5);
    let large = fleet.launch(fleet.meridian, transfer_to(fleet.depot), everything());
    let small = fleet.launch(fleet.clienticity, transfer_to(fleet.depot), everything());
    fleet.work();
    let before = format!(
        "SELECT (SELECT finished_at FROM operations WHERE id = {small}) < \
         (SELECT finished_at FROM operations WHERE id = {large})"
    );
    assert_eq!(fleet.ask(&before), "true");
}

#[test]
fn a_listening_worker_takes_up_what_is_launched() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 10);
    let stop = worker::Stop::new();
    std::thread::scope(|threads| {
        let running = threads.spawn(|| {
            // It hears of the work: looking by itself would come too late for this test.
            let settings = Settings { poll: Duration::from_hours(1), ..fleet.settings.clone() };
            worker::run(&fleet.pool, &fleet.network(), &settings, &stop);
        });
        let listening = "SELECT count(*) = 3 FROM pg_stat_activity WHERE datname = current_database() \
             AND state = 'idle' AND query LIKE 'SELECT o.id,%FROM operations o%'";
        while fleet.ask(listening) != "true" {}
        let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
        while fleet.find(fleet.meridian, number).summary.finished_at.is_none() {}
        stop.stop();
        running.join().unwrap();
    });
    assert_eq!(fleet.count(fleet.clienticity, "true"), 10);
}

#[test]
fn a_worker_outlives_its_connection() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 10);
    let stop = worker::Stop::new();
    std::thread::scope(|threads| {
        let running = threads.spawn(|| {
            let settings = Settings { poll: Duration::from_millis(50), ..fleet.settings.clone() };
            worker::run(&fleet.pool, &fleet.network(), &settings, &stop);
        });
        let at_work = "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'SELECT o.id,%FROM operations o%') t";
        while fleet.ask(at_work) == "0" {}
        let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
        while fleet.find(fleet.meridian, number).summary.finished_at.is_none() {}
        stop.stop();
        running.join().unwrap();
    });
    assert_eq!(fleet.count(fleet.clienticity, "true"), 10);
}
