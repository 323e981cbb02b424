//! The lock of the database: what a request for one company sees and changes where a query forgets to ask for the company.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _};
use fleet::db::{self, Pool};
use fleet::ids::{CompanyUid, UserId};
use fleet::tenancy::{self, CompanyScope, Role};
use fleet::testing;

use super::{HOME, Side, World, email};
use crate::support::{TestApp, TestDb};

/// Tables that are not closed though rows of them belong to a company, and why.
const OPEN: &[(&str, &str)] = &[
    (
        "memberships",
        "who may enter which company is read before one is entered, and of all that a person has",
    ),
    ("membership_profiles", "a part of that"),
    ("profiles", "a part of that"),
    ("offers", "an offer belongs to one company and is seen in all that have it, or had"),
    ("offer_assignments", "given and taken back from above"),
];

/// Tables whose rows hang on one that is closed, and what leads to its company.
const HANGING: &[(&str, &str)] = &[
    ("export_chunks", "JOIN exports up ON up.id = t.export_id"),
    ("export_downloads", "JOIN exports up ON up.id = t.export_id"),
    ("import_lines", "JOIN import_drafts up ON up.id = t.draft_id"),
    ("sim_list_leftovers", "JOIN sim_lists up ON up.id = t.list_id"),
    ("sim_list_members", "JOIN sim_lists up ON up.uid = t.list"),
];

fn scope(db: &TestDb, side: &Side) -> CompanyScope {
    let user = UserId(side.fill("<administrator>").parse().expect("an id"));
    db.scope(user, CompanyUid(side.fill("<company>").parse().expect("a uid")))
}

