//! The plans of what is read of operations, with 200,000 tasks: they hold for a thousand times as many.

use std::sync::Arc;

use fleet::ids::OperationId;
use fleet::network::{Network, Simulated};
use fleet::operations::worker::{self, Settings};
use fleet::operations::{
    self, Act, FailureCode, ListFilter, NewOperation, OperationKind, OperationState, TaskFilter, TaskState,
    TimelineFilter,
};
use fleet::sims::{Selection, SimState, SimType};
use fleet::tenancy::Role;
use fleet::testing;

use crate::support::{TestDb, plans_in_pool, plans_of};

/// 2,000 operations of one company and 400 of another, each with 100 SIMs, every other one by an API token; the first 100
/// SIMs are in a thousand of them. And a large one, with all SIMs, of which the last 100 failed.
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
    INSERT INTO operations (company_id, kind, state, selection, launched_by, launched_at, started_at)
    SELECT min(c.id), 'suspend', 'paused', '{}', min(u.id), now() - interval '1 year', now() FROM companies c, users u;
    INSERT INTO tasks (operation_id, position, sim_id, state, before_company_id, before_state, code, finished_at)
    SELECT o.id, s.position, s.id, CASE WHEN s.position > 29900 THEN 'failure' ELSE 'success' END::task_state, o.company_id,
        'active', CASE WHEN s.position > 29900 THEN 'busy'::failure_code END, now()
    FROM operations o, (SELECT id, row_number() OVER (ORDER BY iccid) AS position FROM sims) s WHERE o.state = 'paused';
    INSERT INTO operation_companies (company_id, operation_id, of_kind, success, failure)
    SELECT company_id, id, kind, 95, 5 FROM operations;
    INSERT INTO operation_faults (operation_id, not_before) SELECT id, now() FROM operations;
    INSERT INTO api_tokens (uid, company_id, created_by, is_personal, name, permissions, key_hash, hint, expires_at)
    SELECT gen_random_uuid(), min(c.id), min(u.id), true, 'Billing', '{fleet.view}', '', 'Abcd', now() + interval '1 day'
    FROM companies c, users u;
    INSERT INTO operation_tokens (operation_id, token_id)
    SELECT o.id, t.id FROM operations o, api_tokens t WHERE o.id % 2 = 0;";

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
    let iccid = TestDb::ask(&mut db.connect(), "SELECT iccid FROM sims ORDER BY id OFFSET 20000 LIMIT 1");
    let plans = plans_of(&db, &scope, false, |conn| {
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
        let suspensions = ListFilter { kind: Some(OperationKind::Suspend), ..ListFilter::default() };
        let rare = operations::list(conn, &scope, &suspensions, None, 20)?.rows;
        assert_eq!(rare.len(), 20);
        let before = operations::list(conn, &scope, &suspensions, Some(rare[19].number), 20)?;
        operations::list_after(conn, &scope, &suspensions, before.rows[0].number, 19)?;
        let paused = ListFilter { state: Some(OperationState::Paused), ..ListFilter::default() };
        let large = operations::list(conn, &scope, &paused, None, 50)?.rows[0].number;
        let failed_as = |code| TaskFilter { code: Some(code), ..failed.clone() };
        for (filter, found) in [
            (&failed, 50),
            (&failed_as(FailureCode::Busy), 50),
            (&failed_as(FailureCode::WrongState), 0),
            (&TaskFilter { iccid: Some(iccid.clone()), ..TaskFilter::default() }, 1),
        ] {
            assert_eq!(operations::tasks(conn, &scope, large, filter, None, 50)?.rows.len(), found);
            operations::tasks_before(conn, &scope, large, filter, 29_980, 50)?;
        }
        operations::failures(conn, &scope, large, None, 50)?;
        let events = operations::timeline(conn, &scope, sims[1], &TimelineFilter::default(), None, 20)?;
        assert_eq!(events.rows.len(), 20);
        let before = events.rows.last().map(|event| event.operation);
        operations::timeline(conn, &scope, sims[1], &TimelineFilter::default(), before, 20)?;
        let rare = TimelineFilter { state: Some(TaskState::Failure), ..TimelineFilter::default() };
        operations::timeline(conn, &scope, sims[1], &rare, None, 20)?;
        operations::unfinished_for(conn, &scope, &sims[..50]).map(drop)
    });
    assert!(plans.len() >= 11, "the server has explained what it did");
    // The one that every page of the grid asks is kept prepared, and then planned once for all values.
    let repeated =
        plans_of(&db, &scope, true, |conn| operations::unfinished_for(conn, &scope, &sims[..50]).map(drop));
    assert_eq!(repeated.len(), 1);
    for plan in plans.iter().chain(&repeated) {
        // Companies, people, their tokens and offers are few here, and are read by their keys where they are many.
        plan.check_except(&["companies", "users", "api_tokens", "offers"], 100);
        let read = plan.rows_read_of(&["operations", "operation_companies"]);
        assert!(read <= 300, "{} reads {read} operations: {:#}", plan.query, plan.plan);
    }
}

