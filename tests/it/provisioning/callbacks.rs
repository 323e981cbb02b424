//! Answers that come later: in time, too soon, too late, never, twice, and from somebody else.

use fleet::operations::{Act, FailureCode, OperationState, Outcome};
use fleet::sims::Selection;
use serde_json::json;

use super::service::{Manner, SECRET, call_back, now, send_callback, sign};
use super::{Lab, callbacks};
use crate::operations::fixture::{assert_ended, ended};

fn results(keys: &[String], outcome: &str) -> Vec<u8> {
    let results: Vec<_> = keys.iter().map(|key| json!({ "key": key, "outcome": outcome })).collect();
    serde_json::to_vec(&json!({ "results": results })).unwrap()
}

fn keys(lab: &Lab) -> Vec<String> {
    let keys = lab.fleet.ask("SELECT string_agg(key, ',' ORDER BY key) FROM network_answers");
    keys.split(',').map(str::to_owned).collect()
}

fn is_waiting(lab: &Lab, sims: &str) {
    let waiting = "SELECT count(*) FROM tasks WHERE state = 'in_progress'";
    assert_eq!(lab.fleet.ask(waiting), sims);
    assert_eq!(lab.fleet.ask("SELECT DISTINCT state FROM sims"), "inventory", "nothing has changed yet");
}

#[actix_web::test]
async fn an_answer_that_comes_later_ends_the_task_then() {
    let lab = Lab::new(25);
    let portal = lab.portal().await;
    lab.service.is(Manner::Later);
    let number = lab.activate();
    lab.work();
    is_waiting(&lab, "25");
    assert_eq!(lab.service.asked().len(), 3);
    lab.work();
    assert_eq!(lab.service.asked().len(), 3, "who is waited for is not asked again");
    assert_eq!(call_back(&callbacks(&portal), SECRET, lab.service.catch_up()).await, 202);
    lab.work();
    assert_ended(&lab.find(number), Outcome::Succeeded, 25, 0);
    assert_eq!((lab.awaited().as_str(), lab.service.asked().len()), ("0", 3));
}

#[actix_web::test]
async fn answers_that_come_one_by_one_are_taken_one_by_one() {
    let lab = Lab::new(3);
    let portal = lab.portal().await;
    lab.service.is(Manner::Later);
    let number = lab.activate();
    lab.work();
    let keys = keys(&lab);
    for (place, outcome) in ["done", "rejected", "done"].into_iter().enumerate() {
        let ended = lab.find(number).summary.counters;
        assert_eq!(ended.success + ended.failure, i32::try_from(place).unwrap());
        call_back(&callbacks(&portal), SECRET, results(&keys[place..=place], outcome)).await;
        lab.work();
    }
    assert_ended(&lab.find(number), Outcome::PartlyFailed, 2, 1);
    let attempts = lab.fleet.ask("SELECT DISTINCT attempts FROM steps");
    assert_eq!((attempts.as_str(), lab.service.asked().len()), ("1", 1), "to wait is no attempt");
}

#[actix_web::test]
async fn a_callback_that_overtakes_its_answer_is_kept() {
    let lab = Lab::new(8);
    let portal = lab.portal().await;
    lab.service.is(Manner::Overtaken(callbacks(&portal)));
    let number = lab.activate();
    // The portal and the service have threads of their own.
    lab.work();
    assert_ended(&lab.find(number), Outcome::Succeeded, 8, 0);
    assert_eq!(lab.awaited(), "0");
}

