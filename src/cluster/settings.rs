//! The settings of a private cluster: no network, sized for this machine, and either durable or fast.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::Signal;

use super::place::Place;

/// The role that owns everything in a private cluster.
pub(super) const ROLE: &str = "simyard";

/// Whether the data must outlive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A committed transaction stays committed.
    Durable,
    /// For tests: nothing is ever synced, and the whole directory goes when the cluster stops.
    ThrowAway,
}

impl Durability {
    /// Fast shutdown where the data matters: sessions are cut off, then everything is written.
    pub(super) fn signal(self) -> Signal {
        match self {
            Self::Durable => Signal::SIGINT,
            Self::ThrowAway => Signal::SIGQUIT,
        }
    }
}

/// Whoever reaches the socket is trusted: it lies in a directory that only the server's user and root may enter.
/// The C collation lets a plain index serve a search by prefix.
pub(super) fn initdb(durability: Durability) -> &'static [&'static str] {
    match durability {
        Durability::Durable => &[
            "--username=simyard",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
            "--lc-messages=C",
            "--data-checksums",
        ],
        Durability::ThrowAway => &[
            "--username=simyard",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
            "--lc-messages=C",
            "--no-sync",
        ],
    }
}

/// The command line of `postgres`.
pub(super) fn server(durability: Durability, socket_dir: &Path, place: &Place) -> Vec<OsString> {
    let mut settings: Vec<OsString> = Vec::new();
    let mut set = |name: &str, value: &str| {
        settings.push("-c".into());
        settings.push(format!("{name}={value}").into());
    };
    set("listen_addresses", "");
    set("port", &Place::port().to_string());
    set("unix_socket_permissions", "0700");
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    set("log_line_prefix", "%m [%p] ");
    set("jit", "off");
    set("random_page_cost", "1.1");
    set("work_mem", "16MB");
    set("maintenance_work_mem", "128MB");
    match durability {
        Durability::Durable => {
            set("max_connections", "100");
            set("shared_buffers", shared_buffers());
            set("wal_compression", wal_compression(place));
            set("max_wal_size", "4GB");
            set("checkpoint_timeout", "15min");
            // What a large operation leaves behind slows lists down until it is swept up.
            set("autovacuum_naptime", "10s");
        }
        Durability::ThrowAway => {
            set("max_connections", "300");
            set("shared_buffers", "128MB");
            set("fsync", "off");
            set("synchronous_commit", "off");
            set("full_page_writes", "off");
            set("wal_level", "minimal");
            set("max_wal_senders", "0");
        }
    }
    let mut sockets = OsString::from("unix_socket_directories=");
    sockets.push(quote(socket_dir));
    settings.push("-c".into());
    settings.push(sockets);
    settings
}

/// The setting is a list: commas and spaces in a path need quotes.
fn quote(path: &Path) -> OsString {
    let mut quoted = OsString::from("\"");
    match path.to_str() {
        Some(text) => quoted.push(text.replace('"', "\"\"")),
        None => quoted.push(path),
    }
    quoted.push("\"");
    quoted
}

/// Pages are cached again by the system, so a modest share is enough.
fn shared_buffers() -> &'static str {
    let memory_kib: u64 = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| text.lines().next()?.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0);
    match memory_kib >> 20 {
        0..2 => "128MB",
        2..8 => "256MB",
        _ => "512MB",
    }
}

/// LZ4 nearly halves the log that a bulk operation writes, but not every server is built with it: ask this one.
fn wal_compression(place: &Place) -> &'static str {
    let knows_lz4 = place
        .user
        .command(&place.programs.postgres(), &place.dir)
        .arg("-D")
        .arg(place.data())
        .args(["-C", "wal_compression", "-c", "wal_compression=lz4"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if knows_lz4 { "lz4" } else { "on" }
}
