//! API tokens: made and revoked by people, used by programs.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use diesel::RunQueryDsl as _;
use fleet::api_tokens::{self, NewToken};
use fleet::companies::Name;
use fleet::ids::{CompanyId, CompanyUid, UserId};
use fleet::network::{Network, Simulated};
use fleet::operations::worker;
use fleet::sims::{SimState, SimType};
use fleet::tenancy::{Permission, Permissions, Role};
use fleet::testing;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Page, TestApp, TestDb};

struct World {
    app: TestApp,
    company: (CompanyId, CompanyUid),
    ada: UserId,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let company = app.db.company(None, "Meridian IoT");
        let ada = app.db.member("ada@meridian.example", company.0, Role::Administrator);
        app.db.run(|conn| testing::sims(conn, company.0, 3, SimState::Inventory, None));
        Self { app, company, ada }
    }

    /// The key of a new token of a person.
    fn token_of(&self, user: UserId, permissions: &[Permission], is_personal: bool) -> String {
        let scope = self.app.db.scope(user, self.company.1);
        self.app.db.run(|conn| {
            let permissions: Permissions = permissions.iter().copied().collect();
            let new = NewToken::new(Name::parse("name", "Billing")?, permissions, "30")?;
            Ok(api_tokens::create(conn, &scope, &new, is_personal)?.1.expose().to_owned())
        })
    }

    async fn get(&self, path: &str, key: &str) -> Page {
        self.app.nobody().send(Method::GET, path, |request| request.bearer_auth(key)).await
    }

    async fn post(&self, path: &str, key: &str, form: &[(&str, &str)]) -> Page {
        let body = serde_html_form::to_string(form).expect("a form");
        self.app
            .nobody()
            .send(Method::POST, path, |request| {
                request
                    .bearer_auth(key)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body)
            })
            .await
    }

    fn ask(&self, sql: &str) -> String {
        TestDb::ask(&mut self.app.db.connect(), sql)
    }

    fn change(&self, sql: &str) {
        self.app.db.run(|conn| Ok(diesel::sql_query(sql).execute(conn)?));
    }
}

fn value(answer: &Page) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

const FORM: [(&str, &str); 4] =
    [("name", "Billing"), ("days", "30"), ("permissions", "fleet.view"), ("current", PASSWORD)];

/// The key that a dialog shows.
fn shown(answer: &Page) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.value_of("#api-token-key")
}

async fn make(client: &Client, path: &str) -> String {
    shown(&client.post(path, &FORM).await)
}

#[actix_web::test]
async fn a_key_is_shown_once_and_kept_as_a_hash() {
    let world = World::new().await;
    let mut ada = world.app.sign_in("ada@meridian.example").await;
    for (path, prefix) in
        [("/profile/api-tokens", "simyard_pat_"), ("/administration/api-tokens", "simyard_cmp_")]
    {
        let key = make(&ada, path).await;
        assert!(key.starts_with(prefix));
        let list = ada.open(path).await;
        assert!(!list.body.contains(&key) && list.texts("tbody th")[0].contains("Billing"));
        assert!(list.texts("tbody td")[0].ends_with(&key[51..55]), "its end tells it from others");
        let kept = world.ask("SELECT string_agg(t::text, '') FROM api_tokens t");
        assert!(!kept.contains(&key) && !kept.contains(&key[12..55]));
        let told = world.ask("SELECT string_agg(e::text, '') FROM audit_events e");
        assert!(told.contains("token_made") && !told.contains(&key[12..55]));
        assert_eq!(world.get("/fleet", &key).await.status, StatusCode::OK);
    }
}

