//! The id of another company's record in each position of each request, one at a time, with all others as they should be: in
//! the paths, queries and forms of the table's examples, and of the links and forms on the pages that answer them.
//!
//! The answer must be the one to an id that nobody has.

use std::collections::BTreeMap;

use fleet::api_tokens;
use fleet::tenancy::Role;
use form_urlencoded::byte_serialize;
use reqwest::{Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use uuid::Uuid;

use super::tokens::{self, is_for_programs};
use super::{
    Entry, FOREIGN, HOME, Lowest, Side, World, assert_no_trace, each, fingerprint, fingerprint_of, sign_in,
    table, told,
};
use crate::support::{Client, Page, TestApp};

/// Words that stand for no record of a company.
const NO_RECORDS: [&str; 5] = ["email", "password", "token", "invited", "stylesheet"];
/// An ICCID as long as those of SIMs, which none has.
const NOBODYS_ICCID: &str = "8949990000009999990";

/// A request with `<words>` in its address and its form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    method: String,
    address: String,
    form: String,
}

/// One id in a request.
struct Position<'a> {
    place: Place,
    word: &'a str,
    before: &'a str,
    after: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    Query,
    Form,
}

impl Asked {
    /// The example of a line of the table, and one for each of its queries.
    fn of(entry: &Entry) -> Vec<Self> {
        let with = |query: String| Self {
            method: entry.method.to_string(),
            address: format!("{}{query}", entry.at),
            form: entry.form.to_owned(),
        };
        let mark = if entry.at.contains('?') { '&' } else { '?' };
        let queries = entry.asks.split_whitespace().map(|query| format!("{mark}{query}"));
        std::iter::once(String::new()).chain(queries).map(with).collect()
    }

    fn positions(&self) -> impl Iterator<Item = Position<'_>> {
        let path = self.address.find('?').unwrap_or(self.address.len());
        let of_address = places(&self.address).map(move |(before, word, after)| {
            let place = if before.len() < path { Place::Path } else { Place::Query };
            Position { place, word, before, after }
        });
        let of_form = places(&self.form).map(|(before, word, after)| Position {
            place: Place::Form,
            word,
            before,
            after,
        });
        of_address.chain(of_form)
    }

    /// Address and form with the ids of `home`, but for `id` in one place.
    fn with(&self, position: &Position<'_>, home: &Side, id: &str) -> (String, String) {
        let replaced = format!("{}{id}{}", home.fill(position.before), home.fill(position.after));
        match position.place {
            Place::Form => (home.fill(&self.address), replaced),
            Place::Path | Place::Query => (replaced, home.fill(&self.form)),
        }
    }

    /// The same for two that differ in nothing but values that are no ids.
    fn shape(&self) -> String {
        let (path, query) = self.address.split_once('?').unwrap_or((&self.address, ""));
        let named = |pairs: &str| -> Vec<String> {
            pairs.split('&').filter(|pair| pair.contains('<')).map(str::to_owned).collect()
        };
        format!("{} {path} {:?} {:?}", self.method, named(query), named(&self.form))
    }
}

/// Each word in `text` that stands for a record, with what is before and after it.
fn places(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let word = |(at, _): (usize, _)| {
        let (word, after) = text[at + 1..].split_once('>')?;
        Some((&text[..at], word, after))
    };
    text.match_indices('<').filter_map(word).filter(|(_, word, _)| !NO_RECORDS.contains(word))
}

/// An id of the same kind that no record has.
fn nobodys(word: &str, id: &str) -> String {
    match (word, id.parse::<Uuid>()) {
        ("iccid", _) => NOBODYS_ICCID.to_owned(),
        (_, Ok(_)) => "01980000-0000-7000-8000-00000000ffff".to_owned(),
        _ => "99999".to_owned(),
    }
}

/// What an answer says, but for the id that was sent and for keys that are new with each.
fn said(answer: &Page, sent: &str) -> String {
    let is_between = |sign: char| !sign.is_ascii_hexdigit() && sign != '-';
    let body = answer.body.replace(sent, "*");
    let is_key = |part: &str| part.trim_end_matches(is_between).parse::<Uuid>().is_ok();
    body.split_inclusive(is_between).filter(|part| !is_key(part)).collect()
}

