//! Who comes in, and as whom.

use fleet::api_tokens::{self, NewToken};
use fleet::companies::Name;
use fleet::tenancy::{Permission, Role};
use fleet::testing;
use reqwest::StatusCode;
use serde_json::json;

use super::provider::account;
use super::{says, world, world_with};
use crate::support::PASSWORD;

const VERA: &str = "vera@meridian.example";

#[actix_web::test]
async fn a_newcomer_becomes_a_user_with_what_the_company_gives() {
    let world = world().await;
    let vera = world.is_in(VERA, "v1").await;
    assert_eq!(vera.get("/fleet").await.status, StatusCode::OK);
    assert_eq!(vera.get("/administration/users").await.status, StatusCode::FORBIDDEN);
    let made = "SELECT name || ' ' || email || ' ' || coalesce(password_hash, 'no password') FROM users ORDER BY id DESC LIMIT 1";
    assert_eq!(says(&world.app, made), "Vera of Meridian vera@meridian.example no password");
    let told = "SELECT string_agg(action::text, ' ' ORDER BY id) FROM audit_events WHERE actor LIKE 'Vera%'";
    assert_eq!(says(&world.app, told), "member_added identity_linked signed_in");
    let how = "SELECT after ->> 'with' FROM audit_events WHERE action = 'signed_in' AND actor LIKE 'Vera%'";
    assert_eq!(says(&world.app, how), "single sign-on");
    let rights =
        "SELECT after ->> 'rights' FROM audit_events WHERE action = 'member_added' AND actor LIKE 'Vera%'";
    assert_eq!(says(&world.app, rights), "Viewer");
    let users = world.ada.get("/administration/users").await.texts("tr[data-row]");
    assert!(
        users.iter().any(|row| row.contains("Vera") && row.contains("Can sign in with single sign-on")),
        "{users:?}"
    );

    world.is_in(VERA, "v1").await;
    assert_eq!(says(&world.app, "SELECT count(*) FROM users"), "2", "the same person came again");
}

#[actix_web::test]
async fn signing_in_changes_the_key_of_the_session() {
    let world = world().await;
    let browser = world.app.nobody();
    let back = world.way_back(&browser, VERA, "v1").await;
    let planted = "SELECT encode(key_hash, 'hex') FROM sessions WHERE user_id IS NULL";
    let before = says(&world.app, planted);
    assert_ne!(before, "-");
    assert_eq!(browser.get(&back).await.status, StatusCode::SEE_OTHER);
    let left = format!("SELECT count(*) FROM sessions WHERE encode(key_hash, 'hex') = '{before}'");
    assert_eq!(says(&world.app, &left), "0");
}

#[actix_web::test]
async fn where_newcomers_are_not_let_in_an_invitation_is_what_it_takes() {
    let world = world().await;
    world.save(&[]).await;
    let said = world.is_refused(VERA, "v1").await;
    assert!(said.contains("Ask an administrator to invite you"), "{said}");
    assert_eq!(says(&world.app, "SELECT count(*) FROM users"), "1", "nobody was made");
    let invited = [("email", VERA), ("role", "operator")];
    assert_eq!(world.ada.post("/administration/invitations", &invited).await.status, StatusCode::OK);
    world.is_in(VERA, "v1").await;
    let role = "SELECT role FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email LIKE 'vera%'";
    assert_eq!(says(&world.app, role), "operator");
    assert_eq!(says(&world.app, "SELECT accepted_at IS NOT NULL FROM invitations"), "true");
}

#[actix_web::test]
async fn a_user_is_known_by_the_provider_s_name_for_them_and_no_more_by_the_address() {
    let world = world().await;
    let vera = world.app.db.member(VERA, world.meridian, Role::Operator);
    world.is_in(VERA, "v1").await;
    assert_eq!(says(&world.app, "SELECT user_id FROM identities"), vera.to_string());

    world.provider.knows(&json!({ "v1": account("vera.married@meridian.example", true, "Vera") })).await;
    world.is_in(VERA, "v1").await;
    assert_eq!(says(&world.app, "SELECT count(*) FROM users"), "2", "she is who she was");

    world.provider.knows(&json!({ "v2": account(VERA, true, "Another Vera") })).await;
    let said = world.is_refused(VERA, "v2").await;
    assert!(said.contains("somebody else before"), "{said}");
}

