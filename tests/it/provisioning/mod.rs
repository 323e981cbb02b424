//! Operations on a provisioning service over HTTP: what the portal says is what the service has done.

mod breaker;
mod callbacks;
mod hostile;
mod openapi;
pub(crate) mod service;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use fleet::ids::OperationId;
use fleet::network::http::signature::Key;
use fleet::network::http::{Http, Settings as HttpSettings};
use fleet::network::{Network, Networks, Simulated};
use fleet::operations::worker::{self, Settings};
use fleet::operations::{Act, Operation, Outcome};
use fleet::sims::Selection;

use self::service::{Manner, SECRET, Service};
use crate::operations::fixture::{Fleet, assert_ended, everything};
use crate::support::{TestApp, test_settings};

/// How a service at `url` is called in tests.
pub(crate) fn settings(url: &str) -> HttpSettings {
    HttpSettings {
        url: url.to_owned(),
        key: Key::new(SECRET).unwrap(),
        timeout: Duration::from_secs(20),
        batch: 10,
        connections: 3,
        answer_within: Duration::from_mins(10),
        authorities: None,
    }
}

/// A fleet whose offer *Global* is of the network *own*, which is the service's.
struct Lab {
    fleet: Fleet,
    service: Service,
    networks: Networks,
}

impl Lab {
    fn new(sims: i64) -> Self {
        Self::with(sims, |settings| settings)
    }

    fn with(sims: i64, change: impl FnOnce(HttpSettings) -> HttpSettings) -> Self {
        let service = Service::start();
        let mut fleet = Fleet::new();
        fleet.settings = Settings { step: 100, ..fleet.settings };
        fleet.load(fleet.meridian, sims);
        fleet.run("UPDATE offers SET network = 'own' WHERE name = 'Global'");
        let own = Http::new("own", change(settings(&service.url))).unwrap();
        let networks = Networks::default()
            .with("simulated", Arc::new(Simulated::new(fleet.pool.clone())))
            .with("own", Arc::new(own))
            .followed(fleet.pool.clone());
        Self { fleet, service, networks }
    }

    fn launch(&self, act: Act) -> OperationId {
        self.fleet.launch(self.fleet.meridian, act, everything())
    }

    fn activate(&self) -> OperationId {
        self.launch(Act::Activate { offer: self.fleet.global })
    }

    /// Works until there is nothing to do right now.
    fn work(&self) {
        let network: Arc<dyn Network> = Arc::new(self.networks.clone());
        worker::run_until_idle(&self.fleet.pool, &network, &self.fleet.settings).unwrap();
        self.fleet.check_counters();
    }

    fn find(&self, number: OperationId) -> Operation {
        self.fleet.find(self.fleet.meridian, number)
    }

    /// Does it with all SIMs, which succeeds.
    fn does(&self, act: Act) {
        let number = self.launch(act);
        self.work();
        self.fleet.check_nothing_left();
        assert_eq!(self.find(number).summary.outcome(), Some(Outcome::Succeeded));
    }

    /// The time that was left for answers has passed.
    fn time_passes(&self) {
        self.fleet.run("UPDATE network_answers SET wait_until = clock_timestamp()");
        self.fleet.run("UPDATE steps SET not_before = clock_timestamp()");
    }

    /// A portal on the same database, which takes callbacks.
    async fn portal(&self) -> TestApp {
        let settings = simyard::app::Settings { networks: self.networks.clone(), ..test_settings() };
        TestApp::start_on(self.fleet.database.again(), settings).await
    }

    /// What waits for answers.
    fn awaited(&self) -> String {
        self.fleet.ask("SELECT count(*) FROM network_answers")
    }
}

/// Where callbacks of the network *own* go.
fn callbacks(portal: &TestApp) -> String {
    format!("{}/networks/own/callbacks", portal.address)
}

#[test]
fn sims_go_through_their_life_in_the_service() {
    let lab = Lab::new(25);
    lab.does(Act::Activate { offer: lab.fleet.global });
    lab.does(Act::Suspend);
    lab.does(Act::Resume);
    lab.does(Act::Terminate);
    assert_eq!(lab.fleet.count(lab.fleet.meridian, "state = 'retired'"), 25);
    assert_eq!((lab.service.unsigned(), lab.awaited().as_str()), (0, "0"));
    let asked = lab.service.asked();
    assert_eq!(asked.len(), 12, "three batches of at most ten, four times");
    let first = &asked.iter().find(|batch| batch["requests"][0]["action"] == "suspend").unwrap();
    assert_eq!(first["network"], "own");
    let request = &first["requests"][0];
    let iccid = request["iccid"].as_str().unwrap();
    assert_eq!(
        lab.fleet.ask(&format!("SELECT imsi FROM sims WHERE iccid = '{iccid}'")),
        request["imsi"].as_str().unwrap()
    );
    assert_eq!(request["services"], serde_json::json!({ "packet": true, "circuit": true }));
    assert_eq!(lab.service.done().len(), 100, "each act on each SIM, once");
}

#[test]
fn no_more_requests_are_under_way_than_there_are_connections() {
    let lab = Lab::with(100, |settings| HttpSettings { batch: 1, connections: 2, ..settings });
    lab.does(Act::Activate { offer: lab.fleet.global });
    assert_eq!(lab.service.asked().len(), 100);
    assert!(lab.service.most_under_way() <= 2, "{}", lab.service.most_under_way());
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_service() {
    let lab = Lab::new(5);
    lab.service.is(Manner::Refusing("this customer has not paid".to_owned()));
    let number = lab.activate();
    lab.work();
    assert_ended(&lab.find(number), Outcome::Failed, 0, 5);
    let said = lab.fleet.ask("SELECT DISTINCT code || ': ' || network_message FROM tasks");
    assert_eq!(said, "network_rejected: this customer has not paid");
    assert_eq!(lab.awaited(), "0");
}

#[test]
fn what_was_done_before_an_answer_was_lost_is_not_done_again() {
    let lab = Lab::new(25);
    lab.service.is(Manner::Lost);
    let number = lab.activate();
    lab.work();
    assert_ended(&lab.find(number), Outcome::Failed, 0, 25);
    assert_eq!(lab.service.done().len(), 25, "it is done all the same");
    lab.service.is(Manner::Refusing("asked for something new".to_owned()));
    let retry = lab.fleet.launch(
        lab.fleet.meridian,
        Act::Activate { offer: lab.fleet.global },
        Selection::FailedOf { operation: number, code: None },
    );
    lab.work();
    assert_ended(&lab.find(retry), Outcome::Succeeded, 25, 0);
}