/// Six operations on the same 10,000 SIMs, one after the other: the last 1,000 of each failed, for two reasons.
const FILL_ALIKE: &str = "
    INSERT INTO operations (company_id, kind, state, selection, launched_by, launched_at, started_at, finished_at)
    SELECT max(c.id), 'resume', 'finished', '{}', max(u.id), now(), now(), now()
    FROM companies c, users u, generate_series(1, 6) n GROUP BY n;
    INSERT INTO operation_companies (company_id, operation_id, of_kind, success, failure)
    SELECT company_id, id, kind, 9000, 1000 FROM operations;
    INSERT INTO tasks (operation_id, position, sim_id, state, before_company_id, before_state, before_offer_id, code,
        finished_at)
    SELECT o.id, s.position, s.id, CASE WHEN s.position > 9000 THEN 'failure' ELSE 'success' END::task_state, o.company_id,
        'active', s.offer_id, CASE WHEN s.position > 9000 THEN
            CASE WHEN s.position % 3 = 0 THEN 'wrong_state' ELSE 'network_rejected' END::failure_code END,
        now() - (9 - o.id) * interval '1 minute'
    FROM operations o, (SELECT id, offer_id, row_number() OVER (ORDER BY iccid) AS position FROM sims) s;";

#[test]
fn a_retry_and_a_recall_cost_what_they_select_and_each_chunk_what_is_in_it() {
    let db = TestDb::new();
    let (meridian, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", meridian, Role::Administrator);
    let scope = db.scope(user, uid);
    db.run(|conn| {
        use diesel::connection::SimpleConnection as _;
        let offer = testing::offer(conn, meridian, "Global", SimType::ALL)?;
        testing::sims(conn, meridian, 10_000, SimState::Active, Some(offer))?;
        conn.batch_execute(FILL_ALIKE)?;
        conn.batch_execute("ANALYZE")?;
        Ok(())
    });
    let first = TestDb::ask(&mut db.connect(), "SELECT min(id) FROM operations");
    let operation: OperationId = first.parse().unwrap();
    let retry = NewOperation::new(Act::Resume, Selection::FailedOf { operation, code: None });
    let recall = NewOperation::new(Act::Recall { operation }, Selection::ChangedBy { operation });
    let network: Arc<dyn Network> = Arc::new(Simulated::new(db.pool.clone()));
    // None can be changed by now, so that all that is done is to make the tasks.
    for (new, selected, settled) in [(retry, 1_000, 0), (recall, 9_000, 1_000)] {
        let launched = plans_of(&db, &scope, false, |conn| operations::launch(conn, &scope, &new).map(drop));
        for plan in &launched {
            assert_eq!(plan.rows_read_of(&["sims"]), 0, "{}: {:#}", plan.query, plan.plan);
            let read = plan.rows_read_of(&["tasks"]);
            assert!(read <= selected + settled, "{} reads {read}: {:#}", plan.query, plan.plan);
        }
        let settings = Settings { step: 20, steps_in_chunk: 5, ..Settings::default() };
        let worked = plans_in_pool(&db, false, |pool| worker::run_until_idle(pool, &network, &settings));
        let chunks = worked.iter().filter(|plan| plan.query.contains("picked")).count();
        assert_eq!(i64::try_from(chunks).unwrap(), selected / 100, "chunks");
        for plan in &worked {
            // The SIM, its tasks in other operations, and the new ones as they are counted.
            let read = plan.rows_read_of(&["sims", "tasks"]);
            assert!(read <= 500, "{} reads {read}: {:#}", plan.query, plan.plan);
        }
    }
    let made =
        "SELECT count(*) || ' ' || string_agg(DISTINCT code::text, ',') FROM tasks WHERE operation_id > 6";
    assert_eq!(TestDb::ask(&mut db.connect(), made), "10000 changed_since,wrong_state");
}
