//! Who may do what, for every route: nobody, a stranger, and each role of the company.

mod entry;
mod isolation;
mod links;
mod positions;
mod rights;
mod table;
mod tokens;
mod world;

use std::collections::BTreeSet;

use fleet::tenancy::Role;
use fleet::testing;
use reqwest::{Method, StatusCode};

use crate::support::{Client, PASSWORD, Page, TestApp};

pub(crate) use entry::{Entry, Lowest};
pub(crate) use table::table;
pub(crate) use world::{FOREIGN, HOME, Side, World, email, fingerprint, fingerprint_of};

const ROLES: [(Role, Lowest); 3] = [
    (Role::Viewer, Lowest::Viewer),
    (Role::Operator, Lowest::Operator),
    (Role::Administrator, Lowest::Administrator),
];

/// Sends the example of `entry` with the ids of `side`, as the last page that `client` opened would.
pub(crate) async fn call(client: &Client, entry: &Entry, side: &Side) -> Page {
    call_with(client, entry, side, &client.csrf_token, Some(&client.account)).await
}

async fn call_with(client: &Client, entry: &Entry, side: &Side, token: &str, account: Option<&str>) -> Page {
    let (address, form) = (side.fill(entry.at), side.fill(entry.form));
    assert!(!address.contains('{'), "{}: give the example an address with .at(...)", entry.title());
    let answer = client
        .send(entry.method.clone(), &address, |request| {
            if entry.method == Method::GET {
                return request;
            }
            let request = request.header("hx-request", "true").header("x-csrf-token", token);
            let request = account.into_iter().fold(request, |r, uid| r.header("x-account-focus", uid));
            request.header("content-type", "application/x-www-form-urlencoded").body(form)
        })
        .await;
    check_headers(&entry.title(), &address, &answer);
    answer
}

/// What every answer carries, whatever it says.
fn check_headers(title: &str, address: &str, answer: &Page) {
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
        "{title}: {policy:?}"
    );
    assert!(!policy.contains("unsafe"), "{title}: {policy:?}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{title}");
    let may_be_kept = address.starts_with("/static/") && answer.status.is_success();
    let cached = answer.header("cache-control");
    assert!(may_be_kept || cached == "no-store", "{title}: cache-control {cached:?}");
}

async fn sign_in(app: &TestApp, role: Role, name: &str) -> Client {
    app.sign_in(&email(role, name)).await
}

fn is_done(entry: &Entry, answer: &Page) -> bool {
    let sent_away =
        ["location", "hx-redirect"].iter().any(|name| answer.header(name).starts_with("/sign-in"));
    let sent_away = sent_away && !entry.leads_to_sign_in;
    if entry.signed {
        return answer.status == StatusCode::UNAUTHORIZED;
    }
    if entry.incomplete {
        return answer.status == StatusCode::UNPROCESSABLE_ENTITY;
    }
    (answer.status.is_success() || answer.status == StatusCode::SEE_OTHER) && !sent_away
}

fn assert_no_trace(title: &str, answer: &Page, of: &str) {
    assert!(!answer.body.to_lowercase().contains(of), "{title}: shows {of}: {}", answer.body);
}

/// Collects what is wrong with each route, so that one run tells all of it.
async fn each(entries: impl IntoIterator<Item = Entry>, check: impl AsyncFn(&Entry) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for entry in entries {
        if let Err(what) = check(&entry).await {
            wrong.push(format!("{}: {what}", entry.title()));
        }
    }
    assert!(wrong.is_empty(), "{} routes are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn posts() -> impl Iterator<Item = Entry> {
    table().into_iter().filter(|entry| entry.method == Method::POST)
}

fn told(answer: &Page) -> String {
    let text: String = answer.texts("body").join(" ").chars().take(300).collect();
    format!("{} {} {text}", answer.status, answer.header("location"))
}

#[test]
fn the_table_lists_every_route_once() {
    let routes: BTreeSet<_> =
        simyard::routes::all().into_iter().map(|(method, pattern)| format!("{method} {pattern}")).collect();
    let listed: Vec<_> = table().iter().map(Entry::title).collect();
    let once: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), once.len(), "a route is listed twice");
    let missing: Vec<_> = routes.difference(&once).collect();
    let gone: Vec<_> = once.difference(&routes).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in the table: {missing:#?}\nin the table, but no route: {gone:#?}\n\
         Add or remove the line in tests/it/access/table.rs, whose head says how."
    );
}

#[actix_web::test]
async fn nobody_reaches_what_is_public_alone() {
    let world = World::get();
    let app = world.portal().await;
    let before = fingerprint(&app.db);
    each(table().into_iter().filter(|entry| entry.lowest > Lowest::Nobody), async |entry| {
        let answer = call(&app.nobody(), entry, &world.home).await;
        assert_no_trace(&entry.title(), &answer, HOME);
        let (expected, leads) = match entry.method {
            Method::GET => (StatusCode::SEE_OTHER, answer.header("location")),
            _ => (StatusCode::UNAUTHORIZED, answer.header("hx-redirect")),
        };
        let sent_to_sign_in = answer.status == expected && leads.starts_with("/sign-in");
        sent_to_sign_in.then_some(()).ok_or_else(|| told(&answer))
    })
    .await;
    assert_eq!(before, fingerprint(&app.db), "something was done");
    each(table().into_iter().filter(|entry| entry.lowest == Lowest::Nobody), async |entry| {
        let mut client = app.nobody();
        let token = client.open("/sign-in").await.value_of("input[name=_csrf]");
        client.csrf_token = token;
        let answer = call(&client, entry, &world.home).await;
        is_done(entry, &answer).then_some(()).ok_or_else(|| told(&answer))
    })
    .await;
}

