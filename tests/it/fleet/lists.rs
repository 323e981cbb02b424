//! The plans of the lists beside the grid: none walks a big table, sorts more than a page or passes over many rows.

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use fleet::exports::{self, Place, Whose};
use fleet::ids::{CompanyUid, ImportDraftUid, SimListUid, UserId};
use fleet::import_drafts::{self, ImportProblem};
use fleet::sim_lists::{self, SimListProblem};
use fleet::subaccounts::{self, Position};
use fleet::tenancy::Role;
use fleet::{invitations, labels, messages, saved_views, sessions, users};
use uuid::Uuid;

use crate::support::{Plan, TestDb, plans_in_pool, plans_of};

/// A thousand of each in the company and many more in another; of one file and one list, a hundred thousand lines.
const FILES: &str = "
    INSERT INTO import_drafts (uid, company_id, created_by, file_name, iccid_form, checked_at)
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, CASE WHEN n % 10 = 2 THEN 1 ELSE 2 END, 1, 'batch ' || n, 'complete', now()
    FROM generate_series(2, 10001) n ORDER BY n;
    INSERT INTO import_lines (draft_id, line, iccid, problem, reason)
    SELECT 1 + n % 2, n, '8988211' || n, CASE WHEN n % 2000 < 2 THEN 'malformed' WHEN n % 20 < 2 THEN 'duplicate' END,
        CASE WHEN n % 20 < 2 THEN 'It is wrong.' END
    FROM generate_series(1, 200000) n;
    INSERT INTO import_problems (draft_id, problem, line) SELECT draft_id, problem, line FROM import_lines WHERE problem IS NOT NULL;
    INSERT INTO exports (uid, company_id, asked_by, selection, selection_words, shown_columns, format, expected,
        in_background, expires_at)
    SELECT gen_random_uuid(), CASE WHEN n % 10 = 0 THEN 1 ELSE 2 END, 1, '{\"sims\": []}', 'SIMs', '', 'csv', 1, false, now()
    FROM generate_series(1, 20000) n;
    INSERT INTO export_downloads (export_id, user_id) SELECT id, 1 FROM exports;
    INSERT INTO saved_views (uid, company_id, user_id, is_shared, name, query)
    SELECT gen_random_uuid(), CASE WHEN n <= 50 THEN 1 ELSE 2 END, 1, n % 2 = 0, 'View ' || n, ''
    FROM generate_series(1, 20000) n;
    INSERT INTO labels (company_id, name)
    SELECT CASE WHEN n <= 1000 THEN 1 ELSE 2 END, 'Label ' || n FROM generate_series(1, 20000) n;
    INSERT INTO sim_lists (uid, company_id, origin, created_by)
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 1 + n % 2, 'list', 1
    FROM generate_series(2, 201) n ORDER BY n;
    INSERT INTO sim_list_leftovers (list_id, problem, entry, line, written)
    SELECT 1 + n % 2, (ARRAY['not_found', 'malformed'])[1 + n / 2 % 2], n, n, 'x' FROM generate_series(1, 200000) n;
    VACUUM ANALYZE";