#[actix_web::test]
async fn a_program_reads_and_launches_and_is_named_beside_its_person() {
    let world = World::new().await;
    let (sub, sub_uid) = world.app.db.company(Some(world.company.0), "Clienticity");
    let key = world.token_of(
        world.ada,
        &[
            Permission::FleetView,
            Permission::SimsTransfer,
            Permission::OperationsCancel,
            Permission::SubaccountsView,
        ],
        false,
    );
    let fleet = value(&world.get("/fleet?state=inventory", &key).await);
    assert_eq!((fleet["total"].clone(), fleet["next"].clone()), (json!(3), json!(null)));
    let iccid = fleet["sims"][0]["iccid"].as_str().expect("an ICCID");
    let sim = value(&world.get(&format!("/sims/{iccid}"), &key).await);
    assert_eq!((&sim["state"], &sim["id"]), (&json!("inventory"), &fleet["sims"][0]["id"]));
    let subaccounts = value(&world.get("/subaccounts", &key).await);
    assert_eq!(subaccounts["subaccounts"][0]["uid"], json!(sub_uid));

    let target = sub_uid.to_string();
    let form = [("kind", "transfer"), ("selection", "pasted"), ("identifiers", iccid), ("target", &target)];
    let wrong = world.post("/operations", &key, &form[..3]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(value(&wrong)["fields"]["target"].is_string(), "{}", wrong.body);
    let launched = world.post("/operations", &key, &form).await;
    assert_eq!(launched.status, StatusCode::CREATED, "{}", launched.body);
    let operation = value(&launched);
    assert_eq!(operation["launched_by"], "ada by token Billing");
    let address = launched.header("location").to_owned();
    assert_eq!(value(&world.get(&address, &key).await)["number"], operation["number"]);
    assert_eq!(value(&world.get("/operations", &key).await)["operations"][0]["number"], operation["number"]);
    assert_eq!(world.post(&format!("{address}/cancellation"), &key, &[]).await.status, StatusCode::ACCEPTED);

    let ada = world.app.sign_in("ada@meridian.example").await;
    let audit = ada.get("/administration/audit").await.texts("#audit tbody");
    assert!(audit[0].contains("ada (ada@meridian.example) by token Billing"), "{audit:?}");
    assert_eq!(world.ask(&format!("SELECT count(*) FROM sims WHERE company_id = {sub}")), "0");
}

#[actix_web::test]
async fn a_token_that_is_wrong_expired_or_revoked_is_refused_in_the_same_words() {
    let world = World::new().await;
    let key = world.token_of(world.ada, &[Permission::FleetView], true);
    assert_eq!(world.get("/fleet", &key).await.status, StatusCode::OK);
    let mut answers = Vec::new();
    let other = World::new().await.token_of(world.ada, &[Permission::FleetView], true);
    for wrong in ["", "x", &key[..key.len() - 1], &other] {
        answers.push(world.get("/fleet", wrong).await);
    }
    for change in [
        "expires_at = now() - interval '1 second', created_at = now() - interval '1 day'",
        "expires_at = now() + interval '1 day', revoked_at = now()",
    ] {
        world.change(&format!("UPDATE api_tokens SET {change}"));
        answers.push(world.get("/fleet", &key).await);
    }
    let words = |answer: &Page| (value(answer)["error"].clone(), value(answer)["message"].clone());
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.header("www-authenticate").starts_with("Bearer "));
        assert_eq!(words(answer), words(&answers[0]));
    }
}

