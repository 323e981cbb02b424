//! The harness of the journeys: the demo portal, Chromium, and people who use both.

mod authenticator;
mod demo;
mod driver;
mod extension;
mod person;
#[path = "../../it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the tests without a browser, which use more of it")]
mod portal;
mod screens;

use std::panic::{AssertUnwindSafe, resume_unwind};

use fleet::network::Networks;
use futures_util::FutureExt as _;

pub(crate) use authenticator::Authenticator;
pub(crate) use demo::Demo;
pub(crate) use extension::slow_down;
pub(crate) use person::Person;
pub(crate) use portal::TestDb;

use driver::Driver;

/// What a journey has at hand.
pub(crate) struct Journey {
    pub(crate) demo: Demo,
    driver: Driver,
    people: std::cell::RefCell<Vec<Person>>,
}

impl Journey {
    /// Somebody at a browser of their own.
    pub(crate) async fn somebody(&self) -> Person {
        self.somebody_at(&self.demo.app.address).await
    }

    /// Somebody who opens the portal by this machine's name: numbers have no passkeys.
    pub(crate) async fn somebody_at_localhost(&self) -> Person {
        self.somebody_at(&self.demo.app.address.replace("127.0.0.1", "localhost")).await
    }

    async fn somebody_at(&self, portal: &str) -> Person {
        let person = Person::new(&self.driver.address, portal).await;
        self.people.borrow_mut().push(person.clone());
        person
    }

    /// Somebody of the demo, signed in.
    pub(crate) async fn demo_person(&self, email: &str) -> Person {
        let person = self.somebody().await;
        person.sign_in(email, fleet::passwords::DEMO_PASSWORD).await;
        person.sees_heading("Start").await;
        person
    }
}

/// Goes on a journey, and closes its browsers whether it went well or not.
pub(crate) async fn journey(act: impl AsyncFnOnce(&Journey)) {
    journey_with(0.0, act).await;
}

/// Goes on a journey where the network refuses the share `failing` of what it is asked.
pub(crate) async fn journey_with(failing: f64, act: impl AsyncFnOnce(&Journey)) {
    go(Demo::start(failing, Networks::default()).await, act).await;
}

/// Goes on a journey where offers can be of other networks.
pub(crate) async fn journey_among(networks: Networks, act: impl AsyncFnOnce(&Journey)) {
    go(Demo::start(0.0, networks).await, act).await;
}

async fn go(demo: Demo, act: impl AsyncFnOnce(&Journey)) {
    let journey = Journey { demo, driver: Driver::start(), people: Vec::new().into() };
    let outcome = AssertUnwindSafe(act(&journey)).catch_unwind().await;
    for person in journey.people.take() {
        person.leave().await;
    }
    drop(journey);
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}
