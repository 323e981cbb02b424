//! What differs between the portal and the register is found, shown and mended, and nothing else is touched.

use std::time::Duration;

use fleet::Error;
use fleet::ids::{OperationId, SimId};
use fleet::operations::{self, Act, FailureCode, NewOperation, Outcome, Plan, TimelineFilter, worker};
use fleet::sims::Selection;
use fleet::tenancy::Role;

use super::Lab;
use crate::cli::simyard;
use crate::operations::fixture::{assert_ended, everything, transfer_to};

impl Lab {
    pub(super) fn sims(&self) -> Vec<SimId> {
        self.fleet.sims(self.fleet.meridian, "true")
    }

    fn does_with(&self, act: Act, sims: &[SimId]) -> OperationId {
        let number = self.fleet.launch(self.fleet.meridian, act, Selection::Sims(sims.to_vec()));
        self.work();
        number
    }

    /// What was found out about each SIM: the code, or `success` where there is none.
    fn found(&self, number: OperationId) -> Vec<String> {
        let sql = format!(
            "SELECT string_agg(coalesce(code::text, state::text), ',' ORDER BY position) FROM tasks \
             WHERE operation_id = {number}"
        );
        self.fleet.ask(&sql).split(',').map(str::to_owned).collect()
    }

    fn said(&self, number: OperationId, position: usize) -> String {
        self.fleet.ask(&format!(
            "SELECT network_message FROM tasks WHERE operation_id = {number} AND position = {position}"
        ))
    }

    fn tell(&self, imsi: &str, what: &str) {
        let answer = self.register.ask(&[format!("SET 1 subscriber.by-imsi-{imsi}.{what}")]);
        assert!(answer[0].starts_with("SET_REPLY"), "{answer:?}");
    }

    /// Ten SIMs of which nine differ from the register, each in another way.
    pub(super) fn differing() -> Self {
        let lab = Self::new(10);
        let (sims, imsis) = (lab.sims(), lab.imsis());
        let all_but_one: Vec<SimId> = sims.iter().copied().filter(|sim| *sim != sims[6]).collect();
        lab.does_with(Act::Activate { offer: lab.fleet.global }, &all_but_one);
        lab.does_with(Act::Suspend, &[sims[4], sims[8]]);
        lab.does_with(Act::Terminate, &[sims[5]]);
        let (create, delete) = ("SET 1 subscriber.create", "SET 1 subscriber.delete");
        lab.register.ask(&[
            format!("{delete} {}", imsis[0]),
            format!("{create} {}", imsis[5]),
            format!("{create} {}", imsis[6]),
            format!("{delete} {}", imsis[8]),
        ]);
        lab.tell(&imsis[1], "ps-enabled 0");
        lab.tell(&imsis[2], "cs-enabled 1");
        lab.tell(&imsis[3], "msisdn 999");
        lab.tell(&imsis[4], "ps-enabled 1");
        lab.tell(&imsis[7], "ps-enabled 0");
        lab.tell(&imsis[7], "msisdn none");
        lab
    }
}

const DIFFERENCES: [&str; 10] = [
    "absent_there",
    "silent_there",
    "services_differ",
    "number_differs",
    "served_there",
    "present_there",
    "present_there",
    "silent_there",
    "absent_there",
    "success",
];

