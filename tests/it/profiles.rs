//! Profiles: what they give, and what nobody can give.

use fleet::ids::{CompanyId, CompanyUid, UserId};
use fleet::invitations::{self, NewInvitation};
use fleet::password_links;
use fleet::people::Email;
use fleet::profiles::Grant;
use fleet::tenancy::{Permission, Permissions, Role};
use fleet::testing;
use reqwest::StatusCode;

use crate::support::{Client, Page, TestApp, TestDb};

/// Northwind, administered by Nora; Vera is a viewer; Pam manages people and sees the fleet, and may do nothing else.
struct World {
    app: TestApp,
    northwind: CompanyId,
    uid: CompanyUid,
    nora_id: UserId,
    vera_id: UserId,
    nora: Client,
    pam: Client,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (northwind, uid) = app.db.company(None, "Northwind Metering");
    let nora_id = app.db.member("nora@northwind.example", northwind, Role::Administrator);
    let vera_id = app.db.member("vera@northwind.example", northwind, Role::Viewer);
    let few = [Permission::FleetView, Permission::SubaccountsView, Permission::PeopleManage];
    app.db.member_with("pam@northwind.example", northwind, few.into_iter().collect());
    let nora = app.sign_in("nora@northwind.example").await;
    let pam = app.sign_in("pam@northwind.example").await;
    World { app, northwind, uid, nora_id, vera_id, nora, pam }
}

impl World {
    /// The id of the profile with this name, as in addresses.
    fn profile(&self, name: &str) -> i64 {
        let sql = format!("SELECT id AS number FROM profiles WHERE name = '{name}'");
        self.app.db.run(|conn| testing::number(conn, &sql))
    }

    async fn give(&self, who: &Client, user: UserId, role: &str, profiles: &[i64]) -> Page {
        let mut form = vec![("role", role.to_owned())];
        form.extend(profiles.iter().map(|id| ("profiles", id.to_string())));
        who.post(&format!("/administration/users/{user}"), &form).await
    }
}

async fn create(client: &Client, name: &str, permissions: &[Permission]) -> Page {
    client.post("/administration/profiles", &form(name, permissions)).await
}

fn form(name: &str, permissions: &[Permission]) -> Vec<(&'static str, String)> {
    let mut form = vec![("name", name.to_owned())];
    form.extend(permissions.iter().map(|permission| ("permissions", permission.as_str().to_owned())));
    form
}

/// What is ticked off as allowed.
fn allowed(page: &Page) -> Vec<String> {
    page.texts("li:not(.text-secondary)")
}

const DESK: [Permission; 2] = [Permission::SimsExport, Permission::SimsTransfer];

#[actix_web::test]
async fn a_user_may_do_what_the_role_and_all_profiles_allow_together() {
    let world = world().await;
    let vera = world.app.sign_in("vera@northwind.example").await;
    assert_eq!(vera.get("/exports").await.status, StatusCode::FORBIDDEN);
    assert_eq!(create(&world.nora, "Shipping desk", &DESK).await.status, StatusCode::NO_CONTENT);
    create(&world.nora, "Label keeper", &[Permission::FleetConfigure]).await;
    let (desk, labels) = (world.profile("Shipping desk"), world.profile("Label keeper"));
    let given = world.give(&world.nora, world.vera_id, "viewer", &[desk, labels]).await;
    assert!(given.header("hx-trigger").contains("Viewer, Label keeper, Shipping desk"), "{}", given.body);
    assert_eq!(vera.get("/exports").await.status, StatusCode::OK, "at the next request");
    let labels_page = vera.get("/administration/labels").await;
    assert_eq!(labels_page.texts("nav[aria-label=Administration] a"), ["Labels and fields"]);
    assert_eq!(vera.get("/administration/users").await.status, StatusCode::FORBIDDEN);
    let users = world.nora.get("/administration/users").await.texts("tr[data-row]");
    assert!(users.iter().any(|row| row.contains("Viewer, Label keeper, Shipping desk")), "{users:?}");

    // What is changed in a profile holds for all who hold it, at once.
    let path = format!("/administration/profiles/{desk}");
    let saved = world.nora.post(&path, &form("Desk", &[Permission::SimsTransfer])).await;
    assert_eq!(saved.status, StatusCode::NO_CONTENT, "{}", saved.body);
    assert_eq!(vera.get("/exports").await.status, StatusCode::FORBIDDEN);
    // Without a role there is what the profiles give, and nothing else.
    world.give(&world.nora, world.vera_id, "", &[labels]).await;
    assert_eq!(vera.get("/fleet").await.status, StatusCode::FORBIDDEN);
    assert_eq!(vera.get("/").await.status, StatusCode::OK);
    assert!(vera.get("/account-focus").await.body.contains("Label keeper"));
}

