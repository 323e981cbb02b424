//! The demo fleet: what it promises, and that its history is true.

use diesel::PgConnection;
use fleet::Error;
use fleet::console::Console;
use fleet::demo::{self, DemoOptions, DemoSummary, Progress};

use crate::support::TestDb;

const SIMS: usize = 4_000;

fn load(console: &mut Console, seed: u64) -> DemoSummary {
    demo::load(console, &DemoOptions { sims: SIMS, seed, password_hash: "hash" }, |_| {}).unwrap()
}

#[test]
fn the_cast_is_as_the_readme_says() {
    let database = TestDb::new();
    let conn = &mut database.console();
    let mut stages = 0;
    let options = DemoOptions { sims: SIMS, seed: 1, password_hash: "hash" };
    let summary = demo::load(conn, &options, |progress| {
        stages += usize::from(matches!(progress, Progress::History { operations } if operations > 50));
    })
    .unwrap();
    assert_eq!(stages, 1);
    assert_eq!((summary.companies, summary.sims), (13, SIMS as u64));
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims"), SIMS.to_string());
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM companies WHERE cardinality(lineage) = 2"), "8");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM companies WHERE cardinality(lineage) = 3"), "4");
    assert_eq!(
        TestDb::ask(conn, "SELECT subaccounts_enabled FROM companies WHERE name = 'Meridian IoT'"),
        "true"
    );
    let roles = |conn: &mut PgConnection, email: &str| {
        TestDb::ask(
            conn,
            &format!(
                "SELECT string_agg(c.name || ' ' || m.role, ', ' ORDER BY c.id) FROM memberships m
                 JOIN companies c ON c.id = m.company_id JOIN users u ON u.id = m.user_id WHERE u.email = '{email}'"
            ),
        )
    };
    assert_eq!(
        roles(conn, "ada@meridian.example"),
        "Meridian IoT administrator, Clienticity administrator, Harbourline Logistics administrator"
    );
    assert_eq!(roles(conn, "omar@meridian.example"), "Meridian IoT operator");
    assert_eq!(roles(conn, "vera@meridian.example"), "Meridian IoT viewer");
    assert_eq!(roles(conn, "nora@northwind.example"), "Northwind Metering administrator");
    assert_eq!(
        TestDb::ask(conn, "SELECT count(*) FROM users WHERE password_hash IS DISTINCT FROM 'hash'"),
        "0"
    );
    assert_eq!(TestDb::ask(conn, "SELECT count(DISTINCT m.role) FROM memberships m"), "3");
    let without_people = "SELECT count(*) FROM companies c WHERE NOT EXISTS
        (SELECT FROM memberships m WHERE m.company_id = c.id AND m.role = 'administrator')";
    assert_eq!(TestDb::ask(conn, without_people), "0");
    assert_eq!(
        TestDb::ask(
            conn,
            "SELECT count(*) FROM offers o JOIN companies c ON c.id = o.company_id WHERE c.parent_id IS NULL"
        ),
        "3"
    );
    for name in ["Clienticity", "Northwind Metering"] {
        let offers = format!(
            "SELECT count(*) > 0 FROM offer_assignments a JOIN companies c ON c.id = a.company_id WHERE c.name = '{name}'"
        );
        assert_eq!(TestDb::ask(conn, &offers), "true");
    }
    assert_eq!(TestDb::ask(conn, "SELECT count(DISTINCT state) FROM sims"), "4");
    assert_eq!(TestDb::ask(conn, "SELECT count(DISTINCT code) FROM tasks"), "2");
}

