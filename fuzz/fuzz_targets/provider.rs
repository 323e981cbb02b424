//! What a company's provider answers: nobody has the key that would sign a token.

#![no_main]

use fleet::single_sign_on::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (keys, answer) = input;
    // A key that the input brings itself may sign it.
    fuzzing::is_an_id_token(keys, answer);
    assert!(!fuzzing::is_an_id_token("{\"keys\":[]}", answer));
});
