//! What a register answers about a subscriber.

#![no_main]

use fleet::network::osmo_hlr::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: &[u8]| {
    fuzzing::look(answer, &[]);
});
