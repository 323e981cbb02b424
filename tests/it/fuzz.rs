//! Whatever is sent to whatever route, the portal answers, and never with a fault of its own.
//!
//! The routes and their examples are those of the access table. The names of fields and of query
//! parameters are read from the pages themselves, so that new ones are found.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use actix_web::dev::ResourceDef;
use actix_web::rt::{System, SystemRunner};
use fleet::tenancy::Role;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestCaseResult, TestRng, TestRunner};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use scraper::{ElementRef, Html, Selector};

use crate::access::{Entry, HOME, World, email, table};
use crate::support::{Client, Page, TestApp};

/// Random cases for each route, beside the fixed ones.
const CASES: u32 = 24;
const FORM: &str = "application/x-www-form-urlencoded";

/// Values as they stand in an address or in a form.
const NASTY: [&str; 40] = [
    "",
    "+",
    "%00",
    "a%00b",
    "%ff%fe",
    "%C3%28",
    "%",
    "%zz",
    "-1",
    "0",
    "00",
    "-0",
    "1.5",
    "1e309",
    "NaN",
    "2147483648",
    "-9223372036854775808",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999999999999999999",
    "true",
    "null",
    "[]",
    "{}",
    "[1,2]",
    "%7B%22a%22:1%7D",
    "%27%22--;",
    "%3Cscript%3E",
    "..%2F..%2Fetc",
    "%25%5F%5C",
    "%E2%80%AE%F0%9F%93%B6",
    "%EF%BF%BF",
    "%0d%0aSet-Cookie:+a=b",
    "0190-no-uuid",
    "00000000-0000-0000-0000-000000000000",
    "2026-13-45",
    "0000-00-00T99:99:99Z",
    "+262143-01-01",
    "inventory,active",
    "list",
];

struct Portal {
    system: SystemRunner,
    app: TestApp,
    client: Client,
}

impl Portal {
    /// A portal on a fresh world, and the administrator signed in.
    fn start() -> Self {
        let system = System::new();
        let app = system.block_on(World::get().portal());
        let client = system.block_on(app.sign_in(&email(Role::Administrator, HOME)));
        Self { system, app, client }
    }

    fn send(&self, method: &Method, address: &str, headers: &HeaderMap, body: Vec<u8>) -> Page {
        self.system.block_on(
            self.client.send(method.clone(), address, |request| request.headers(headers.clone()).body(body)),
        )
    }

    fn get(&self, address: &str, headers: &HeaderMap) -> Page {
        self.send(&Method::GET, address, headers, Vec::new())
    }

    /// Headers as the open page sends them.
    fn page_headers(&self, content_type: &str) -> HeaderMap {
        headers(&[
            ("hx-request", "true"),
            ("x-csrf-token", &self.client.csrf_token),
            ("x-account-focus", &self.client.account),
            ("content-type", content_type),
        ])
    }

    /// Still there, and no worker of it lost.
    fn check_alive(&self) {
        for _ in 0..4 {
            let answer = self.system.block_on(self.app.nobody().get("/health/ready"));
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
    }
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    headers
}

fn keys(query: &str) -> BTreeSet<String> {
    query.split('&').filter_map(|pair| pair.split('=').next()).map(str::to_owned).collect()
}

/// What a page asks or sends: where, and the names of the parameters or fields.
type Asked = (Method, String, BTreeSet<String>);

/// What the page at `here` asks by its links, and sends by its forms and by what stands in them or beside them.
fn asked_in(html: &str, here: &str) -> Vec<Asked> {
    let html = Html::parse_document(html);
    let every = |selector: &str| Selector::parse(selector).expect("a selector");
    let fields = every("[name]");
    let names = |element: ElementRef<'_>| -> BTreeSet<String> {
        element.select(&fields).filter_map(|field| field.attr("name")).map(str::to_owned).collect()
    };
    let mut asked = vec![(Method::GET, here.to_owned(), names(html.root_element()))];
    for (method, selector, attribute) in [
        (Method::GET, "[href]", "href"),
        (Method::GET, "[data-url]", "data-url"),
        (Method::GET, "[hx-get]", "hx-get"),
        (Method::GET, "form[method=get]", "action"),
        (Method::POST, "[hx-post]", "hx-post"),
        (Method::POST, "form[method=post]", "action"),
        (Method::POST, "[formaction]", "formaction"),
    ] {
        for element in html.select(&every(selector)) {
            let (path, query) =
                element.attr(attribute).map_or(("", ""), |to| to.split_once('?').unwrap_or((to, "")));
            let mut about = keys(query);
            if element.attr("href").is_none() {
                let mut around =
                    std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap));
                let form = around.find(|element| element.value().name() == "form");
                about.extend(names(form.unwrap_or(html.root_element())));
            }
            asked.push((method.clone(), if path.is_empty() { here } else { path }.to_owned(), about));
        }
    }
    asked
}

