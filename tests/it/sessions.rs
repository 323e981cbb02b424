//! Sessions: where a person is signed in, ending that, and how long it lasts.

use fleet::ids::CompanyId;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::{Method, StatusCode};

use crate::support::{Client, PASSWORD, Page, TestApp, TestDb};

const ADA: &str = "ada@meridian.example";

struct World {
    app: TestApp,
    meridian: CompanyId,
    northwind: CompanyId,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    let (northwind, _) = app.db.company(Some(meridian), "Northwind Metering");
    let ada = app.db.member(ADA, meridian, Role::Administrator);
    app.db.run(|conn| testing::member(conn, ada, northwind, Role::Viewer));
    app.db.member("nora@northwind.example", northwind, Role::Administrator);
    World { app, meridian, northwind }
}

async fn end(client: &Client, session: &str, password: &str) -> Page {
    client.post("/profile/sessions/endings", &[("session", session), ("current", password)]).await
}

fn run(app: &TestApp, sql: &str) {
    app.db.run(|conn| {
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
}

fn is_signed_in(page: &Page) -> bool {
    match page.status {
        StatusCode::OK => true,
        StatusCode::SEE_OTHER => false,
        other => panic!("{other}"),
    }
}

#[actix_web::test]
async fn a_person_sees_where_they_are_signed_in_and_ends_one_or_all_others() {
    let World { app, .. } = world().await;
    let here = app.sign_in(ADA).await;
    let (phone, office, home) = (app.sign_in(ADA).await, app.sign_in(ADA).await, app.sign_in(ADA).await);
    let nora = app.sign_in("nora@northwind.example").await;
    let page = here.get("/profile/sessions").await;
    let rows = page.texts("tr[data-row]");
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert_eq!(rows.iter().filter(|row| row.contains("(this one)")).count(), 1);
    assert!(rows[0].starts_with("Unknown browser"), "{rows:?}");

    let of_phone = page_uid(&phone, &page).await;
    let answer = end(&here, &of_phone, PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/profile/sessions"));
    assert!(!is_signed_in(&phone.get("/").await));
    assert!(is_signed_in(&office.get("/").await));
    let answer = end(&here, &of_phone, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "it has ended");

    assert_eq!(end(&here, "others", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert!(!is_signed_in(&office.get("/").await) && !is_signed_in(&home.get("/").await));
    assert!(is_signed_in(&here.get("/").await) && is_signed_in(&nora.get("/").await));
}

/// The name of the session of `client`: the one that its own page does not offer to end.
async fn page_uid(client: &Client, of_other: &Page) -> String {
    let own = client.get("/profile/sessions").await.attributes("tr button[name=session]", "value");
    let all = of_other.attributes("tr button[name=session]", "value");
    all.into_iter().find(|uid| !own.contains(uid)).expect("a session that the other page offers")
}

#[actix_web::test]
async fn ending_a_session_takes_the_password_and_guessing_it_is_slowed_down() {
    let World { app, .. } = world().await;
    let (here, other) = (app.sign_in(ADA).await, app.sign_in(ADA).await);
    let mut refused = false;
    for _ in 0..40 {
        let answer = end(&here, "others", "wrong").await;
        match answer.status {
            StatusCode::UNPROCESSABLE_ENTITY => {
                assert_eq!(answer.attribute(".invalid-feedback", "id").as_deref(), Some("error-current"));
            }
            StatusCode::TOO_MANY_REQUESTS => refused = true,
            status => panic!("{status}"),
        }
    }
    assert!(refused);
    assert!(is_signed_in(&other.get("/").await));
}

#[actix_web::test]
async fn another_person_s_session_is_not_found() {
    let World { app, .. } = world().await;
    let (ada, _elsewhere) = (app.sign_in(ADA).await, app.sign_in(ADA).await);
    let nora = app.sign_in("nora@northwind.example").await;
    let of_ada = ada.get("/profile/sessions").await.attributes("tr button[name=session]", "value");
    for session in [&*of_ada[0], "01980000-0000-7000-8000-000000000001", "x", ""] {
        assert_eq!(end(&nora, session, PASSWORD).await.status, StatusCode::NOT_FOUND, "{session:?}");
    }
    assert_eq!(ada.get("/profile/sessions").await.texts("tr[data-row]").len(), 2);
}

#[actix_web::test]
async fn a_session_ends_when_it_is_not_used_and_after_a_week_in_any_case() {
    let World { app, .. } = world().await;
    for (column, before, after) in [
        ("last_used_at", "7 hours 59 minutes", "8 hours 1 second"),
        ("created_at", "6 days 23 hours", "7 days 1 second"),
    ] {
        for (age, lives) in [(before, true), (after, false)] {
            let ada = app.sign_in(ADA).await;
            // Each limit is kept with the session, and moves with what it is counted from.
            let limit = if column == "created_at" { "ends_at" } else { "expires_at" };
            run(
                &app,
                &format!(
                    "UPDATE sessions SET {column} = {column} - interval '{age}', {limit} = {limit} - interval '{age}'"
                ),
            );
            assert_eq!(is_signed_in(&ada.get("/").await), lives, "{column} {age}");
            run(&app, "DELETE FROM sessions");
        }
    }
}

#[actix_web::test]
async fn a_use_moves_the_idle_limit_on_and_a_part_that_asks_by_itself_does_not() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    run(
        &app,
        "UPDATE sessions SET last_used_at = now() - interval '2 hours', expires_at = now() + interval '6 hours'",
    );
    let is_fresh = || {
        TestDb::ask(
            &mut app.db.connect(),
            "SELECT last_used_at > now() - interval '1 hour' AND expires_at > now() + interval '7 hours' FROM sessions",
        )
    };
    let poll = ada
        .send(Method::GET, "/operations/running", |request| {
            request.header("hx-request", "true").header("hx-trigger", "poll-bell")
        })
        .await;
    assert!(poll.status.is_success(), "{}", poll.status);
    assert_eq!(is_fresh(), "false");
    assert!(is_signed_in(&ada.get("/").await));
    assert_eq!(is_fresh(), "true");
}

#[actix_web::test]
async fn a_company_shortens_the_sessions_of_its_people_at_once_also_those_that_have_begun() {
    let World { app, northwind, meridian } = world().await;
    app.db.member("omar@meridian.example", meridian, Role::Operator);
    let (ada, nora) = (app.sign_in(ADA).await, app.sign_in("nora@northwind.example").await);
    let omar = app.sign_in("omar@meridian.example").await;
    run(&app, "UPDATE sessions SET last_used_at = now() - interval '20 minutes'");
    let saved = nora
        .post(
            "/administration/security",
            &[("idle_minutes", "15"), ("hours", "8"), ("second_factor", "optional")],
        )
        .await;
    assert_eq!(saved.header("location"), "/administration/security", "{}", saved.body);
    let kept: i64 = app.db.run(|conn| {
        testing::number(
            conn,
            &format!(
                "SELECT count(*) AS number FROM companies WHERE id = {} AND session_idle_minutes = 15 AND session_hours = 8",
                northwind.0
            ),
        )
    });
    assert_eq!(kept, 1);
    assert!(!is_signed_in(&ada.get("/").await), "a user of Northwind too, whatever is in focus");
    assert!(is_signed_in(&omar.get("/").await), "no user of Northwind");
    assert!(is_signed_in(&app.sign_in(ADA).await.get("/").await));
    let hours = TestDb::ask(
        &mut app.db.connect(),
        "SELECT extract(hour FROM s.ends_at - s.created_at) FROM sessions s JOIN users u ON u.id = s.user_id \
         WHERE email = 'ada@meridian.example' ORDER BY s.created_at DESC LIMIT 1",
    );
    assert_eq!(hours, "8");
}

#[actix_web::test]
async fn rules_that_are_not_offered_are_refused() {
    let World { app, .. } = world().await;
    let ada = app.sign_in(ADA).await;
    for (idle, hours, field) in [("5", "8", "idle_minutes"), ("15", "x", "hours"), ("", "8", "idle_minutes")]
    {
        let answer = ada
            .post(
                "/administration/security",
                &[("idle_minutes", idle), ("hours", hours), ("second_factor", "optional")],
            )
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.attribute(".invalid-feedback", "id"), Some(format!("error-{field}")));
    }
    let shown = ada.get("/administration/security").await;
    assert_eq!(shown.attributes("option[selected]", "value"), ["480", "168", "optional"]);
}

#[actix_web::test]
async fn a_person_who_is_removed_from_their_last_company_is_signed_out() {
    let World { app, northwind, .. } = world().await;
    let user = app.db.member("ola@northwind.example", northwind, Role::Viewer);
    let (nora, ola) =
        (app.sign_in("nora@northwind.example").await, app.sign_in("ola@northwind.example").await);
    let answer = nora.post(&format!("/administration/users/{user}/removal"), &[("", "")]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert!(!is_signed_in(&ola.get("/").await));
    assert!(is_signed_in(&nora.get("/").await));
}

/// A cookie of the browser, as `name=value`.
fn session_cookie(answer: &Page) -> String {
    let cookies = answer.headers.get_all("set-cookie");
    let mut cookies = cookies.iter().filter_map(|cookie| cookie.to_str().ok());
    let cookie = cookies.find(|cookie| cookie.starts_with("simyard_session=")).expect("a session cookie");
    cookie.split(';').next().expect("its value").to_owned()
}

#[actix_web::test]
async fn a_session_that_was_planted_before_sign_in_is_not_the_one_after() {
    let World { app, .. } = world().await;
    // Eva signs in as herself, and plants her cookie in Ada's browser.
    let (_, evas) = {
        let mut eva = app.nobody();
        let answer = eva.try_sign_in("nora@northwind.example", PASSWORD).await;
        (eva, session_cookie(&answer))
    };
    let page = app.nobody().send(Method::GET, "/", |request| request.header("cookie", &evas)).await;
    let headers = page.attribute("body", "hx-headers").expect("headers");
    let headers: serde_json::Value = serde_json::from_str(&headers).expect("JSON");
    let form = [
        ("_csrf", headers["X-CSRF-Token"].as_str().expect("a token")),
        ("email", ADA),
        ("password", PASSWORD),
    ];
    let body = serde_html_form::to_string(form).expect("a form");
    let answer = app
        .nobody()
        .send(Method::POST, "/sign-in", |request| {
            request
                .header("cookie", &evas)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
        })
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let adas = session_cookie(&answer);
    assert_ne!(adas, evas);
    let with_old = app.nobody().send(Method::GET, "/", |request| request.header("cookie", &evas)).await;
    assert!(!is_signed_in(&with_old), "the planted session leads nowhere");
    let with_new = app.nobody().send(Method::GET, "/", |request| request.header("cookie", &adas)).await;
    assert!(is_signed_in(&with_new));
}
