//! `kill -9` of the whole program in the middle of an operation, and a new start.

use std::fmt::Write as _;
use std::io::Cursor;

use fleet::identifiers::luhn_check_digit;
use fleet::ids::{CompanyUid, OperationId};
use fleet::import_drafts::{self, Drafted, Importer, Source};
use fleet::operations::{Act, Outcome};
use fleet::sim_files::ReadOptions;
use nix::sys::signal::Signal;

use super::fixture::{Fleet, assert_ended, everything};
use crate::cli::{Portal, simyard};
use crate::cluster::eventually;

const SIMS: i32 = 10_000;

/// The program on the fleet's database. Its lease is short, so that what a dead one held is soon free.
fn serve(fleet: &Fleet, network_latency: &str) -> Portal {
    let mut command = simyard(&["serve", "--listen", "127.0.0.1:0", "--lease", "3"]);
    command.args(["--network-latency", network_latency]).env("DATABASE_URL", &fleet.database.url);
    Portal::start(command)
}

/// Launches, kills the program as soon as some of the SIMs are done, and starts it again.
fn survives(fleet: &Fleet, company: CompanyUid, act: Act, network_latency: &str) -> OperationId {
    launched_survives(fleet, company, network_latency, SIMS, || fleet.launch(company, act, everything()))
}

fn launched_survives(
    fleet: &Fleet,
    company: CompanyUid,
    network_latency: &str,
    sims: i32,
    launch: impl FnOnce() -> OperationId,
) -> OperationId {
    let portal = serve(fleet, network_latency);
    let number = launch();
    let done = || fleet.find(company, number).summary.counters.success;
    eventually("see some of it done", || (done() >= 1_000).then_some(()));
    portal.signal(Signal::SIGKILL);
    drop(portal);
    let done = done();
    assert!((1_000..sims).contains(&done), "killed in the middle: {done} were done");
    let portal = serve(fleet, "0");
    eventually("see it finished", || fleet.find(company, number).summary.outcome());
    portal.signal(Signal::SIGTERM);
    assert_eq!(portal.wait().0, Some(0));
    fleet.check_nothing_left();
    fleet.check_counters();
    assert_ended(&fleet.find(company, number), Outcome::Succeeded, sims, 0);
    let tasks = format!(
        "SELECT count(DISTINCT sim_id) || '-' || count(*) FROM tasks WHERE operation_id = {number} AND state = 'success'"
    );
    assert_eq!(fleet.ask(&tasks), format!("{sims}-{sims}"), "each SIM once");
    assert_eq!(fleet.ask("SELECT count(*) FROM messages"), "1", "whoever launched it is told once");
    number
}

#[test]
fn a_transfer_survives_a_kill_of_the_program() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, SIMS.into());
    survives(&fleet, fleet.meridian, Act::Transfer { target: fleet.clienticity, keep_labels: false }, "0");
    assert_eq!(fleet.count(fleet.meridian, "true"), 0);
    assert_eq!(fleet.count(fleet.clienticity, "state = 'inventory'"), i64::from(SIMS));
}

#[test]
fn an_activation_survives_a_kill_of_the_program() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, SIMS.into());
    survives(&fleet, fleet.meridian, Act::Activate { offer: fleet.global }, "400");
    let active = format!("state = 'active' AND offer_id = {}", fleet.global);
    assert_eq!(fleet.count(fleet.meridian, &active), i64::from(SIMS));
    // The network was asked again for what it had been asked just before; it did each once.
    let once = "SELECT count(*) || '-' || count(DISTINCT imsi) || '-' || count(*) FILTER (WHERE accepted AND action = 'activate') \
         FROM simulated_network_requests";
    assert_eq!(fleet.ask(once), format!("{SIMS}-{SIMS}-{SIMS}"));
}

#[test]
fn an_import_survives_a_kill_of_the_program() {
    const ROWS: i32 = 60_000;
    let fleet = Fleet::new();
    let text = (1..=ROWS).fold("iccid,imsi,label\n".to_owned(), |mut text, number| {
        let body = format!("894915{number:012}");
        let check = luhn_check_digit(body.as_bytes()).map_or('?', char::from);
        writeln!(text, "{body}{check},26201{number:010},Batch {}", number % 7).unwrap();
        text
    });
    let importer = Importer::of(&fleet.at(fleet.meridian)).unwrap();
    let source = Source {
        file: Cursor::new(text),
        name: "batch.csv".to_owned(),
        options: ReadOptions::default(),
        columns_of: Vec::new(),
    };
    let drafted = import_drafts::create(&mut fleet.conn(), importer, source, |_| {}).unwrap();
    let Drafted::Made(draft) = drafted else { panic!("{drafted:?}") };
    launched_survives(&fleet, fleet.meridian, "0", ROWS, || {
        import_drafts::launch(&mut fleet.conn(), importer, draft, false).unwrap()
    });
    let loaded = "state = 'inventory' AND cardinality(label_ids) = 1";
    assert_eq!(fleet.count(fleet.meridian, loaded), i64::from(ROWS));
    assert_eq!(fleet.ask("SELECT count(DISTINCT iccid) FROM sims"), ROWS.to_string(), "every row once");
    assert_eq!(fleet.ask("SELECT count(*) FROM labels"), "7");
}