#[actix_web::test]
async fn a_token_may_no_more_than_its_maker_may_now() {
    let world = World::new().await;
    let omar = world.app.db.member("omar@meridian.example", world.company.0, Role::Operator);
    let key = world.token_of(omar, &[Permission::FleetView, Permission::SimsTransfer], true);
    let form = [("kind", "transfer"), ("selection", "matching"), ("filter", "")];
    let choice = world.post("/operations", &key, &form).await;
    assert_eq!(
        choice.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it may, and lacks a target: {}",
        choice.body
    );
    let suspend = [("kind", "suspend"), ("selection", "matching"), ("filter", "")];
    let answer = world.post("/operations", &key, &suspend).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "Omar may, and his token may not");
    world.change("UPDATE memberships SET role = 'viewer' WHERE role = 'operator'");
    assert_eq!(world.post("/operations", &key, &form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get("/fleet", &key).await.status, StatusCode::OK);
    assert_eq!(world.get("/fleet?tree=1", &key).await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn what_a_token_has_scheduled_may_no_more_when_it_begins_than_the_token() {
    let world = World::new().await;
    let (sub, target) = world.app.db.company(Some(world.company.0), "Clienticity");
    let offer = world.app.db.run(|conn| {
        let offer = testing::offer(conn, world.company.0, "Global", SimType::ALL)?;
        testing::assign(conn, offer, world.company.0, sub)?;
        Ok(offer)
    });
    let key = world.token_of(
        world.ada,
        &[Permission::FleetView, Permission::SimsTransfer, Permission::SimsActivate],
        true,
    );
    let moment = (Utc::now() + TimeDelta::days(2)).format("%Y-%m-%dT%H:%M").to_string();
    let (target, offer) = (target.to_string(), offer.to_string());
    let form = [
        ("kind", "hand_over"),
        ("selection", "matching"),
        ("filter", "state=inventory"),
        ("target", &target),
        ("offer", &offer),
        ("start", "at"),
        ("start_at", &moment),
        ("zone", "Europe/Stockholm"),
    ];
    let launched = world.post("/operations", &key, &form).await;
    assert_eq!(launched.status, StatusCode::CREATED, "{}", launched.body);
    // Ada may assign it again, and her token may not.
    world.change(&format!("DELETE FROM offer_assignments WHERE company_id = {sub}"));
    world.change("UPDATE api_tokens SET revoked_at = now()");
    world.change("UPDATE operations SET scheduled_for = now() - interval '1 minute'");
    let pool = world.app.db.pool.clone();
    let worked = actix_web::rt::task::spawn_blocking(move || {
        let network: Arc<dyn Network> = Arc::new(Simulated::new(pool.clone()));
        worker::run_until_idle(&pool, &network, &worker::Settings::default())
    });
    worked.await.expect("a thread").expect("the worker");
    let why = world.ask("SELECT not_started_because FROM operations");
    assert!(why.contains("has not the right to do this"), "{why}");
}

#[actix_web::test]
async fn a_token_ends_with_the_membership_and_does_not_come_back_with_it() {
    let world = World::new().await;
    let omar = world.app.db.member("omar@meridian.example", world.company.0, Role::Operator);
    let key = world.token_of(omar, &[Permission::FleetView], true);
    let ada = world.app.sign_in("ada@meridian.example").await;
    let removed = ada.post(&format!("/administration/users/{omar}/removal"), &[("", "")]).await;
    assert!(removed.status.is_success(), "{}", removed.body);
    assert_eq!(world.get("/fleet", &key).await.status, StatusCode::UNAUTHORIZED);
    world.app.db.run(|conn| testing::member(conn, omar, world.company.0, Role::Operator));
    assert_eq!(world.get("/fleet", &key).await.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_company_that_asks_for_a_second_factor_opens_to_no_token_of_somebody_without_one() {
    let world = World::new().await;
    let key = world.token_of(world.ada, &[Permission::FleetView], true);
    world.change("UPDATE companies SET second_factor_from = now()");
    let answer = world.get("/fleet", &key).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(value(&answer)["error"], "Set up a second factor");
    world.change("UPDATE users SET has_second_factor = true");
    assert_eq!(world.get("/fleet", &key).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn nobody_gives_a_token_what_they_lack_and_what_was_typed_stays() {
    let world = World::new().await;
    world.app.db.member("vera@meridian.example", world.company.0, Role::Viewer);
    let vera = world.app.sign_in("vera@meridian.example").await;
    let with = |name: &'static str, value: &'static str| {
        let mut form = FORM;
        for field in form.iter_mut().filter(|field| field.0 == name) {
            field.1 = value;
        }
        form
    };
    for (form, wrong) in [
        (with("permissions", "sims.transfer"), "Transfer SIMs"),
        (with("permissions", "people.manage"), "Manage users"),
        (with("permissions", "none"), "Tick at least one"),
        (with("days", "366"), "from 1 to 365"),
        (with("days", "0"), "from 1 to 365"),
        (with("current", "not the password"), "not your present password"),
    ] {
        let answer = vera.post("/profile/api-tokens", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.texts(".invalid-feedback").concat().contains(wrong), "{}", answer.body);
        assert_eq!(answer.value_of("#field-name"), "Billing");
    }
    assert_eq!(world.ask("SELECT count(*) FROM api_tokens"), "0");
}

#[actix_web::test]
async fn a_person_revokes_tokens_of_their_own_and_of_nobody_else() {
    let world = World::new().await;
    let omar = world.app.db.member("omar@meridian.example", world.company.0, Role::Operator);
    let keys = [(); 2].map(|()| world.token_of(omar, &[Permission::FleetView], true));
    let adas = world.token_of(world.ada, &[Permission::FleetView], true);
    let uid = |key: &str| world.ask(&format!("SELECT uid FROM api_tokens WHERE hint = '{}'", &key[51..55]));
    let client = world.app.sign_in("omar@meridian.example").await;
    let revoke =
        async |token: &str| client.post("/profile/api-tokens/revocations", &[("token", token)]).await.status;
    for foreign in [&uid(&adas), "x", ""] {
        assert_eq!(revoke(foreign).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(revoke(&uid(&keys[0])).await, StatusCode::NO_CONTENT);
    assert_eq!(world.get("/fleet", &keys[0]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get("/fleet", &keys[1]).await.status, StatusCode::OK);
    assert_eq!(revoke("all").await, StatusCode::NO_CONTENT);
    assert_eq!(world.get("/fleet", &keys[1]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get("/fleet", &adas).await.status, StatusCode::OK);
    assert_eq!(world.ask("SELECT count(*) FROM audit_events WHERE action = 'token_revoked'"), "2");
}

#[actix_web::test]
async fn a_program_has_no_session_whatever_cookies_it_brings() {
    let world = World::new().await;
    let omar = world.app.db.member("omar@meridian.example", world.company.0, Role::Operator);
    let key = world.token_of(omar, &[Permission::FleetView], true);
    let ada = world.app.sign_in("ada@meridian.example").await;
    let by = async |method: Method, path: &str, key: &str| {
        ada.send(method, path, |request| request.bearer_auth(key)).await
    };
    assert_eq!(by(Method::GET, "/administration/users", &key).await.status, StatusCode::FORBIDDEN);
    assert_eq!(by(Method::POST, "/sign-out", &key).await.status, StatusCode::FORBIDDEN);
    assert_eq!(by(Method::GET, "/fleet", "wrong").await.status, StatusCode::UNAUTHORIZED);
    let answer = by(Method::GET, "/fleet", &key).await;
    assert!(answer.status.is_success() && answer.header("set-cookie").is_empty());
    assert_eq!(by(Method::GET, "/nothing", &key).await.status, StatusCode::NOT_FOUND);
    assert_eq!(by(Method::DELETE, "/fleet", &key).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ada.get("/administration/users").await.status, StatusCode::OK, "Ada is signed in still");
}

#[actix_web::test]
async fn whoever_guesses_is_slowed_down_and_does_not_stop_who_has_a_token() {
    let world = World::new().await;
    let key = world.token_of(world.ada, &[Permission::FleetView], true);
    let mut statuses = Vec::new();
    while statuses.last() != Some(&StatusCode::TOO_MANY_REQUESTS) && statuses.len() < 1_000 {
        statuses.push(world.get("/fleet", "simyard_pat_guess").await.status);
    }
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(world.get("/fleet", &key).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn the_use_of_a_token_is_noted_once_a_minute() {
    let world = World::new().await;
    let key = world.token_of(world.ada, &[Permission::FleetView], true);
    let used = || world.ask("SELECT last_used_at FROM api_tokens");
    assert_eq!(used(), "-");
    world.get("/fleet", &key).await;
    let first = used();
    world.get("/fleet", &key).await;
    assert_eq!(used(), first);
    world.change("UPDATE api_tokens SET last_used_at = now() - interval '61 seconds'");
    let before = used();
    world.get("/fleet", &key).await;
    assert_ne!(used(), before);
}

/// The blocks of commands in the description for people who write programs.
fn examples() -> Vec<&'static str> {
    let blocks = include_str!("../../docs/api.md").split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default()).collect()
}

#[actix_web::test]
async fn the_examples_of_the_documentation_work() {
    let world = World::new().await;
    let (_, target) = world.app.db.company(Some(world.company.0), "Clienticity");
    let permissions: Vec<Permission> = api_tokens::choices().iter().collect();
    let key = world.token_of(world.ada, &permissions, false);
    assert!(examples().len() > 8);
    for example in examples() {
        let mut command = std::process::Command::new("sh");
        command
            .args(["-euc", example])
            .env("SIMYARD", &world.app.address)
            .env("TOKEN", &key)
            .env("TARGET", target.to_string())
            .env("ICCID", world.ask("SELECT min(iccid) FROM sims"))
            .env("OPERATION", world.ask("SELECT max(id) FROM operations"));
        let done = actix_web::rt::task::spawn_blocking(move || command.output()).await;
        let done = done.expect("a thread").expect("a shell");
        let answer = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{example}{answer}{}", String::from_utf8_lossy(&done.stderr));
        assert!(serde_json::from_str::<Value>(&answer).is_ok(), "{example}{answer}");
    }
    assert_eq!(world.ask("SELECT count(*) FROM operations"), "2");
}

#[actix_web::test]
async fn those_who_make_tokens_at_once_don_t_pass_the_limit() {
    let world = World::new().await;
    for _ in 0..49 {
        world.token_of(world.ada, &[Permission::FleetView], true);
    }
    let scope = world.app.db.scope(world.ada, world.company.1);
    let new = || {
        let rights = [Permission::FleetView].into_iter().collect();
        NewToken::new(Name::parse("name", "Billing").expect("a name"), rights, "30").expect("a token")
    };
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| api_tokens::create(&mut world.app.db.connect(), &scope, &new(), true).is_ok());
        }
    });
    assert_eq!(world.ask("SELECT count(*) FROM api_tokens"), "50");
}
