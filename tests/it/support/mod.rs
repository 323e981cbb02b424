//! The harness: a real portal on a real PostgreSQL, and a typed browser-like client.

pub(crate) mod certificates;
mod client;
mod plans;
mod process;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use actix_web::dev::ServerHandle;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _};
use fleet::console::Console;
use fleet::db::Pool;
use fleet::ids::{CompanyId, CompanyUid, UserId};
use fleet::sealing::Sealer;
use fleet::tenancy::{CompanyScope, Permissions, Role};
use fleet::testing;
use simyard::app::{self, Settings, State};
use simyard::cluster::PrivateCluster;

pub(crate) use client::{Client, Page};
pub(crate) use plans::{Plan, plans_in_pool, plans_of, rows_read_for_a_page};
pub(crate) use process::{Process, peak_memory};

/// The password of every person that tests make.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// The lowest cost that bcrypt takes: tests hash often.
pub(crate) const BCRYPT_COST: u32 = 4;
const TEMPLATE: &str = "simyard_template";

/// The cluster of this test process, with a migrated database to copy.
fn cluster() -> &'static PrivateCluster {
    static CLUSTER: OnceLock<PrivateCluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = PrivateCluster::throw_away().expect("a PostgreSQL cluster for the tests");
        let url = cluster.ensure_database(TEMPLATE).expect("the template database");
        let mut conn = PgConnection::establish(&url).expect("a connection to the template");
        fleet::db::migrate(&mut conn).expect("the migrations");
        cluster
    })
}

/// A database of a test's own, migrated and empty; dropped when the test has ended.
pub(crate) struct TestDb {
    /// Its name.
    pub(crate) name: String,
    /// Its libpq URL.
    pub(crate) url: String,
    /// Connections to it.
    pub(crate) pool: Pool,
    /// `None` in a cluster that is thrown away with all that is in it.
    dropped: Option<Arc<Dropped>>,
}

/// The name of a database of the cluster that goes with the last who uses it: hundreds of tests fill disks.
struct Dropped(String);

impl Drop for Dropped {
    fn drop(&mut self) {
        // What stays behind goes with the cluster, and a test that has failed says more than a second panic.
        if let Ok(mut admin) = PgConnection::establish(&cluster().url("postgres")) {
            let _ = diesel::sql_query(format!("DROP DATABASE {} WITH (FORCE)", self.0)).execute(&mut admin);
        }
    }
}

