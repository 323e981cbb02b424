//! Each route with each right missing, one at a time.

use fleet::ids::CompanyId;
use fleet::tenancy::{Permission, Permissions};
use fleet::testing;
use reqwest::{Method, StatusCode};

use super::{Entry, HOME, Lowest, World, call, each, fingerprint, is_done, table, told};
use crate::support::{Client, TestApp};

/// A member of the home company who holds `permissions` and no role.
async fn member(app: &TestApp, world: &World, permissions: Permissions) -> Client {
    member_called(app, world, "somebody", permissions).await
}

/// As [`member`], one of several in a portal.
pub(super) async fn member_called(
    app: &TestApp,
    world: &World,
    name: &str,
    permissions: Permissions,
) -> Client {
    let sql = format!("SELECT id AS number FROM companies WHERE uid = '{}'", world.home.fill("<company>"));
    let company = CompanyId(app.db.run(|conn| testing::number(conn, &sql)));
    let email = format!("{name}@{HOME}.example");
    app.db.member_with(&email, company, permissions);
    app.sign_in(&email).await
}

fn closed() -> impl Iterator<Item = Entry> {
    table().into_iter().filter(|entry| entry.lowest > Lowest::Nobody)
}

fn is_read(entry: &Entry) -> bool {
    entry.method == Method::GET
}

#[actix_web::test]
async fn a_member_who_lacks_one_right_is_refused_what_takes_it_and_nothing_else() {
    let world = World::get();
    for missing in Permission::ALL {
        let app = world.portal().await;
        let one: Permissions = [*missing].into_iter().collect();
        let client = member(&app, world, Permissions::ALL.without(one)).await;
        let (refused, open): (Vec<_>, Vec<_>) =
            closed().partition(|entry| entry.takes.rights().contains(missing));
        assert!(!refused.is_empty() || is_asked_by_kinds(*missing), "no route takes {missing}");
        let before = fingerprint(&app.db);
        each(refused, async |entry| {
            let answer = call(&client, entry, &world.home).await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            refused.then_some(()).ok_or_else(|| format!("without {missing}: {}", told(&answer)))
        })
        .await;
        assert_eq!(before, fingerprint(&app.db), "something was done without {missing}");
        // Reads first: what is written ends what others read.
        let (reads, writes): (Vec<_>, Vec<_>) = open.into_iter().partition(is_read);
        each(reads, async |entry| {
            let answer = call(&client, entry, &world.home).await;
            let hidden = entry.hidden_without == Some(*missing) && answer.status == StatusCode::NOT_FOUND;
            (hidden || is_done(entry, &answer))
                .then_some(())
                .ok_or_else(|| format!("without {missing}: {}", told(&answer)))
        })
        .await;
        each(writes.into_iter().filter(|entry| !entry.takes.rights().is_empty()), async |entry| {
            let answer = call(&client, entry, &world.home).await;
            let refused = matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED);
            (!refused).then_some(()).ok_or_else(|| format!("without {missing}: {}", told(&answer)))
        })
        .await;
    }
}

/// Rights that one route asks for after what the request says: the kind of operation, which
/// `operations::rights` goes through.
fn is_asked_by_kinds(permission: Permission) -> bool {
    matches!(permission, Permission::SimsActivate | Permission::SimsManage | Permission::SimsTerminate)
}

#[actix_web::test]
async fn a_member_without_any_right_reaches_what_takes_none() {
    let world = World::get();
    let shared = world.portal().await;
    let nothing = member(&shared, world, Permissions::default()).await;
    let before = fingerprint(&shared.db);
    let (free, refused): (Vec<_>, Vec<_>) = closed().partition(|entry| entry.takes.rights().is_empty());
    each(refused, async |entry| {
        let answer = call(&nothing, entry, &world.home).await;
        let refused = answer.status == StatusCode::FORBIDDEN;
        refused.then_some(()).ok_or_else(|| told(&answer))
    })
    .await;
    assert_eq!(before, fingerprint(&shared.db), "something was done");
    each(free, async |entry| {
        let answer = if is_read(entry) {
            call(&nothing, entry, &world.home).await
        } else {
            let app = world.portal().await;
            let client = member(&app, world, Permissions::default()).await;
            call(&client, entry, &world.home).await
        };
        is_done(entry, &answer).then_some(()).ok_or_else(|| told(&answer))
    })
    .await;
}