/// The tables with a company's rows, in which policies hold, or not.
fn tables(conn: &mut PgConnection, closed: bool) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let sql = format!(
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'company_id' \
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND {} (c.relrowsecurity AND EXISTS \
             (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*')) ORDER BY 1",
        if closed { "" } else { "NOT" }
    );
    let tables: Vec<Table> = diesel::sql_query(sql).load(conn).expect("the tables");
    tables.into_iter().map(|table| table.name).collect()
}

/// A row in each table that the world leaves empty.
fn fill_the_rest(db: &TestDb, company: &CompanyScope) {
    let (id, user) = (company.company_id(), company.user());
    db.run(|conn| {
        conn.batch_execute(&format!(
            "INSERT INTO removed_details (company_id, label_id) VALUES ({id}, 0); \
             INSERT INTO start_layouts (company_id, user_id, widgets) VALUES ({id}, {user}, '{{}}') ON CONFLICT DO NOTHING; \
             INSERT INTO export_downloads (export_id, user_id) SELECT id, {user} FROM exports WHERE company_id = {id} \
                 ON CONFLICT DO NOTHING; \
             INSERT INTO sim_list_leftovers (list_id, problem, entry, line, written) \
                 SELECT id, 'not_found', 99, 99, 'x' FROM sim_lists WHERE company_id = {id} ON CONFLICT DO NOTHING; \
             INSERT INTO identity_providers (company_id, issuer, client_id, client_secret) \
                 VALUES ({id}, 'https://idp.example', 'x', 'x') ON CONFLICT DO NOTHING; \
             INSERT INTO identity_domains (company_id, domain) VALUES ({id}, 'of-{id}.example') ON CONFLICT DO NOTHING; \
             INSERT INTO identity_exemptions (company_id, user_id) VALUES ({id}, {user}) ON CONFLICT DO NOTHING; \
             INSERT INTO identities (company_id, issuer, subject, user_id) VALUES ({id}, 'x', 'x', {user}) ON CONFLICT DO NOTHING; \
             INSERT INTO turns (company_id, lane, taken_at) VALUES ({id}, 'network', now()) ON CONFLICT DO NOTHING; \
             UPDATE sims SET label_ids = ARRAY[(SELECT min(id) FROM labels WHERE company_id = {id})] WHERE company_id = {id}"
        ))?;
        Ok(())
    });
}

#[test]
fn every_table_of_a_company_is_closed_or_says_why_not() {
    let db = TestDb::new();
    let open = tables(&mut db.connect(), false);
    let said: Vec<&str> = OPEN.iter().map(|(table, _)| *table).collect();
    let forgotten: Vec<_> = open.iter().filter(|table| !said.contains(&table.as_str())).collect();
    assert!(
        forgotten.is_empty(),
        "{forgotten:?}: enable row-level security with a policy as migration 89 does, or say in OPEN why not"
    );
    let closed: Vec<_> = said.iter().filter(|table| !open.iter().any(|name| name == *table)).collect();
    assert!(closed.is_empty(), "{closed:?} are closed: take them out of OPEN");
}

#[actix_web::test]
async fn a_query_without_a_company_sees_one_company_alone() {
    let world = World::get();
    let app = world.portal().await;
    let (home, foreign) = (scope(&app.db, &world.home), scope(&app.db, &world.foreign));
    fill_the_rest(&app.db, &home);
    fill_the_rest(&app.db, &foreign);
    let mut conn = app.db.connect();
    let closed = tables(&mut conn, true);
    assert!(closed.len() > 15, "{closed:?}");
    for table in &closed {
        let count = |conn: &mut PgConnection, company: &CompanyScope| {
            let sql =
                format!("SELECT count(*) AS number FROM {table} WHERE company_id = {}", company.company_id());
            testing::number(conn, &sql)
        };
        let all = format!("SELECT count(*) AS number FROM {table}");
        let theirs = count(&mut conn, &foreign).expect("a count");
        let ours = count(&mut conn, &home).expect("a count");
        assert!(theirs > 0 && ours > 0, "{table}: nothing to be seen");
        let (seen, of_theirs) = tenancy::within(&mut conn, &home, |conn| {
            Ok((testing::number(conn, &all)?, count(conn, &foreign)?))
        })
        .expect("the same as a company");
        assert_eq!((seen, of_theirs), (ours, 0), "{table}");
    }
    for (table, up) in HANGING {
        let of = |conn: &mut PgConnection, company: &CompanyScope| {
            let company = company.company_id();
            let sql =
                format!("SELECT count(*) AS number FROM {table} t {up} WHERE up.company_id = {company}");
            testing::number(conn, &sql).expect("a count")
        };
        let (ours, theirs) = (of(&mut conn, &home), of(&mut conn, &foreign));
        assert!(theirs > 0 && ours > 0, "{table}: nothing to be seen");
        let all = format!("SELECT count(*) AS number FROM {table}");
        let seen = tenancy::within(&mut conn, &home, |conn| testing::number(conn, &all)).expect("a count");
        assert_eq!(seen, ours, "{table}");
    }
}

#[actix_web::test]
async fn secrets_of_the_installation_are_out_of_reach() {
    let world = World::get();
    let app = world.portal().await;
    let home = scope(&app.db, &world.home);
    let mut conn = app.db.connect();
    for table in ["installation_secrets", "sim_keys"] {
        let sql = format!("SELECT count(*) AS number FROM {table}");
        let refused = tenancy::within(&mut conn, &home, |conn| testing::number(conn, &sql));
        assert_eq!(refusal(&refused.expect_err(table)), "permission", "{table}");
    }
}

#[actix_web::test]
async fn what_belongs_to_another_company_is_not_changed() {
    let world = World::get();
    let app = world.portal().await;
    let (home, foreign) = (scope(&app.db, &world.home), scope(&app.db, &world.foreign));
    fill_the_rest(&app.db, &foreign);
    let before = super::fingerprint(&app.db);
    let mut conn = app.db.connect();
    for table in tables(&mut conn, true) {
        let theirs = foreign.company_id();
        for sql in [
            format!("DELETE FROM {table} WHERE company_id = {theirs}"),
            format!("UPDATE {table} SET company_id = {} WHERE company_id = {theirs}", home.company_id()),
        ] {
            let changed =
                tenancy::within(&mut conn, &home, |conn| Ok(diesel::sql_query(&sql).execute(conn)?));
            match changed {
                Ok(rows) => assert_eq!(rows, 0, "{sql}"),
                // The log is only added to.
                Err(error) => {
                    assert_eq!((table.as_str(), refusal(&error)), ("audit_events", "permission"), "{sql}");
                }
            }
        }
    }
    for sql in [
        format!("INSERT INTO labels (company_id, name) VALUES ({}, 'planted')", foreign.company_id()),
        format!("UPDATE labels SET company_id = {}", foreign.company_id()),
        format!("UPDATE sims SET company_id = {}", foreign.company_id()),
        format!(
            "INSERT INTO audit_events (company_id, actor, action, subject) VALUES ({}, 'x', 'signed_in', 'x')",
            foreign.company_id()
        ),
    ] {
        let refused = tenancy::within(&mut conn, &home, |conn| Ok(diesel::sql_query(&sql).execute(conn)?));
        assert_eq!(refusal(&refused.expect_err(&sql)), "row-level security", "{sql}");
    }
    assert_eq!(super::fingerprint(&app.db), before);
}

fn refusal(error: &fleet::Error) -> &'static str {
    let text = format!("{error:?}");
    ["row-level security", "permission"].into_iter().find(|why| text.contains(why)).unwrap_or("another error")
}

