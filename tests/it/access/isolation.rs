//! The lock of the database: what a request for one company sees and changes where a query forgets to ask for the company.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Bool, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _};
use fleet::db::{self, Pool};
use fleet::ids::{CompanyUid, UserId};
use fleet::tenancy::{self, CompanyScope, Role};
use fleet::testing;

use super::{HOME, Side, World, email};
use crate::support::{TestApp, TestDb};

/// Tables of which the role sees the rows of all companies: what it may do with them, and why.
const OPEN: &[(&str, &str, &str)] = &[
    ("companies", "SELECT", "SIMs come from other companies and go to them, by name"),
    ("grid_layouts", "SELECT INSERT UPDATE DELETE", "a person's own, in all companies, with nothing of any"),
    ("network_states", "SELECT", "networks are of the installation"),
    (
        "offer_assignments",
        "SELECT",
        "whether a company has an offer is asked from above, and before SIMs go to it",
    ),
    (
        "offers",
        "SELECT INSERT UPDATE",
        "an offer is seen in all companies that have it, or had; changed in its own alone",
    ),
    ("users", "SELECT", "who has launched what in another company is told by name; of some columns alone"),
];

/// Tables whose rows hang on one that is closed, and what leads to its company.
const HANGING: &[(&str, &str)] = &[
    ("export_chunks", "JOIN exports up ON up.id = t.export_id"),
    ("export_downloads", "JOIN exports up ON up.id = t.export_id"),
    ("import_lines", "JOIN import_drafts up ON up.id = t.draft_id"),
    ("import_problems", "JOIN import_drafts up ON up.id = t.draft_id"),
    ("life_signs", "JOIN sims up ON up.id = t.sim_id"),
    ("operation_faults", "JOIN operations up ON up.id = t.operation_id"),
    ("operation_tokens", "JOIN operations up ON up.id = t.operation_id"),
    ("sim_label_counts", "JOIN labels up ON up.id = t.label_id"),
    ("sim_list_leftovers", "JOIN sim_lists up ON up.id = t.list_id"),
    ("sim_list_members", "JOIN sim_lists up ON up.uid = t.list"),
    (
        "tasks",
        "CROSS JOIN LATERAL (SELECT t.before_company_id AS company_id UNION SELECT t.moved_to_company_id) up",
    ),
];

fn scope(db: &TestDb, side: &Side) -> CompanyScope {
    let user = UserId(side.fill("<administrator>").parse().expect("an id"));
    db.scope(user, CompanyUid(side.fill("<company>").parse().expect("a uid")))
}

/// A table, and what the role may do with it.
#[derive(Debug, QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    /// The words of the rights, on the table or on some of its columns.
    #[diesel(sql_type = Text)]
    rights: String,
    /// Whether a policy tells the rows of companies apart: not one that shows all of them.
    #[diesel(sql_type = Bool)]
    is_closed: bool,
    /// Whether the rows themselves say which company they are of.
    #[diesel(sql_type = Bool)]
    names_company: bool,
}

impl Table {
    fn allows(&self, right: &str) -> bool {
        self.rights.split(' ').any(|one| one == right)
    }
}

/// All tables, and whatever else can be read as one is.
fn tables(conn: &mut PgConnection) -> Vec<Table> {
    const SQL: &str = "SELECT c.relname::text AS name, concat_ws(' ', \
             CASE WHEN has_any_column_privilege('simyard_tenant', c.oid, 'SELECT') THEN 'SELECT' END, \
             CASE WHEN has_any_column_privilege('simyard_tenant', c.oid, 'INSERT') THEN 'INSERT' END, \
             CASE WHEN has_any_column_privilege('simyard_tenant', c.oid, 'UPDATE') THEN 'UPDATE' END, \
             CASE WHEN has_table_privilege('simyard_tenant', c.oid, 'DELETE') THEN 'DELETE' END, \
             CASE WHEN has_table_privilege('simyard_tenant', c.oid, 'TRUNCATE, TRIGGER') THEN 'MORE' END) AS rights, \
             c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid \
                 AND pg_get_expr(p.polqual, p.polrelid) = 'true') AS is_closed, \
             EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'company_id') AS names_company \
         FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace \
         ORDER BY 1";
    diesel::sql_query(SQL).load(conn).expect("the tables")
}

/// The tables in which the role sees a company's rows alone, which say whose they are.
fn closed_tables(conn: &mut PgConnection) -> Vec<Table> {
    tables(conn).into_iter().filter(|one| one.is_closed && one.names_company).collect()
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
             INSERT INTO membership_profiles (user_id, company_id, profile_id) \
                 SELECT {user}, {id}, min(id) FROM profiles WHERE company_id = {id} ON CONFLICT DO NOTHING; \
             INSERT INTO life_signs (sim_id) SELECT id FROM sims WHERE company_id = {id} ON CONFLICT DO NOTHING; \
             INSERT INTO operation_faults (operation_id, not_before) \
                 SELECT min(id), now() FROM operations WHERE company_id = {id} ON CONFLICT DO NOTHING; \
             INSERT INTO operation_tokens (operation_id, token_id) SELECT max(o.id), max(t.id) \
                 FROM operations o JOIN api_tokens t USING (company_id) WHERE company_id = {id} ON CONFLICT DO NOTHING; \
             INSERT INTO turns (company_id, lane, taken_at) VALUES ({id}, 'network', now()) ON CONFLICT DO NOTHING; \
             UPDATE sims SET label_ids = ARRAY[(SELECT min(id) FROM labels WHERE company_id = {id})] WHERE company_id = {id}"
        ))?;
        Ok(())
    });
}