#[actix_web::test]
async fn a_look_at_a_choice_says_what_it_allows_before_it_is_given() {
    let world = world().await;
    create(&world.nora, "Shipping desk", &DESK).await;
    let desk = world.profile("Shipping desk");
    let look = world.nora.fragment(&format!("/administration/rights?role=viewer&profiles={desk}")).await;
    let see = ["See SIMs and operations", "Transfer SIMs", "Export SIMs", "See subaccounts"];
    assert_eq!(allowed(&look), see);
    let nothing = world.nora.fragment("/administration/rights?role=&profiles=0").await;
    assert!(allowed(&nothing).is_empty() && nothing.body.contains("hardly any screen opens"));
    let dialog = world.nora.fragment(&format!("/administration/users/{}/rights", world.vera_id)).await;
    assert_eq!(allowed(&dialog), ["See SIMs and operations", "See subaccounts"]);
    assert!(dialog.body.contains("by: <strong>Viewer</strong>"), "{}", dialog.body);
    // Nothing was given by looking.
    assert_eq!(world.profile("Shipping desk"), desk);
    let vera = world.app.sign_in("vera@northwind.example").await;
    assert_eq!(vera.get("/exports").await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn a_form_that_is_wrong_says_what_and_keeps_what_was_typed() {
    let world = world().await;
    create(&world.nora, "Shipping desk", &DESK).await;
    for (name, permissions, field) in
        [("", &DESK[..], "name"), ("SHIPPING desk", &DESK[..], "name"), ("Desk", &[], "permissions")]
    {
        let answer = create(&world.nora, name, permissions).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.attribute(".invalid-feedback", "id"), Some(format!("error-{field}")));
        assert_eq!(answer.value_of("input[name=name]"), name);
        assert_eq!(answer.texts("label:has(input[checked])").len(), permissions.len(), "{name}");
    }
    let nothing = world.give(&world.nora, world.vera_id, "", &[]).await;
    assert!(nothing.texts(".invalid-feedback")[0].contains("at least one profile"), "{}", nothing.body);
    let gone = world.give(&world.nora, world.vera_id, "viewer", &[999]).await;
    assert!(gone.texts(".invalid-feedback")[0].contains("is gone"), "{}", gone.body);
}

#[actix_web::test]
async fn nobody_grants_what_they_lack() {
    let world = world().await;
    create(&world.nora, "Ender", &[Permission::SimsTerminate]).await;
    let ender = world.profile("Ender");
    let (pam, own) = (&world.pam, world.profile_of_pam());
    let invitation =
        |role: &str| vec![("email", "eve@northwind.example".to_owned()), ("role", role.to_owned())];
    let with_profile = [invitation(""), vec![("profiles", ender.to_string())]].concat();
    let refused = [
        create(pam, "Mine", &[Permission::SimsTerminate]).await,
        // A profile that others hold, that one holds oneself, and one that has more than one may do.
        pam.post(&format!("/administration/profiles/{own}"), &form("Own", Permission::ALL)).await,
        pam.post(&format!("/administration/profiles/{ender}"), &form("Ender", &[Permission::FleetView]))
            .await,
        pam.post(&format!("/administration/profiles/{ender}/removal"), &[("", "")]).await,
        world.give(pam, world.vera_id, "operator", &[]).await,
        world.give(pam, world.vera_id, "viewer", &[ender]).await,
        // Nor from somebody who may do more.
        world.give(pam, world.nora_id, "viewer", &[]).await,
        pam.post(&format!("/administration/users/{}/removal", world.nora_id), &[("", "")]).await,
        pam.post(&format!("/administration/users/{}/password-link", world.nora_id), &[("", "")]).await,
        pam.post("/administration/invitations", &invitation("administrator")).await,
        pam.post("/administration/invitations", &with_profile).await,
    ];
    for (number, answer) in refused.iter().enumerate() {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}: {}", answer.body);
        let said = answer.texts("[role=alert]").join(" ");
        assert!(said.contains("Nothing was done"), "{number}: {said}");
    }
    // What they have they can give.
    assert_eq!(create(pam, "Readers", &[Permission::FleetView]).await.status, StatusCode::NO_CONTENT);
    let readers = world.profile("Readers");
    assert_eq!(world.give(pam, world.vera_id, "viewer", &[readers]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(pam.post("/administration/invitations", &invitation("viewer")).await.status, StatusCode::OK);
    let menu = pam.get("/administration/users").await;
    assert_eq!(menu.texts("nav[aria-label=Administration] a"), ["Users", "Invitations", "Profiles"]);
}

impl World {
    fn profile_of_pam(&self) -> i64 {
        let sql = "SELECT h.profile_id AS number FROM membership_profiles h JOIN users u ON u.id = h.user_id \
             WHERE u.email LIKE 'pam@%'";
        self.app.db.run(|conn| testing::number(conn, sql))
    }
}

#[actix_web::test]
async fn nobody_takes_back_an_invitation_to_more_than_they_may_do() {
    let world = world().await;
    create(&world.nora, "Ender", &[Permission::SimsTerminate]).await;
    let ender = world.profile("Ender");
    let invitation = [
        ("email", "eve@northwind.example".to_owned()),
        ("role", "viewer".to_owned()),
        ("profiles", ender.to_string()),
    ];
    assert_eq!(world.nora.post("/administration/invitations", &invitation).await.status, StatusCode::OK);
    let uid = TestDb::ask(&mut world.app.db.connect(), "SELECT uid FROM invitations");
    let path = format!("/administration/invitations/{uid}/revocation");
    let refused = world.pam.post(&path, &[("", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.texts("[role=alert]")[0].contains("You lack"), "{}", refused.body);
    // Once the profile is gone, what is left is no more than Pam may do.
    let removal = format!("/administration/profiles/{ender}/removal");
    assert_eq!(world.nora.post(&removal, &[("", "")]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.pam.post(&path, &[("", "")]).await.status, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn what_is_given_counts_with_the_rights_of_that_moment() {
    let world = world().await;
    let before = world.app.db.scope(world.nora_id, world.uid);
    world.app.db.member("nils@northwind.example", world.northwind, Role::Administrator);
    let nils = world.app.sign_in("nils@northwind.example").await;
    assert_eq!(world.give(&nils, world.nora_id, "viewer", &[]).await.status, StatusCode::NO_CONTENT);
    let mut conn = world.app.db.connect();
    let email = Email::parse("eve@northwind.example").expect("an address");
    let new = NewInvitation { email, grant: Role::Administrator.into() };
    let invited = invitations::create(&mut conn, &before, &new, "a-token", |_| Ok(None)).map(|_| ());
    let linked = password_links::create(&mut conn, &before, world.vera_id, "a-token").map(|_| ());
    for done in [invited, linked] {
        assert!(matches!(done, Err(fleet::Error::Forbidden(Permission::PeopleManage))), "{done:?}");
    }
}

#[actix_web::test]
async fn a_one_time_link_holds_no_longer_than_the_rights_that_it_took() {
    let world = world().await;
    create(&world.nora, "Desk", &[Permission::FleetView]).await;
    let desk = world.profile("Desk");
    world.give(&world.nora, world.vera_id, "viewer", &[desk]).await;
    let path = format!("/administration/users/{}/password-link", world.vera_id);
    let address = world.pam.post(&path, &[("", "")]).await.value_of("#one-time-link");
    let (_, token) = address.split_once("/password-links/").expect("a link");
    let leads = async || {
        let shown = world.app.nobody().get(&format!("/password-links/{token}")).await.status;
        // Looked at alone: what is used is rolled back.
        let mut used = false;
        let rolled_back: Result<(), diesel::result::Error> =
            diesel::Connection::transaction(&mut world.app.db.connect(), |conn| {
                used = password_links::redeem(conn, token, "hash", None).is_ok();
                Err(diesel::result::Error::RollbackTransaction)
            });
        assert!(rolled_back.is_err());
        assert_eq!(shown == StatusCode::OK, used, "what is shown can be used, and nothing else");
        used
    };
    assert!(leads().await);
    // The person gets more: by a role, or by a profile that they hold.
    world.give(&world.nora, world.vera_id, "administrator", &[desk]).await;
    assert!(!leads().await);
    world.give(&world.nora, world.vera_id, "viewer", &[desk]).await;
    assert!(leads().await);
    let widened = format!("/administration/profiles/{desk}");
    world.nora.post(&widened, &form("Desk", &[Permission::SimsTerminate])).await;
    assert!(!leads().await);
    world.nora.post(&widened, &form("Desk", &[Permission::FleetView])).await;
    assert!(leads().await);
    // Whoever made it goes.
    let sql = "SELECT id AS number FROM users WHERE email LIKE 'pam@%'";
    let pam = world.app.db.run(|conn| testing::number(conn, sql));
    let gone = world.nora.post(&format!("/administration/users/{pam}/removal"), &[("", "")]).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert!(!leads().await);
}

#[actix_web::test]
async fn a_second_factor_is_removed_by_nobody_who_may_do_less() {
    let world = world().await;
    let path = format!("/administration/users/{}/second-factor/removal", world.nora_id);
    assert_eq!(world.pam.post(&path, &[("", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let path = format!("/administration/users/{}/second-factor/removal", world.vera_id);
    assert_ne!(world.pam.post(&path, &[("", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn a_profile_that_is_held_stays_and_one_of_another_company_is_not_found() {
    let world = world().await;
    create(&world.nora, "Shipping desk", &DESK).await;
    let desk = world.profile("Shipping desk");
    world.give(&world.nora, world.vera_id, "viewer", &[desk]).await;
    let path = format!("/administration/profiles/{desk}/removal");
    let held = world.nora.post(&path, &[("", "")]).await;
    assert!(held.texts("[role=alert]")[0].contains("Users hold the profile Shipping desk"), "{}", held.body);
    world.give(&world.nora, world.vera_id, "viewer", &[]).await;

    let (other, _) = world.app.db.company(None, "Elsewhere");
    world.app.db.member("eve@elsewhere.example", other, Role::Administrator);
    let eve = world.app.sign_in("eve@elsewhere.example").await;
    assert_eq!(eve.post(&path, &[("", "")]).await.status, StatusCode::NOT_FOUND);
    let looked = eve.fragment(&format!("/administration/rights?profiles={desk}")).await;
    assert!(allowed(&looked).is_empty(), "{}", looked.body);
    assert!(
        eve.get("/administration/profiles")
            .await
            .texts("tbody th")
            .iter()
            .all(|name| name.contains("built in"))
    );

    assert_eq!(world.nora.post(&path, &[("", "")]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.nora.post(&path, &[("", "")]).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_invitation_gives_profiles_and_ends_with_them() {
    let world = world().await;
    create(&world.nora, "Shipping desk", &DESK).await;
    let desk = world.profile("Shipping desk").to_string();
    let mut links = Vec::new();
    for email in ["ola@northwind.example", "kari@northwind.example"] {
        let form = [("email", email), ("role", ""), ("profiles", &*desk)];
        let dialog = world.nora.post("/administration/invitations", &form).await;
        let address = dialog.value_of("#one-time-link");
        links.push(address.rsplit('/').next().expect("a token").to_owned());
    }
    let page = world.app.nobody().get(&format!("/invitations/{}", links[0])).await;
    assert!(page.texts("main")[0].contains("as Shipping desk"), "{}", page.body);
    let name = fleet::companies::Name::parse("name", "Ola").expect("a name");
    world.app.db.run(|conn| fleet::invitations::enrol(conn, &links[0], &name, "hash", None));
    let ola =
        world.app.db.run(|conn| fleet::people::credentials(conn, "ola@northwind.example")).expect("Ola").0;
    let scope = world.app.db.scope(ola, world.uid);
    assert_eq!(scope.permissions(), DESK.into_iter().collect::<Permissions>());
    // The other one is still open when the profile goes.
    world.give(&world.nora, ola, "viewer", &[]).await;
    world.nora.post(&format!("/administration/profiles/{desk}/removal"), &[("", "")]).await;
    let late = world.app.nobody().get(&format!("/invitations/{}", links[1])).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_last_administrator_keeps_the_role_whatever_profiles_there_are() {
    let world = world().await;
    create(&world.nora, "All of it", Permission::ALL).await;
    let all = world.profile("All of it");
    world.give(&world.nora, world.vera_id, "", &[all]).await;
    let answer = world.give(&world.nora, world.nora_id, "", &[all]).await;
    assert!(answer.texts("[role=alert]")[0].contains("last administrator"), "{}", answer.body);
    // Somebody with all rights by a profile can't take it from her either.
    let vera = world.app.sign_in("vera@northwind.example").await;
    assert_eq!(
        world.give(&vera, world.nora_id, "viewer", &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let removal = format!("/administration/users/{}/removal", world.nora_id);
    assert_eq!(vera.post(&removal, &[("", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn administrators_who_demote_each_other_at_once_leave_one() {
    let world = world().await;
    let (app, uid) = (&world.app, world.uid);
    let ids: Vec<UserId> = (0..4)
        .map(|n| app.db.member(&format!("{n}@northwind.example"), world.northwind, Role::Administrator))
        .chain([world.nora_id])
        .collect();
    std::thread::scope(|threads| {
        for own in &ids {
            let ids = &ids;
            threads.spawn(move || {
                let mut conn = app.db.connect();
                for other in ids.iter().filter(|other| *other != own) {
                    if let Ok(scope) = fleet::tenancy::enter(&mut conn, *own, uid) {
                        drop(fleet::users::update(&mut conn, &scope, *other, &Grant::from(Role::Viewer)));
                    }
                }
            });
        }
    });
    let sql = "SELECT count(*) AS number FROM memberships WHERE role = 'administrator'";
    assert_eq!(app.db.run(|conn| testing::number(conn, sql)), 1);
}

#[actix_web::test]
async fn an_invitation_ends_when_a_profile_takes_from_its_sender_what_it_gives() {
    let world = world().await;
    for (who, email) in [(&world.pam, "ola@northwind.example"), (&world.nora, "olga@northwind.example")] {
        let invited = who.post("/administration/invitations", &[("email", email), ("role", "viewer")]).await;
        assert_eq!(invited.status, StatusCode::OK, "{}", invited.body);
    }
    let waiting = || {
        let sql = "SELECT string_agg(email, ' ' ORDER BY email) FROM invitations WHERE revoked_at IS NULL";
        TestDb::ask(&mut world.app.db.connect(), sql)
    };
    let both = "ola@northwind.example olga@northwind.example";
    let own = world.profile_of_pam();
    let path = format!("/administration/profiles/{own}");
    let all = [Permission::FleetView, Permission::SubaccountsView, Permission::PeopleManage];
    // Nora holds it too, and loses nothing by it.
    world.give(&world.nora, world.nora_id, "administrator", &[own]).await;
    world.nora.post(&path, &form("People", &all)).await;
    assert_eq!(waiting(), both, "nothing is taken by another name");
    for rights in [&all[1..], &all[..]] {
        let saved = world.nora.post(&path, &form("People", rights)).await;
        assert_eq!(saved.status, StatusCode::NO_CONTENT, "{}", saved.body);
        assert_eq!(waiting(), "olga@northwind.example", "also when it is given back");
    }
}
