//! What a register says over the control interface, cut into pieces.

#![no_main]

use fleet::network::osmo_hlr::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, &[u8])| {
    let (pieces, says) = input;
    let pieces: Vec<usize> = pieces.iter().take(16).map(|size| usize::from(*size)).collect();
    fuzzing::ctrl(says, &pieces);
});