#[actix_web::test]
async fn a_forgotten_scope_shows_no_foreign_sim() {
    let world = World::get();
    let app = world.portal().await;
    let home = scope(&app.db, &world.home);
    let mut conn = app.db.connect();
    let by_the_owner = testing::sims_without_a_scope(&mut conn).expect("all SIMs");
    let own: Vec<_> =
        by_the_owner.iter().filter(|(company, _)| *company == home.company_id()).cloned().collect();
    assert!(!own.is_empty() && own.len() < by_the_owner.len());
    let seen = tenancy::within(&mut conn, &home, testing::sims_without_a_scope).expect("SIMs");
    assert_eq!(seen, own);
    // In vain, where no company is named to the role.
    conn.batch_execute("BEGIN; SET LOCAL ROLE simyard_tenant").expect("the role");
    assert_eq!(testing::sims_without_a_scope(&mut conn).expect("nothing"), []);
    conn.batch_execute("ROLLBACK").expect("an end");
}

/// The portal's own pages: with a policy that lets nothing through, they are empty.
#[actix_web::test]
async fn pages_are_read_through_the_policies() {
    let world = World::get();
    let app = world.portal().await;
    let client = app.sign_in(&email(Role::Administrator, HOME)).await;
    let rows = async |path: &str| client.get(path).await.attributes("tbody tr", "data-row").len();
    assert!(rows("/fleet").await > 0 && rows("/fleet?tree=1").await > 0);
    app.db.connect().batch_execute("ALTER POLICY of_company ON sims USING (false)").expect("the policy");
    assert_eq!((rows("/fleet").await, rows("/fleet?tree=1").await), (0, 0));
}

#[actix_web::test]
async fn nothing_of_a_company_is_left_on_a_connection() {
    let world = World::get();
    let app = world.portal().await;
    let home = scope(&app.db, &world.home);
    let pool = db::pool(&app.db.url, 1).expect("a pool of one");
    let go = |work: &dyn Fn(&mut PgConnection) -> fleet::Result<()>| {
        catch_unwind(AssertUnwindSafe(|| db::with(&pool, |conn| tenancy::within(conn, &home, work))))
    };
    let fails = |conn: &mut PgConnection| Ok(conn.batch_execute("SELECT 1 / 0")?);
    assert_eq!(left(&pool), "none of nobody");
    let inside = |conn: &mut PgConnection| {
        assert_eq!(standing(conn), format!("simyard_tenant of {{{}}}", home.company_id()));
        Ok(())
    };
    assert!(go(&inside).expect("no panic").is_ok());
    assert_eq!(left(&pool), "none of nobody");
    assert!(go(&|_| Err(fleet::Error::NotFound)).expect("no panic").is_err());
    assert_eq!(left(&pool), "none of nobody");
    assert!(go(&fails).expect("no panic").is_err());
    assert_eq!(left(&pool), "none of nobody");
    let undone = |conn: &mut PgConnection| {
        let inner: fleet::Result<()> = conn.transaction(fails);
        assert!(inner.is_err());
        inside(conn)
    };
    assert!(go(&undone).expect("no panic").is_ok(), "what is undone in between changes nothing");
    assert_eq!(left(&pool), "none of nobody");
    assert!(go(&|_| panic!("on purpose")).is_err());
    assert_eq!(left(&pool), "none of nobody");
}

