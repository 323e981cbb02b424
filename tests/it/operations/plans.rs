//! The plans of what is read of operations, with 200,000 tasks: they hold for a thousand times as many.

use fleet::operations::{self, ListFilter, TaskFilter, TaskState};
use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;

use crate::support::{TestDb, plans_of};

/// 2,000 operations of one company and 400 of another, each with 100 SIMs; the first 100 SIMs are in a thousand of them.
const FILL: &str = "
    INSERT INTO operations (company_id, kind, state, selection, launched_by, launched_at, started_at, finished_at)
    SELECT CASE WHEN n % 6 = 0 THEN (SELECT max(id) FROM companies) ELSE (SELECT min(id) FROM companies) END,
        CASE WHEN n % 50 = 0 THEN 'suspend' ELSE 'resume' END::operation_kind, 'finished', '{}',
        (SELECT min(id) FROM users), now() - (2400 - n) * interval '1 hour', now(), now()
    FROM generate_series(1, 2400) n;
    INSERT INTO tasks (operation_id, position, sim_id, state, before_company_id, before_state, code, finished_at)
    SELECT o.id, p, s.first + CASE WHEN o.id % 2 = 0 THEN p ELSE (o.id * 13 + p) % 29999 + 1 END - 1,
        CASE WHEN p % 20 = 0 THEN 'failure' ELSE 'success' END::task_state, o.company_id, 'active',
        CASE WHEN p % 20 = 0 THEN 'wrong_state'::failure_code END, now()
    FROM operations o, generate_series(1, 100) p, (SELECT min(id) AS first FROM sims) s;
    INSERT INTO operation_companies (company_id, operation_id, success, failure)
    SELECT company_id, id, 95, 5 FROM operations;
    INSERT INTO operation_faults (operation_id, not_before) SELECT id, now() FROM operations;";

#[test]
fn history_is_read_page_by_page_however_long_it_is() {
    let db = TestDb::new();
    let (meridian, uid) = db.company(None, "Meridian");
    db.company(None, "Other");
    let user = db.member("ada@meridian.example", meridian, Role::Viewer);
    let scope = db.scope(user, uid);
    let sims = db.run(|conn| testing::sims(conn, meridian, 30_000, SimState::Inventory, None));
    db.run(|conn| {
        use diesel::connection::SimpleConnection as _;
        conn.batch_execute(FILL)?;
        conn.batch_execute("ANALYZE")?;
        Ok(())
    });
    let plans = plans_of(&db, false, |conn| {
        let newest = operations::list(conn, &scope, &ListFilter::default(), None, 50)?;
        let last = newest.rows.last().map(|row| row.number);
        operations::list(conn, &scope, &ListFilter::default(), last, 50)?;
        operations::unfinished(conn, &scope, 100)?;
        operations::under_way(conn, &scope)?;
        let number = newest.rows[0].number;
        operations::find(conn, &scope, number)?;
        operations::tasks(conn, &scope, number, &TaskFilter::default(), None, 50)?;
        let failed = TaskFilter { state: Some(TaskState::Failure), ..TaskFilter::default() };
        operations::tasks(conn, &scope, number, &failed, None, 50)?;
        let events = operations::timeline(conn, &scope, sims[1], None, 20)?;
        assert_eq!(events.rows.len(), 20);
        let before = events.rows.last().map(|event| event.operation);
        operations::timeline(conn, &scope, sims[1], before, 20)?;
        operations::unfinished_for(conn, &scope, &sims[..50]).map(drop)
    });
    assert!(plans.len() >= 10, "the server has explained what it did");
    // The one that every page of the grid asks is kept prepared, and then planned once for all values.
    let repeated =
        plans_of(&db, true, |conn| operations::unfinished_for(conn, &scope, &sims[..50]).map(drop));
    assert_eq!(repeated.len(), 1);
    for plan in plans.iter().chain(&repeated) {
        // Companies, people and offers are few here, and are read by their keys where they are many.
        plan.check_except(&["companies", "users", "offers"], 100);
    }
}
