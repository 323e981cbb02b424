//! Plans of queries, as they were carried out.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use fleet::db::Pool;
use fleet::tenancy::{self, CompanyScope};
use serde_json::Value;

use super::{TestDb, cluster};

/// The plan of one query.
pub(crate) struct Plan {
    /// What the query is for, or its text.
    pub(crate) query: String,
    /// As `EXPLAIN (FORMAT JSON)` gives it.
    pub(crate) plan: Value,
}

impl Plan {
    fn each(&self, visit: &mut dyn FnMut(&Value)) {
        fn walk(node: &Value, visit: &mut dyn FnMut(&Value)) {
            visit(node);
            for child in node["Plans"].as_array().into_iter().flatten() {
                walk(child, visit);
            }
        }
        walk(&self.plan[0]["Plan"], visit);
    }

    /// Fails the test where one of `tables` is walked, and says how many of their rows were read, passed over or not.
    pub(crate) fn rows_read_of(&self, tables: &[&str]) -> i64 {
        let mut read = 0;
        self.each(&mut |node| {
            if !node["Relation Name"].as_str().is_some_and(|table| tables.contains(&table)) {
                return;
            }
            assert!(node["Node Type"] != "Seq Scan", "{}: {:#}", self.query, self.plan);
            let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
            let rows = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"].map(number);
            #[expect(clippy::cast_possible_truncation, reason = "a count of rows")]
            let rows = (rows.iter().sum::<f64>() * number("Actual Loops")).round() as i64;
            read += rows;
        });
        read
    }

    /// Fails the test where more than a page is kept of what is sorted.
    pub(crate) fn check_sorts(&self) {
        self.each(&mut |node| {
            let kind = node["Node Type"].as_str().unwrap_or_default();
            let sorted = node["Plans"][0]["Actual Rows"].as_i64().unwrap_or(0);
            if !kind.contains("Sort") || sorted <= 300 {
                return;
            }
            // One that goes by parts of the order keeps a part at a time.
            if kind == "Sort" {
                assert_eq!(node["Sort Method"], "top-N heapsort", "{}: {:#}", self.query, self.plan);
            }
            let kept = node["Actual Rows"].as_i64().unwrap_or(0);
            assert!(kept <= 300, "{} sorts {kept}: {:#}", self.query, self.plan);
        });
    }

    /// Fails the test where a table is walked that is none of the `small`.
    pub(crate) fn check_walks(&self, small: &[&str]) {
        self.each(&mut |node| {
            let of_small = node["Relation Name"].as_str().is_some_and(|table| small.contains(&table));
            assert!(node["Node Type"] != "Seq Scan" || of_small, "{}: {:#}", self.query, self.plan);
        });
    }

    /// How many pairs of rows were joined in vain: each of one side with each of the other.
    pub(crate) fn rows_compared(&self) -> i64 {
        let mut compared = 0;
        self.each(&mut |node| {
            let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
            #[expect(clippy::cast_possible_truncation, reason = "a count of rows")]
            let pairs = (number("Rows Removed by Join Filter") * number("Actual Loops")).round() as i64;
            compared += pairs;
        });
        compared
    }

    /// Fails the test where a table is walked that is none of the `small`, more than a page is sorted, or more rows
    /// are read and passed over.
    pub(crate) fn check_except(&self, small: &[&str], rows_passed_over: i64) {
        self.check_walks(small);
        self.each(&mut |node| {
            let kind = node["Node Type"].as_str().unwrap_or_default();
            let of_small = node["Relation Name"].as_str().is_some_and(|table| small.contains(&table));
            let number = |name: &str| node[name].as_i64().unwrap_or(0);
            let passed_over = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
            assert!(of_small || passed_over <= rows_passed_over, "{}: {:#}", self.query, self.plan);
            if kind.contains("Sort") {
                let sorted = node["Plans"][0]["Actual Rows"].as_i64().unwrap_or(0);
                assert!(sorted <= 300, "{} sorts {sorted}: {:#}", self.query, self.plan);
            }
        });
    }
}

/// How many rows of `tables` were read for a page. Fails the test where one of them is walked, or more than a page is kept of what
/// is sorted.
pub(crate) fn rows_read_for_a_page(plans: &[Plan], tables: &[&str]) -> i64 {
    let read = |plan: &Plan| {
        plan.check_sorts();
        plan.rows_read_of(tables)
    };
    plans.iter().map(read).sum()
}

/// What PostgreSQL really did for `work`, a request of a company: the server explains each statement of that connection
/// in its log.
/// `generic`: with the plans that serve every value, as statements that are often repeated get.
pub(crate) fn plans_of(
    db: &TestDb,
    scope: &CompanyScope,
    generic: bool,
    work: impl FnOnce(&mut PgConnection) -> fleet::Result<()>,
) -> Vec<Plan> {
    plans_in_pool(db, generic, |pool| fleet::db::with(pool, |conn| tenancy::within(conn, scope, work)))
}

/// The same for work that takes its connection from a pool, where there is that one.
pub(crate) fn plans_in_pool(
    db: &TestDb,
    generic: bool,
    work: impl FnOnce(&Pool) -> fleet::Result<()>,
) -> Vec<Plan> {
    let mut log = File::open(cluster().directory().join("server.log")).expect("the server's log");
    let begin = log.seek(SeekFrom::End(0)).expect("its end");
    let mode = if generic { "force_generic_plan" } else { "force_custom_plan" };
    // From the beginning of the connection: what is planned otherwise in between goes back to that.
    let url = format!("{}&options=-c%20plan_cache_mode%3D{mode}", db.url);
    let pool = fleet::db::pool(&url, 1).expect("a pool");
    let pid = fleet::db::with(&pool, |conn| {
        conn.batch_execute(
            "LOAD 'auto_explain'; SET auto_explain.log_analyze = on; \
             SET auto_explain.log_format = json; SET auto_explain.log_min_duration = 0",
        )?;
        fleet::testing::number(conn, "SELECT pg_backend_pid()::bigint AS number")
    });
    let pid = pid.expect("explanations");
    work(&pool).expect("the work that is explained");
    drop(pool);
    log.seek(SeekFrom::Start(begin)).expect("its beginning");
    let mut text = String::new();
    log.read_to_string(&mut text).expect("the log as text");
    let marker = format!("[{pid}] LOG:  duration:");
    // An entry begins with a date; its other lines are set in.
    let mut entries: Vec<String> = Vec::new();
    for line in text.lines() {
        match entries.last_mut() {
            Some(last) if line.starts_with('\t') => {
                last.push('\n');
                last.push_str(line);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
        .iter()
        .filter(|entry| entry.contains(&marker))
        .filter_map(|entry| entry.split_once("plan:\n"))
        .map(|(_, json)| {
            let plan: Value = serde_json::from_str(json).expect("a plan in JSON");
            let query = plan["Query Text"].as_str().unwrap_or_default().to_owned();
            Plan { query, plan: Value::Array(vec![plan]) }
        })
        .filter(|plan| !plan.query.contains("pg_backend_pid") && !plan.query.contains("set_config"))
        .collect()
}