fn check(answer: &Page, what: impl FnOnce() -> String) -> TestCaseResult {
    if answer.status.is_server_error() {
        return Err(TestCaseError::fail(format!("{} for {}: {}", answer.status, what(), answer.body)));
    }
    Ok(())
}

fn runner() -> TestRunner {
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 64, ..Config::default() };
    // The same cases in each run: what fails here fails for everybody.
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn percent_encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        text.push('%');
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

/// A query or a form of some of these names, with values nasty, random or very long.
fn fields(names: &'static [String]) -> impl Strategy<Value = String> {
    let text = vec(any::<u8>(), 0..12).prop_map(|bytes| percent_encoded(&bytes));
    let long = select(std::vec!["x", "9", "%E2%82%AC", "1,"]).prop_map(|part| part.repeat(3_000));
    let value = proptest::prop_oneof![
        4 => select(NASTY.as_slice()).prop_map(str::to_owned),
        2 => any::<i64>().prop_map(|number| number.to_string()),
        2 => text,
        1 => long,
    ];
    vec((select(names), value), 0..6).prop_map(|pairs| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    })
}

/// The names of the parameters of a GET, or of the fields of a POST, as the table has them and all example pages; each page is
/// read once for all tests.
fn names(entry: &Entry) -> &'static [String] {
    static NAMES: OnceLock<HashMap<(Method, &str), Vec<String>>> = OnceLock::new();
    let all = NAMES.get_or_init(|| {
        let portal = Portal::start();
        let pages = reads().flat_map(|read| {
            let address = World::get().home.fill(read.at);
            let page = portal.get(&address, &HeaderMap::new());
            asked_in(&page.body, address.split('?').next().unwrap_or_default())
        });
        let asked: BTreeSet<_> =
            pages.map(|(method, path, names)| (method.to_string(), path, names)).collect();
        let names = |entry: Entry| {
            let pattern = ResourceDef::new(entry.pattern);
            let usual = if entry.method == Method::GET { "q=&next=&state[]=&=" } else { "" };
            let queries = entry.asks.split(' ').chain(entry.at.split_once('?').map(|(_, query)| query));
            let own = queries.chain([usual, entry.form]).flat_map(keys);
            let on_pages = asked
                .iter()
                .filter(|(method, path, _)| *method == entry.method.as_str() && pattern.is_match(path))
                .flat_map(|(_, _, names)| names.iter().cloned());
            let mut names: Vec<String> = own.chain(on_pages).collect::<BTreeSet<_>>().into_iter().collect();
            names.retain(|name| !name.starts_with('_') && name != "viewport");
            ((entry.method, entry.pattern), names)
        };
        table().into_iter().map(names).collect()
    });
    &all[&(entry.method.clone(), entry.pattern)]
}

