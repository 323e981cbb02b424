//! The audit log: what is told, to whom, and that it stays.

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use fleet::audit::{self, Action, Filter, Place};
use fleet::ids::{CompanyId, CompanyUid, UserId};
use fleet::sims::SimState;
use fleet::tenancy::{Permission, Role};
use fleet::testing;
use reqwest::StatusCode;

use crate::operation_screens::fixture::{World as Operations, launched};
use crate::support::{Client, PASSWORD, Page, TestApp, TestDb, plans_of};

const HERE: &str = "/administration/audit";
/// An EID.
const CARD: &str = "89049032123451234512345678901235";

/// Northwind, administered by Nora; Vera is a viewer of it and of Stranger.
struct World {
    app: TestApp,
    northwind: CompanyId,
    uid: CompanyUid,
    vera_id: UserId,
    nora: Client,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (northwind, uid) = app.db.company(None, "Northwind Metering");
    let (stranger, _) = app.db.company(None, "Stranger");
    app.db.member("nora@northwind.example", northwind, Role::Administrator);
    let vera_id = app.db.member("vera@northwind.example", northwind, Role::Viewer);
    app.db.run(|conn| testing::member(conn, vera_id, stranger, Role::Viewer));
    app.db.member("sam@stranger.example", stranger, Role::Administrator);
    let nora = app.sign_in("nora@northwind.example").await;
    World { app, northwind, uid, vera_id, nora }
}

/// The lines of a page, each as the words of its cells but for the time.
fn lines(page: &Page) -> Vec<String> {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let cells = page.texts("#audit tbody td");
    cells.chunks(6).map(|cells| cells[1..].join(" | ")).collect()
}