/// Who a connection of the pool is, after whoever had it before.
fn left(pool: &Pool) -> String {
    db::with(pool, |conn| Ok(standing(conn))).expect("a connection")
}

fn standing(conn: &mut PgConnection) -> String {
    let sql = "SELECT current_setting('role') || ' of ' || coalesce(nullif(current_setting('simyard.companies', true), ''), 'nobody')";
    TestDb::ask(conn, sql)
}

#[actix_web::test]
async fn the_portal_itself_goes_beyond_for_a_moment_alone() {
    let world = World::get();
    let app = world.portal().await;
    let home = scope(&app.db, &world.home);
    let mut conn = app.db.connect();
    tenancy::within(&mut conn, &home, |conn| {
        let own = testing::sims_without_a_scope(conn)?;
        assert!(testing::beyond(conn, testing::sims_without_a_scope)?.len() > own.len());
        assert_eq!(testing::sims_without_a_scope(conn)?, own);
        let refused: fleet::Result<()> = testing::beyond(conn, |_| Err(fleet::Error::NotFound));
        assert!(refused.is_err());
        assert_eq!(testing::sims_without_a_scope(conn)?, own, "also after a refusal");
        let failed: fleet::Result<()> =
            conn.transaction(|conn| testing::beyond(conn, |conn| Ok(conn.batch_execute("SELECT 1 / 0")?)));
        assert!(failed.is_err());
        assert_eq!(testing::sims_without_a_scope(conn)?, own, "also after an error");
        Ok(())
    })
    .expect("the work of a request");
}

/// As where somebody else runs the server: the portal owns its database and is nothing besides.
#[actix_web::test]
async fn an_owner_who_may_make_no_roles_is_told_what_to_ask_for() {
    let admin = TestDb::new();
    let owned = TestDb::empty_owned_by("a_plain_owner");
    let mut conn = owned.connect();
    let refused = db::migrate(&mut conn).expect_err("no right to the role").to_string();
    let advice = "GRANT simyard_tenant TO a_plain_owner;";
    assert!(refused.contains("CREATE ROLE simyard_tenant NOLOGIN;") && refused.contains(advice), "{refused}");
    admin.connect().batch_execute(advice).expect("what was asked for");
    db::migrate(&mut conn).expect("the migrations");
    let (company, uid) = owned.company(None, "Meridian");
    let user = owned.member("ada@meridian.example", company, Role::Administrator);
    let (other, _) = owned.company(None, "Zanzibar");
    for company in [company, other] {
        owned.run(|conn| testing::sims(conn, company, 1, fleet::sims::SimState::Inventory, None));
    }
    let (mere, url) = ("a_mere_portal", owned.url.replace("user=a_plain_owner", "user=a_mere_portal"));
    conn.batch_execute(
        "GRANT ALL ON SCHEMA public TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC",
    )
    .expect("rights");
    admin.connect().batch_execute(&format!("CREATE ROLE {mere} LOGIN")).expect("a role");
    for missing in
        [format!("ALTER ROLE \"{mere}\" BYPASSRLS;"), format!("GRANT simyard_tenant TO \"{mere}\";")]
    {
        let mut portal = PgConnection::establish(&url).expect("a connection");
        let refused = db::migrate(&mut portal).expect_err(&missing).to_string();
        assert!(refused.contains(&missing), "{refused}");
        admin.connect().batch_execute(&missing).expect("what was asked for");
    }
    db::migrate(&mut PgConnection::establish(&url).expect("a connection")).expect("all rights");
    let scope = owned.scope(user, uid);
    let seen = tenancy::within(&mut conn, &scope, testing::sims_without_a_scope).expect("SIMs");
    assert_eq!(seen.iter().map(|(of, _)| *of).collect::<Vec<_>>(), [company]);
    let app = TestApp::start_on(owned, crate::support::test_settings()).await;
    let client = app.sign_in("ada@meridian.example").await;
    assert_eq!(client.get("/fleet").await.attributes("tbody tr", "data-row").len(), 1);
}