#[test]
fn after_a_lost_callback_the_service_is_asked_again_and_does_it_once() {
    let lab = Lab::new(25);
    lab.service.is(Manner::Later);
    let number = lab.activate();
    lab.work();
    drop(lab.service.catch_up());
    lab.time_passes();
    lab.work();
    assert_ended(&lab.find(number), Outcome::Succeeded, 25, 0);
    let asked = lab.service.asked();
    assert_eq!(asked.len(), 6);
    // Batches go over several connections: which of them comes first is not said.
    let sizes = |batches: &[serde_json::Value]| {
        let mut sizes: Vec<usize> =
            batches.iter().map(|batch| batch["requests"].as_array().unwrap().len()).collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(sizes(&asked[..3]), sizes(&asked[3..]));
    assert_eq!(lab.service.done().len(), 25, "the keys are the same");
    assert_eq!(lab.awaited(), "0");
}

#[actix_web::test]
async fn an_answer_that_never_comes_is_a_failure_and_one_that_comes_after_it_changes_nothing() {
    let lab = Lab::new(5);
    let portal = lab.portal().await;
    lab.service.is(Manner::Later);
    let number = lab.activate();
    for _ in 0..lab.fleet.settings.attempts {
        lab.work();
        is_waiting(&lab, "5");
        lab.time_passes();
    }
    lab.work();
    assert_ended(&lab.find(number), Outcome::Failed, 0, 5);
    assert_eq!(lab.fleet.ask("SELECT DISTINCT code FROM tasks"), FailureCode::NetworkUnreachable.as_str());
    let asked = lab.service.asked().len();
    assert_eq!(asked, usize::try_from(lab.fleet.settings.attempts).unwrap());

    assert_eq!(call_back(&callbacks(&portal), SECRET, lab.service.catch_up()).await, 202);
    lab.work();
    assert_ended(&lab.find(number), Outcome::Failed, 0, 5);
    assert_eq!(lab.fleet.ask("SELECT DISTINCT state FROM sims"), "inventory", "the SIMs are where they were");

    let failed = Selection::FailedOf { operation: number, code: None };
    let retry = lab.fleet.launch(lab.fleet.meridian, Act::Activate { offer: lab.fleet.global }, failed);
    lab.work();
    assert_ended(&lab.find(retry), Outcome::Succeeded, 5, 0);
    assert_eq!(lab.service.asked().len(), asked, "its answer was known by then");
}

#[actix_web::test]
async fn an_answer_that_comes_after_the_sim_has_moved_on_is_kept_out() {
    let mut lab = Lab::new(4);
    lab.fleet.settings.attempts = 1;
    let portal = lab.portal().await;
    lab.service.is(Manner::Later);
    lab.activate();
    lab.work();
    lab.time_passes();
    lab.work();
    lab.service.is(Manner::AtOnce);
    lab.does(Act::Activate { offer: lab.fleet.global });
    lab.does(Act::Suspend);
    let image = "SELECT string_agg(concat_ws(' ', iccid, state, offer_id), ',' ORDER BY iccid) FROM sims";
    let before = lab.fleet.ask(image);
    let old = lab.fleet.ask("SELECT string_agg(DISTINCT network_key, ',') FROM tasks");
    let old: Vec<String> = old.split(',').map(str::to_owned).collect();
    assert_eq!(old.len(), 4);
    for outcome in ["done", "rejected"] {
        assert_eq!(call_back(&callbacks(&portal), SECRET, results(&old, outcome)).await, 202);
        lab.work();
    }
    assert_eq!(lab.fleet.ask(image), before);
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM operations WHERE state <> 'finished'"), "0");
}

#[actix_web::test]
async fn a_callback_that_comes_twice_counts_once_and_the_first_one_counts() {
    let lab = Lab::new(6);
    let portal = lab.portal().await;
    lab.service.is(Manner::Later);
    let number = lab.activate();
    lab.work();
    let keys = keys(&lab);
    let all: Vec<_> = ["done", "done", "rejected"].map(|outcome| results(&keys, outcome)).into();
    for body in &all {
        assert_eq!(call_back(&callbacks(&portal), SECRET, body.clone()).await, 202);
    }
    lab.work();
    for body in all {
        assert_eq!(call_back(&callbacks(&portal), SECRET, body).await, 202);
    }
    lab.work();
    assert_ended(&lab.find(number), Outcome::Succeeded, 6, 0);
}

#[actix_web::test]
async fn a_forged_callback_changes_nothing() {
    let lab = Lab::new(4);
    let portal = lab.portal().await;
    lab.service.is(Manner::Later);
    let number = lab.activate();
    lab.work();
    let (address, body) = (callbacks(&portal), results(&keys(&lab), "done"));
    let good = sign(SECRET, now(), &body);
    let elsewhere = |name: &str| address.replace("/own/", &format!("/{name}/"));
    let other = results(&keys(&lab), "rejected");
    for (address, signature, body) in [
        (&address, String::new(), &body),
        (&address, sign("another secret of the same length", now(), &body), &body),
        (&address, sign(SECRET, now() - 301, &body), &body),
        (&address, sign(SECRET, now() + 301 + 60, &body), &body),
        (&address, good.clone(), &other),
        (&address, good.to_uppercase(), &body),
        (&elsewhere("nowhere"), good.clone(), &body),
        (&elsewhere("simulated"), good.clone(), &body),
    ] {
        assert_eq!(send_callback(address, &signature, body.clone()).await, 401, "{address} {signature}");
    }
    lab.work();
    is_waiting(&lab, "4");
    assert_eq!(send_callback(&address, &good, body).await, 202);
    lab.work();
    assert_ended(&lab.find(number), Outcome::Succeeded, 4, 0);
}

#[actix_web::test]
async fn nothing_is_told_of_keys_that_nobody_waits_for() {
    let lab = Lab::new(1);
    let portal = lab.portal().await;
    let strange = ["1-0-activate", "", "\0", "💣", &"9".repeat(10_000)].map(str::to_owned);
    assert_eq!(call_back(&callbacks(&portal), SECRET, results(&strange, "done")).await, 202);
    assert_eq!(call_back(&callbacks(&portal), SECRET, results(&strange, "pending")).await, 202);
    for unreadable in
        ["", "{}", "[]", "{\"results\":[{\"key\":1}]}", "{\"results\":[{\"key\":\"1\",\"outcome\":\"?\"}]}"]
    {
        assert_eq!(call_back(&callbacks(&portal), SECRET, unreadable.into()).await, 400, "{unreadable}");
    }
    assert_eq!(lab.awaited(), "0");
    let long = vec![b' '; 4 * 1024 * 1024 + 1];
    assert_eq!(call_back(&callbacks(&portal), SECRET, long).await, 413);
}

#[actix_web::test]
async fn who_goes_on_forging_is_told_to_wait_and_the_service_is_still_heard() {
    let lab = Lab::new(1);
    let portal = lab.portal().await;
    let mut told = std::collections::BTreeSet::new();
    for _ in 0..200 {
        told.insert(send_callback(&callbacks(&portal), "t=1,v1=2", results(&[], "done")).await);
    }
    assert_eq!(told.into_iter().collect::<Vec<_>>(), [401, 429]);
    assert_eq!(call_back(&callbacks(&portal), SECRET, results(&[], "done")).await, 202);
    assert_eq!(portal.nobody().get("/sign-in").await.status, 200);
}

#[test]
fn what_is_waited_for_ends_also_when_the_operation_is_cancelled() {
    let lab = Lab::new(150);
    lab.service.is(Manner::Later);
    let number = lab.activate();
    lab.work();
    let scope = lab.fleet.at(lab.fleet.meridian);
    fleet::operations::cancel(&mut lab.fleet.conn(), &scope, number).unwrap();
    lab.work();
    assert_eq!(lab.find(number).summary.state, OperationState::Cancelling, "100 SIMs are being activated");
    drop(lab.service.catch_up());
    lab.time_passes();
    lab.work();
    assert_eq!(lab.find(number).summary.counters, ended(100, 0, 50), "the second step had not begun");
}
