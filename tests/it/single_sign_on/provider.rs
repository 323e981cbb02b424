//! A real `oidc-provider` for one test, on a loopback address, which the test can make misbehave.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

/// The portal's name there.
pub(crate) const CLIENT: &str = "simyard";
/// What the portal proves itself with.
pub(crate) const SECRET: &str = "a secret between the portal and its provider";

pub(crate) struct Provider {
    pub(crate) issuer: String,
    child: Child,
    /// Open for as long as it may write to it.
    _output: BufReader<ChildStdout>,
    http: reqwest::Client,
}

/// An account of the provider: what it says of it.
pub(crate) fn account(email: &str, is_verified: bool, name: &str) -> Value {
    json!({ "email": email, "email_verified": is_verified, "name": name })
}

impl Provider {
    /// Starts one that sends people back to the portal at `portal`.
    pub(crate) fn start(portal: &str, accounts: &Value) -> Self {
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oidc"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts: on Debian, apt-get install nodejs npm");
        let asked = json!({
            "redirect_uri": format!("{portal}/sign-in/single-sign-on/callback"),
            "accounts": accounts,
        });
        // It ends with its input, which stays open until then.
        writeln!(child.stdin.as_mut().expect("its input"), "{asked}").expect("a line");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        output.read_line(&mut line).expect("a line");
        let said: Value =
            serde_json::from_str(&line).expect("it says where it is; bin/test installs what it needs");
        let http =
            reqwest::Client::builder().cookie_store(true).redirect(Policy::none()).build().expect("a client");
        Self { issuer: said["issuer"].as_str().expect("an address").to_owned(), child, _output: output, http }
    }

    /// From now on it knows these accounts.
    pub(crate) async fn knows(&self, accounts: &Value) {
        self.tell("accounts", accounts.to_string()).await;
    }

    /// From now on it behaves like this.
    pub(crate) async fn behaves(&self, manner: &str) {
        self.tell("manner", manner.to_owned()).await;
    }

    async fn tell(&self, what: &str, body: String) {
        let address = format!("{}/test/{what}", self.issuer);
        self.http.post(address).body(body).send().await.expect("an answer");
    }

    /// Goes where the portal has sent a browser, signs in as `account`, and gives the path by which the provider sends it back.
    pub(crate) async fn signs_in(&self, address: &str, account: &str) -> String {
        // A browser of its own, in which nobody is signed in.
        let http =
            reqwest::Client::builder().cookie_store(true).redirect(Policy::none()).build().expect("a client");
        let mut answer = http.get(address).send().await.expect("an answer");
        loop {
            let next =
                answer.headers().get(LOCATION).map(|next| next.to_str().expect("an address").to_owned());
            let next = next.unwrap_or_else(|| panic!("{} leads nowhere: {}", answer.url(), answer.status()));
            let url = answer.url().join(&next).expect("an address");
            if !url.as_str().starts_with(&self.issuer) {
                return format!("{}?{}", url.path(), url.query().unwrap_or_default());
            }
            answer = if url.path().starts_with("/interaction/") {
                let form = format!("account={account}");
                let request = http.post(url).header("content-type", "application/x-www-form-urlencoded");
                request.body(form).send().await.expect("an answer")
            } else {
                http.get(url).send().await.expect("an answer")
            };
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