/// Does something with each entry, several at once: each in a lane that has a thread and what `start` makes for it.
fn side_by_side<L>(
    entries: impl Iterator<Item = Entry>,
    start: impl Fn() -> L + Sync,
    work: impl Fn(&L, &Entry) + Sync,
) {
    let entries = Mutex::new(entries.collect::<Vec<_>>());
    let next = || entries.lock().unwrap_or_else(PoisonError::into_inner).pop();
    // More than there are cores: each waits for the database now and then.
    let lanes = 2 * thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(|| {
                let lane = start();
                while let Some(entry) = next() {
                    work(&lane, &entry);
                }
            });
        }
    });
}

fn reads() -> impl Iterator<Item = Entry> {
    table().into_iter().filter(|entry| entry.method == Method::GET)
}

fn writes() -> impl Iterator<Item = Entry> {
    table().into_iter().filter(|entry| entry.method == Method::POST)
}

fn with_query(address: &str, query: &str) -> String {
    format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' })
}

#[test]
fn no_query_makes_the_portal_fail() {
    let (page, part) = (HeaderMap::new(), headers(&[("hx-request", "true")]));
    let data = headers(&[("accept", "application/json")]);
    side_by_side(reads(), Portal::start, |portal, entry| {
        let address = World::get().home.fill(entry.at);
        let names = names(entry);
        let fixed = names.iter().flat_map(|name| NASTY.map(|value| format!("{name}={value}")));
        let fixed = fixed.chain(["&&&=&=", "%", "?", "a", "%ff=%ff", "[]=1&[]=2"].map(str::to_owned));
        for (query, headers) in fixed.zip([&page, &part].into_iter().cycle()) {
            let answer = portal.get(&with_query(&address, &query), headers);
            check(&answer, || format!("GET {address}?{query}")).expect("an answer");
        }
        let strategy = (fields(names), select(std::vec![page.clone(), part.clone(), data.clone()]));
        runner()
            .run(&strategy, |(query, headers)| {
                let answer = portal.get(&with_query(&address, &query), &headers);
                check(&answer, || format!("GET {address}?{query}"))
            })
            .expect("an answer");
        portal.check_alive();
    });
}

#[test]
fn no_form_makes_the_portal_fail() {
    // A portal for each form, which may well end the session or change what the next one needs.
    side_by_side(
        writes(),
        || (),
        |(), entry| {
            let portal = Portal::start();
            let home = &World::get().home;
            let (address, example) = (home.fill(entry.at), home.fill(entry.form));
            let names = names(entry);
            let sent = portal.page_headers(FORM);
            // One field of the example spoilt at a time, so that the others are as they should be.
            let spoilt = names.iter().flat_map(|name| {
                let others: Vec<_> =
                    example.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
                let others = others.join("&");
                NASTY.map(|value| format!("{others}&{name}={value}&{name}={value}"))
            });
            for body in spoilt {
                let answer = portal.send(&entry.method, &address, &sent, body.clone().into_bytes());
                check(&answer, || format!("{} {body}", entry.title())).expect("an answer");
            }
            runner()
                .run(&(fields(names), Just(())), |(body, ())| {
                    let answer = portal.send(&entry.method, &address, &sent, body.clone().into_bytes());
                    check(&answer, || format!("{} {body}", entry.title()))
                })
                .expect("an answer");
            portal.check_alive();
        },
    );
}

#[test]
fn no_body_makes_the_portal_fail() {
    let portal = Portal::start();
    let multipart =
        b"--b\r\nContent-Disposition: form-data; name=\"name\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n";
    let bodies: [(&str, Vec<u8>); 12] = [
        ("application/json", b"{\"name\": [1, {}]}".to_vec()),
        ("application/json", b"{".to_vec()),
        ("multipart/form-data; boundary=b", multipart.to_vec()),
        ("multipart/form-data", multipart.to_vec()),
        ("text/plain", b"name=a".to_vec()),
        ("application/x-www-form-urlencoded; charset=utf-16", b"name=a".to_vec()),
        (FORM, Vec::new()),
        (FORM, b"\0\xff\xfe=\xc3\x28&&&".to_vec()),
        (FORM, b"name".to_vec()),
        (FORM, b"sim=1&".repeat(50_000)),
        (FORM, b"name=".iter().copied().chain(std::iter::repeat_n(b'x', 1_000_000)).collect()),
        (FORM, vec![b'a'; 5 * 1024 * 1024]),
    ];
    for entry in writes().filter(|entry| entry.pattern != "/sign-out") {
        for (kind, body) in &bodies {
            let address = World::get().home.fill(entry.at);
            let answer = portal.send(&entry.method, &address, &portal.page_headers(kind), body.clone());
            check(&answer, || format!("{} with {kind} of {}", entry.title(), body.len())).expect("an answer");
        }
    }
    portal.check_alive();
}

