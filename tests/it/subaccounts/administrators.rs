//! Who administers which subaccount.

use fleet::tenancy::{Permission, Role};
use fleet::testing;
use reqwest::StatusCode;

use super::world;
use crate::support::Page;

#[actix_web::test]
async fn who_administers_which_subaccount_is_searched_and_paged_on_one_screen() {
    let world = world().await;
    let (first, _) = world.subaccount("Clienticity");
    let (second, _) = world.subaccount("Northwind 100%");
    let (below, _) = world.app.db.company(Some(first), "Below Clienticity");
    let (other, _) = world.app.db.company(None, "Somebody else");
    let db = &world.app.db;
    let cleo = db.member("cleo@clienticity.example", first, Role::Administrator);
    db.run(|conn| testing::member(conn, cleo, second, Role::Administrator));
    db.member("vic@clienticity.example", first, Role::Viewer);
    db.member("bea@below.example", below, Role::Administrator);
    db.member("eve@else.example", other, Role::Administrator);
    db.run(|conn| {
        for n in 0..110 {
            let user = testing::person(conn, &format!("p{n:03}@northwind.example"), "!")?;
            testing::member(conn, user, second, Role::Administrator)?;
        }
        Ok(())
    });
    let rows = |page: &Page| page.texts("tr[data-row]");
    let mut seen = Vec::new();
    let mut page = world.ada.get("/subaccounts/administrators").await;
    loop {
        seen.extend(rows(&page));
        let Some(next) = page.attribute(".pager a[href*='after=']", "href") else { break };
        page = world.ada.fragment(&next).await;
    }
    assert_eq!(seen.len(), 112);
    assert!(
        seen[0].starts_with("Clienticity cleo cleo@clienticity.example Administrator Can sign in"),
        "{}",
        seen[0]
    );
    assert!(seen[1].starts_with("Northwind 100% cleo"), "{}", seen[1]);
    let back = page.attribute(".pager a[href*='before=']", "href").expect("a page before the last");
    assert_eq!(rows(&world.ada.fragment(&back).await), seen[50..100]);
    for (search, found) in [("CLEO", 2), ("100%25", 111), ("p00", 10), ("bea", 0), ("eve", 0), ("vic", 0)] {
        let page = world.ada.get(&format!("/subaccounts/administrators?q={search}")).await;
        assert_eq!(rows(&page).len().min(50), found.min(50), "{search}");
    }
    for odd in ["?after=x", "?before=%00&user=1", "?after=x&user=y", "?q=%00"] {
        let status = world.ada.get(&format!("/subaccounts/administrators{odd}")).await.status;
        assert!(!status.is_server_error(), "{odd}: {status}");
    }
    db.run(|conn| testing::set_subaccounts_enabled(conn, world.meridian, false));
    assert_eq!(world.ada.get("/subaccounts/administrators").await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn whoever_signs_in_without_a_password_is_no_one_who_can_t() {
    let world = world().await;
    let (first, _) = world.subaccount("Clienticity");
    let db = &world.app.db;
    for name in ["kim", "pia"] {
        let person =
            db.run(|conn| testing::person_without_password(conn, &format!("{name}@clienticity.example")));
        db.run(|conn| testing::member(conn, person, first, Role::Administrator));
    }
    db.run(|conn| {
        let passkey = "INSERT INTO passkeys (user_id, credential_id, name, credential) \
             SELECT id, 'x', 'Laptop', '{}' FROM users WHERE email = 'kim@clienticity.example'";
        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(passkey), conn)?)
    });
    let rows = world.ada.get("/subaccounts/administrators").await.texts("tr[data-row]");
    assert!(rows[0].contains("Administrator Can sign in with passkey"), "{}", rows[0]);
    assert!(rows[1].contains("Administrator No valid link"), "{}", rows[1]);
    db.member("cleo@clienticity.example", first, Role::Administrator);
    let cleo = world.app.sign_in("cleo@clienticity.example").await;
    let users = cleo.get("/administration/users").await.texts("tr[data-row]");
    assert!(users.iter().any(|row| row.contains("Administrator Can sign in with passkey")), "{users:?}");
    assert!(users.iter().any(|row| row.contains("Administrator No valid link")), "as in Users: {users:?}");
}

#[actix_web::test]
async fn whoever_manages_users_by_a_profile_is_listed_with_it() {
    let world = world().await;
    let (first, _) = world.subaccount("Clienticity");
    let db = &world.app.db;
    db.member("cleo@clienticity.example", first, Role::Administrator);
    let manages = [Permission::PeopleManage].into_iter().collect();
    let pam = db.member_with("pam@clienticity.example", first, manages);
    db.member_with("sid@clienticity.example", first, [Permission::FleetView].into_iter().collect());
    let rows = world.ada.get("/subaccounts/administrators").await.texts("tr[data-row]");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].contains("cleo@clienticity.example Administrator Can sign in"), "{}", rows[0]);
    assert!(
        rows[1].contains(&format!("pam@clienticity.example Profile of {pam} Can sign in")),
        "{}",
        rows[1]
    );
}