/// Two hundred people and 5,000 subaccounts of the company, and more of another; ten thousand of what people have.
const PEOPLE: &str = "
    INSERT INTO users (email, name) SELECT 'person' || n || '@stranger.example', 'Person ' || n FROM generate_series(2, 20000) n;
    INSERT INTO memberships (user_id, company_id, role) SELECT id, 2, 'viewer' FROM users WHERE id > 1;
    INSERT INTO memberships (user_id, company_id, role) SELECT id, 1, 'viewer' FROM users WHERE id % 100 = 0;
    INSERT INTO messages (user_id, company_id, sentence, link, read_at)
    SELECT CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 1000 END, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 END, 'It is done.', '/',
        CASE WHEN n > 500 THEN now() END
    FROM generate_series(1, 40000) n;
    INSERT INTO invitations (uid, company_id, email, role, token_hash, invited_by, expires_at, letter)
    SELECT gen_random_uuid(), CASE WHEN n % 10 = 0 THEN 1 ELSE 2 END, 'guest' || n || '@example.com', 'viewer', sha256(n::text::bytea), 1, now(),
        md5(n::text)::uuid
    FROM generate_series(1, 20000) n;
    INSERT INTO outbox (uid, to_address, subject, text, html, last_error)
    SELECT md5(n::text)::uuid, 'guest' || n || '@example.com', 'Invitation', 'Come', '<p>Come', 'No such mailbox.'
    FROM generate_series(1, 20000) n;
    INSERT INTO sessions (key_hash, state, user_id, expires_at)
    SELECT sha256(n::text::bytea), '{}', CASE WHEN n <= 50 THEN 1 ELSE n END, now() + interval '1 day'
    FROM generate_series(1, 20000) n;
    INSERT INTO companies (uid, parent_id, name, external_id, colour)
    SELECT gen_random_uuid(), 1 + n % 2, 'Account ' || lpad(n::text, 5, '0'), 'K-' || n, 'blue'
    FROM generate_series(1, 10000) n;
    VACUUM ANALYZE";

/// What is empty here, or is small wherever it is.
const SMALL: [&str; 14] = [
    "api_tokens",
    "membership_profiles",
    "offer_assignments",
    "offers",
    "operation_companies",
    "operation_tokens",
    "operations",
    "passkeys",
    "password_links",
    "profiles",
    "sim_counts",
    "sim_label_counts",
    "sim_lists",
    "totp_secrets",
];

struct World {
    db: TestDb,
    uid: CompanyUid,
    ada: UserId,
    /// The tables that are small.
    small: Vec<&'static str>,
}