impl TestDb {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self::copy_of(TEMPLATE)
    }

    /// A copy of another database, which nobody may be connected to.
    pub(crate) fn copy_of(template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::establish(&cluster().url("postgres")).expect("a connection");
        // Copying files takes a third of the time of logging each page, which is what PostgreSQL 15 came to do.
        let chooses = Self::ask(&mut admin, "current_setting('server_version_num')::int >= 150000") == "true";
        let strategy = if chooses { "STRATEGY file_copy" } else { "" };
        diesel::sql_query(format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}"))
            .execute(&mut admin)
            .expect("a database for the test");
        let url = cluster().url(&name);
        let pool = fleet::db::pool(&url, 8).expect("a pool");
        let dropped = Some(Arc::new(Dropped(name.clone())));
        Self { name, url, pool, dropped }
    }

    /// One without a schema, which belongs to a new role of this name that has no other right.
    pub(crate) fn empty_owned_by(owner: &str) -> Self {
        let cluster = cluster();
        let mut admin = PgConnection::establish(&cluster.url("postgres")).expect("a connection");
        for sql in [format!("CREATE ROLE {owner} LOGIN"), format!("CREATE DATABASE {owner} OWNER {owner}")] {
            diesel::sql_query(sql).execute(&mut admin).expect("a role with a database");
        }
        let url = format!("{}&user={owner}", cluster.url(owner));
        let pool = fleet::db::pool(&url, 8).expect("a pool");
        let dropped = Some(Arc::new(Dropped(owner.to_owned())));
        Self { name: owner.to_owned(), url, pool, dropped }
    }

    /// One of another cluster, which is thrown away with it.
    pub(crate) fn of_cluster(cluster: &PrivateCluster, name: &str) -> Self {
        let url = cluster.ensure_database(name).expect("a database for the test");
        let pool = fleet::db::pool(&url, 4).expect("a pool");
        fleet::db::migrate(&mut pool.get().expect("a connection")).expect("the migrations");
        Self { name: name.to_owned(), url, pool, dropped: None }
    }

    /// Leaves it to be copied, and gives its name.
    pub(crate) fn into_template(self) -> String {
        std::mem::forget(self.dropped);
        self.name
    }

    /// The same one, for another portal.
    pub(crate) fn again(&self) -> Self {
        Self {
            name: self.name.clone(),
            url: self.url.clone(),
            pool: self.pool.clone(),
            dropped: self.dropped.clone(),
        }
    }

    /// A connection beside the pool.
    pub(crate) fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).expect("a connection")
    }

    /// The command line's way in.
    pub(crate) fn console(&self) -> Console {
        #[expect(clippy::disallowed_methods, reason = "tests do what the command line does")]
        Console::open(&self.url).expect("a connection")
    }

    /// The one value that `sql` finds, as text; `-` where there is none.
    pub(crate) fn ask(conn: &mut PgConnection, sql: &str) -> String {
        #[derive(QueryableByName)]
        struct Answer {
            #[diesel(sql_type = Text)]
            answer: String,
        }
        let answer: Answer = diesel::sql_query(format!("SELECT coalesce(({sql})::text, '-') AS answer"))
            .get_result(conn)
            .expect("the test's own question to the database");
        answer.answer
    }

    /// Runs `work` with a connection; a failure of the domain fails the test.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&mut PgConnection) -> fleet::Result<T>) -> T {
        let mut conn = self.pool.get().expect("a connection");
        work(&mut conn).expect("the test's own work on the database")
    }

    /// A company.
    pub(crate) fn company(&self, parent: Option<CompanyId>, name: &str) -> (CompanyId, CompanyUid) {
        self.run(|conn| testing::company(conn, parent, name))
    }

    /// A person with [`PASSWORD`], who is a member of `company`.
    pub(crate) fn member(&self, email: &str, company: CompanyId, role: Role) -> UserId {
        let hash = password_hash();
        self.run(|conn| {
            let user = testing::person(conn, email, hash)?;
            testing::member(conn, user, company, role)?;
            Ok(user)
        })
    }

    /// A person with [`PASSWORD`], who holds `permissions` in `company` and no role.
    pub(crate) fn member_with(&self, email: &str, company: CompanyId, permissions: Permissions) -> UserId {
        self.run(|conn| {
            let user = testing::person(conn, email, password_hash())?;
            testing::member_with(conn, user, company, permissions)?;
            Ok(user)
        })
    }

    /// The scope of a member.
    pub(crate) fn scope(&self, user: UserId, company: CompanyUid) -> CompanyScope {
        self.run(|conn| testing::scope(conn, user, company))
    }
}

/// The settings of tests: cheap hashes, cookies without TLS, a key, and as many requests as a test likes.
pub(crate) fn test_settings() -> Settings {
    Settings {
        bcrypt_cost: BCRYPT_COST,
        secure_cookies: false,
        sealer: Some(sealer()),
        requests_at_once: None,
        ..Settings::default()
    }
}

/// What portals of tests encrypt with.
pub(crate) fn sealer() -> Sealer {
    Sealer::new(&[7; Sealer::KEY])
}

fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| bcrypt::hash(PASSWORD, BCRYPT_COST).expect("a hash"))
}

/// A portal that serves on a port of its own.
pub(crate) struct TestApp {
    /// Its database.
    pub(crate) db: TestDb,
    /// Where it serves: `http://127.0.0.1:<port>`.
    pub(crate) address: String,
    server: ServerHandle,
}

impl TestApp {
    /// Starts a portal on an empty, migrated database. It runs no worker: a test that launches
    /// operations runs them itself, and so decides when.
    pub(crate) async fn start() -> Self {
        Self::start_with(test_settings()).await
    }

    /// As [`start`](Self::start), with other settings.
    pub(crate) async fn start_with(settings: Settings) -> Self {
        Self::start_on(TestDb::new(), settings).await
    }

    /// As [`start`](Self::start), on a database that has been made already.
    pub(crate) async fn start_on(db: TestDb, settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self::start_at(listener, db, settings).await
    }

    /// As [`start`](Self::start), on a port that is known already.
    pub(crate) async fn start_at(listener: TcpListener, db: TestDb, settings: Settings) -> Self {
        let state = State::new(db.pool.clone(), settings).expect("the state");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let server = app::serve(state, listener, None).expect("a server");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let app = Self { db, address, server: handle };
        assert_eq!(app.nobody().get("/health/live").await.status, 200, "the portal serves");
        app
    }

    /// A client that is not signed in.
    pub(crate) fn nobody(&self) -> Client {
        Client::new(&self.address)
    }

    /// A client signed in as `email` with [`PASSWORD`].
    pub(crate) async fn sign_in(&self, email: &str) -> Client {
        let mut client = self.nobody();
        client.sign_in(email, PASSWORD).await;
        client
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}