#[actix_web::test]
async fn what_is_done_is_told_with_who_where_before_and_after() {
    let world = world().await;
    let nora = &world.nora;
    let made = nora.post("/administration/labels", &[("name", "Pilot"), ("colour", "teal")]).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.body);
    let label = world.app.db.run(|conn| testing::number(conn, "SELECT max(id) AS number FROM labels"));
    nora.post(&format!("/administration/labels/{label}"), &[("name", "Field test"), ("colour", "teal")])
        .await;
    let role = [("role", "operator")];
    let changed = nora.post(&format!("/administration/users/{}", world.vera_id), &role).await;
    assert!(changed.status.is_success(), "{}", changed.body);
    let told = lines(&nora.get(HERE).await);
    let by = "nora (nora@northwind.example) | 127.0.0.1";
    assert_eq!(
        told,
        [
            format!("{by} | Rights changed | vera (vera@northwind.example) | rights: Viewer → Operator"),
            format!("{by} | Label changed | Pilot | name: Pilot → Field test"),
            format!("{by} | Label created | Pilot | "),
            format!("{by} | Signed in | nora (nora@northwind.example) | with: password"),
        ]
    );
    let refused = nora.post("/administration/labels", &[("name", ""), ("colour", "teal")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(lines(&nora.get(HERE).await).len(), 4, "nothing is told of what was not done");
    for (filter, found) in [
        ("person=NORA%40", 4),
        ("person=vera", 0),
        ("action=label_changed", 1),
        ("subject=pil", 2),
        ("subject=pil&action=label_made", 1),
        ("from=2020-01-01", 4),
        ("to=2020-01-01", 0),
    ] {
        assert_eq!(lines(&nora.get(&format!("{HERE}?{filter}")).await).len(), found, "{filter}");
    }
    let unknown = nora.get(&format!("{HERE}?action=lost")).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert!(unknown.body.contains("asks for an action that there is not"), "{}", unknown.body);
}

#[actix_web::test]
async fn wrong_passwords_are_told_once_a_minute_to_the_companies_of_the_person() {
    let world = world().await;
    for email in ["vera@northwind.example", "vera@northwind.example", "nobody@northwind.example"] {
        let wrong = world.app.nobody().try_sign_in(email, "not the password").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let failed = format!("{HERE}?action=sign_in_failed");
    let told =
        ["vera (vera@northwind.example) | 127.0.0.1 | Sign-in failed | vera (vera@northwind.example) | "];
    assert_eq!(lines(&world.nora.get(&failed).await), told);
    let sam = world.app.sign_in("sam@stranger.example").await;
    assert_eq!(lines(&sam.get(&failed).await), told);
    assert_eq!(lines(&sam.get(HERE).await).len(), 2, "and nothing of Northwind");
}

#[actix_web::test]
async fn sign_out_a_new_password_and_a_switch_are_told() {
    let world = world().await;
    let mut vera = world.app.sign_in("vera@northwind.example").await;
    let stranger = world.app.db.run(|conn| {
        testing::number(conn, "SELECT count(*) AS number FROM audit_events WHERE action = 'signed_in'")
    });
    assert_eq!(stranger, 3, "Nora in one company, Vera in both");
    let account = world.uid.to_string();
    for _ in 0..2 {
        vera.post("/account-focus", &[("account", account.as_str())]).await;
    }
    vera.open("/profile").await;
    let new = "a horse that stapled seven times";
    let form = [("current", PASSWORD), ("password", new), ("repeat", new)];
    let set = vera.post("/profile/password", &form).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    vera.open("/profile").await;
    vera.post("/sign-out", &[("next", "")]).await;
    let told = lines(&world.nora.get(&format!("{HERE}?person=vera")).await);
    let told: Vec<&str> = told.iter().filter_map(|line| line.split(" | ").nth(2)).collect();
    assert!(told.starts_with(&["Signed out", "Password set"]), "{told:?}");
    assert!(told.iter().filter(|action| **action == "Switched to the company").count() <= 1, "{told:?}");
}

#[actix_web::test]
async fn an_iccid_finds_who_moved_the_sim() {
    let world = Operations::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let db = &world.app.db;
    let number = launched(&world.ada.post("/operations", &world.transfer(&sims[..1])).await);
    launched(&world.ada.post("/operations", &world.transfer(&sims[1..2])).await);
    world.work().await;
    let iccid = TestDb::ask(&mut db.connect(), &format!("SELECT iccid FROM sims WHERE id = {}", sims[0]));
    let spaced = format!("{}+{}", &iccid[..6], &iccid[6..]);
    for text in [iccid.as_str(), &spaced] {
        let page = world.ada.get(&format!("{HERE}?subject={text}")).await;
        let told = lines(&page);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("ada@meridian.example) | 127.0.0.1 | Operation launched | Transfer #"),
            "{told:?}"
        );
        assert!(told[0].contains("to: Clienticity"), "{told:?}");
        let link = page.attribute("#audit tbody a", "href");
        assert_eq!(link.as_deref(), Some(format!("/operations/{number}").as_str()));
    }
    assert_eq!(lines(&world.ada.get(&format!("{HERE}?subject=%23{number}")).await).len(), 1);
    let nothing = world.ada.get(&format!("{HERE}?subject=8988211000000999999")).await;
    assert!(lines(&nothing).is_empty());
}

#[actix_web::test]
async fn whoever_got_a_sim_finds_its_timeline_by_any_identifier() {
    let world = Operations::new().await;
    let sims = world.sims(2, SimState::Inventory);
    let db = &world.app.db;
    db.run(|conn| {
        Ok(conn.batch_execute(&format!(
            "UPDATE sims SET eid = '{CARD}', msisdn = '491761234567' WHERE id = {}",
            sims[0]
        ))?)
    });
    launched(&world.ada.post("/operations", &world.transfer(&sims[..1])).await);
    world.work().await;
    db.member("clara@clienticity.example", world.clienticity, Role::Administrator);
    let clara = world.app.sign_in("clara@clienticity.example").await;
    let says = |what: &str| {
        TestDb::ask(&mut db.connect(), &format!("SELECT {what} FROM sims WHERE id = {}", sims[0]))
    };
    let iccid = says("iccid");
    let hyphens = format!("{}-{}", &iccid[..6], &iccid[6..]);
    let timeline = Some(format!("/sims/{iccid}"));
    let about = async |client: &Client, text: &str| {
        let page = client.get(&format!("{HERE}?subject={text}")).await;
        assert_eq!(page.status, StatusCode::OK);
        (page.attribute("#audit p[role=status] a", "href"), lines(&page).len())
    };
    for text in [&iccid, &hyphens, &says("imsi"), &format!("%2B{}", says("msisdn")), CARD] {
        assert_eq!(about(&clara, text).await, (timeline.clone(), 0), "{text}");
    }
    let moved = clara.get(timeline.as_deref().unwrap_or_default()).await;
    assert!(moved.texts("main")[0].contains("Meridian IoT"), "its timeline says who moved it");
    // Who had it finds it by its ICCID, who never had it learns nothing.
    assert_eq!(about(&world.ada, &hyphens).await, (None, 1));
    assert_eq!(about(&world.ada, CARD).await, (None, 0));
    let stranger = world.stranger().await;
    let told = async |text: &str| {
        stranger.get(&format!("{HERE}?subject={text}")).await.texts("#audit").concat().replace(text, "")
    };
    for text in [&iccid, &says("imsi"), CARD] {
        assert_eq!(told(text).await, told(&"7".repeat(text.len())).await);
    }
    // An auditor who may not see SIMs is told of none, where Ada finds the operation that had it.
    let audit = [Permission::AuditView].into_iter().collect();
    db.member_with("pam@meridian.example", world.meridian, audit);
    let pam = world.app.sign_in("pam@meridian.example").await;
    assert_eq!(about(&pam, &iccid).await, (None, 0));
}

#[actix_web::test]
async fn the_file_has_what_matches_and_no_formulas() {
    let world = world().await;
    world.nora.post("/administration/labels", &[("name", "=1+1"), ("colour", "teal")]).await;
    let file = world.nora.get(&format!("{HERE}/file?action=label_made")).await;
    assert!(file.header("content-disposition").contains("audit.csv"));
    assert_eq!(file.body.lines().count(), 2, "{}", file.body);
    assert!(file.body.contains(",Label created,'=1+1,"), "{}", file.body);
    assert_eq!(lines(&world.nora.get(&format!("{HERE}?action=audit_exported")).await).len(), 1);
}

#[actix_web::test]
async fn a_viewer_does_not_read_the_log_and_a_profile_opens_it() {
    let world = world().await;
    let vera = world.app.sign_in("vera@northwind.example").await;
    assert_eq!(vera.get(HERE).await.status, StatusCode::FORBIDDEN);
    let audit = [Permission::AuditView].into_iter().collect();
    world.app.db.member_with("pam@northwind.example", world.northwind, audit);
    let pam = world.app.sign_in("pam@northwind.example").await;
    assert!(!lines(&pam.get(HERE).await).is_empty());
}

#[actix_web::test]
async fn the_log_is_only_added_to() {
    let world = world().await;
    let conn = &mut world.app.db.connect();
    for sql in
        ["UPDATE audit_events SET actor = 'nobody'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
    {
        let refused = diesel::sql_query(sql).execute(conn).expect_err(sql);
        assert!(refused.to_string().contains("only added to"), "{sql}: {refused}");
    }
    assert_eq!(lines(&world.nora.get(HERE).await).len(), 1);
}

#[actix_web::test]
async fn old_lines_go_when_the_owner_of_the_table_says_so_and_that_is_told() {
    let world = world().await;
    let db = &world.app.db;
    db.run(|conn| {
        let old = "INSERT INTO audit_events (company_id, actor, action, subject, at) \
             SELECT c.id, 'Ada', 'invited', 'Line ' || n, now() - n * interval '1 day' \
             FROM companies c, generate_series(1, 2400) n WHERE c.name LIKE 'Northwind%'";
        diesel::sql_query(old).execute(conn)?;
        Ok(())
    });
    let shortened = audit::shorten(&mut db.console(), 366).expect("the owner's right");
    assert_eq!(shortened.len(), 1, "only where something went");
    assert_eq!((shortened[0].company.as_str(), shortened[0].lines), ("Northwind Metering", 2400 - 365));
    let oldest = "SELECT count(*) FROM audit_events WHERE at < now() - interval '366 days'";
    assert_eq!(TestDb::ask(&mut db.connect(), oldest), "0");
    let told = lines(&world.nora.get(&format!("{HERE}?action=audit_shortened")).await);
    let line = "Simyard |  | Audit log shortened | Northwind Metering | days kept: 366lines: 2,035 → none";
    assert_eq!(told, [line]);
    assert_eq!(audit::shorten(&mut db.console(), 366).expect("the owner's right"), []);

    // Whoever may write lines and even delete them, but does not own the table, says it in vain.
    let role = format!("writer_of_{}", db.name);
    let sql = format!(
        "CREATE ROLE {role}; GRANT SELECT, INSERT, DELETE ON audit_events TO {role}; SET ROLE {role}; \
         SET simyard.shortens_audit = 'yes'"
    );
    let mut conn = db.connect();
    conn.batch_execute(&sql).expect("a role");
    let refused = diesel::sql_query("DELETE FROM audit_events").execute(&mut conn).unwrap_err();
    assert!(refused.to_string().contains("only added to"), "{refused}");
}

const FILL: &str = "
    INSERT INTO audit_events (company_id, actor, action, subject, at)
    SELECT 1 + n % 2, 'Ada (ada@meridian.example)', CASE WHEN n % 1000 < 2 THEN 'invited' WHEN n % 10 = 0 THEN 'sim_edited' ELSE 'signed_in' END::audit_action,
        CASE WHEN n % 10 = 0 THEN (8988211000000000000 + n)::text ELSE 'Line ' || n END, '2025-01-01'::timestamptz + n * interval '1 minute'
    FROM generate_series(1, 100000) n;
    ANALYZE";

#[test]
fn a_page_of_the_log_reads_a_page() {
    let db = TestDb::new();
    let (meridian, uid) = db.company(None, "Meridian");
    db.company(None, "Stranger");
    let scope = db.scope(db.member("ada@meridian.example", meridian, Role::Administrator), uid);
    db.run(|conn| testing::sims(conn, meridian, 5_000, SimState::Inventory, None));
    let sim = "WHERE id = (SELECT max(id) FROM sims)";
    db.run(|conn| Ok(conn.batch_execute(&format!("UPDATE sims SET eid = '{CARD}' {sim}; {FILL}"))?));
    let imsi = TestDb::ask(&mut db.connect(), &format!("SELECT imsi FROM sims {sim}"));
    let plans = plans_of(&db, &scope, false, |conn| {
        let first = audit::list(conn, &scope, &Filter::default(), None)?;
        let second = audit::list(conn, &scope, &Filter::default(), first.after.map(Place::After))?;
        let back = audit::list(conn, &scope, &Filter::default(), second.before.map(Place::Before))?;
        let ids = |listed: &audit::Listed| listed.events.iter().map(|event| event.id).collect::<Vec<_>>();
        assert_eq!((ids(&first).len(), ids(&first)), (50, ids(&back)));
        assert!(ids(&first).last() > ids(&second).first());
        let invited = Filter { action: Some(Action::Invited), ..Filter::default() };
        assert_eq!(audit::list(conn, &scope, &invited, None)?.events.len(), 50);
        let day = "2025-01-09T00:00:00Z".parse().ok();
        let old = Filter { until: day, ..Filter::default() };
        assert_eq!(audit::list(conn, &scope, &old, None)?.events.len(), 50);
        let iccid = Filter { subject: Some("8988211000000000017".into()), ..Filter::default() };
        assert!(audit::list(conn, &scope, &iccid, None)?.events.is_empty());
        for digits in [imsi.as_str(), CARD] {
            let of_sim = Filter { subject: Some(digits.into()), ..Filter::default() };
            assert_eq!(audit::list(conn, &scope, &of_sim, None)?.sims.len(), 1, "{digits}");
        }
        let edited = Filter { subject: Some("8988211000000000050".into()), ..Filter::default() };
        assert_eq!(audit::list(conn, &scope, &edited, None)?.events.len(), 1);
        Ok(())
    });
    assert!(plans.len() >= 6, "the server has explained what it did");
    for plan in &plans {
        let read = plan.rows_read_of(&["audit_events", "sims"]);
        assert!(read <= 60, "{read} rows were read: {}", plan.query);
    }
}