#[test]
fn its_history_is_true() {
    let database = TestDb::new();
    let conn = &mut database.console();
    load(conn, 2);
    // Each task found what the one before it left; the first one found the import.
    let broken_links = "SELECT count(*) FROM (
        SELECT t.before_company_id, t.before_state, t.before_offer_id, t.finished_at,
               coalesce(p.moved_to_company_id, p.before_company_id, root.id) AS company_id,
               CASE WHEN p.state IS DISTINCT FROM 'success' THEN coalesce(p.before_state, 'inventory')
                    ELSE (CASE p.kind WHEN 'activate' THEN 'active' WHEN 'resume' THEN 'active'
                          WHEN 'suspend' THEN 'suspended' WHEN 'terminate' THEN 'retired'
                          ELSE 'inventory' END)::sim_state END AS state,
               p.finished_at AS after
        FROM (SELECT t.*, o.kind FROM tasks t JOIN operations o ON o.id = t.operation_id) t
        CROSS JOIN (SELECT id FROM companies WHERE parent_id IS NULL) root
        LEFT JOIN LATERAL (SELECT q.*, o.kind FROM tasks q JOIN operations o ON o.id = q.operation_id
                           WHERE q.sim_id = t.sim_id AND q.operation_id < t.operation_id
                           ORDER BY q.operation_id DESC LIMIT 1) p ON true
        ) AS link
        WHERE (before_company_id, before_state) <> (company_id, state) OR after > finished_at
           OR (before_offer_id IS NULL) <> (before_state IN ('inventory', 'retired'))";
    assert_eq!(TestDb::ask(conn, broken_links), "0");
    // What the SIMs are now is what their last tasks made of them.
    let untold = "SELECT count(*) FROM sims s
        LEFT JOIN LATERAL (SELECT o.kind, o.offer_id, t.* FROM tasks t JOIN operations o ON o.id = t.operation_id
                           WHERE t.sim_id = s.id AND t.state = 'success' ORDER BY t.operation_id DESC LIMIT 1) l ON true
        WHERE s.state <> coalesce(CASE l.kind WHEN 'activate' THEN 'active' WHEN 'resume' THEN 'active'
                                  WHEN 'suspend' THEN 'suspended' WHEN 'terminate' THEN 'retired' END, 'inventory')::sim_state
           OR s.changed_at <> coalesce(l.finished_at, s.created_at)
           OR s.company_id <> coalesce(l.moved_to_company_id, l.before_company_id, (SELECT id FROM companies WHERE parent_id IS NULL))";
    assert_eq!(TestDb::ask(conn, untold), "0");
    let activations = "SELECT count(*) FROM sims s WHERE (activated_at IS NOT NULL) <> EXISTS
        (SELECT FROM tasks t JOIN operations o ON o.id = t.operation_id WHERE t.sim_id = s.id
         AND o.kind = 'activate' AND t.state = 'success' AND t.finished_at = s.activated_at)";
    assert_eq!(TestDb::ask(conn, activations), "0");
    let offers = "SELECT count(*) FROM sims s JOIN offers o ON o.id = s.offer_id WHERE s.sim_type <> ALL (o.sim_types)";
    assert_eq!(TestDb::ask(conn, offers), "0");
    let labels =
        "SELECT count(*) FROM sims s CROSS JOIN unnest(s.label_ids) AS of (label) JOIN labels l ON l.id = label
                  WHERE l.company_id <> s.company_id";
    assert_eq!(TestDb::ask(conn, labels), "0");
    let launched_by = "SELECT count(*) FROM operations o WHERE NOT EXISTS (SELECT FROM memberships m
        WHERE (m.user_id, m.company_id) = (o.launched_by, o.company_id) AND m.role <> 'viewer')";
    assert_eq!(TestDb::ask(conn, launched_by), "0");
    let dates = "SELECT count(*) FROM operations WHERE state <> 'finished' OR NOT (launched_at < started_at
        AND started_at < finished_at AND finished_at < now())
        OR id > 1 AND launched_at < (SELECT launched_at FROM operations q WHERE q.id = operations.id - 1)";
    assert_eq!(TestDb::ask(conn, dates), "0");
    let too_young =
        "SELECT count(*) FROM operations o JOIN companies c ON c.id IN (o.company_id, o.target_company_id)
        JOIN users u ON u.id = o.launched_by WHERE greatest(c.created_at, u.created_at) >= o.launched_at";
    assert_eq!(TestDb::ask(conn, too_young), "0");
}