#[test]
fn every_difference_is_found_and_mended_and_strangers_stay_as_they_are() {
    let lab = Lab::differing();
    let (sims, imsis) = (lab.sims(), lab.imsis());
    let foreign = lab.register.add_foreign(300);
    let before = (lab.register.holds(&foreign), lab.register.holds(&imsis));
    let changed = "SELECT max(changed_at) FROM sims";
    let changed_at = lab.fleet.ask(changed);

    let compared = lab.launch(Act::Reconcile);
    lab.work();
    assert_eq!(lab.found(compared), DIFFERENCES);
    assert_ended(&lab.fleet.find(lab.fleet.meridian, compared), Outcome::PartlyFailed, 1, 9);
    assert_eq!(lab.said(compared, 3), "data and calls there, data here");
    assert_eq!(lab.said(compared, 6), "it is in the network lab");
    let (scope, conn) = (lab.fleet.at(lab.fleet.meridian), &mut *lab.fleet.conn());
    let groups = operations::failures_by_code(conn, &scope, compared).unwrap();
    assert!(groups.iter().all(|group| group.code.is_difference() && group.remedy.is_some()), "{groups:?}");
    assert_eq!(lab.register.holds(&imsis), before.1, "comparing changes nothing");

    let selection = Selection::FailedOf { operation: compared, code: Some(FailureCode::AbsentThere) };
    let mended = lab.fleet.launch(lab.fleet.meridian, Act::Mend, selection);
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, mended), Outcome::Succeeded, 2, 0);
    assert_eq!(lab.said(mended, 1), "Mended: absent in the network");
    let selection = Selection::FailedOf { operation: compared, code: None };
    let mended = lab.fleet.launch(lab.fleet.meridian, Act::Mend, selection);
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, mended), Outcome::Succeeded, 9, 0);
    assert_eq!(lab.said(mended, 1), "-", "what is mended already is left alone");

    let again = lab.launch(Act::Reconcile);
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, again), Outcome::Succeeded, 10, 0);
    let held: Vec<_> = lab.register.holds(&imsis).into_iter().map(|held| held.map(|held| held.1)).collect();
    let (on, off, gone) = (Some(true), Some(false), None);
    assert_eq!(held, [on, on, on, on, off, gone, gone, on, off, on]);
    assert_eq!(lab.register.holds(&foreign), before.0, "others are as they were");
    assert_eq!(lab.fleet.ask(changed), changed_at, "nothing has changed here");
    let timeline = operations::timeline(conn, &scope, sims[0], &TimelineFilter::default(), None, 9).unwrap();
    let notes: Vec<_> = timeline.rows.iter().map(|event| event.note().unwrap_or_default()).collect();
    assert_eq!(notes, ["", "", "Mended: absent in the network", "", ""]);
}

#[test]
fn a_number_that_is_taken_is_refused_and_its_subscriber_stays_in_service() {
    let lab = Lab::new(2);
    lab.does(Act::Activate { offer: lab.fleet.global });
    let imsis = lab.imsis();
    let foreign = lab.register.add_foreign(1);
    let number = lab.fleet.ask("SELECT msisdn FROM sims ORDER BY imsi LIMIT 1");
    lab.tell(&imsis[0], "msisdn none");
    lab.tell(&foreign[0], &format!("msisdn {number}"));
    let mended = lab.launch(Act::Mend);
    lab.work();
    assert_eq!(lab.found(mended), ["network_rejected", "success"]);
    assert_eq!(lab.register.holds(&imsis[..1]), [Some(("none".to_owned(), true, false))]);
}

#[test]
fn a_company_without_an_offer_of_the_network_learns_and_changes_nothing_there() {
    let lab = Lab::new(1);
    let clienticity = lab.fleet.clienticity;
    lab.does(transfer_to(clienticity));
    lab.fleet.run(&format!(
        "DELETE FROM offer_assignments WHERE company_id = (SELECT id FROM companies WHERE uid = '{clienticity}')"
    ));
    let imsis = lab.imsis();
    lab.register.ask(&[format!("SET 1 subscriber.create {}", imsis[0])]);
    for act in [Act::Reconcile, Act::Mend] {
        let number = lab.fleet.launch(clienticity, act, everything());
        lab.work();
        assert_eq!(lab.found(number), ["cannot_tell"]);
    }
    assert!(lab.register.holds(&imsis)[0].is_some(), "the subscriber is as it was");
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM life_signs WHERE last_seen_at IS NOT NULL"), "0");
}

#[test]
fn a_sim_in_another_operation_is_left_out_of_a_comparison() {
    let mut lab = Lab::new(2);
    lab.does(Act::Activate { offer: lab.fleet.global });
    let work = |lab: &Lab| {
        worker::run_until_idle(&lab.fleet.pool, &lab.networks, &lab.fleet.settings).unwrap();
    };
    lab.fleet.settings.back_off = Duration::from_hours(1);
    lab.register.kill();
    lab.fleet.launch(lab.fleet.meridian, Act::Suspend, Selection::Sims(vec![lab.sims()[0]]));
    work(&lab);
    lab.register.start_again();
    let compared = lab.launch(Act::Reconcile);
    work(&lab);
    assert_eq!(lab.found(compared), ["busy", "success"]);
}

#[test]
fn a_recall_is_not_kept_from_anything_by_a_comparison() {
    let lab = Lab::new(2);
    lab.does(Act::Activate { offer: lab.fleet.global });
    let suspended = lab.does(Act::Suspend);
    lab.does(Act::Reconcile);
    lab.does(Act::Mend);
    lab.does(Act::Recall { operation: suspended });
    lab.serves_all(true, false);
}

