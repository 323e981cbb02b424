//! The private cluster, against the real server programs of this machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use simyard::cluster::{ClusterError, ClusterOptions, Durability, PrivateCluster};
use tempfile::TempDir;

/// A temporary directory that the server's user can enter, which root's would not be.
pub(crate) fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    dir
}

fn options(directory: impl Into<PathBuf>) -> ClusterOptions {
    ClusterOptions::durable(directory)
}

fn start(directory: &Path) -> PrivateCluster {
    PrivateCluster::start(&options(directory)).unwrap()
}

fn connect(cluster: &PrivateCluster) -> PgConnection {
    PgConnection::establish(&cluster.url("postgres")).unwrap()
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

fn ask(connection: &mut PgConnection, sql: &str) -> String {
    let row: Row = diesel::sql_query(format!("SELECT ({sql})::text AS text")).get_result(connection).unwrap();
    row.text
}

pub(crate) fn postmaster(directory: &Path) -> Pid {
    let text = fs::read_to_string(directory.join("data/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
}

/// Repeats until it works: for what another process does in its own time and tells nobody.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let (_never, pause) = mpsc::channel::<()>();
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        let _ = pause.recv_timeout(Duration::from_millis(10));
    }
}

/// Ends a process when the test ends.
struct Bystander(Child);

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_data_survives_a_stop_and_nobody_else_reaches_it() {
    let dir = directory();
    let place = dir.path().join("var/postgres");
    let cluster = start(&place);
    assert!(cluster.is_own());
    assert_eq!(cluster.moved_from(), None);
    let url = cluster.ensure_database("fleet \"one\"").unwrap();
    let mut connection = PgConnection::establish(&url).unwrap();
    diesel::sql_query("CREATE TABLE sims AS SELECT 'Ä' AS name").execute(&mut connection).unwrap();
    let mode = fs::metadata(&place).unwrap().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(ask(&mut connection, "SELECT current_setting('listen_addresses')"), "");
    assert_eq!(ask(&mut connection, "SELECT current_setting('fsync')"), "on");
    let server = postmaster(&place);
    cluster.stop();
    assert!(kill(server, None).is_err(), "the server has ended when stop returns");
    assert!(fs::read_to_string(place.join("server.log")).unwrap().contains("received fast shutdown request"));

    let cluster = start(&place);
    cluster.ensure_database("fleet \"one\"").unwrap();
    let mut connection = PgConnection::establish(&url).unwrap();
    assert_eq!(ask(&mut connection, "SELECT lower(name) FROM sims"), "ä");
}

#[test]
fn a_throw_away_cluster_is_fast_and_leaves_nothing() {
    let cluster = PrivateCluster::throw_away().unwrap();
    let mut connection = connect(&cluster);
    assert_eq!(ask(&mut connection, "SELECT current_setting('fsync')"), "off");
    let place = cluster.directory().to_owned();
    drop(cluster);
    assert!(!place.exists());
}

#[test]
fn a_stale_pid_file_that_says_ready_and_names_a_living_process_is_no_obstacle() {
    let dir = directory();
    let place = dir.path().join("postgres");
    start(&place).stop();
    let owner = fs::metadata(&place).unwrap();
    let mut sleeper = Command::new("sleep");
    sleeper.arg("1000").uid(owner.uid()).gid(owner.gid());
    let bystander = Bystander(sleeper.spawn().unwrap());
    let data = place.join("data");
    let stale = format!(
        "{}\n{}\n1700000000\n5432\n{}\n\n 5432001 99\nready   \n",
        bystander.0.id(),
        data.display(),
        place.display()
    );
    for file in ["data/postmaster.pid", ".s.PGSQL.5432.lock"] {
        fs::write(place.join(file), &stale).unwrap();
        chown(place.join(file), Some(owner.uid()), Some(owner.gid())).unwrap();
    }

    let cluster = start(&place);
    assert!(cluster.is_own());
    assert_eq!(ask(&mut connect(&cluster), "SELECT 1"), "1");
    assert_ne!(postmaster(&place).as_raw().cast_unsigned(), bystander.0.id());
}

#[test]
fn a_killed_server_can_be_started_again_at_once() {
    let dir = directory();
    let killed = start(dir.path());
    let mut connections: Vec<_> = (0..5).map(|_| connect(&killed)).collect();
    diesel::sql_query("CREATE TABLE kept AS SELECT 1 AS one").execute(&mut connections[0]).unwrap();
    kill(postmaster(dir.path()), Signal::SIGKILL).unwrap();

    let cluster = start(dir.path());
    assert!(cluster.is_own());
    assert_eq!(ask(&mut connect(&cluster), "SELECT one FROM kept"), "1");
}

#[test]
fn a_killed_server_comes_back_by_itself_where_that_is_wanted() {
    let dir = directory();
    let cluster = PrivateCluster::start(&options(dir.path()).restart(true)).unwrap();
    let first = postmaster(dir.path());
    kill(first, Signal::SIGKILL).unwrap();
    eventually("connect to the new server", || PgConnection::establish(&cluster.url("postgres")).ok());
    assert_ne!(postmaster(dir.path()), first);
}

#[test]
fn a_running_cluster_is_reused_and_left_running() {
    let dir = directory();
    let owner = start(dir.path());
    let server = postmaster(dir.path());
    let guest = start(dir.path());
    assert!(!guest.is_own());
    assert_eq!(guest.url("x"), owner.url("x"));
    guest.stop();
    assert_eq!(postmaster(dir.path()), server);
    assert_eq!(ask(&mut connect(&owner), "SELECT 1"), "1");
}

#[test]
fn a_guest_takes_over_when_the_owner_stops() {
    let dir = directory();
    let owner = start(dir.path());
    let guest = PrivateCluster::start(&options(dir.path()).restart(true)).unwrap();
    assert!(!guest.is_own());
    owner.stop();
    eventually("connect to the guest's own server", || PgConnection::establish(&guest.url("postgres")).ok());
}

#[test]
fn of_two_starts_at_once_one_starts_and_both_work() {
    let dir = directory();
    let starts: Vec<_> = (0..2)
        .map(|_| {
            let options = options(dir.path());
            thread::spawn(move || PrivateCluster::start(&options).unwrap())
        })
        .collect();
    let mut clusters: Vec<_> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    for cluster in &clusters {
        assert_eq!(ask(&mut connect(cluster), "SELECT 1"), "1");
        cluster.ensure_database("simyard").unwrap();
    }
    assert_eq!(clusters.iter().filter(|cluster| cluster.is_own()).count(), 1);
    // The guest first, so that it does not have to notice the end of the owner's server.
    clusters.sort_by_key(PrivateCluster::is_own);
}

#[test]
fn data_of_another_major_version_is_refused_in_one_sentence() {
    let dir = directory();
    for version_file in ["inner/data/PG_VERSION", "itself/PG_VERSION"] {
        let place = dir.path().join(version_file.split_once('/').unwrap().0);
        let version_file = dir.path().join(version_file);
        fs::create_dir_all(version_file.parent().unwrap()).unwrap();
        fs::write(&version_file, "9.1\n").unwrap();
        let error = PrivateCluster::start(&options(&place)).unwrap_err();
        assert!(matches!(error, ClusterError::OtherVersion { .. }), "{error}");
        let sentence = error.to_string();
        assert!(sentence.contains("was made by PostgreSQL 9.1"), "{sentence}");
        assert!(sentence.contains("--data-dir") && !sentence.contains('\n'), "{sentence}");
    }
}

#[test]
fn other_peoples_files_are_left_alone() {
    let dir = directory();
    fs::write(dir.path().join("thesis.txt"), "precious").unwrap();
    let error = PrivateCluster::start(&options(dir.path())).unwrap_err();
    assert!(matches!(error, ClusterError::NotOurs { .. }), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn an_interrupted_initdb_is_done_again() {
    let dir = directory();
    let place = dir.path().join("postgres");
    fs::create_dir_all(place.join("data.new/base")).unwrap();
    fs::write(place.join("data.new/PG_VERSION"), "15\n").unwrap();
    let cluster = start(&place);
    assert_eq!(ask(&mut connect(&cluster), "SELECT 1"), "1");
    assert!(!place.join("data.new").exists());
}

#[test]
fn a_path_that_is_too_long_for_a_socket_works_all_the_same() {
    let dir = directory();
    let place = dir.path().join("long".repeat(40)).join("postgres");
    let cluster = start(&place);
    assert_eq!(ask(&mut connect(&cluster), "SELECT 1"), "1");
    let guest = start(&place);
    assert_eq!(guest.url("x"), cluster.url("x"));
}

#[test]
fn a_path_with_odd_characters_works_all_the_same() {
    let dir = directory();
    let cluster = start(&dir.path().join("a, b & \"c\" %20 é"));
    assert_eq!(ask(&mut connect(&cluster), "SELECT 1"), "1");
}

#[test]
fn where_only_root_may_enter_the_cluster_goes_elsewhere_and_says_so() {
    if !geteuid().is_root() {
        return; // An ordinary user's server runs as that user and gets wherever that user gets.
    }
    let closed = directory();
    fs::set_permissions(closed.path(), Permissions::from_mode(0o700)).unwrap();
    let asked = closed.path().join("var/postgres");
    let cluster = start(&asked);
    assert_eq!(cluster.moved_from(), Some(asked.as_path()));
    assert!(!asked.exists());
    assert_eq!(ask(&mut connect(&cluster), "SELECT 1"), "1");
    let place = cluster.directory().to_owned();
    cluster.stop();

    // The data is found again, even if the place that was asked for has been opened since.
    fs::set_permissions(closed.path(), Permissions::from_mode(0o755)).unwrap();
    let cluster = start(&asked);
    assert_eq!(cluster.directory(), place);
    cluster.stop();
    fs::remove_dir_all(place).unwrap();
}

/// A small file system, unmounted at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = directory();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_said_in_one_sentence() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    }; // Only root mounts, and not in every container.
    let error = PrivateCluster::start(&options(disk.0.path())).unwrap_err();
    assert!(matches!(error, ClusterError::NoSpace { .. }), "{error}");
    assert!(error.to_string().starts_with("there is no space left on the disk"), "{error}");
}

#[test]
fn the_durability_is_what_was_asked_for() {
    let dir = directory();
    let options = ClusterOptions { durability: Durability::ThrowAway, ..options(dir.path()) };
    let cluster = PrivateCluster::start(&options).unwrap();
    assert_eq!(ask(&mut connect(&cluster), "SELECT current_setting('full_page_writes')"), "off");
}

#[test]
fn a_search_by_prefix_uses_a_plain_index() {
    let cluster = PrivateCluster::throw_away().unwrap();
    let mut connection = connect(&cluster);
    diesel::sql_query("CREATE TABLE names AS SELECT n::text AS name FROM generate_series(1, 10000) n")
        .execute(&mut connection)
        .unwrap();
    diesel::sql_query("CREATE INDEX ON names (name)").execute(&mut connection).unwrap();
    diesel::sql_query("ANALYZE names").execute(&mut connection).unwrap();
    let plan: Plan = diesel::sql_query("EXPLAIN SELECT * FROM names WHERE name LIKE '1234%'")
        .get_result(&mut connection)
        .unwrap();
    assert!(plan.line.contains("Index"), "{}", plan.line);
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}
