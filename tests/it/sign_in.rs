//! Signing in and out.

use std::pin::pin;

use fleet::passwords::DEMO_PASSWORD;
use fleet::tenancy::Role;
use fleet::testing;
use futures_util::future::{Either, join_all, select};
use reqwest::StatusCode;
use simyard::app::Settings;

use crate::support::{PASSWORD, TestApp, TestDb, test_settings};

async fn app_with_ada() -> TestApp {
    let app = TestApp::start().await;
    let (company, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", company, Role::Administrator);
    app
}

#[actix_web::test]
async fn an_empty_installation_says_how_to_make_the_first_administrator() {
    let app = TestApp::start().await;
    let page = app.nobody().get("/sign-in").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("create-admin"), "{}", page.body);
    assert!(page.texts("form").is_empty());
}

#[actix_web::test]
async fn every_wrong_sign_in_gets_the_same_answer() {
    let app = app_with_ada().await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@meridian.example", "wrong"),
        ("nobody@meridian.example", PASSWORD),
        ("", ""),
        ("ada@meridian.example", &*"x".repeat(100)),
    ] {
        let answer = app.nobody().try_sign_in(email, password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answers.push(answer.texts("[role=alert]"));
    }
    assert!(answers[0][0].contains("wrong"));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[actix_web::test]
async fn the_demo_password_opens_nothing_but_the_demo() {
    for (demo, expected) in [(false, StatusCode::UNPROCESSABLE_ENTITY), (true, StatusCode::SEE_OTHER)] {
        let app = TestApp::start_with(Settings { demo, ..test_settings() }).await;
        let hash = bcrypt::non_truncating_hash(DEMO_PASSWORD, 4).expect("a hash");
        let (company, _) = app.db.company(None, "Meridian IoT");
        app.db.run(|conn| {
            let ada = testing::person(conn, "ada@meridian.example", &hash)?;
            testing::member(conn, ada, company, Role::Administrator)
        });
        let page = app.nobody().get("/sign-in").await;
        assert_eq!(page.body.contains(DEMO_PASSWORD), demo, "the page names the demo's people");
        let answer = app.nobody().try_sign_in("ada@meridian.example", DEMO_PASSWORD).await;
        assert_eq!(answer.status, expected);
    }
}

#[actix_web::test]
async fn what_was_typed_is_kept_but_never_the_password() {
    let app = app_with_ada().await;
    let answer = app.nobody().try_sign_in("ada@meridian.example", "a secret that is wrong").await;
    assert_eq!(answer.value_of("input[name=email]"), "ada@meridian.example");
    assert!(!answer.body.contains("a secret that is wrong"));
}

#[actix_web::test]
async fn signing_in_makes_a_new_session_and_signing_out_ends_it() {
    let app = app_with_ada().await;
    let ada = app.sign_in("ada@meridian.example").await;
    assert_eq!(ada.get("/account-focus").await.status, StatusCode::OK);
    let stolen = ada.clone();
    let answer = ada.post("/sign-out", &[("", "")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(stolen.get("/account-focus").await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = app_with_ada().await;
    let mut ada = app.nobody();
    let answer = ada.try_sign_in("ada@meridian.example", PASSWORD).await;
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().expect("text")).collect();
    let session = cookies.iter().find(|c| c.starts_with("simyard_session=")).expect("a session cookie");
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Lax"), "{session}");
    let kept: i64 = app.db.run(|conn| {
        fleet::testing::number(
            conn,
            "SELECT count(*) AS number FROM sessions WHERE octet_length(key_hash) = 32",
        )
    });
    assert_eq!(kept, 1, "only the hash of the key is stored");
}

#[actix_web::test]
async fn nobody_is_sent_to_the_sign_in_page_and_back() {
    let app = app_with_ada().await;
    let answer = app.nobody().get("/fleet?state=active").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/sign-in?next=%2Ffleet%3Fstate%3Dactive");
}

#[actix_web::test]
async fn a_form_without_its_token_or_from_another_site_does_nothing() {
    let app = app_with_ada().await;
    let form = [("email", "ada@meridian.example"), ("password", PASSWORD)];
    let answer = app.nobody().send_form("/sign-in", &form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let ada = app.sign_in("ada@meridian.example").await;
    let answer = ada
        .send(reqwest::Method::POST, "/sign-out", |request| {
            request.header("x-csrf-token", &ada.csrf_token).header("sec-fetch-site", "cross-site")
        })
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.get("/account-focus").await.status, StatusCode::OK, "still signed in");
}

#[actix_web::test]
async fn guessing_is_slowed_down_and_says_for_how_long() {
    let app = app_with_ada().await;
    let mut refused = None;
    for _ in 0..40 {
        let answer = app.nobody().try_sign_in("ada@meridian.example", "wrong").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("forty wrong passwords are too many");
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    let said = &refused.texts("main [role=alert]")[0];
    assert!(said.contains(&format!("Wait {} seconds", refused.header("retry-after"))), "{said}");
    assert_eq!(refused.value_of("input[name=email]"), "ada@meridian.example", "what was typed is kept");
    assert_eq!(refused.value_of("input[name=password]"), "");
}

#[actix_web::test]
async fn a_flood_of_sign_ins_from_one_address_holds_up_nobody_elsewhere() {
    let here = "127.0.0.0/8".parse().expect("a network");
    // Each hash takes long enough for the flood to come between.
    let settings = Settings { bcrypt_cost: 11, trusted_proxies: vec![here], ..test_settings() };
    let app = TestApp::start_with(settings).await;
    let (company, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", company, Role::Administrator);
    let browsers: Vec<_> = (0..61).map(|_| app.nobody()).collect();
    let tokens = join_all(browsers.iter().map(|browser| browser.get("/sign-in"))).await;
    let send = async |number: usize, from: &str, email: &str| {
        let token = tokens[number].value_of("input[name=_csrf]");
        let form = [("_csrf", token.as_str()), ("email", email), ("password", PASSWORD)];
        let body = serde_html_form::to_string(form).expect("a form");
        let prepare = |request: reqwest::RequestBuilder| {
            let request = request.header("x-forwarded-for", from);
            request.header("content-type", "application/x-www-form-urlencoded").body(body)
        };
        browsers[number].send(reqwest::Method::POST, "/sign-in", prepare).await
    };
    let flood = join_all((1..61).map(async |number| {
        send(number, "198.51.100.1", &format!("nobody-{number}@meridian.example")).await
    }));
    let ada = async { send(0, "203.0.113.1", "ada@meridian.example").await };
    let answer = match select(pin!(flood), pin!(ada)).await {
        Either::Left((_, ada)) => ada.await,
        Either::Right((answer, _)) => answer,
    };
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[actix_web::test]
async fn the_next_sign_in_hashes_a_password_with_the_work_that_is_configured_now() {
    let app = TestApp::start_with(Settings { bcrypt_cost: 5, ..test_settings() }).await;
    let (company, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", company, Role::Administrator);
    let hash = || TestDb::ask(&mut app.db.connect(), "SELECT password_hash FROM users");
    assert!(hash().starts_with("$2b$04$"));
    app.nobody().try_sign_in("ada@meridian.example", "wrong").await;
    assert!(hash().starts_with("$2b$04$"), "a wrong password changes nothing");
    let ada = app.sign_in("ada@meridian.example").await;
    let raised = hash();
    assert!(raised.starts_with("$2b$05$"), "{raised}");
    app.sign_in("ada@meridian.example").await;
    assert_eq!(hash(), raised, "once is enough");
    assert_eq!(ada.get("/").await.status, StatusCode::OK, "it is the same password: no session ends");
}

#[actix_web::test]
async fn by_https_a_cookie_that_another_site_can_set_proves_nothing() {
    let app = TestApp::start_with(Settings { secure_cookies: true, ..test_settings() }).await;
    let (company, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", company, Role::Administrator);
    let token = "x".repeat(48);
    let form = [("_csrf", token.as_str()), ("email", "ada@meridian.example"), ("password", PASSWORD)];
    let body = serde_html_form::to_string(form).expect("a form");
    let browser = app.nobody();
    let send = async |cookie: &str| {
        let prepare = |request: reqwest::RequestBuilder| {
            let request = request.header("cookie", format!("{cookie}={token}"));
            request.header("content-type", "application/x-www-form-urlencoded").body(body.clone())
        };
        browser.send(reqwest::Method::POST, "/sign-in", prepare).await
    };
    assert_eq!(send("simyard_form").await.status, StatusCode::FORBIDDEN);
    let answer = send("__Host-simyard_form").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().expect("text")).collect();
    for name in ["__Host-simyard_session=", "__Host-simyard_device="] {
        let cookie = cookies.iter().find(|cookie| cookie.starts_with(name)).expect(name);
        let has = |part: &str| cookie.split("; ").any(|other| other == part);
        assert!(has("Secure") && has("Path=/") && !cookie.contains("Domain"), "{cookie}");
    }
}
