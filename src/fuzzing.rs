//! What the portal reads of a request by itself, from bytes alone: for the targets in `fuzz/`. Only built with the feature `fuzzing`.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use ipnet::IpNet;

use crate::fleet::GridAddress;
use crate::sign_in;
pub use crate::sign_in::Limits;
use crate::web::client;

/// The address of a page of the grid, read and written; none where it is refused.
pub fn grid_address(query: &str) -> Option<String> {
    GridAddress::parse(query).ok().map(|address| address.to_query())
}

/// Who asks, when `peer` is asked by these lines of `X-Forwarded-For` and these are trusted.
pub fn peer(peer: IpAddr, lines: &[&[u8]], trusted: &[IpNet]) -> IpAddr {
    client::behind(peer, &headers("x-forwarded-for", lines), trusted)
}

/// The device that a browser says it runs on.
pub fn device(agent: &[u8]) -> String {
    sign_in::device_words(&headers("user-agent", &[agent]))
}

/// Whether a browser with this line of cookies is one in which the person of `email` has signed in.
pub fn is_known(limits: &Limits, cookies: &[u8], email: &str) -> bool {
    let mut request = TestRequest::default();
    if let Ok(line) = HeaderValue::from_bytes(cookies) {
        request = request.insert_header(("cookie", line));
    }
    limits.device(&request.to_http_request(), email).is_some()
}

fn headers(name: &'static str, lines: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok()) {
        headers.append(HeaderName::from_static(name), line);
    }
    headers
}
