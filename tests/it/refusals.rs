//! What the log says of what was refused.

use fleet::tenancy::Role;
use nix::sys::signal::Signal;
use reqwest::StatusCode;
use serde_json::Value;

use crate::cli::{Portal, simyard};
use crate::support::{Client, PASSWORD, TestDb};

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
    let lines: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["fields"]["event"] == "access_refused" && line["level"] == "WARN")
        .map(|line| line["fields"].clone())
        .collect();
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