impl World {
    fn new(fill: &str, also_small: &[&'static str]) -> Self {
        let db = TestDb::new();
        let (meridian, uid) = db.company(None, "Meridian");
        let (stranger, _) = db.company(None, "Stranger");
        let ada = db.member("ada@meridian.example", meridian, Role::Administrator);
        assert_eq!((meridian.0, stranger.0, ada.0), (1, 2, 1), "the rows are spread by id");
        db.run(|conn| {
            for statement in fill.split(";\n") {
                conn.batch_execute(statement)?;
            }
            Ok(())
        });
        Self { db, uid, ada, small: [&SMALL, also_small].concat() }
    }

    /// Checks the plans of `work`, which says how many rows it has found last.
    fn check(
        &self,
        what: &str,
        passed_over: i64,
        work: impl FnOnce(&mut PgConnection, &fleet::tenancy::CompanyScope) -> fleet::Result<usize>,
    ) {
        let scope = self.db.scope(self.ada, self.uid);
        let mut found = 0;
        let plans = plans_of(&self.db, &scope, false, |conn| {
            found = work(conn, &scope)?;
            Ok(())
        });
        assert!(found > 0, "{what} finds nothing");
        self.check_all(what, plans, passed_over);
    }

    fn check_all(&self, what: &str, plans: Vec<Plan>, passed_over: i64) {
        assert!(!plans.is_empty(), "{what} asks nothing");
        for mut plan in plans {
            plan.query = format!("{what}: {}", plan.query);
            plan.check_except(&self.small, passed_over);
        }
    }
}

#[test]
fn no_list_beside_the_grid_walks_a_table_or_sorts_more_than_a_page() {
    let world = World::new(FILES, &["companies", "memberships", "users"]);
    let first = Uuid::parse_str("00000000-0000-7000-8000-000000000002").expect("an id");
    let (draft, list) = (ImportDraftUid(first), SimListUid(first));
    // On the way back near the newest, all that are newer may be read, whoever's they are.
    world.check("imports", 460, |conn, scope| {
        let page = import_drafts::list(conn, scope, None, 50)?;
        let next = import_drafts::list(conn, scope, page.rows.last().map(|row| row.uid), 50)?;
        Ok(import_drafts::list_before(conn, scope, next.rows[0].uid, 50)?.rows.len())
    });
    for whose in [Whose::Own, Whose::All] {
        world.check("exports", 0, |conn, scope| {
            let page = exports::list(conn, scope, whose, None)?;
            Ok(exports::list(conn, scope, whose, page.after.map(Place::After))?.exports.len())
        });
    }
    world.check("saved views", 0, |conn, scope| Ok(saved_views::list(conn, scope)?.len()));
    world.check("labels", 0, |conn, scope| Ok(labels::choices(conn, scope, "", 50)?.len()));
    world.check("bad lines", 0, |conn, scope| {
        let page = import_drafts::bad_lines(conn, scope, draft, 0, 100)?;
        let after = page.last().map_or(0, |line| line.line);
        Ok(import_drafts::bad_lines(conn, scope, draft, after + 100_000, 100)?.len())
    });
    world.check("bad lines of a kind", 0, |conn, scope| {
        let draft = import_drafts::find(conn, scope, draft)?;
        Ok(import_drafts::first_bad_lines(conn, &draft, ImportProblem::Malformed, 20)?.len())
    });
    for problem in [None, Some(SimListProblem::Malformed)] {
        world.check("leftovers", 0, |conn, scope| {
            Ok(sim_lists::leftovers(conn, scope, list, problem, None, 100)?.len())
        });
        world.check("leftovers further on", 0, |conn, scope| {
            let after = Some((SimListProblem::Malformed, 100_000));
            Ok(sim_lists::leftovers(conn, scope, list, problem, after, 100)?.len())
        });
    }
}

#[test]
fn no_list_of_people_and_accounts_walks_a_table_or_sorts_more_than_a_page() {
    let world = World::new(PEOPLE, &[]);
    world.check("messages", 0, |conn, scope| {
        assert_eq!(messages::unread(conn, scope)?.count, messages::COUNTED);
        Ok(messages::newest(conn, scope, 50)?.len())
    });
    // On the way back near the newest, as of imports.
    world.check("invitations", 450, |conn, scope| {
        let page = invitations::list(conn, scope, &invitations::Wanted::default())?;
        let next = invitations::Wanted { after: page.after, ..Default::default() };
        let next = invitations::list(conn, scope, &next)?;
        let back = invitations::Wanted { before: next.before, ..Default::default() };
        Ok(invitations::list(conn, scope, &back)?.invitations.len())
    });
    // A company's people are some hundreds: these are all looked at, and no others.
    world.check("users", 200, |conn, scope| {
        let page = users::list(conn, scope, &users::Wanted::default())?;
        let next = users::Wanted { after: page.after, ..Default::default() };
        Ok(users::list(conn, scope, &next)?.users.len())
    });
    world.check("subaccounts", 0, |conn, scope| {
        let page = subaccounts::list(conn, scope, &subaccounts::Wanted::default())?;
        let last = page.rows.last().map_or(String::new(), |row| row.name.clone());
        let from = |from| subaccounts::Wanted { from, ..Default::default() };
        let next = subaccounts::list(conn, scope, &from(Position::After(last)))?;
        let first = next.rows[0].name.clone();
        Ok(subaccounts::list(conn, scope, &from(Position::Before(first)))?.rows.len())
    });
    // A part of a name may stand anywhere in it: the names of these 5,000 are looked at in their order.
    world.check("a few subaccounts", 5_000, |conn, scope| {
        let wanted = subaccounts::Wanted { search: "k-9998".to_owned(), ..Default::default() };
        Ok(subaccounts::list(conn, scope, &wanted)?.rows.len())
    });
    let ada = world.ada;
    let plans = plans_in_pool(&world.db, false, |pool| {
        fleet::db::with(pool, |conn| {
            assert_eq!(sessions::list(conn, ada)?.len(), 50);
            Ok(())
        })
    });
    world.check_all("sessions", plans, 0);
}
