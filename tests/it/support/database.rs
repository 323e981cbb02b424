//! A database of its own for each test, all in one throw-away cluster.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use simyard::cluster::PrivateCluster;

static CLUSTER: OnceLock<PrivateCluster> = OnceLock::new();
static NUMBER: AtomicUsize = AtomicUsize::new(1);

fn cluster() -> &'static PrivateCluster {
    CLUSTER.get_or_init(|| {
        let cluster = PrivateCluster::throw_away().unwrap();
        let url = cluster.ensure_database("migrated").unwrap();
        fleet::db::migrate(&mut PgConnection::establish(&url).unwrap()).unwrap();
        cluster
    })
}

/// A database with the newest schema and nothing in it.
pub(crate) struct Database {
    url: String,
}

impl Database {
    pub(crate) fn new() -> Self {
        let cluster = cluster();
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        diesel::sql_query(format!("CREATE DATABASE {name} TEMPLATE migrated"))
            .execute(&mut PgConnection::establish(&cluster.url("postgres")).unwrap())
            .unwrap();
        Self { url: cluster.url(&name) }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }
}
