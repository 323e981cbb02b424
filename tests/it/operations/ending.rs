//! What is told when an operation has ended: to whom, once, and the truth.

use std::sync::Arc;
use std::thread;

use fleet::ids::OperationId;
use fleet::operations::{self, Act, Conduct, Start, worker};
use fleet::sims::Selection;
use fleet::{messages, tenancy};
use simyard::mail::Writer;

use super::fixture::{Fleet, everything, transfer_to};

/// What stands in Ada's bell in a company.
fn told(fleet: &Fleet, company: fleet::ids::CompanyUid) -> Vec<String> {
    let told = messages::newest(&mut fleet.conn(), &fleet.at(company), 50).unwrap();
    told.into_iter().map(|message| message.sentence).collect()
}

fn with_letters(fleet: &mut Fleet) {
    fleet.settings.letters = Some(Arc::new(Writer::default()));
}

/// Launches the transfer of everything, to be told of by e-mail.
fn launch_with_mail(fleet: &Fleet) -> OperationId {
    fleet.launch_with_mail(fleet.meridian, transfer_to(fleet.clienticity), everything())
}

#[test]
fn whoever_launched_is_told_what_became_of_it() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    let retired = "UPDATE sims SET state = 'retired' WHERE id IN (SELECT id FROM sims ORDER BY id LIMIT 3)";
    fleet.run(retired);
    let number = fleet.transfer_all().summary.number;
    assert_eq!(
        told(&fleet, fleet.meridian),
        ["Transfer of 25 SIMs to Clienticity: partly failed (22 done, 3 failed)"]
    );
    // Ada is in Clienticity too, which got the SIMs: the message is of the company that launched.
    assert!(told(&fleet, fleet.clienticity).is_empty());
    let scope = fleet.at(fleet.meridian);
    let message = messages::newest(&mut fleet.conn(), &scope, 50).unwrap().remove(0);
    assert_eq!((message.link, message.read_at), (format!("/operations/{number}"), None));

    fleet.do_it(fleet.clienticity, Act::Activate { offer: fleet.global }, everything());
    assert_eq!(told(&fleet, fleet.clienticity), ["Activation of 22 SIMs on Global: succeeded"]);
    assert_eq!(told(&fleet, fleet.meridian).len(), 1);
}

#[test]
fn an_operation_that_changes_nothing_and_one_that_is_cancelled_tell_so() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 25);
    fleet.do_it(fleet.meridian, Act::Suspend, Selection::Sims(fleet.sims(fleet.meridian, "true")));
    assert_eq!(told(&fleet, fleet.meridian), ["Suspension of 25 SIMs: failed"]);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    operations::cancel(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
    fleet.work();
    let ended = fleet.find(fleet.meridian, number).summary;
    assert!(told(&fleet, fleet.meridian)[0].contains("to Clienticity: cancelled"), "{ended:?}");
}

#[test]
fn an_operation_that_could_not_begin_tells_why() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let first = fleet.launch(fleet.meridian, Act::Suspend, everything());
    let conduct = Conduct { start: Start::After(first), ..Conduct::default() };
    fleet.launch_as(conduct, transfer_to(fleet.clienticity)).unwrap();
    fleet.work();
    let reason = format!("It was to start after operation #{first} had succeeded, which ended as: Failed.");
    assert_eq!(
        told(&fleet, fleet.meridian),
        [
            format!("Transfer of 5 SIMs to Clienticity: not started. {reason}"),
            "Suspension of 5 SIMs: failed".to_owned()
        ]
    );
}

#[test]
fn many_workers_tell_once() {
    let mut fleet = Fleet::new();
    with_letters(&mut fleet);
    fleet.load(fleet.meridian, 400);
    launch_with_mail(&fleet);
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                worker::run_until_idle(&fleet.pool, &fleet.network(), &fleet.settings).unwrap();
            });
        }
    });
    fleet.work();
    assert_eq!(told(&fleet, fleet.meridian), ["Transfer of 400 SIMs to Clienticity: succeeded"]);
    assert_eq!(fleet.ask("SELECT string_agg(to_address, ',') FROM outbox"), "ada@meridian.example");
}

#[test]
fn a_letter_is_written_only_where_it_was_asked_for() {
    let mut fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    launch_with_mail(&fleet);
    fleet.work();
    assert_eq!(fleet.ask("SELECT count(*) FROM outbox"), "0", "nobody writes letters here");
    with_letters(&mut fleet);
    fleet.do_it(fleet.clienticity, transfer_to(fleet.meridian), everything());
    assert_eq!(fleet.ask("SELECT count(*) FROM outbox"), "0", "none was asked for");
    launch_with_mail(&fleet);
    fleet.work();
    assert_eq!(fleet.ask("SELECT subject FROM outbox"), "Transfer of 5 SIMs to Clienticity: succeeded");
    assert_eq!(fleet.ask("SELECT count(*) FROM messages"), "3");
}

#[test]
fn who_is_no_member_any_more_is_told_nothing() {
    let mut fleet = Fleet::new();
    with_letters(&mut fleet);
    fleet.load(fleet.meridian, 5);
    let number = launch_with_mail(&fleet);
    fleet.run(&format!(
        "DELETE FROM memberships WHERE company_id = (SELECT company_id FROM operations WHERE id = {number})"
    ));
    fleet.work();
    assert_eq!(fleet.ask("SELECT count(*) FROM messages"), "0");
    assert_eq!(fleet.ask("SELECT count(*) FROM outbox"), "0");
    assert_eq!(fleet.ask("SELECT state FROM operations"), "finished");
}

#[test]
fn an_e_mail_is_asked_for_by_whoever_launched_alone() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 5);
    let number = fleet.launch(fleet.meridian, transfer_to(fleet.clienticity), everything());
    let stranger = tenancy::enter(&mut fleet.conn(), fleet.sam, fleet.stranger).unwrap();
    let other = fleet.as_role(fleet.meridian, tenancy::Role::Administrator);
    for scope in [stranger, other, fleet.at(fleet.clienticity)] {
        let asked = operations::email_when_ended(&mut fleet.conn(), &scope, number);
        assert!(matches!(asked, Err(fleet::Error::NotFound)), "{asked:?}");
    }
    operations::email_when_ended(&mut fleet.conn(), &fleet.at(fleet.meridian), number).unwrap();
}
