//! What a provisioning service may say, from bytes alone: for the targets in `fuzz/`, and for the properties below.
//!
//! Only built for tests and with the feature `fuzzing`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::signature::Key;
use super::wire::Results;
use super::{Callback, Http, Refusal, Settings};
use crate::network::{Action, Networks, Outcome, Request, Services};

fn key() -> Option<Key> {
    Key::new("0123456789abcdef0123456789abcdef")
}

fn request(key: &str) -> Request {
    Request {
        key: key.to_owned(),
        action: Action::Activate,
        attempt: 0,
        iccid: "8949000000000000001".to_owned(),
        imsi: "262010000000001".to_owned(),
        msisdn: None,
        offer: None,
        network: "own".to_owned(),
        services: Services::NONE,
    }
}

/// What the answer `text` says of two requests; none if it says nothing.
pub fn answer(text: &[u8]) -> Option<Vec<Outcome>> {
    let requests = ["a", "b"].map(request);
    Some(Results::read(text).ok()?.of(&requests, Duration::from_secs(1)))
}

/// The callback `body`, signed as it should be.
pub fn signed_callback(body: &[u8]) -> Result<Callback, Refusal> {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let signature = key().map(|key| key.sign(now, body)).unwrap_or_default();
    callback(&signature, body)
}

/// The callback `body`, with any signature.
pub fn callback(signature: &str, body: &[u8]) -> Result<Callback, Refusal> {
    static NETWORKS: OnceLock<Networks> = OnceLock::new();
    let networks = NETWORKS.get_or_init(|| {
        let own = key().and_then(|key| {
            let settings = Settings {
                url: "http://127.0.0.1:9/".to_owned(),
                key,
                timeout: Duration::from_secs(1),
                batch: 1,
                connections: 1,
                answer_within: Duration::from_secs(1),
                authorities: None,
            };
            Http::new("own", settings).ok()
        });
        own.into_iter().fold(Networks::default(), |networks, own| networks.with("own", Arc::new(own)))
    });
    Callback::read(networks, "own", signature, body, DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r#"{"results": [{"key": "a", "outcome": "done", "message": null, "more": {"x": [1, 2.5e3]}},
        {"key": "b", "outcome": "rejected", "message": "No \ud83d\udcf6 left"}, {"key": "c", "outcome": "pending"}]}"#;

    /// Good JSON with pieces of it cut out, put elsewhere, or replaced by what is none.
    fn spoilt() -> impl Strategy<Value = Vec<u8>> {
        let place = || any::<prop::sample::Index>();
        let words =
            ["{", "[", "\"", "}", "]", ",", ":", "null", "-0", "1e999", "\\u0000", "\\ud800", "\0", "done"]
                .map(|word| word.as_bytes().to_vec());
        let patch = prop_oneof![
            prop::sample::select(words.to_vec()),
            prop::collection::vec(any::<u8>(), 0..6),
            (place(), place()).prop_map(|(from, to)| {
                let (from, to) = (from.index(GOOD.len()), to.index(GOOD.len()));
                GOOD.as_bytes()[from.min(to)..from.max(to)].to_vec()
            }),
        ];
        prop::collection::vec((place(), 0_usize..30, patch), 1..5).prop_map(|patches| {
            patches.into_iter().fold(GOOD.as_bytes().to_vec(), |mut text, (at, cut, patch)| {
                let at = at.index(text.len() + 1);
                let end = (at + cut).min(text.len());
                text.splice(at..end, patch);
                text
            })
        })
    }

    #[test]
    fn what_is_good_is_read_at_once_and_later() {
        let refused = Outcome::Rejected { message: "No \u{1f4f6} left".to_owned() };
        assert_eq!(answer(GOOD.as_bytes()), Some(vec![Outcome::Done, refused.clone()]));
        let told = signed_callback(GOOD.as_bytes()).unwrap();
        assert_eq!(told.answers, [("a".to_owned(), Outcome::Done), ("b".to_owned(), refused)]);
        assert_eq!(callback("t=0,v1=00", GOOD.as_bytes()), Err(Refusal::Forged));
    }

    #[test]
    fn what_is_nested_without_an_end_is_refused() {
        for (open, close) in [("[", "]"), ("{\"results\":", "}"), ("{\"results\": [{\"x\":", "}]}")] {
            let deep = open.repeat(100_000) + "1" + &close.repeat(100_000);
            assert_eq!(answer(deep.as_bytes()), None);
            assert_eq!(signed_callback(deep.as_bytes()), Err(Refusal::Unreadable));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(text in prop::collection::vec(any::<u8>(), 0..2_000)) {
            answer(&text);
            prop_assert_ne!(signed_callback(&text), Err(Refusal::Forged));
        }

        #[test]
        fn an_answer_that_is_spoilt_is_read_or_refused(text in spoilt()) {
            let is_read = answer(&text).is_some();
            prop_assert_eq!(signed_callback(&text).is_ok(), is_read);
        }

        #[test]
        fn no_signature_that_is_made_up_is_good(signature in "(t=[-+0-9]{0,22},v1=)?[0-9a-f\\PC]{0,70}", body in spoilt()) {
            prop_assert_eq!(callback(&signature, &body), Err(Refusal::Forged));
        }
    }
}
