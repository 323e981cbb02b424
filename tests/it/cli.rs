//! The program from outside: its commands, its sentences, its signals.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

use diesel::{Connection as _, PgConnection};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use simyard::cluster::{ClusterOptions, PrivateCluster};
use tempfile::TempDir;

use crate::cluster::{directory, eventually, postmaster};
use crate::support::peak_memory;

const PROGRAM: &str = env!("CARGO_BIN_EXE_simyard");
const PASSWORD: &str = "gravel otter lantern quilt";

/// The program without anything of this shell's settings.
pub(crate) fn simyard(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null());
    for variable in ["DATABASE_URL", "SIMYARD_DATA_DIR", "SIMYARD_LISTEN", "SIMYARD_LOG", "SIMYARD_SMTP_URL"]
    {
        command.env_remove(variable);
    }
    command
}

/// A private cluster's directory, and the program working on it.
struct Installation {
    _parent: TempDir,
    directory: PathBuf,
}

impl Installation {
    fn new() -> Self {
        let parent = directory();
        let directory = parent.path().join("postgres");
        Self { _parent: parent, directory }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = simyard(arguments);
        command.arg("--data-dir").arg(&self.directory);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn create_admin(&self, password: &str) -> Output {
        self.create_admin_with(&[], password)
    }

    fn create_admin_with(&self, options: &[&str], password: &str) -> Output {
        let mut command = self.command(&["create-admin", "--company", "Meridian IoT", "--name", "Ada"]);
        command.args(["--email", "ada@meridian.example"]).args(options);
        with_input(command, &format!("{password}\n"))
    }

    fn serve(&self) -> Portal {
        Portal::start(self.command(&["serve", "--no-demo", "--listen", "127.0.0.1:0"]))
    }
}

fn with_input(mut command: Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A running `simyard serve`; killed when dropped.
pub(crate) struct Portal {
    child: Child,
    pub(crate) address: String,
    _stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
}

impl Portal {
    /// Returns when the portal has said where it is.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let mut line = String::new();
        let address = loop {
            line.clear();
            if stdout.read_line(&mut line).unwrap() == 0 {
                let mut said = String::new();
                stderr.read_to_string(&mut said).unwrap();
                panic!("the portal ended: {said}");
            }
            if let Some((_, address)) = line.trim().split_once("://") {
                break address.to_owned();
            }
        };
        Self { child, address, _stdout: stdout, stderr }
    }

    /// The status of a page.
    fn status(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }

    /// The most memory that it has had, in kB.
    pub(crate) fn peak_memory(&self) -> u64 {
        peak_memory(self.child.id())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Waits for the end: the exit code, and what was said on standard error.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One clear sentence on one line, and exit code 1.
fn refusal(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    said.strip_prefix("simyard: ").unwrap_or_else(|| panic!("{said}")).trim_end().to_owned()
}

fn success(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn log(directory: &Path) -> String {
    fs::read_to_string(directory.join("server.log")).unwrap()
}

#[test]
fn every_command_explains_itself() {
    for command in ["serve", "work", "migrate", "demo", "import-sims", "create-admin"] {
        let help = success(&simyard(&[command, "--help"]).output().unwrap());
        assert!(help.contains(&format!("Usage: simyard {command}")), "{help}");
        assert!(help.contains("SIMYARD_DATA_DIR"), "{help}");
    }
    let help = success(&simyard(&["--help"]).output().unwrap());
    for word in ["serve", "create-admin", "DATABASE_URL", "SIMYARD_LISTEN"] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn a_taken_port_is_said_before_anything_is_started() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let installation = Installation::new();
    let sentence = refusal(&installation.run(&["serve", "--listen", &address]));
    assert!(sentence.starts_with(&format!("{address} is taken by another program")), "{sentence}");
    assert!(!installation.directory.exists());
}

#[test]
fn others_are_not_served_in_clear_unless_that_is_said() {
    let installation = Installation::new();
    let sentence = refusal(&installation.run(&["serve", "--listen", "0.0.0.0:0"]));
    for way in ["--tls-certificate", "--behind-https", "--trusted-proxy", "--in-clear"] {
        assert!(sentence.contains(way), "{sentence}");
    }
    assert!(!installation.directory.exists());
    for said in [&["--in-clear"][..], &["--behind-https"], &["--trusted-proxy", "127.0.0.1"]] {
        // What is wrong besides is found later.
        let serve = [&["serve", "--listen", "0.0.0.0:0", "--key-file", "none"], said].concat();
        let sentence = refusal(&installation.run(&serve));
        assert!(!sentence.contains("in clear"), "{sentence}");
    }
}

#[test]
fn an_address_that_is_none_is_said() {
    let sentence = refusal(&simyard(&["serve", "--listen", "nonsense"]).output().unwrap());
    assert!(sentence.starts_with("nonsense is no address to listen on"), "{sentence}");
}

#[test]
fn a_wrong_database_url_is_said_without_its_password() {
    for url in [
        "postgresql://me:secret@127.0.0.1:1/x",
        "postgres//me:secret@127.0.0.1/x",
        "host=/nowhere password=secret",
    ] {
        for command in [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let sentence = refusal(&simyard(command).env("DATABASE_URL", url).output().unwrap());
            assert!(sentence.starts_with("cannot connect to the database of DATABASE_URL: "), "{sentence}");
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }
}

#[test]
fn the_demo_is_never_loaded_into_a_given_database() {
    let mut command = simyard(&["demo"]);
    let sentence = refusal(&command.env("DATABASE_URL", "postgresql://127.0.0.1:1/x").output().unwrap());
    assert!(sentence.ends_with("is only loaded into the private database: unset DATABASE_URL"), "{sentence}");
}

#[test]
fn data_of_another_major_version_is_said() {
    let installation = Installation::new();
    fs::create_dir_all(installation.directory.join("data")).unwrap();
    fs::write(installation.directory.join("data/PG_VERSION"), "9.1\n").unwrap();
    let sentence = refusal(&installation.run(&["migrate"]));
    assert!(sentence.contains("was made by PostgreSQL 9.1, but only version"), "{sentence}");
}

#[test]
fn the_first_administrator_is_made_once_and_the_password_comes_from_standard_input() {
    let installation = Installation::new();
    let sentence = refusal(&installation.create_admin("too short"));
    assert_eq!(sentence, "the password is not usable: Choose a password of at least 12 characters.");
    let sentence = refusal(&installation.create_admin("simyard-demo-1"));
    assert!(sentence.starts_with("the password is not usable: Choose another password"), "{sentence}");

    let said = success(&installation.create_admin(PASSWORD));
    let [who, asked, place] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert_eq!(who, "Ada is now the administrator of Meridian IoT, and signs in with ada@meridian.example.");
    assert!(asked.contains("Meridian IoT asks its people for a second factor"), "{asked}");
    assert_eq!(place, format!("The database is the one in {}.", installation.directory.display()));

    let sentence = refusal(&installation.create_admin(PASSWORD));
    assert!(sentence.starts_with("this installation has a company already"), "{sentence}");
}

#[test]
fn the_work_of_a_password_s_hash_is_configured_and_never_less_than_is_safe() {
    let installation = Installation::new();
    for less in ["11", "17", "many"] {
        let refused = installation.create_admin_with(&["--bcrypt-cost", less], PASSWORD);
        assert!(
            !refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--bcrypt-cost")
        );
    }
    success(&installation.create_admin_with(&["--bcrypt-cost", "13"], PASSWORD));
    let cluster = PrivateCluster::start(&ClusterOptions::durable(&installation.directory)).unwrap();
    let mut conn = PgConnection::establish(&cluster.ensure_database("simyard").unwrap()).unwrap();
    let (_, hash) = fleet::people::credentials(&mut conn, "ada@meridian.example").unwrap().unwrap();
    assert!(hash.unwrap().starts_with("$2b$13$"));
}

#[test]
fn the_only_administrator_is_let_in_again_from_the_command_line() {
    let installation = Installation::new();
    success(&installation.create_admin(PASSWORD));
    let sentence = refusal(&installation.run(&["let-in", "--email", "eva@meridian.example"]));
    assert!(sentence.contains("Nobody signs in with this address"), "{sentence}");
    let arguments = ["let-in", "--email", "Ada@meridian.example", "--without-second-factor"];
    let said = success(&installation.run(&arguments));
    assert!(said.starts_with("Ada sets a password within 60 minutes"), "{said}");
    let portal = installation.serve();
    let path = said.split_whitespace().last().unwrap();
    assert_eq!(portal.status(path), "200");
    assert_eq!(portal.status(&format!("{path}x")), "404");
}

#[test]
fn no_demo_is_loaded_where_others_reach_the_portal() {
    let installation = Installation::new();
    drop(Portal::start(installation.command(&["serve", "--behind-https", "--listen", "127.0.0.1:0"])));
    // It would be refused where there is a company.
    success(&installation.create_admin(PASSWORD));
}

#[test]
fn a_private_installation_gets_a_key_file_and_takes_no_other() {
    let installation = Installation::new();
    success(&installation.create_admin(PASSWORD));
    drop(installation.serve());
    let made = installation.directory.join("key");
    let key = fs::read_to_string(&made).unwrap();
    assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    drop(installation.serve());
    assert_eq!(fs::read_to_string(&made).unwrap(), key, "it is made once");

    let other = installation.directory.with_file_name("other");
    let sims = installation.directory.with_file_name("sims.csv");
    fs::write(&other, "00ff".repeat(16)).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&sims, "iccid,imsi,ki\n").unwrap();
    let (other, sims) = (other.to_str().unwrap(), sims.to_str().unwrap());
    let serve = ["serve", "--no-demo", "--listen", "127.0.0.1:0", "--key-file", other];
    for command in [&serve[..], &["work", "--key-file", other], &["load-keys", sims, "--key-file", other]] {
        let sentence = refusal(&installation.run(command));
        assert!(sentence.contains("the key file is not the one"), "{command:?}: {sentence}");
    }
}

#[test]
fn a_domain_is_granted_to_one_main_account_and_taken_back() {
    let installation = Installation::new();
    success(&installation.create_admin(PASSWORD));
    let grant = |more: &[&str]| installation.run(&[&["grant-domain", "Meridian.example"], more].concat());
    let sentence = refusal(&grant(&["--company", "Nobody"]));
    assert!(sentence.contains("Nobody"), "{sentence}");
    let said = success(&grant(&["--company", "Meridian IoT"]));
    assert_eq!(said, "The provider of Meridian IoT vouches for addresses of meridian.example.\n");
    let sentence = refusal(&grant(&["--company", "Meridian IoT"]));
    assert!(sentence.contains("granted already"), "{sentence}");
    let said = success(&grant(&["--withdraw"]));
    assert_eq!(said, "No provider vouches for addresses of meridian.example any more.\n");
    refusal(&grant(&["--withdraw"]));
    let sentence = refusal(&installation.run(&["grant-domain", "no domain", "--company", "Meridian IoT"]));
    assert!(sentence.starts_with("the domain is not usable"), "{sentence}");
    assert_eq!(grant(&[]).status.code(), Some(2), "the company is missing");
}

#[test]
fn the_audit_log_is_shortened_from_the_command_line() {
    let installation = Installation::new();
    success(&installation.create_admin(PASSWORD));
    let said = success(&installation.run(&["shorten-audit", "--keep", "365"]));
    assert_eq!(said, "No line is older than 365 days.\n");
    assert_eq!(installation.run(&["shorten-audit"]).status.code(), Some(2), "how long is no default");
}

#[test]
fn a_sim_file_is_loaded_whole_or_not_at_all() {
    let installation = Installation::new();
    success(&installation.create_admin(PASSWORD));
    let file = installation.directory.with_file_name("sims.csv");
    let path = file.to_str().unwrap();
    let import = |more: &[&str]| {
        let arguments = [&["import-sims", path, "--company", "meridian iot"], more].concat();
        installation.run(&arguments)
    };
    fs::write(
        &file,
        "iccid;imsi\r\n8988303000000000010;001010000000001\r\n8988303000000000012;001010000000002\r\n",
    )
    .unwrap();

    let refused = import(&[]);
    let said = String::from_utf8(refused.stderr.clone()).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("\nsimyard: nothing was loaded, because 1 of 2 lines are bad"), "{said}");
    assert!(said.starts_with("line "), "{said}");

    let said = success(&import(&["--skip-bad"]));
    assert_eq!(
        said,
        "1 SIMs are now in the inventory of meridian iot (operation #1).\n1 bad lines were left out.\n"
    );

    fs::remove_file(&file).unwrap();
    let sentence = refusal(&import(&[]));
    assert!(sentence.starts_with(&format!("cannot read {path}: No such file")), "{sentence}");
}

#[test]
fn a_signal_ends_portal_and_database_cleanly() {
    let installation = Installation::new();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let portal = installation.serve();
        assert_eq!(portal.status("/health/ready"), "200");
        let server = postmaster(&installation.directory);
        portal.signal(signal);
        let (code, said) = portal.wait();
        assert_eq!((code, said.as_str()), (Some(0), ""));
        assert!(kill(server, None).is_err(), "the database has ended with the portal");
        assert!(log(&installation.directory).trim_end().ends_with("database system is shut down"));
    }
    assert!(!log(&installation.directory).contains("not properly shut down"));
}

#[test]
fn after_a_kill_of_the_portal_the_next_start_just_works() {
    let installation = Installation::new();
    let portal = installation.serve();
    let server = postmaster(&installation.directory);
    portal.signal(Signal::SIGKILL);
    drop(portal);
    // At once, while the orphaned server may still be stopping.
    let portal = installation.serve();
    assert_eq!(portal.status("/health/ready"), "200");
    assert_ne!(postmaster(&installation.directory), server);
    assert!(!log(&installation.directory).contains("not properly shut down"));
}

#[test]
fn an_orphaned_database_ends_by_itself() {
    let installation = Installation::new();
    let portal = installation.serve();
    let server = postmaster(&installation.directory);
    portal.signal(Signal::SIGKILL);
    // Nobody may have waited for the orphan, so that its number is still taken; but a process that has ended works nowhere.
    eventually("see the server end", || fs::read_link(format!("/proc/{server}/cwd")).err());
}

#[test]
fn after_a_kill_of_both_the_next_start_just_works() {
    let installation = Installation::new();
    let portal = installation.serve();
    kill(postmaster(&installation.directory), Signal::SIGKILL).unwrap();
    portal.signal(Signal::SIGKILL);
    drop(portal);
    let portal = installation.serve();
    assert_eq!(portal.status("/health/ready"), "200");
}

#[test]
fn the_portal_brings_a_killed_database_back() {
    let installation = Installation::new();
    let portal = installation.serve();
    kill(postmaster(&installation.directory), Signal::SIGKILL).unwrap();
    eventually("see the portal ready again", || (portal.status("/health/ready") == "200").then_some(()));
    portal.signal(Signal::SIGTERM);
    assert_eq!(portal.wait().0, Some(0));
}

#[test]
fn a_command_beside_a_running_portal_uses_its_database() {
    let installation = Installation::new();
    let portal = installation.serve();
    let server = postmaster(&installation.directory);
    success(&installation.create_admin(PASSWORD));
    assert_eq!(postmaster(&installation.directory), server);
    assert_eq!(portal.status("/health/ready"), "200");
}
