//! Administration → Users, and the one-time links.

use fleet::ids::{CompanyId, UserId};
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use crate::support::{Client, PASSWORD, Page, TestApp};

const NEW_PASSWORD: &str = "a meter on every wall";

/// Meridian with its subaccount Northwind; Nora administers Northwind, Ada Meridian.
struct World {
    app: TestApp,
    meridian: CompanyId,
    northwind: CompanyId,
    nora: Client,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind Metering");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    app.db.member("nora@northwind.example", northwind, Role::Administrator);
    let nora = app.sign_in("nora@northwind.example").await;
    World { app, meridian, northwind, nora }
}

/// Somebody at Northwind who has never set a password, with a link that Nora has made.
async fn newcomer(world: &World, email: &str, role: Role) -> String {
    let user = world.app.db.run(|conn| {
        let user = testing::person_without_password(conn, email)?;
        testing::member(conn, user, world.northwind, role)?;
        Ok(user)
    });
    link(&new_link(&world.nora, user).await)
}

async fn new_link(client: &Client, user: UserId) -> Page {
    client.post(&format!("/administration/users/{user}/password-link"), &[("", "")]).await
}

/// The path of the link that a dialog shows.
fn link(dialog: &Page) -> String {
    let address = dialog.value_of("#one-time-link");
    address
        .split_once("/password-links/")
        .map(|(_, token)| format!("/password-links/{token}"))
        .expect("a link")
}

/// Opens the link in a browser of its own and sets a password.
async fn set_password(app: &TestApp, path: &str, password: &str, repeat: &str) -> Page {
    let browser = app.nobody();
    let form = browser.get(path).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.body);
    let token = form.value_of("input[name=_csrf]");
    browser.send_form(path, &[("_csrf", token.as_str()), ("password", password), ("repeat", repeat)]).await
}

fn user(app: &TestApp, email: &str) -> UserId {
    app.db.run(|conn| fleet::people::credentials(conn, email)).expect("the person").0
}

fn rows(page: &Page) -> Vec<String> {
    page.texts("tr[data-row]")
}

