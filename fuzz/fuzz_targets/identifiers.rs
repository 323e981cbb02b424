//! What people paste: identifiers between words.

#![no_main]

use fleet::identifiers::{Eid, Iccid, Imei, Imsi, Msisdn};
use fleet::sim_lists::{Layout, fuzzing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    fuzzing::entries(text, Layout::Words);
    fuzzing::entries(text, Layout::Table);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let _ = text.parse::<Imsi>();
    let _ = text.parse::<Msisdn>();
    let _ = text.parse::<Imei>();
    let _ = text.parse::<Eid>();
    let _ = Imei::from_network(text);
    let _ = Iccid::from_ef_iccid(text);
    // One that is read is written as it is read again.
    if let Ok(iccid) = text.parse::<Iccid>() {
        assert_eq!(iccid.as_str().parse::<Iccid>(), Ok(iccid));
    }
});
