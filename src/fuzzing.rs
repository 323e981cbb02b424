//! What the portal reads of a request by itself, from bytes alone: for the targets in `fuzz/`. Only built with the feature `fuzzing`.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use ipnet::IpNet;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::audit::AuditQuery;
use crate::fleet::GridAddress;
use crate::operations::{ListQuery, TaskQuery};
use crate::sign_in;
pub use crate::sign_in::Limits;
use crate::sims::TimelineQuery;
use crate::tree::TreeQuery;
use crate::web::client;

/// The address of a page of the grid, read and written; none where it is refused.
pub fn grid_address(query: &str) -> Option<String> {
    GridAddress::parse(query).ok().map(|address| address.to_query())
}

/// The addresses of the audit log, of the lists of operations and of tasks, of a timeline, and of the accounts of a tree, each read
/// and written; none where it is refused.
pub fn list_addresses(query: &str) -> [Option<String>; 5] {
    [
        written(query, |log: &AuditQuery| log.filter().is_ok() && log.place().is_ok()),
        written(query, |list: &ListQuery| list.filter().is_ok() && list.place().is_ok()),
        written(query, |tasks: &TaskQuery| tasks.filter().is_ok() && tasks.place().is_ok()),
        written(query, |timeline: &TimelineQuery| timeline.filter().is_ok() && timeline.before().is_ok()),
        TreeQuery::parse(query).ok().flatten().map(|accounts| accounts.to_query()),
    ]
}

fn written<Q: DeserializeOwned + Serialize>(query: &str, is_meant: impl Fn(&Q) -> bool) -> Option<String> {
    let read = serde_html_form::from_str(query).ok().filter(is_meant)?;
    serde_html_form::to_string(&read).ok()
}

/// Where a sign-in leads that was begun with this address to go on to.
pub fn after_sign_in(next: &str) -> String {
    sign_in::local(next)
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