#[actix_web::test]
async fn a_role_that_is_too_low_is_refused_and_nothing_is_done() {
    let world = World::get();
    let app = world.portal().await;
    let before = fingerprint(&app.db);
    for (role, rank) in ROLES {
        let client = sign_in(&app, role, HOME).await;
        let above = table().into_iter().filter(|entry| entry.lowest > rank);
        each(above, async |entry| {
            let answer = call(&client, entry, &world.home).await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            refused.then_some(()).ok_or_else(|| format!("as {}: {}", role.as_str(), told(&answer)))
        })
        .await;
    }
    assert_eq!(before, fingerprint(&app.db), "something was done");
}

#[actix_web::test]
async fn a_role_that_is_high_enough_gets_what_it_asked_for() {
    let world = World::get();
    let shared = world.portal().await;
    for (role, rank) in ROLES {
        let reader = sign_in(&shared, role, HOME).await;
        each(table().into_iter().filter(|entry| entry.lowest <= rank), async |entry| {
            let answer = if entry.method == Method::GET {
                call(&reader, entry, &world.home).await
            } else {
                let app = world.portal().await;
                let before = fingerprint(&app.db);
                let answer = call(&sign_in(&app, role, HOME).await, entry, &world.home).await;
                if is_done(entry, &answer) && entry.changes == (before == fingerprint(&app.db)) {
                    let what = if entry.changes { "nothing" } else { "something" };
                    return Err(format!("as {}: {what} was done. {}", role.as_str(), told(&answer)));
                }
                answer
            };
            is_done(entry, &answer)
                .then_some(())
                .ok_or_else(|| format!("as {}: {}", role.as_str(), told(&answer)))
        })
        .await;
    }
}

/// Both ways round: somebody else in this company's addresses, and its administrator in theirs.
#[actix_web::test]
async fn another_company_s_record_is_not_found_and_leaves_no_trace() {
    let world = World::get();
    for (own, other, side) in [(FOREIGN, HOME, &world.home), (HOME, FOREIGN, &world.foreign)] {
        let app = world.portal().await;
        let client = sign_in(&app, Role::Administrator, own).await;
        let before = fingerprint(&app.db);
        let named = |entry: &Entry| entry.names_records() && entry.lowest > Lowest::Nobody;
        each(table().into_iter().filter(named), async |entry| {
            let answer = call(&client, entry, side).await;
            assert_no_trace(&entry.title(), &answer, other);
            let unknown = StatusCode::NOT_FOUND;
            let refused = answer.status == unknown
                || !entry.hidden_from_strangers && answer.status == StatusCode::UNPROCESSABLE_ENTITY
                || !entry.hidden_from_strangers && !entry.changes && answer.status == StatusCode::OK;
            refused.then_some(()).ok_or_else(|| told(&answer))
        })
        .await;
        assert_eq!(before, fingerprint(&app.db), "something was done");
    }
}

#[actix_web::test]
async fn every_file_that_is_taken_is_told_in_the_log() {
    let world = World::get();
    let app = world.portal().await;
    let client = sign_in(&app, Role::Administrator, HOME).await;
    let told = || app.db.run(|conn| testing::number(conn, "SELECT count(*) AS number FROM audit_events"));
    let files = std::cell::Cell::new(0);
    each(table().into_iter().filter(|entry| entry.method == Method::GET), async |entry| {
        let before = told();
        let answer = call(&client, entry, &world.home).await;
        if !answer.header("content-disposition").starts_with("attachment") {
            return Ok(());
        }
        files.set(files.get() + 1);
        (told() == before + 1).then_some(()).ok_or_else(|| format!("{} lines", told() - before))
    })
    .await;
    assert!(files.get() >= 7, "only {} files", files.get());
}

#[actix_web::test]
async fn a_post_without_its_token_is_refused_and_nothing_is_done() {
    let world = World::get();
    let app = world.portal().await;
    let client = sign_in(&app, Role::Administrator, HOME).await;
    let before = fingerprint(&app.db);
    for token in ["", "wrong", &PASSWORD.repeat(3)] {
        each(posts(), async |entry| {
            let answer = call_with(&client, entry, &world.home, token, Some(&client.account)).await;
            let refused = if entry.signed { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
            (answer.status == refused).then_some(()).ok_or_else(|| told(&answer))
        })
        .await;
    }
    assert_eq!(before, fingerprint(&app.db), "something was done");
}

#[actix_web::test]
async fn a_post_for_another_focus_or_for_none_is_refused_and_nothing_is_done() {
    let world = World::get();
    let app = world.portal().await;
    let client = sign_in(&app, Role::Administrator, HOME).await;
    let subaccount = world.home.fill("<subaccount>");
    let before = fingerprint(&app.db);
    for (account, expected) in [
        (None, StatusCode::BAD_REQUEST),
        (Some("x"), StatusCode::BAD_REQUEST),
        (Some(&*subaccount), StatusCode::CONFLICT),
    ] {
        each(posts().filter(|entry| entry.needs_focus), async |entry| {
            let answer = call_with(&client, entry, &world.home, &client.csrf_token, account).await;
            (answer.status == expected)
                .then_some(())
                .ok_or_else(|| format!("for {account:?}: {}", told(&answer)))
        })
        .await;
    }
    assert_eq!(before, fingerprint(&app.db), "something was done");
}