/// The links and the forms of a page that name records of `home`.
fn requests_on(page: &Page, home: &Side) -> Vec<Asked> {
    let html = Html::parse_document(&page.body);
    let select = |selector: &str| Selector::parse(selector).expect("a selector");
    let get = |address: &str| Asked {
        method: Method::GET.to_string(),
        address: home.words_in(address),
        form: String::new(),
    };
    let mut found = Vec::new();
    for attribute in ["href", "hx-get", "data-url"] {
        let all = select(&format!("[{attribute}]"));
        found.extend(html.select(&all).filter_map(|element| element.attr(attribute)).map(get));
    }
    for form in html.select(&select("form")) {
        let pairs: Vec<String> = form.select(&select("[name]")).filter_map(|field| pair(&field)).collect();
        let pairs = home.words_in(&pairs.join("&"));
        let address = |names: [&str; 2]| names.iter().find_map(|name| form.attr(name)).unwrap_or_default();
        if form.attr("hx-post").is_some() || form.attr("method") == Some("post") {
            let (method, address) = (Method::POST.to_string(), home.words_in(address(["hx-post", "action"])));
            found.push(Asked { method, address, form: pairs });
        } else {
            found.push(get(&format!("{}?{pairs}", address(["hx-get", "action"]))));
        }
    }
    let is_here = |asked: &Asked| asked.address.starts_with('/') && !asked.address.starts_with("/sign-out");
    found.retain(|asked| is_here(asked) && asked.positions().next().is_some());
    found
}

/// What a field sends: what is chosen, or else the last that could be.
fn pair(field: &ElementRef<'_>) -> Option<String> {
    let name = field.attr("name").filter(|name| !name.starts_with('_'))?;
    let options = Selector::parse("option[value]").expect("a selector");
    let value = match field.value().name() {
        "select" => field.select(&options).filter_map(|option| option.attr("value")).last()?.to_owned(),
        "textarea" => field.text().collect(),
        _ if field.attr("type") == Some("radio") && field.attr("checked").is_none() => return None,
        _ => field.attr("value").unwrap_or_default().to_owned(),
    };
    Some(format!("{name}={}", byte_serialize(value.as_bytes()).collect::<String>()))
}

/// Where requests come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// Each is good but for what is replaced: it is refused.
    Table,
    /// What is replaced may be left alone, as is what an operation waits for when it begins at once. The other company's rows
    /// stay as they are in any case.
    Pages,
}

/// Sends each request with each of its ids replaced by that of the other company's record, and by nobody's.
async fn replace_each(
    app: &TestApp,
    from: From,
    requests: impl IntoIterator<Item = Asked>,
    send: impl AsyncFn(&Method, &str, String) -> Page,
) {
    let World { home, foreign, .. } = World::get();
    let mut wrong = Vec::new();
    let rows = || match from {
        From::Table => fingerprint(&app.db),
        From::Pages => fingerprint_of(&app.db, foreign),
    };
    let mut before = rows();
    for asked in requests {
        let method: Method = asked.method.parse().expect("a method");
        for position in asked.positions() {
            let id = foreign.id(position.word);
            let none = nobodys(position.word, id);
            let (address, form) = asked.with(&position, home, id);
            let title = format!("{method} {address} {form} with the other's {}", position.word);
            let ask = async |id: &str| {
                let (address, form) = asked.with(&position, home, id);
                send(&method, &address, form).await
            };
            let mut theirs = ask(id).await;
            let mut nobodys = ask(&none).await;
            // The clock may have moved on between the two, which a page may tell.
            for _ in 0..2 {
                if said(&theirs, id) != said(&nobodys, &none) {
                    (theirs, nobodys) = (ask(id).await, ask(&none).await);
                }
            }
            assert_no_trace(&title, &theirs, FOREIGN);
            let is_open = position.place != Place::Path
                && (from == From::Pages && !theirs.status.is_server_error()
                    || matches!(theirs.status, StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY));
            if theirs.status != StatusCode::NOT_FOUND && !is_open {
                wrong.push(format!("{title}: {}", told(&theirs)));
            }
            if (theirs.status, said(&theirs, id)) != (nobodys.status, said(&nobodys, &none)) {
                wrong.push(format!("{title}: {} but for nobody's {}", told(&theirs), told(&nobodys)));
            }
        }
        if method == Method::GET {
            continue;
        }
        let after = rows();
        if before != after {
            wrong.push(format!("{method} {} {}: something was done", asked.address, asked.form));
            before = after;
        }
    }
    assert_eq!(before, rows(), "something was done by a GET");
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn closed() -> impl Iterator<Item = Entry> {
    table().into_iter().filter(|entry| entry.lowest > Lowest::Nobody)
}

async fn as_a_browser(client: &Client, method: &Method, address: &str, form: String) -> Page {
    client
        .send(method.clone(), address, |request| match *method {
            Method::GET => request,
            _ => request
                .header("hx-request", "true")
                .header("x-csrf-token", &client.csrf_token)
                .header("x-account-focus", &client.account)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form),
        })
        .await
}