#[test]
fn every_table_is_out_of_reach_or_closed_or_says_why_not() {
    let db = TestDb::new();
    let mut conn = db.connect();
    let open: Vec<_> = tables(&mut conn)
        .into_iter()
        .filter(|one| !one.rights.is_empty() && !one.is_closed)
        .map(|one| (one.name, one.rights))
        .collect();
    let said: Vec<_> =
        OPEN.iter().map(|(table, rights, _)| ((*table).to_owned(), (*rights).to_owned())).collect();
    assert_eq!(open, said, "a policy is missing, as migration 100 makes them, or a reason in OPEN");
    let hanging: Vec<_> = tables(&mut conn)
        .into_iter()
        .filter(|one| one.allows("SELECT") && one.is_closed && !one.names_company)
        .map(|one| one.name)
        .collect();
    let said: Vec<_> = HANGING.iter().map(|(table, _)| (*table).to_owned()).collect();
    assert_eq!(hanging, said, "say in HANGING by what rows are a company's: they are tried");
}

#[test]
fn a_new_table_is_out_of_reach() {
    let db = TestDb::new();
    let mut conn = db.connect();
    conn.batch_execute("CREATE TABLE fresh (company_id bigint)").expect("a table");
    let fresh = tables(&mut conn).into_iter().find(|one| one.name == "fresh").expect("the table");
    assert_eq!(fresh.rights, "");
}

#[actix_web::test]
async fn a_query_without_a_company_sees_one_company_alone() {
    let world = World::get();
    let app = world.portal().await;
    let (home, foreign) = (scope(&app.db, &world.home), scope(&app.db, &world.foreign));
    fill_the_rest(&app.db, &home);
    fill_the_rest(&app.db, &foreign);
    let mut conn = app.db.connect();
    let closed = closed_tables(&mut conn);
    assert!(closed.len() > 25, "{closed:?}");
    for Table { name: table, .. } in &closed {
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
async fn what_requests_do_not_need_is_out_of_reach() {
    let world = World::get();
    let app = world.portal().await;
    let home = scope(&app.db, &world.home);
    let before = super::fingerprint(&app.db);
    let mut conn = app.db.connect();
    let unread = [
        "installation_secrets",
        "network_answers",
        "operation_sims",
        "outbox",
        "passkey_challenges",
        "passkeys",
        "password_links",
        "password_reset_requests",
        "recovery_codes",
        "sessions",
        "sim_keys",
        "steps",
        "totp_secrets",
    ];
    let unread = unread.map(|table| format!("SELECT count(*) FROM {table}"));
    let refused = [
        "SELECT password_hash FROM users",
        "SELECT passkey_handle FROM users",
        "SELECT * FROM users",
        "UPDATE users SET name = 'x'",
        "UPDATE memberships SET role = 'administrator'",
        "DELETE FROM memberships",
        "DELETE FROM membership_profiles",
        "UPDATE companies SET second_factor_from = NULL",
        "UPDATE offer_assignments SET offer_id = 1",
        "DELETE FROM offers",
        "UPDATE tasks SET state = 'pending'",
        "UPDATE sim_counts SET sims = 0",
        "DELETE FROM audit_events",
        "TRUNCATE sims",
    ];
    for sql in unread.iter().map(String::as_str).chain(refused) {
        let refused = tenancy::within(&mut conn, &home, |conn| Ok(diesel::sql_query(sql).execute(conn)?));
        assert_eq!(refusal(&refused.expect_err(sql)), "permission", "{sql}");
    }
    assert_eq!(super::fingerprint(&app.db), before);
}

#[actix_web::test]
async fn what_belongs_to_another_company_is_not_changed() {
    let world = World::get();
    let app = world.portal().await;
    let (home, foreign) = (scope(&app.db, &world.home), scope(&app.db, &world.foreign));
    fill_the_rest(&app.db, &foreign);
    let before = super::fingerprint(&app.db);
    let mut conn = app.db.connect();
    for table in closed_tables(&mut conn) {
        let (name, theirs) = (&table.name, foreign.company_id());
        for (right, sql) in [
            ("DELETE", format!("DELETE FROM {name} WHERE company_id = {theirs}")),
            (
                "UPDATE",
                format!("UPDATE {name} SET company_id = {} WHERE company_id = {theirs}", home.company_id()),
            ),
        ] {
            let changed =
                tenancy::within(&mut conn, &home, |conn| Ok(diesel::sql_query(&sql).execute(conn)?));
            match changed {
                Ok(rows) => assert_eq!((rows, table.allows(right)), (0, true), "{sql}"),
                Err(error) => {
                    assert_eq!((refusal(&error), table.allows(right)), ("permission", false), "{sql}");
                }
            }
        }
    }
    let operation =
        format!("SELECT min(id) AS number FROM operations WHERE company_id = {}", foreign.company_id());
    let operation = testing::number(&mut conn, &operation).expect("an operation");
    for sql in [
        format!("INSERT INTO operation_sims (operation_id, part, sims) VALUES ({operation}, 99, '{{}}')"),
        format!("UPDATE profiles SET company_id = {}", foreign.company_id()),
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
