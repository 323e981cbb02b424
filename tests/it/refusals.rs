//! What the log says of what was refused.

use fleet::tenancy::{Permission, Role};
use nix::sys::signal::Signal;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::cli::{Portal, simyard};
use crate::support::{Client, PASSWORD, Page, TestDb};

/// What the log says of refusals.
fn told(said: &str) -> Vec<Value> {
    said.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["fields"]["event"] == "access_refused" && line["level"] == "WARN")
        .map(|line| line["fields"].clone())
        .collect()
}

#[actix_web::test]
async fn what_is_refused_is_told_in_the_log_without_secrets_and_not_without_end() {
    let db = TestDb::new();
    let (meridian, meridian_uid) = db.company(None, "Meridian IoT");
    let (northwind, _) = db.company(None, "Northwind Metering");
    let ada = db.member("ada@meridian.example", meridian, Role::Administrator);
    let vera = db.member("vera@meridian.example", meridian, Role::Viewer);
    let nora = db.member("nora@northwind.example", northwind, Role::Administrator);
    let mut command = simyard(&["serve", "--listen", "127.0.0.1:0", "--no-worker"]);
    command.env("DATABASE_URL", &db.url);
    let portal = Portal::start(command);
    let address = format!("http://{}", portal.address);
    let (mut of_ada, mut of_vera) = (Client::new(&address), Client::new(&address));
    of_ada.sign_in("ada@meridian.example", PASSWORD).await;
    of_vera.sign_in("vera@meridian.example", PASSWORD).await;

    assert_eq!(of_vera.get("/administration/users?q=s3cret").await.status, StatusCode::FORBIDDEN);
    let forged = of_vera.send_form("/sign-out", &[("_csrf", "s3cret")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let nobody = Client::new(&address).send_form("/sign-in", &[("password", "s3cret")]).await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
    assert_eq!(of_vera.get("/no-such-page").await.status, StatusCode::NOT_FOUND);
    let foreign = format!("/administration/users/{nora}/edit");
    for _ in 0..120 {
        assert_eq!(of_ada.get(&foreign).await.status, StatusCode::NOT_FOUND);
    }
    portal.signal(Signal::SIGTERM);
    let (_, said) = portal.wait();

    for secret in ["s3cret", "Northwind", "nora@", &of_vera.csrf_token] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
    let lines = told(&said);
    let told: Vec<_> = lines.iter().map(|line| (line["reason"].as_str(), line["person"].as_i64())).collect();
    let first = [("right_missing", Some(vera.0)), ("not_from_here", Some(vera.0)), ("not_from_here", None)];
    assert_eq!(told[..3], first.map(|(reason, person)| (Some(reason), person)), "{said}");
    let of_ada: Vec<_> = lines.iter().filter(|line| line["person"] == ada.0).collect();
    assert!((60..120).contains(&of_ada.len()), "{}", of_ada.len());
    let line = of_ada[0];
    assert_eq!(line["reason"], "not_found");
    assert_eq!(line["company"], meridian_uid.to_string());
    assert_eq!((&line["method"], &line["route"]), (&"GET".into(), &"/administration/users/{id}/edit".into()));
    assert_eq!(line["address"], "127.0.0.1");
    assert_eq!(lines.len() - of_ada.len(), 3, "an address that is none is nobody's");
}

#[actix_web::test]
async fn who_tries_or_asks_too_often_is_told_once_a_minute() {
    let db = TestDb::new();
    let (meridian, _) = db.company(None, "Meridian IoT");
    let ada = db.member("ada@meridian.example", meridian, Role::Administrator);
    let mut command =
        simyard(&["serve", "--listen", "127.0.0.1:0", "--no-worker", "--requests-at-once", "20"]);
    command.env("DATABASE_URL", &db.url);
    let portal = Portal::start(command);
    let address = format!("http://{}", portal.address);
    let mut of_ada = Client::new(&address);
    of_ada.sign_in("ada@meridian.example", PASSWORD).await;
    // Where the machine is slow, more is heard: until some are refused.
    let is_slowed = |page: &Page| page.status == StatusCode::TOO_MANY_REQUESTS;
    let (mut fast, mut tries, mut wrong_tokens) = (0, 0, 0);
    while fast < 3 {
        fast += usize::from(is_slowed(&of_ada.get("/profile").await));
    }
    while tries < 3 {
        let mut guesser = Client::new(&address);
        tries += usize::from(is_slowed(&guesser.try_sign_in("s3cret@nowhere.example", "a guess").await));
    }
    while wrong_tokens < 3 {
        let program = Client::new(&address);
        let bearer = |request: reqwest::RequestBuilder| request.header("authorization", "Bearer s3cret");
        wrong_tokens += usize::from(is_slowed(&program.send(Method::GET, "/fleet", bearer).await));
    }
    portal.signal(Signal::SIGTERM);
    let (_, said) = portal.wait();

    assert!(!said.contains("s3cret"), "{said}");
    let mut lines: Vec<_> = told(&said)
        .iter()
        .map(|line| format!("{} {} {}", line["reason"], line["person"], line["route"]).replace('"', ""))
        .collect();
    // Where the machine is slow, a minute may have gone by.
    lines.dedup();
    assert_eq!(
        lines,
        [
            format!("too_many_requests {} /profile", ada.0),
            "sign_in_failed null /sign-in".to_owned(),
            "too_many_tries null /sign-in".to_owned(),
            "token_refused null /fleet".to_owned(),
            "too_many_tries null /fleet".to_owned(),
        ]
    );
}

#[actix_web::test]
async fn who_tries_to_give_more_than_they_may_or_comes_with_a_wrong_token_is_told() {
    let db = TestDb::new();
    let (meridian, _) = db.company(None, "Meridian IoT");
    let few = [Permission::FleetView, Permission::PeopleManage];
    let pam = db.member_with("pam@meridian.example", meridian, few.into_iter().collect());
    let vera = db.member("vera@meridian.example", meridian, Role::Viewer);
    let mut command = simyard(&["serve", "--listen", "127.0.0.1:0", "--no-worker"]);
    command.env("DATABASE_URL", &db.url);
    let portal = Portal::start(command);
    let address = format!("http://{}", portal.address);
    let mut of_pam = Client::new(&address);
    of_pam.sign_in("pam@meridian.example", PASSWORD).await;
    let given = of_pam.post(&format!("/administration/users/{vera}"), &[("role", "administrator")]).await;
    assert_eq!(given.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(given.body.contains("You can give and take only what you may do yourself"), "{}", given.body);
    let reset = of_pam.post(&format!("/administration/users/{vera}/password-link"), &[("", "")]).await;
    assert_eq!(reset.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reset.body);
    let bearer = |request: reqwest::RequestBuilder| request.header("authorization", "Bearer s3cret");
    let program = Client::new(&address).send(Method::GET, "/fleet", bearer).await;
    assert_eq!(program.status, StatusCode::UNAUTHORIZED);
    portal.signal(Signal::SIGTERM);
    let (_, said) = portal.wait();

    assert!(!said.contains("s3cret"), "{said}");
    let lines: Vec<_> = told(&said)
        .iter()
        .map(|line| format!("{} {} {}", line["reason"], line["person"], line["route"]).replace('"', ""))
        .collect();
    assert_eq!(
        lines,
        [
            format!("beyond_own_rights {} /administration/users/{{id}}", pam.0),
            format!("beyond_own_rights {} /administration/users/{{id}}/password-link", pam.0),
            "token_refused null /fleet".to_owned(),
        ]
    );
}