#[test]
fn no_address_makes_the_portal_fail() {
    let values = NASTY.iter().map(|value| (*value).to_owned()).chain([
        "x".repeat(8_000),
        "9".repeat(400),
        "%2e%2e".to_owned(),
        "%2F".to_owned(),
        "a/b".to_owned(),
    ]);
    let values: Vec<String> = values.collect();
    let named = table().into_iter().filter(|entry| entry.at.contains('<'));
    side_by_side(named, Portal::start, |portal, entry| {
        for value in &values {
            let (before, rest) = entry.at.split_once('<').expect("a word");
            let (_, after) = rest.split_once('>').expect("its end");
            let address = format!("{before}{value}{}", World::get().home.fill(after));
            if !address.starts_with('/') || address.starts_with("//") {
                continue;
            }
            let answer = portal.send(&entry.method, &address, &portal.page_headers(FORM), Vec::new());
            check(&answer, || format!("{} {address}", entry.method)).expect("an answer");
        }
        portal.check_alive();
    });
    side_by_side(table().into_iter(), Portal::start, |portal, entry| {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::HEAD] {
            let address = World::get().home.fill(entry.at);
            let answer = portal.send(&method, &address, &portal.page_headers(FORM), Vec::new());
            check(&answer, || format!("{method} {address}")).expect("an answer");
        }
        portal.check_alive();
    });
}

#[test]
fn no_header_makes_the_portal_fail() {
    let portal = Portal::start();
    let long = "x".repeat(8_000);
    let cases = [
        headers(&[("cookie", "simyard_session=garbage; simyard_form=%00")]),
        headers(&[("cookie", "=;;;=\"")]),
        headers(&[("cookie", &format!("simyard_session={long}"))]),
        headers(&[("cookie", "simyard_form=é"), ("cookie", "simyard_form=b")]),
        headers(&[("x-account-focus", "1"), ("x-account-focus", "2")]),
        headers(&[("x-account-focus", "é")]),
        headers(&[("x-csrf-token", &long), ("x-csrf-token", "é")]),
        headers(&[("accept", "application/json;q=x, */*;q=9"), ("accept-encoding", "br;q=nan, é")]),
        headers(&[("accept-encoding", "identity;q=0, *;q=0")]),
        headers(&[("hx-request", "true"), ("hx-request", "é"), ("hx-current-url", "http://[")]),
        headers(&[("if-none-match", "\""), ("if-modified-since", "yesterday"), ("range", "bytes=9-1")]),
        headers(&[("x-forwarded-for", "é, 999.999.1.1"), ("forwarded", "for=;host=\"")]),
        headers(&[("content-type", "é"), ("content-encoding", "br")]),
        headers(&[("origin", "null"), ("referer", "é"), ("sec-fetch-site", "é")]),
        headers(&[("host", "é")]),
    ];
    for entry in table() {
        for extra in &cases {
            let mut sent = portal.page_headers(FORM);
            sent.extend(extra.clone());
            let address = World::get().home.fill(entry.at);
            let body = World::get().home.fill(entry.form).into_bytes();
            let body = if entry.method == Method::POST { body } else { Vec::new() };
            let answer = portal.send(&entry.method, &address, &sent, body);
            check(&answer, || format!("{} with {extra:?}", entry.title())).expect("an answer");
        }
    }
    portal.check_alive();
}
