//! What the portal reads of a request by itself: addresses of the grid and of other lists, where a sign-in leads, and headers.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use simyard::fuzzing::{self, Limits};

static LIMITS: LazyLock<Limits> = LazyLock::new(|| Limits::new(vec![7; 32], false));
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fuzz_target!(|input: (&str, Vec<&[u8]>)| {
    let (query, headers) = input;
    // What is written is read as the same.
    if let Some(written) = fuzzing::grid_address(query) {
        assert_eq!(fuzzing::grid_address(&written), Some(written));
    }
    assert_eq!(fuzzing::peer(PROXY, &headers, &[]), PROXY, "nobody is believed who is not trusted");
    for (list, written) in fuzzing::list_addresses(query).into_iter().enumerate() {
        if let Some(written) = written {
            assert_eq!(fuzzing::list_addresses(&written)[list].as_ref(), Some(&written));
        }
    }
    let next = fuzzing::after_sign_in(query);
    let mut signs = next.bytes();
    assert_eq!(signs.next(), Some(b'/'), "{next}");
    assert!(!matches!(signs.next(), Some(b'/' | b'\\')), "{next}");
    assert!(!next.contains(|sign: char| sign.is_ascii_control()), "{next}");
    fuzzing::peer(PROXY, &headers, &[PROXY.into()]);
    for header in headers {
        assert!(!fuzzing::device(header).is_empty());
        assert!(!fuzzing::is_known(&LIMITS, header, "ada@meridian.example"), "nobody has the key");
    }
});