#[actix_web::test]
async fn another_company_s_id_is_nobody_s_wherever_it_stands() {
    let world = World::get();
    let app = world.portal().await;
    let client = sign_in(&app, Role::Administrator, HOME).await;
    let send = async |method: &Method, address: &str, form: String| {
        as_a_browser(&client, method, address, form).await
    };
    replace_each(&app, From::Table, closed().flat_map(|entry| Asked::of(&entry)), send).await;
}

#[actix_web::test]
async fn another_company_s_id_is_nobody_s_in_what_pages_lead_to() {
    let world = World::get();
    let app = world.portal().await;
    let client = sign_in(&app, Role::Administrator, HOME).await;
    let send = async |method: &Method, address: &str, form: String| {
        as_a_browser(&client, method, address, form).await
    };
    let mut found = BTreeMap::new();
    for entry in closed().filter(|entry| entry.method == Method::GET || !entry.changes) {
        if entry.leads_to_sign_in {
            continue;
        }
        for asked in Asked::of(&entry) {
            let (address, form) = (world.home.fill(&asked.address), world.home.fill(&asked.form));
            let page = send(&entry.method, &address, form).await;
            found.extend(requests_on(&page, &world.home).into_iter().map(|asked| (asked.shape(), asked)));
        }
    }
    assert!(found.len() > 50, "{} links and forms", found.len());
    replace_each(&app, From::Pages, found.into_values(), send).await;
}

#[actix_web::test]
async fn another_company_s_id_is_nobody_s_for_a_program() {
    let world = World::get();
    let app = world.portal().await;
    let key = tokens::token(&app, world, api_tokens::choices());
    let send = async |method: &Method, address: &str, form: String| {
        tokens::send(&app, method, address, form, &key).await
    };
    let examples = closed().filter(is_for_programs).flat_map(|entry| Asked::of(&entry));
    // The tree is closed to programs, whatever they ask of it.
    let of_a_tree = |asked: &Asked| asked.address.contains("tree=1");
    replace_each(&app, From::Table, examples.filter(|asked| !of_a_tree(asked)), send).await;
}

/// No id stands in a JSON body, since none is read: not by a person, not by a program.
#[actix_web::test]
async fn no_route_takes_json() {
    let world = World::get();
    let app = world.portal().await;
    let client = sign_in(&app, Role::Administrator, HOME).await;
    let key = tokens::token(&app, world, api_tokens::choices());
    let before = fingerprint(&app.db);
    each(table().into_iter().filter(|entry| entry.method == Method::POST && !entry.signed), async |entry| {
        let address = world.home.fill(entry.at);
        let body =
            serde_json::json!({ "sim": world.foreign.id("sim"), "target": world.foreign.id("company") });
        for by_a_program in [false, true] {
            let send = |request: reqwest::RequestBuilder| {
                let request = request.header("content-type", "application/json").body(body.to_string());
                if by_a_program {
                    return request.bearer_auth(&key);
                }
                request.header("x-csrf-token", &client.csrf_token).header("x-account-focus", &client.account)
            };
            let sender = if by_a_program { app.nobody() } else { client.clone() };
            let answer = sender.send(entry.method.clone(), &address, send).await;
            assert_no_trace(&entry.title(), &answer, FOREIGN);
            let closed = by_a_program && !is_for_programs(entry) && answer.status == StatusCode::FORBIDDEN;
            if answer.status != StatusCode::UNSUPPORTED_MEDIA_TYPE && !closed {
                return Err(told(&answer));
            }
        }
        Ok(())
    })
    .await;
    assert_eq!(before, fingerprint(&app.db), "something was done");
}