#[actix_web::test]
async fn a_user_sets_a_password_with_the_link_and_signs_in() {
    let world = world().await;
    let path = newcomer(&world, "ola@northwind.example", Role::Operator).await;
    let World { app, nora, .. } = world;
    let list = nora.get("/administration/users").await;
    assert!(
        rows(&list).iter().any(|row| row.contains("ola ola@northwind.example Operator Link not used yet")),
        "{:?}",
        rows(&list)
    );
    assert!(app.nobody().try_sign_in("ola@northwind.example", NEW_PASSWORD).await.status.is_client_error());

    let done = set_password(&app, &path, NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/sign-in?password=set"));
    let mut ola = app.nobody();
    ola.sign_in("ola@northwind.example", NEW_PASSWORD).await;
    assert!(
        rows(&nora.get("/administration/users").await)
            .iter()
            .any(|row| row.contains("ola") && row.contains("Can sign in with password"))
    );
    assert_eq!(ola.get("/administration/users").await.status, StatusCode::FORBIDDEN, "an operator");
}

#[actix_web::test]
async fn a_link_works_once_and_for_seven_days() {
    let world = world().await;
    let used = newcomer(&world, "ola@northwind.example", Role::Viewer).await;
    let late = newcomer(&world, "kari@northwind.example", Role::Viewer).await;
    let World { app, nora, .. } = world;
    set_password(&app, &used, NEW_PASSWORD, NEW_PASSWORD).await;
    app.db.run(|conn| {
        let move_back = "UPDATE password_links SET expires_at = expires_at - interval '7 days 1 second'";
        diesel::RunQueryDsl::execute(diesel::sql_query(move_back), conn)?;
        Ok(())
    });
    let mut answers = Vec::new();
    for path in [&*used, &*late, "/password-links/unknown"] {
        let answer = app.nobody().get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        answers.push(answer.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "the three look the same");
    let list = nora.get("/administration/users").await;
    assert!(rows(&list).iter().any(|row| row.contains("kari") && row.contains("No valid link")));
    let again = new_link(&nora, user(&app, "kari@northwind.example")).await;
    assert_eq!(
        set_password(&app, &link(&again), NEW_PASSWORD, NEW_PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
}

#[actix_web::test]
async fn of_two_links_the_last_one_works() {
    let world = world().await;
    let first = newcomer(&world, "ola@northwind.example", Role::Viewer).await;
    let World { app, nora, .. } = world;
    let second = link(&new_link(&nora, user(&app, "ola@northwind.example")).await);
    assert_eq!(app.nobody().get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.nobody().get(&second).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_password_that_is_not_usable_is_refused_in_words_and_the_link_stays() {
    let world = world().await;
    let path = newcomer(&world, "ola@northwind.example", Role::Viewer).await;
    let app = world.app;
    let long = "ä".repeat(129);
    for (password, repeat, about) in [
        ("short", "short", "at least 12"),
        (long.as_str(), long.as_str(), "128 characters"),
        (NEW_PASSWORD, "another one here", "not the same"),
    ] {
        let answer = set_password(&app, &path, password, repeat).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.texts(".invalid-feedback")[0].contains(about), "{}", answer.body);
        assert!(!answer.body.contains(password), "a password is not sent back");
    }
    assert_eq!(set_password(&app, &path, NEW_PASSWORD, NEW_PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn all_of_a_long_password_counts_in_any_script() {
    let world = world().await;
    for (email, length) in [("ola@northwind.example", 72), ("per@northwind.example", 128)] {
        let path = newcomer(&world, email, Role::Viewer).await;
        let text = "gravel and otter: tin, maybe a quilt; семь фонарей над рекой, старый маяк и сад у моря; fog + marble = 37 lanterns, or 38";
        let long: String = text.chars().chain("… ".chars().cycle()).take(length).collect();
        assert_eq!(set_password(&world.app, &path, &long, &long).await.status, StatusCode::SEE_OTHER);
        let signs_in = async |password: &str| world.app.nobody().try_sign_in(email, password).await.status;
        let shorter: String = long.chars().take(length - 1).collect();
        assert_eq!(signs_in(&shorter).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(signs_in(&long).await, StatusCode::SEE_OTHER);
    }
}

#[actix_web::test]
async fn an_administrator_of_one_company_cannot_take_over_a_person_of_another() {
    let World { app, nora, meridian, northwind } = world().await;
    let ada = user(&app, "ada@meridian.example");
    app.db.run(|conn| testing::member(conn, ada, northwind, Role::Viewer));
    let refused = new_link(&nora, ada).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts("[role=alert]")[0].contains("administers all of them"), "{}", refused.body);
    // Somebody who administers both companies can.
    let both = app.db.member("root@meridian.example", meridian, Role::Administrator);
    app.db.run(|conn| testing::member(conn, both, northwind, Role::Administrator));
    let root = app.sign_in("root@meridian.example").await;
    assert_eq!(new_link(&root, ada).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_link_that_was_made_for_a_person_ends_when_they_join_another_company() {
    let World { app, nora, meridian, northwind } = world().await;
    let ola = app.db.member("ola@northwind.example", northwind, Role::Viewer);
    let held_back = link(&new_link(&nora, ola).await);
    app.db.run(|conn| testing::member(conn, ola, meridian, Role::Administrator));
    assert_eq!(app.nobody().get(&held_back).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_new_administrator_of_a_fresh_subaccount_can_still_get_a_link() {
    let World { app, meridian, northwind, .. } = world().await;
    let ada = app.sign_in("ada@meridian.example").await;
    let ola = app.db.run(|conn| {
        let ola = testing::person_without_password(conn, "ola@meridian.example")?;
        testing::member(conn, ola, meridian, Role::Viewer)?;
        Ok(ola)
    });
    app.db.run(|conn| testing::member(conn, ola, northwind, Role::Administrator));
    let renewed = new_link(&ada, ola).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.body);
    set_password(&app, &link(&renewed), NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!(new_link(&ada, ola).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not any more");
}

#[actix_web::test]
async fn a_new_password_ends_the_sessions_of_the_person() {
    let World { app, nora, northwind, .. } = world().await;
    let user = app.db.member("ola@northwind.example", northwind, Role::Viewer);
    let ola = app.sign_in("ola@northwind.example").await;
    let reset = link(&new_link(&nora, user).await);
    assert_eq!(ola.get("/").await.status, StatusCode::OK, "until it is used nothing changes");
    set_password(&app, &reset, NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!(ola.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(nora.get("/").await.status, StatusCode::OK, "others stay signed in");
    assert!(app.nobody().try_sign_in("ola@northwind.example", PASSWORD).await.status.is_client_error());
}

#[actix_web::test]
async fn the_last_administrator_stays() {
    let world = world().await;
    let own = user(&world.app, "nora@northwind.example");
    // A second one who has never signed in does not count.
    let ola = newcomer(&world, "ola@northwind.example", Role::Administrator).await;
    let World { app, nora, .. } = world;
    for (path, form) in [
        (format!("/administration/users/{own}"), [("role", "viewer")]),
        (format!("/administration/users/{own}/removal"), [("", "")]),
    ] {
        let answer = nora.post(&path, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.texts("[role=alert]")[0].contains("last administrator"), "{}", answer.body);
    }
    set_password(&app, &ola, NEW_PASSWORD, NEW_PASSWORD).await;
    let answer = nora.post(&format!("/administration/users/{own}"), &[("role", "viewer")]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert_eq!(nora.get("/administration/users").await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn an_administrator_who_signs_in_with_a_passkey_alone_is_one_who_stays() {
    let world = world().await;
    let own = user(&world.app, "nora@northwind.example");
    newcomer(&world, "ola@northwind.example", Role::Administrator).await;
    let World { app, nora, .. } = world;
    let demote = async || nora.post(&format!("/administration/users/{own}"), &[("role", "viewer")]).await;
    assert_eq!(demote().await.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.db.run(|conn| {
        let passkey = "INSERT INTO passkeys (user_id, credential_id, name, credential) \
             SELECT id, 'x', 'Laptop', '{}' FROM users WHERE email = 'ola@northwind.example'";
        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(passkey), conn)?)
    });
    let done = demote().await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
}

#[actix_web::test]
async fn two_administrators_cannot_remove_each_other_at_once() {
    let World { app, northwind, .. } = world().await;
    let ids: Vec<UserId> = (0..4)
        .map(|n| app.db.member(&format!("{n}@northwind.example"), northwind, Role::Administrator))
        .collect();
    let company = app.db.run(|conn| fleet::companies::first_choice(conn, ids[0])).expect("a company");
    // Each removes everybody else, all at once.
    std::thread::scope(|threads| {
        for own in &ids {
            let (app, ids) = (&app, &ids);
            threads.spawn(move || {
                let mut conn = app.db.connect();
                for other in ids.iter().filter(|other| *other != own) {
                    if let Ok(scope) = fleet::tenancy::enter(&mut conn, *own, company) {
                        drop(fleet::users::destroy(&mut conn, &scope, *other));
                    }
                }
            });
        }
    });
    let left = app.db.run(|conn| testing::number(conn, "SELECT count(*) AS number FROM memberships m JOIN companies c ON c.id = m.company_id WHERE c.parent_id IS NOT NULL AND role = 'administrator'"));
    assert_eq!(left, 2, "Nora, whom nobody removed, and one of the four");
}

#[actix_web::test]
async fn removing_a_user_ends_their_access_and_their_link() {
    let world = world().await;
    let path = newcomer(&world, "ola@northwind.example", Role::Viewer).await;
    let World { app, nora, .. } = world;
    let ola = user(&app, "ola@northwind.example");
    let answer = nora.post(&format!("/administration/users/{ola}/removal"), &[("", "")]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(app.nobody().get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(!nora.get("/administration/users").await.body.contains("ola@northwind.example"));
}

#[actix_web::test]
async fn who_is_not_administrator_there_reaches_nothing() {
    let World { app, northwind, .. } = world().await;
    app.db.member("omar@northwind.example", northwind, Role::Operator);
    let nora = user(&app, "nora@northwind.example");
    for (email, expected) in
        [("omar@northwind.example", StatusCode::FORBIDDEN), ("ada@meridian.example", StatusCode::NOT_FOUND)]
    {
        let client = app.sign_in(email).await;
        for path in ["edit", "removal/new", "password-link/new"] {
            assert_eq!(
                client.fragment(&format!("/administration/users/{nora}/{path}")).await.status,
                expected,
                "{email} {path}"
            );
        }
        for path in ["", "/removal", "/password-link"] {
            let answer =
                client.post(&format!("/administration/users/{nora}{path}"), &[("role", "viewer")]).await;
            assert_eq!(answer.status, expected, "{email} {path}");
        }
    }
}

#[actix_web::test]
async fn the_list_is_searched_and_paged_by_name() {
    let World { app, nora, northwind, .. } = world().await;
    app.db.run(|conn| {
        for n in 0..120 {
            let user = testing::person(conn, &format!("p{n:03}@northwind.example"), "!")?;
            testing::member(conn, user, northwind, Role::Viewer)?;
        }
        Ok(())
    });
    let names = |page: &Page| page.texts("tr[data-row] th");
    let mut seen = Vec::new();
    let mut page = nora.get("/administration/users").await;
    loop {
        seen.extend(names(&page));
        let Some(next) = page.attribute(".pager a[href*='after=']", "href") else { break };
        page = nora.fragment(&next).await;
    }
    assert_eq!((seen.len(), seen[1].as_str(), seen[120].as_str()), (121, "p000", "p119"));
    let back = page.attribute(".pager a[href*='before=']", "href").expect("a page before the last");
    assert_eq!(names(&nora.fragment(&back).await), seen[50..100]);
    assert_eq!(names(&nora.get("/administration/users?q=P11").await).len(), 10);
    assert!(names(&nora.get("/administration/users?q=%25").await).is_empty());
    for odd in ["?after=x", "?before=99999999", "?q=%00", "?after=1&after=2"] {
        let status = nora.get(&format!("/administration/users{odd}")).await.status;
        assert!(!status.is_server_error(), "{odd}: {status}");
    }
}

#[actix_web::test]
async fn an_administrator_ends_all_sessions_of_a_user_with_no_more_rights() {
    let world = world().await;
    let ola = world.app.db.member("ola@northwind.example", world.northwind, Role::Operator);
    let World { app, nora, meridian, .. } = world;
    let (laptop, phone) =
        (app.sign_in("ola@northwind.example").await, app.sign_in("ola@northwind.example").await);
    let path = format!("/administration/users/{ola}/sessions/endings");
    let dialog = nora.get(&format!("{path}/new")).await;
    assert!(dialog.body.contains("is signed out everywhere now"), "{}", dialog.body);
    let done = nora.post(&path, &[("", "")]).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    for browser in [&laptop, &phone] {
        assert_eq!(browser.get("/fleet").await.status, StatusCode::SEE_OTHER, "signed out");
    }
    let told = nora.get("/administration/audit?action=sessions_ended").await;
    assert!(told.texts("#audit tbody tr")[0].contains("nora (nora@northwind.example)"), "{}", told.body);
    assert!(app.nobody().try_sign_in("ola@northwind.example", PASSWORD).await.status.is_redirection());

    // A session is not of one company: who works for others goes on.
    app.db.run(|conn| testing::member(conn, ola, meridian, Role::Viewer));
    let laptop = app.sign_in("ola@northwind.example").await;
    let refused = nora.post(&path, &[("", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts("[role=alert]")[0].contains("administers all of them"), "{}", refused.body);
    assert_eq!(laptop.get("/fleet").await.status, StatusCode::OK);
    let own = format!("/administration/users/{}/sessions/endings", user(&app, "nora@northwind.example"));
    assert_eq!(nora.post(&own, &[("", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let foreign = format!("/administration/users/{}/sessions/endings", user(&app, "ada@meridian.example"));
    assert_eq!(nora.post(&foreign, &[("", "")]).await.status, StatusCode::NOT_FOUND);
}