#[actix_web::test]
async fn a_stranger_with_such_an_address_is_not_taken_over() {
    let world = world().await;
    let (northwind, _) = world.app.db.company(None, "Northwind Metering");
    world.app.db.member(VERA, northwind, Role::Administrator);
    let said = world.is_refused(VERA, "v1").await;
    assert!(said.contains("no user of Meridian IoT"), "{said}");
    assert_eq!(says(&world.app, "SELECT count(*) FROM identities"), "0");
    assert_eq!(world.app.sign_in(VERA).await.get("/").await.status, StatusCode::OK, "her password counts");

    let why = "SELECT after ->> 'why' FROM audit_events WHERE action = 'sign_in_failed' AND company_id = ";
    assert!(says(&world.app, &format!("{why}{}", world.meridian)).contains("no user"), "Meridian is told");
    assert_eq!(says(&world.app, &format!("{why}{northwind}")), "-", "Northwind is not");
}

#[actix_web::test]
async fn whoever_is_removed_stays_out_until_they_are_invited_again() {
    let world = world().await;
    world.is_in(VERA, "v1").await;
    let browser = world.app.nobody();
    let under_way = world.way_back(&browser, VERA, "v1").await;
    let id = says(&world.app, "SELECT id FROM users WHERE email LIKE 'vera%'");
    let removed = world.ada.post(&format!("/administration/users/{id}/removal"), &[("", "")]).await;
    assert!(removed.status.is_success(), "{}", removed.body);
    let answer = browser.get(&under_way).await;
    let said = world.stays_out(&browser, &answer).await;
    assert!(said.contains("any more"), "{said}");
    assert!(world.is_refused(VERA, "v1").await.contains("any more"));
    // Also where the provider calls them otherwise now.
    world.provider.knows(&json!({ "v2": account(VERA, true, "Vera") })).await;
    assert!(world.is_refused(VERA, "v2").await.contains("no user"));
    world.ada.post("/administration/invitations", &[("email", VERA), ("role", "viewer")]).await;
    world.is_in(VERA, "v2").await;
    assert_eq!(says(&world.app, "SELECT user_id || ' ' || subject FROM identities"), format!("{id} v2"));
}

