//! A real mail server: aiosmtpd, in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use simyard::mail::MailServer;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/mail/server.py");
pub(crate) const SENDER: &str = "Simyard <simyard@portal.example>";

/// How long to wait for a letter. The machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// A mail server; ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    lines: Receiver<String>,
}

/// A letter as it arrived.
#[derive(Debug)]
pub(crate) struct Arrived(Value);

impl Server {
    /// One on any port.
    pub(crate) fn start() -> Self {
        Self::start_at(0, &[])
    }

    /// One at this port, with these arguments for the script.
    pub(crate) fn start_at(port: u16, arguments: &[&str]) -> Self {
        let mut command = Command::new(python());
        command.arg(SCRIPT).arg(port.to_string()).args(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("Python");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let port = lines.recv_timeout(PATIENCE).expect("a port").parse().expect("a number");
        Self { child, port, lines }
    }

    /// Waits for the next letter.
    pub(crate) fn letter(&self) -> Arrived {
        let line = self.lines.recv_timeout(PATIENCE).expect("a letter comes");
        Arrived(serde_json::from_str(&line).expect("JSON"))
    }

    /// Ends the server, and gives all letters that it has got and that nobody has waited for.
    pub(crate) fn end(mut self) -> Vec<Arrived> {
        self.child.kill().expect("an end");
        self.lines.iter().map(|line| Arrived(serde_json::from_str(&line).expect("JSON"))).collect()
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What sends to it.
    pub(crate) fn client(&self) -> MailServer {
        client(&self.url())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What sends to the mail server of `url`.
pub(crate) fn client(url: &str) -> MailServer {
    MailServer::new(&SecretString::from(url), SENDER).expect("a mail server's address")
}

impl Arrived {
    /// The command that a telltale server tells of; none if this is a letter.
    pub(crate) fn command(&self) -> Option<&str> {
        self.0["command"].as_str()
    }

    /// Whether it crossed the network encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0["encrypted"].as_bool().expect("a letter")
    }

    /// All values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let all = self.0["headers"].as_array().expect("headers");
        let of_name =
            all.iter().filter(|header| header[0].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name)));
        of_name.map(|header| header[1].as_str().expect("text").to_owned()).collect()
    }

    /// The text of a part: `text` or `html`.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }

    /// Who it was delivered to, whatever its headers say.
    pub(crate) fn recipients(&self) -> Vec<&str> {
        self.0["envelope"][1].as_array().expect("recipients").iter().filter_map(Value::as_str).collect()
    }
}

/// A Python that has aiosmtpd: another one may come first on the path than Debian's.
fn python() -> &'static str {
    static PYTHON: OnceLock<&str> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let has_it = |python: &&str| {
            let mut command = Command::new(python);
            command.args(["-c", "import aiosmtpd"]).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        ["python3", "/usr/bin/python3"]
            .into_iter()
            .find(has_it)
            .expect("aiosmtpd: on Debian, apt-get install python3-aiosmtpd")
    })
}