#[test]
fn a_network_that_only_pretends_cannot_be_compared_with() {
    let lab = Lab::new(2);
    lab.fleet.run("UPDATE offers SET network = 'simulated'");
    lab.does(Act::Activate { offer: lab.fleet.global });
    let compared = lab.launch(Act::Reconcile);
    lab.work();
    assert_eq!(lab.found(compared), ["cannot_tell", "cannot_tell"]);
}

#[test]
fn a_register_that_is_down_says_nothing_of_its_sims() {
    let mut lab = Lab::differing();
    lab.register.kill();
    let compared = lab.launch(Act::Mend);
    lab.work();
    assert!(lab.found(compared).iter().all(|code| code == "network_unreachable"));
    lab.register.start_again();
    lab.time_passes();
    let retried = Selection::FailedOf { operation: compared, code: None };
    let mended = lab.fleet.launch(lab.fleet.meridian, Act::Mend, retried);
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, mended), Outcome::Succeeded, 10, 0);
}

#[test]
fn a_viewer_cannot_reconcile_and_others_mend_nothing_but_what_a_comparison_found() {
    let lab = Lab::new(1);
    let viewer = lab.fleet.as_role(lab.fleet.meridian, Role::Viewer);
    for act in [Act::Reconcile, Act::Mend] {
        let new = NewOperation::new(act, everything());
        let refused = operations::launch(&mut lab.fleet.conn(), &viewer, &new);
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
    let activated = lab.does(Act::Activate { offer: lab.fleet.global });
    let of_another = Selection::FailedOf { operation: activated, code: None };
    let new = NewOperation::new(Act::Mend, of_another);
    let refused = operations::launch(&mut lab.fleet.conn(), &lab.fleet.at(lab.fleet.meridian), &new);
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}

#[test]
fn a_schedule_compares_and_mends_by_itself_and_one_at_a_time() {
    let lab = Lab::differing();
    let networks = ["lab".to_owned()];
    let plan = Plan { every: Duration::from_hours(24), mends: true };
    let launch_due = || operations::launch_due(&mut lab.fleet.conn(), &networks, &plan).unwrap();
    let first = launch_due();
    assert_eq!(first.len(), 1);
    assert_eq!(launch_due(), [], "one is under way");
    lab.work();
    // The SIM that was never put in service is nobody's business.
    assert_eq!(lab.found(first[0]), [&DIFFERENCES[..6], &DIFFERENCES[7..]].concat());
    let operation = lab.fleet.find(lab.fleet.meridian, first[0]);
    assert_eq!(operation.summary.launched_by, "The portal");
    let mended = launch_due();
    lab.work();
    let operation = lab.fleet.find(lab.fleet.meridian, mended[0]);
    assert_eq!((operation.retry_of, operation.summary.counters.success), (Some(first[0]), 8));
    assert_eq!(launch_due(), [], "the next one is due tomorrow");
    lab.fleet.run("UPDATE operations SET launched_at = launched_at - interval '1 day'");
    let next = launch_due();
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, next[0]), Outcome::Succeeded, 9, 0);
    assert_eq!(launch_due(), [], "there is nothing to mend");
    let none: [String; 0] = [];
    lab.fleet.run("UPDATE operations SET launched_at = launched_at - interval '1 day'");
    assert_eq!(operations::launch_due(&mut lab.fleet.conn(), &none, &plan).unwrap(), [], "no network tells");
}

#[test]
fn the_command_line_compares_and_mends() {
    let lab = Lab::differing();
    let file = lab.register.networks_file();
    let reconcile = |arguments: &[&str]| {
        let mut command = simyard(&["reconcile", "--networks"]);
        command.arg(file.path()).args(arguments).env("DATABASE_URL", &lab.fleet.database.url);
        let done = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let (code, said, complaint) = reconcile(&[]);
    assert_eq!(code, Some(1), "{complaint}");
    assert!(said.starts_with("Meridian: 1 of 9 SIMs agree (operation #"), "{said}");
    assert!(said.contains("  Absent in the network: 2\n"), "{said}");
    assert!(complaint.contains("8 SIMs are to be looked at"), "{complaint}");
    let (code, said, complaint) = reconcile(&["--company", "Meridian", "--mend"]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""), "{said}");
    assert!(said.contains("  Mended: 8 (operation #"), "{said}");
    let (code, said, _) = reconcile(&["--company", "Clienticity"]);
    assert_eq!((code, said.as_str()), (Some(0), "No SIM is in service in lab.\n"));
    assert_eq!(reconcile(&[]).0, Some(0));
    lab.fleet.check_nothing_left();
    lab.fleet.check_counters();
}
