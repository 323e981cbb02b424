//! Finding `initdb` and `postgres` on this machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ClusterError;

/// The server programs of one major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    /// Where `initdb` and `postgres` lie.
    pub(super) bin: PathBuf,
    /// The major version: `15`, or `9.6` of old.
    pub(super) major: String,
}

impl Programs {
    /// The programs for data of version `wanted`, or the newest ones if there is no data yet.
    pub(super) fn find(wanted: Option<&str>, dir: &Path) -> Result<Self, ClusterError> {
        let all = installed();
        if all.is_empty() {
            return Err(ClusterError::ProgramsMissing);
        }
        let Some(wanted) = wanted else {
            return all.into_iter().next().ok_or(ClusterError::ProgramsMissing);
        };
        let majors: Vec<_> = all.iter().map(|programs| programs.major.clone()).collect();
        all.into_iter().find(|programs| programs.major == wanted).ok_or_else(|| ClusterError::OtherVersion {
            dir: dir.to_owned(),
            found: wanted.to_owned(),
            available: majors.join(", "),
        })
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.bin.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.bin.join("postgres")
    }
}

/// Every version found: those of `PATH` first (somebody chose them), then the newest first.
fn installed() -> Vec<Programs> {
    let found = in_directories(usual_directories());
    if found.is_empty() { in_directories(pg_config_directory().into_iter().collect()) } else { found }
}

fn in_directories(directories: Vec<PathBuf>) -> Vec<Programs> {
    let mut found: Vec<Programs> = Vec::new();
    for directory in directories {
        if let Some(programs) = programs_in(&directory)
            && !found.contains(&programs)
        {
            found.push(programs);
        }
    }
    found
}

/// A link to `postgres`, as some distributions put into `PATH`, leads to where the other programs are.
fn programs_in(directory: &Path) -> Option<Programs> {
    let postgres = fs::canonicalize(directory.join("postgres")).ok()?;
    let bin = postgres.parent()?.to_owned();
    let major = bin.join("initdb").exists().then(|| major_version(&postgres))??;
    Some(Programs { bin, major })
}

fn usual_directories() -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    directories.extend(versioned("/usr/lib/postgresql", ""));
    directories.extend(versioned("/usr", "pgsql-"));
    directories.push("/usr/local/pgsql/bin".into());
    directories
}

/// `<root>/<prefix><version>/bin`, the newest version first.
fn versioned(root: &str, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else {
        return Vec::new();
    };
    let mut found: Vec<(f64, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, path)| path).collect()
}

fn pg_config_directory() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    (!path.trim().is_empty()).then(|| path.trim().into())
}

fn major_version(postgres: &Path) -> Option<String> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    parse_major(&String::from_utf8(output.stdout).ok()?)
}

/// `postgres (PostgreSQL) 15.20 (Debian ...)` is 15; before version 10 two numbers made the major one.
fn parse_major(output: &str) -> Option<String> {
    let version = output.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
    let digits = |part: &str| -> String { part.chars().take_while(char::is_ascii_digit).collect() };
    let mut parts = version.split('.');
    let first = digits(parts.next()?);
    match first.parse::<u32>().ok()? {
        10.. => Some(first),
        _ => Some(format!("{first}.{}", digits(parts.next()?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_form_of_the_version_line() {
        let major = |text| parse_major(text).unwrap();
        assert_eq!(major("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"), "15");
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), "18");
        assert_eq!(major("postgres (PostgreSQL) 9.6.24"), "9.6");
        assert_eq!(parse_major("something else"), None);
    }

    #[test]
    fn data_of_a_version_that_is_not_installed_is_named() {
        let error = Programs::find(Some("7.4"), Path::new("/data")).unwrap_err().to_string();
        assert!(error.contains("/data was made by PostgreSQL 7.4"), "{error}");
    }
}
