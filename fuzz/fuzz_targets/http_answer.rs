//! What a provisioning service answers at once.

#![no_main]

use fleet::network::http::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: &[u8]| {
    fuzzing::answer(answer);
});