#[test]
fn its_counters_are_exact() {
    let database = TestDb::new();
    let conn = &mut database.console();
    load(conn, 3);
    let sims = "SELECT count(*) FROM (SELECT company_id, state, count(*) FROM sims GROUP BY 1, 2) AS counted (company, state, sims)
        FULL JOIN (SELECT * FROM sim_counts WHERE sims <> 0) AS kept ON (company_id, kept.state) = (company, counted.state)
        WHERE counted.sims IS DISTINCT FROM kept.sims";
    assert_eq!(TestDb::ask(conn, sims), "0");
    let launching = "SELECT count(*) FROM operations o
        LEFT JOIN operation_companies c ON (c.operation_id, c.company_id) = (o.id, o.company_id)
        CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'success') AS success,
                                   count(*) FILTER (WHERE state = 'failure') AS failure,
                                   count(*) FILTER (WHERE state = 'cancelled') AS cancelled, count(*) AS total
                            FROM tasks WHERE operation_id = o.id) AS t
        WHERE (c.success, c.failure, c.cancelled, c.pending, c.in_progress)
              IS DISTINCT FROM (t.success, t.failure, t.cancelled, 0, 0)
           OR o.tasks_made <> t.total OR t.total = 0";
    assert_eq!(TestDb::ask(conn, launching), "0");
    let receiving = "SELECT count(*) FROM operations o JOIN operation_companies c
            ON (c.operation_id, c.company_id) = (o.id, o.target_company_id)
        WHERE c.success <> (SELECT count(*) FROM tasks WHERE operation_id = o.id AND moved_to_company_id = c.company_id)";
    assert_eq!(TestDb::ask(conn, receiving), "0");
    // Nothing was moved that failed: its failures are the launching company's alone.
    let failed =
        "SELECT count(*) FROM (SELECT company_id, operation_id, code, tasks FROM operation_failures) kept
        FULL JOIN (SELECT o.company_id, o.id AS operation_id, t.code, count(*) AS tasks
                   FROM operations o JOIN tasks t ON t.operation_id = o.id AND t.state = 'failure' GROUP BY 1, 2, 3) t
        USING (company_id, operation_id, code) WHERE kept.tasks IS DISTINCT FROM t.tasks";
    assert_eq!(TestDb::ask(conn, failed), "0");
    assert_eq!(TestDb::ask(conn, "SELECT count(*) > 1 FROM operation_failures"), "true");
    assert_eq!(
        TestDb::ask(conn, "SELECT count(*) > 1 FROM operations WHERE target_company_id IS NOT NULL"),
        "true"
    );
    // The next operation gets a number of its own.
    assert_eq!(
        TestDb::ask(
            conn,
            "SELECT nextval(pg_get_serial_sequence('operations', 'id')) = max(id) + 1 FROM operations"
        ),
        "true"
    );
}

#[test]
fn the_same_seed_makes_the_same_fleet() {
    let fingerprint = |seed| {
        let database = TestDb::new();
        let conn = &mut database.console();
        load(conn, seed);
        TestDb::ask(
            conn,
            "SELECT md5(string_agg(concat_ws(',', iccid, imsi, msisdn, eid, imei, s.name, c.name, state, o.name), '|' ORDER BY iccid))
             FROM sims s JOIN companies c ON c.id = s.company_id LEFT JOIN offers o ON o.id = s.offer_id",
        )
    };
    let first = fingerprint(5);
    assert_eq!(first, fingerprint(5));
    assert_ne!(first, fingerprint(6));
}

#[test]
fn it_is_only_loaded_into_an_empty_installation() {
    let database = TestDb::new();
    let conn = &mut database.console();
    load(conn, 1);
    let options = DemoOptions { sims: 10, seed: 2, password_hash: "hash" };
    assert!(matches!(demo::load(conn, &options, |_| {}), Err(Error::Refused(_))));
    assert_eq!(TestDb::ask(conn, "SELECT count(*) FROM sims"), SIMS.to_string());
}

#[test]
fn each_network_that_is_configured_has_an_offer_to_try_it() {
    let database = TestDb::new();
    let conn = &mut database.console();
    load(conn, 1);
    let networks = ["simulated", "lab"].map(str::to_owned);
    for _ in 0..2 {
        demo::offer_networks(conn, &networks).unwrap();
    }
    let offers = "SELECT string_agg(name, ', ') FROM offers WHERE network = 'lab'";
    assert_eq!(TestDb::ask(conn, offers), "Network lab", "once");
    let without = "SELECT count(*) FROM (SELECT company_id FROM offer_assignments GROUP BY company_id \
         HAVING count(*) FILTER (WHERE offer_id = (SELECT id FROM offers WHERE network = 'lab')) <> 1) AS odd";
    assert_eq!(TestDb::ask(conn, without), "0");
}
