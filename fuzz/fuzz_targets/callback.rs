//! What is sent as the callback of a provisioning service: what is signed is read or refused, and nothing else is taken.

#![no_main]

use fleet::network::http::{Refusal, fuzzing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (signature, body) = input;
    assert_eq!(fuzzing::callback(signature, body), Err(Refusal::Forged));
    assert_ne!(fuzzing::signed_callback(body), Err(Refusal::Forged));
});
