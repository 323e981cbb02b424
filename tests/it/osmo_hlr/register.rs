//! A real osmo-hlr for one test, on a loopback address of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use fleet::network::osmo_hlr::{Address, OsmoHlr};
use tempfile::{NamedTempFile, TempDir};

/// How long a person would wait for it to start on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

static STARTED: AtomicU16 = AtomicU16::new(0);

pub(super) struct Register {
    host: String,
    directory: TempDir,
    child: Option<Child>,
}

impl Register {
    pub(super) fn start() -> Self {
        // Its ports are fixed: what runs beside it has another address.
        let [first, second] = u16::try_from(std::process::id() % 60_000).unwrap().to_be_bytes();
        let third = STARTED.fetch_add(1, Ordering::Relaxed) % 250 + 2;
        let host = format!("127.{first}.{second}.{third}");
        let directory = tempfile::tempdir().unwrap();
        let settings = format!(
            "log stderr\n logging filter all 1\n logging color 0\nline vty\n bind {host}\nctrl\n bind {host}\n\
             hlr\n gsup\n  bind ip {host}\n"
        );
        std::fs::write(directory.path().join("osmo-hlr.cfg"), settings).unwrap();
        let mut register = Self { host, directory, child: None };
        register.start_again();
        register
    }

    /// Starts it where it is not running, with what it held before.
    pub(super) fn start_again(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.directory.path().join("log"))
            .unwrap();
        let child = Command::new("osmo-hlr")
            .args(["-c", "osmo-hlr.cfg", "-l", "hlr.db"])
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("osmo-hlr starts: on Debian, apt-get install osmo-hlr");
        self.child = Some(child);
        let deadline = Instant::now() + PATIENCE;
        let listens = |port: u16| TcpStream::connect((self.host.as_str(), port)).is_ok();
        while !listens(4259) || !listens(4258) {
            assert!(Instant::now() < deadline, "osmo-hlr listens; its log: {}", self.log());
            std::thread::yield_now();
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Ends it as a power cut would.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(super) fn address(&self) -> Address {
        Address {
            control: format!("{}:4259", self.host),
            terminal: format!("{}:4258", self.host),
            connections: 2,
        }
    }

    pub(super) fn network(&self) -> OsmoHlr {
        OsmoHlr::new(self.address())
    }

    /// A file of networks that names it `lab`.
    pub(super) fn networks_file(&self) -> NamedTempFile {
        let Address { control, terminal, .. } = self.address();
        let text = format!(
            "[networks.lab]\nkind = \"osmo-hlr\"\ncontrol = \"{control}\"\nterminal = \"{terminal}\"\n"
        );
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    /// Asks over the control interface, without any code of the portal.
    pub(super) fn ask(&self, questions: &[String]) -> Vec<String> {
        let mut stream = TcpStream::connect((self.host.as_str(), 4259)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut answers = Vec::new();
        for question in questions {
            let length = u16::try_from(question.len() + 1).unwrap().to_be_bytes();
            stream.write_all(&[&length, &[0xee, 0][..], question.as_bytes()].concat()).unwrap();
            let mut head = [0; 4];
            stream.read_exact(&mut head).unwrap();
            let mut text = vec![0; usize::from(u16::from_be_bytes([head[0], head[1]])) - 1];
            stream.read_exact(&mut text).unwrap();
            answers.push(String::from_utf8(text).unwrap());
        }
        answers
    }

    /// What it holds of subscribers: number, packet, circuit; nothing for those that it does not know.
    pub(super) fn holds(&self, imsis: &[String]) -> Vec<Option<(String, bool, bool)>> {
        let questions: Vec<_> =
            imsis.iter().map(|imsi| format!("GET 1 subscriber.by-imsi-{imsi}.info")).collect();
        let read = |answer: String| {
            if answer == "ERROR 1 No such subscriber." {
                return None;
            }
            let value = |key: &str| {
                let line = answer.lines().find(|line| line.starts_with(&format!("{key}\t")));
                line.map_or("none", |line| line.split_once('\t').unwrap().1).to_owned()
            };
            Some((value("msisdn"), value("nam_ps") == "1", value("nam_cs") == "1"))
        };
        self.ask(&questions).into_iter().map(read).collect()
    }

    /// Fills it with subscribers of somebody else.
    pub(super) fn add_foreign(&self, count: u32) -> Vec<String> {
        let imsis: Vec<String> = (0..count).map(|n| format!("90170{n:010}")).collect();
        let made =
            self.ask(&imsis.iter().map(|imsi| format!("SET 1 subscriber.create {imsi}")).collect::<Vec<_>>());
        assert!(made.iter().all(|answer| answer.starts_with("SET_REPLY")), "{made:?}");
        imsis
    }
}

impl Drop for Register {
    fn drop(&mut self) {
        self.kill();
    }
}
