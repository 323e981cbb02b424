//! A service that answers what is no answer.

use std::time::{Duration, Instant};

use fleet::network::http::{Http, Settings};
use fleet::network::{Action, Network as _, Outcome, Request, Services};

use super::service::{Manner, Odd, Service};
use super::settings;

fn request(n: u32) -> Request {
    Request {
        key: format!("1-{n}-activate"),
        action: Action::Activate,
        attempt: 0,
        iccid: format!("894900000000000000{n}"),
        imsi: format!("26201000000000{n}"),
        msisdn: None,
        offer: None,
        network: "own".to_owned(),
        services: Services { packet: true, circuit: false },
    }
}

fn says(service: &Http, within: Duration) -> (Vec<Outcome>, String) {
    let outcomes = service.carry_out(&[request(1), request(2)], Instant::now() + within);
    (outcomes, service.last_problem().unwrap_or_default())
}

#[test]
fn what_is_no_answer_is_none_and_says_why_in_plain_words() {
    let service = Service::start();
    let network = Http::new("own", settings(&service.url)).unwrap();
    for (odd, words) in [
        (Odd::Garbage, "something other than was expected"),
        (Odd::Oversized, "more than 4 MB"),
        (Odd::Elsewhere, "307"),
        (Odd::Failing, "500"),
        (Odd::Unfitting, "said nothing of some"),
    ] {
        service.is(Manner::Odd(odd));
        let (outcomes, problem) = says(&network, Duration::from_mins(1));
        assert_eq!(outcomes, [Outcome::Unreachable, Outcome::Unreachable], "{odd:?}");
        assert!(problem.contains(words), "{odd:?}: {problem}");
        assert_eq!(network.test(Instant::now() + Duration::from_mins(1)).is_err(), odd != Odd::Unfitting);
    }
    service.is(Manner::AtOnce);
    assert_eq!(says(&network, Duration::from_mins(1)).0, [Outcome::Done, Outcome::Done]);
}

#[test]
fn a_service_that_never_answers_is_waited_for_no_longer_than_was_said() {
    let service = Service::start();
    service.is(Manner::Odd(Odd::Never));
    let network = Http::new("own", settings(&service.url)).unwrap();
    let (outcomes, problem) = says(&network, Duration::from_millis(300));
    assert_eq!(outcomes, [Outcome::Unreachable, Outcome::Unreachable]);
    assert_eq!(problem, "It did not answer in time.");
    let hasty = Settings { timeout: Duration::from_millis(300), ..settings(&service.url) };
    let (outcomes, _) = says(&Http::new("own", hasty).unwrap(), Duration::from_hours(1));
    assert_eq!(outcomes, [Outcome::Unreachable, Outcome::Unreachable]);
}

#[test]
fn a_service_that_is_not_there_is_said_to_be_not_there() {
    let url = Service::start().url.clone();
    let network = Http::new("own", settings(&url)).unwrap();
    assert_eq!(says(&network, Duration::from_mins(1)).1, "Nothing listens at that address.");
}
