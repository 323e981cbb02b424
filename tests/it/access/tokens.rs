//! Each route by API tokens: what answers programs answers in JSON and asks for rights; all else is closed.

use fleet::api_tokens::{self, NewToken};
use fleet::companies::Name;
use fleet::ids::{CompanyUid, UserId};
use fleet::tenancy::{self, Permission, Permissions, Role};
use fleet::testing;
use reqwest::{Method, StatusCode};

use super::{Entry, HOME, Lowest, Side, World, each, email, fingerprint, table, told};
use crate::support::{Page, TestApp};

/// The key of a new token of the administrator.
pub(super) fn token(app: &TestApp, world: &World, permissions: Permissions) -> String {
    let company: CompanyUid = world.home.fill("<company>").parse().expect("a uid");
    let sql = format!("SELECT id AS number FROM users WHERE email = '{}'", email(Role::Administrator, HOME));
    app.db.run(|conn| {
        let user = UserId(testing::number(conn, &sql)?);
        let scope = tenancy::enter(conn, user, company)?;
        let new = NewToken::new(Name::parse("name", "Program")?, permissions, "30")?;
        Ok(api_tokens::create(conn, &scope, &new, true)?.1.expose().to_owned())
    })
}

/// Sends the example of `entry` as a program does.
async fn call(app: &TestApp, entry: &Entry, side: &Side, key: &str) -> Page {
    send(app, &entry.method, &side.fill(entry.at), side.fill(entry.form), key).await
}

pub(super) async fn send(app: &TestApp, method: &Method, address: &str, form: String, key: &str) -> Page {
    app.nobody()
        .send(method.clone(), address, |request| {
            let request = request.bearer_auth(key);
            match *method {
                Method::GET => request,
                _ => request.header("content-type", "application/x-www-form-urlencoded").body(form),
            }
        })
        .await
}

pub(super) fn is_for_programs(entry: &Entry) -> bool {
    let open = simyard::routes::for_programs();
    open.iter().any(|(method, pattern)| method.as_str() == entry.method.as_str() && *pattern == entry.pattern)
}

fn is_json(answer: &Page) -> bool {
    answer.header("content-type") == "application/json"
        && serde_json::from_str::<serde_json::Value>(&answer.body).is_ok()
}

#[actix_web::test]
async fn a_token_opens_what_answers_programs_and_nothing_else() {
    let world = World::get();
    let app = world.portal().await;
    let key = token(&app, world, api_tokens::choices());
    let before = fingerprint(&app.db);
    let closed = |entry: &Entry| entry.lowest > Lowest::Nobody && !is_for_programs(entry);
    each(table().into_iter().filter(closed), async |entry| {
        let answer = call(&app, entry, &world.home, &key).await;
        (answer.status == StatusCode::FORBIDDEN && is_json(&answer))
            .then_some(())
            .ok_or_else(|| told(&answer))
    })
    .await;
    assert_eq!(before, fingerprint(&app.db), "something was done");
    each(table().into_iter().filter(is_for_programs), async |entry| {
        let app = world.portal().await;
        let key = token(&app, world, api_tokens::choices());
        let before = fingerprint(&app.db);
        let answer = call(&app, entry, &world.home, &key).await;
        let is_done = answer.status.is_success() && entry.changes == (before != fingerprint(&app.db));
        (is_done && is_json(&answer)).then_some(()).ok_or_else(|| told(&answer))
    })
    .await;
}

#[actix_web::test]
async fn a_token_that_lacks_one_right_is_refused_what_takes_it() {
    let world = World::get();
    let app = world.portal().await;
    for missing in api_tokens::choices().iter() {
        let one: Permissions = [missing].into_iter().collect();
        let key = token(&app, world, api_tokens::choices().without(one));
        let before = fingerprint(&app.db);
        let takes = |entry: &Entry| is_for_programs(entry) && entry.takes.rights().contains(&missing);
        each(table().into_iter().filter(takes), async |entry| {
            let answer = call(&app, entry, &world.home, &key).await;
            let refused = answer.status == StatusCode::FORBIDDEN && is_json(&answer);
            refused.then_some(()).ok_or_else(|| format!("without {missing}: {}", told(&answer)))
        })
        .await;
        assert_eq!(before, fingerprint(&app.db), "something was done without {missing}");
    }
}

#[actix_web::test]
async fn a_token_of_one_company_finds_nothing_of_another() {
    let world = World::get();
    let app = world.portal().await;
    let key = token(&app, world, api_tokens::choices());
    let before = fingerprint(&app.db);
    let named = |entry: &Entry| is_for_programs(entry) && entry.names_records();
    each(table().into_iter().filter(named), async |entry| {
        let answer = call(&app, entry, &world.foreign, &key).await;
        let hidden = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY);
        hidden.then_some(()).ok_or_else(|| told(&answer))
    })
    .await;
    assert_eq!(before, fingerprint(&app.db), "something was done");
}

#[test]
fn what_can_be_chosen_for_a_token_opens_no_account() {
    let closed = [
        Permission::PeopleManage,
        Permission::SecurityManage,
        Permission::TokensManage,
        Permission::TreeView,
    ];
    assert!(closed.into_iter().all(|permission| !api_tokens::choices().contains(permission)));
}
