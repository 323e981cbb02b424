//! Administration → Single sign-on.

use fleet::single_sign_on::domains::{self, Domain};
use fleet::tenancy::{Permission, Role};
use reqwest::StatusCode;

use super::provider::SECRET;
use super::{HERE, says, world, world_with};

#[actix_web::test]
async fn the_secret_is_encrypted_kept_and_shown_to_nobody() {
    let world = world().await;
    let stored = "SELECT encode(client_secret, 'escape') FROM identity_providers";
    let before = says(&world.app, stored);
    assert!(!before.contains(SECRET));
    assert!(!world.ada.get(HERE).await.body.contains(SECRET));
    let kept = [
        ("issuer", &*world.provider.issuer),
        ("client_id", "simyard"),
        ("client_secret", ""),
        ("second_factor", "told"),
    ];
    assert_eq!(world.ada.post(HERE, &kept).await.status, StatusCode::SEE_OTHER);
    assert_eq!(says(&world.app, stored), before);
    let elsewhere = [
        ("issuer", "https://evil.example"),
        ("client_id", "simyard"),
        ("client_secret", ""),
        ("second_factor", "told"),
    ];
    let answer = world.ada.post(HERE, &elsewhere).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "it is not sent to somebody else");
    assert!(!answer.texts("#error-client_secret").is_empty());
    let told =
        "SELECT string_agg(coalesce(before::text, '') || coalesce(after::text, ''), ' ') FROM audit_events";
    assert!(!says(&world.app, told).contains(SECRET));
}

#[actix_web::test]
async fn what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept() {
    let world = world_with(|_| {}).await;
    for (typed, field) in [
        (
            [
                ("issuer", "http://id.example"),
                ("client_id", "a"),
                ("client_secret", "b"),
                ("second_factor", "told"),
            ],
            "issuer",
        ),
        (
            [
                ("issuer", "https://id.example"),
                ("client_id", " "),
                ("client_secret", "b"),
                ("second_factor", "told"),
            ],
            "client_id",
        ),
        (
            [
                ("issuer", "https://id.example"),
                ("client_id", "a"),
                ("client_secret", ""),
                ("second_factor", "told"),
            ],
            "client_secret",
        ),
    ] {
        let answer = world.ada.post(HERE, &typed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(!answer.texts(&format!("#error-{field}")).is_empty(), "{field}");
        assert_eq!(answer.value_of("input[name=issuer]"), typed[0].1);
    }
    let answer = world.save(&[("newcomers", "on"), ("role", "")]).await;
    assert!(!answer.texts("#error-role").is_empty(), "{}", answer.body);
    let answer = world.save(&[("second_factor", "perhaps")]).await;
    assert!(!answer.texts("#error-second_factor").is_empty(), "{}", answer.body);
    let answer = world.save(&[("acr_values", &"a ".repeat(20))]).await;
    assert!(!answer.texts("#error-acr_values").is_empty(), "{}", answer.body);
}

#[actix_web::test]
async fn without_a_key_file_or_an_address_of_the_portal_it_says_so_and_saves_nothing() {
    for (lacking, words) in [("key", "--key-file"), ("address", "--base-url")] {
        let world = world_with(|settings| match lacking {
            "key" => settings.sealer = None,
            _ => settings.base_url = None,
        })
        .await;
        assert!(world.ada.get(HERE).await.body.contains(words));
        let answer = world.save(&[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.texts("[role=alert]").join(" ").contains(words));
        assert_eq!(says(&world.app, "SELECT count(*) FROM identity_providers"), "0");
    }
}

#[actix_web::test]
async fn a_test_says_what_came_of_it_and_keeps_what_was_typed() {
    let world = world_with(|_| {}).await;
    let typed = [("issuer", &*world.provider.issuer), ("client_id", "half"), ("client_secret", "")];
    let answer = world.ada.post(&format!("{HERE}/tests"), &typed).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.texts("[role=status]").join(" ").contains("signs with one key"), "{}", answer.body);
    assert_eq!(answer.value_of("input[name=client_id]"), "half");
    let slash = format!("{}/", world.provider.issuer);
    let answer = world.ada.post(&format!("{HERE}/tests"), &[("issuer", &slash)]).await;
    assert!(answer.texts("[role=alert]").join(" ").contains("another issuer"), "{}", answer.body);
}

#[actix_web::test]
async fn whoever_can_t_do_everything_looks_and_changes_nothing() {
    let world = world().await;
    let rights = [Permission::SecurityManage, Permission::PeopleManage].into_iter().collect();
    world.app.db.member_with("sec@meridian.example", world.meridian, rights);
    let mut sec = world.app.nobody();
    sec.sign_in("sec@meridian.example", crate::support::PASSWORD).await;
    let page = sec.get(HERE).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.texts("main button").is_empty(), "{:?}", page.texts("main button"));
    for path in [HERE.to_owned(), format!("{HERE}/removal"), format!("{HERE}/tests")] {
        assert_eq!(
            sec.post(&path, &[("issuer", "https://evil.example")]).await.status,
            StatusCode::FORBIDDEN
        );
    }
}

#[actix_web::test]
async fn a_subaccount_has_no_provider_of_its_own() {
    let world = world().await;
    let (below, _) = world.app.db.company(Some(world.meridian), "Meridian North");
    world.app.db.member("nora@northwind.example", below, Role::Administrator);
    let nora = world.app.sign_in("nora@northwind.example").await;
    assert_eq!(nora.get(HERE).await.status, StatusCode::NOT_FOUND);
    assert!(!nora.get("/administration").await.body.contains(HERE));
}

#[actix_web::test]
async fn a_domain_is_of_one_company() {
    let world = world().await;
    world.app.db.company(None, "Northwind Metering");
    let mut console = world.app.db.console();
    let domain = Domain::parse("Meridian.Example").unwrap();
    let taken = domains::grant(&mut console, &domain, "Northwind Metering").unwrap_err();
    assert!(taken.to_string().contains("granted already"), "{taken}");
    let unknown = domains::grant(&mut console, &Domain::parse("a.example").unwrap(), "Nobody").unwrap_err();
    assert!(unknown.to_string().contains("no main account"), "{unknown}");
    domains::withdraw(&mut console, &domain).unwrap();
    domains::grant(&mut console, &domain, "Northwind Metering").unwrap();
    assert!(!world.ada.get(HERE).await.body.contains("meridian.example,"));
}