#[actix_web::test]
async fn a_provider_opens_its_company_and_those_below_and_no_other() {
    let world = world().await;
    let db = &world.app.db;
    let (below, below_uid) = db.company(Some(world.meridian), "Meridian North");
    let (other, other_uid) = db.company(None, "Northwind Metering");
    let vera = db.member(VERA, world.meridian, Role::Viewer);
    db.run(|conn| testing::member(conn, vera, below, Role::Viewer));
    db.run(|conn| testing::member(conn, vera, other, Role::Administrator));
    let browser = world.is_in(VERA, "v1").await;
    let to = |uid: fleet::ids::CompanyUid| [("account", uid.to_string())];
    let refused = browser.post("/account-focus", &to(other_uid)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("does not speak for Northwind Metering"), "{}", refused.body);
    assert_eq!(browser.post("/account-focus", &to(below_uid)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get("/fleet").await.status, StatusCode::OK);
    let by_password = world.app.sign_in(VERA).await;
    assert_eq!(by_password.post("/account-focus", &to(other_uid)).await.status, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn single_sign_on_is_second_factor_enough_for_its_company_and_for_no_other() {
    let world = world().await;
    world.save(&[("newcomers", "on"), ("role", "viewer"), ("second_factor", "always")]).await;
    let db = &world.app.db;
    let (below, below_uid) = db.company(Some(world.meridian), "Meridian North");
    let vera = db.member(VERA, world.meridian, Role::Viewer);
    db.run(|conn| testing::member(conn, vera, below, Role::Viewer));
    says(
        &world.app,
        "WITH done AS (UPDATE companies SET second_factor_from = now() RETURNING 1) SELECT count(*) FROM done",
    );
    let browser = world.is_in(VERA, "v1").await;
    assert_eq!(browser.get("/fleet").await.status, StatusCode::OK);
    browser.post("/account-focus", &[("account", below_uid.to_string())]).await;
    let moved = browser.post("/account-focus", &[("account", below_uid.to_string())]).await;
    assert_eq!(moved.status, StatusCode::FORBIDDEN);
    assert!(moved.body.contains("second factor"), "{}", moved.body);
}

#[actix_web::test]
async fn the_word_of_a_provider_stands_for_a_second_factor_as_far_as_the_company_says() {
    let world = world().await;
    world.app.db.member(VERA, world.meridian, Role::Viewer);
    says(
        &world.app,
        "WITH done AS (UPDATE companies SET second_factor_from = now() RETURNING 1) SELECT count(*) FROM done",
    );
    let class = "urn:example:two-factors";
    let opens = async || {
        let browser = world.app.nobody();
        let answer = world.signs_on(&browser, VERA, "v1").await;
        assert_eq!(answer.header("location"), "/profile", "{:?}", answer.texts("[role=alert]"));
        (browser.get("/fleet").await.status == StatusCode::OK, browser)
    };
    for (trust, manner, is_enough) in [
        ("never", "password and code", false),
        ("told", "", false),
        ("told", "password", false),
        ("told", "password and code", true),
        ("told", "what is asked for", true),
        ("always", "password", true),
    ] {
        let saved = world.save(&[("second_factor", trust), ("acr_values", class)]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        world.provider.behaves(manner).await;
        assert_eq!(opens().await.0, is_enough, "{trust}, {manner}");
    }
    // A class that was not asked for is none, and what has been asked for once is no longer.
    world.save(&[("second_factor", "told"), ("acr_values", "another")]).await;
    world.provider.behaves("what is asked for").await;
    let page = world.ada.get(super::HERE).await;
    assert_eq!(page.value_of("input[name=acr_values]"), "another");
    world.provider.behaves("").await;
    let (is_open, vera) = opens().await;
    assert!(!is_open);
    assert_eq!(
        vera.get("/profile/second-factor").await.status,
        StatusCode::OK,
        "what is one's own stays open"
    );
}

#[actix_web::test]
async fn a_second_factor_of_one_s_own_is_asked_for_after_single_sign_on_too() {
    let world = world().await;
    let browser = world.app.nobody();
    world.provider.knows(&json!({ "a1": account("ada@meridian.example", true, "Ada") })).await;
    let answer = world.signs_on(&browser, "ada@meridian.example", "a1").await;
    assert_eq!(answer.header("location"), "/sign-in/second-factor");
    assert_eq!(browser.get("/profile").await.status, StatusCode::SEE_OTHER, "not yet");
}

#[actix_web::test]
async fn whether_an_address_is_known_is_told_to_nobody() {
    let world = world().await;
    let mut answers = Vec::new();
    for email in ["ada@meridian.example", "nobody@meridian.example"] {
        let answer = world.begins(&world.app.nobody(), email).await;
        assert_eq!(answer.status, StatusCode::OK);
        answers.push(answer.texts("main"));
    }
    assert_eq!(answers[0], answers[1]);
    for email in ["nora@northwind.example", "nobody"] {
        let answer = world.begins(&world.app.nobody(), email).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.value_of("input[name=email]"), email, "what was typed is kept");
    }
}

#[actix_web::test]
async fn the_sign_in_page_speaks_of_single_sign_on_where_somebody_has_it() {
    let world = world_with(|_| {}).await;
    let button = "button[formaction='/sign-in/single-sign-on']";
    assert!(world.app.nobody().get("/sign-in").await.texts(button).is_empty());
    world.save(&[]).await;
    world.grants("meridian.example");
    assert_eq!(world.app.nobody().get("/sign-in").await.texts(button).len(), 1);
}

#[actix_web::test]
async fn whoever_has_no_password_makes_tokens_soon_after_a_sign_in_and_no_other_way_in() {
    let world = world().await;
    let vera = world.is_in(VERA, "v1").await;
    let token = [("name", "Program"), ("days", "30"), ("permissions", "fleet.view")];
    let dialog = vera.get("/profile/api-tokens/new").await;
    assert!(dialog.attributes("input", "name").iter().all(|name| name != "current"), "{}", dialog.body);
    let made = vera.post("/profile/api-tokens", &token).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    // The word of one company's provider is not to lead into others.
    let new = "a meter on every wall";
    let ways = [
        ("/profile/password", vec![("password", new), ("repeat", new)]),
        ("/profile/second-factor/app", vec![("code", "123456")]),
    ];
    for (path, form) in ways {
        let refused = vera.post(path, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            refused.texts("#error-current")[0].contains("Single sign-on is not enough"),
            "{}",
            refused.body
        );
    }
    says(
        &world.app,
        "WITH done AS (UPDATE sessions SET created_at = created_at - interval '11 minutes' RETURNING 1) SELECT 1",
    );
    let late = vera.post("/profile/api-tokens", &token).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.texts("#error-current")[0].contains("more than 10 minutes ago"), "{}", late.body);
    assert_eq!(says(&world.app, "SELECT count(*) FROM api_tokens"), "1");
}

#[actix_web::test]
async fn a_person_parts_from_a_provider_if_there_is_another_way_in() {
    const UNLINK: &str = "/profile/single-sign-on/removals";
    let world = world().await;
    let mut vera = world.is_in(VERA, "v1").await;
    let page = vera.open("/profile/single-sign-on").await;
    assert!(page.texts("tr[data-row]")[0].starts_with("Meridian IoT"), "{}", page.body);
    let company = page.attribute("button[name=company]", "value").expect("a company");
    let only = vera.post(UNLINK, &[("company", company.as_str())]).await;
    assert_eq!(only.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(only.texts("[role=alert]")[0].contains("set a password or add a passkey first"), "{}", only.body);

    let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
    says(
        &world.app,
        &format!(
            "WITH done AS (UPDATE users SET password_hash = '{hash}' WHERE email = '{VERA}' RETURNING 1) SELECT 1"
        ),
    );
    let elsewhere = world.app.sign_in(VERA).await;
    let unknown = [("company", "00000000-0000-4000-8000-000000000000"), ("current", PASSWORD)];
    assert_eq!(vera.post(UNLINK, &unknown).await.status, StatusCode::NOT_FOUND);
    let wrong = vera.post(UNLINK, &[("company", company.as_str()), ("current", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = vera.post(UNLINK, &[("company", company.as_str()), ("current", PASSWORD)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(elsewhere.get("/fleet").await.status, StatusCode::SEE_OTHER, "signed out elsewhere");
    assert_eq!(says(&world.app, "SELECT count(*) FROM identities"), "0");
    let told = "SELECT before ->> 'issuer' FROM audit_events WHERE action = 'identity_unlinked'";
    assert_eq!(says(&world.app, told), world.provider.issuer);
    world.is_in(VERA, "v1").await;
    assert_eq!(
        says(&world.app, "SELECT count(*) FROM identities"),
        "1",
        "linked again by signing in through it"
    );
}

#[actix_web::test]
async fn a_session_through_a_provider_shows_and_ends_nothing_of_companies_that_it_does_not_speak_for() {
    let world = world().await;
    let db = &world.app.db;
    let (below, _) = db.company(Some(world.meridian), "Meridian North");
    let (other, other_uid) = db.company(None, "Northwind Metering");
    let vera = db.member(VERA, world.meridian, Role::Viewer);
    db.run(|conn| testing::member(conn, vera, below, Role::Viewer));
    db.run(|conn| testing::member(conn, vera, other, Role::Administrator));
    let scope = db.scope(vera, other_uid);
    db.run(|conn| {
        let rights = [Permission::FleetView].into_iter().collect();
        let new = NewToken::new(Name::parse("name", "Billing of Northwind")?, rights, "30")?;
        api_tokens::create(conn, &scope, &new, true)
    });
    let by_password = world.app.sign_in(VERA).await;
    by_password.post("/account-focus", &[("account", other_uid.to_string())]).await;
    let by_provider = world.is_in(VERA, "v1").await;
    for page in ["/account-focus", "/account-focus?q=Northwind", "/profile", "/profile/api-tokens"] {
        let (shown, all) = (by_provider.get(page).await, by_password.get(page).await);
        assert_eq!(shown.status, StatusCode::OK, "{page}");
        assert!(all.body.contains("Northwind Metering"), "{page}");
        assert!(!shown.body.contains("Northwind Metering"), "{page}");
    }
    let choices = by_provider.get("/account-focus").await;
    assert!(choices.body.contains("Meridian North") && choices.body.contains("that it speaks for"));
    let uid = says(&world.app, "SELECT uid FROM api_tokens");
    let end =
        async |form: &[(&str, &str)]| by_provider.post("/profile/api-tokens/revocations", form).await.status;
    assert_eq!(end(&[("token", &uid)]).await, StatusCode::NOT_FOUND);
    assert_eq!(end(&[("token", "all")]).await, StatusCode::NO_CONTENT);
    assert_eq!(says(&world.app, "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL"), "1");
}

#[actix_web::test]
async fn wrong_passwords_hold_up_no_single_sign_on() {
    let world = world().await;
    world.app.db.member(VERA, world.meridian, Role::Viewer);
    let mut tries = 0;
    while world.app.nobody().try_sign_in(VERA, "wrong").await.status != StatusCode::TOO_MANY_REQUESTS {
        tries += 1;
        assert!(tries < 200, "guessing goes on");
    }
    world.is_in(VERA, "v1").await;
}

#[actix_web::test]
async fn no_token_is_made_that_would_never_come_in() {
    let world = world().await;
    let given = [("newcomers", "on"), ("role", "viewer"), ("second_factor", "always")];
    assert_eq!(world.save(&given).await.status, StatusCode::SEE_OTHER);
    let vera = world.is_in(VERA, "v1").await;
    says(&world.app, "WITH done AS (UPDATE companies SET second_factor_from = now() RETURNING 1) SELECT 1");
    assert_eq!(vera.get("/fleet").await.status, StatusCode::OK, "the provider's word is enough for her");
    let token = [("name", "Program"), ("days", "30"), ("permissions", "fleet.view")];
    let refused = vera.post("/profile/api-tokens", &token).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.texts("[role=alert]")[0].contains("Set one up in My profile"), "{}", refused.body);
    assert_eq!(refused.value_of("input[name=name]"), "Program");
    assert_eq!(says(&world.app, "SELECT count(*) FROM api_tokens"), "0");
}
