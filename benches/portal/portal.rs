//! The portal under measurement: the released program, in a process of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scraper::{Html, Selector};

use crate::world::{EMAIL, PASSWORD};

pub(crate) struct Portal {
    child: Child,
    pub(crate) address: String,
    /// The session of the administrator, as a `Cookie` header.
    pub(crate) cookie: String,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Portal {
    /// On the database at `url`, whose administrator is [`EMAIL`].
    pub(crate) fn start(url: &str) -> anyhow::Result<Self> {
        Self::start_with(url, &[])
    }

    /// The same with more options for `simyard serve`.
    pub(crate) fn start_with(url: &str, options: &[&str]) -> anyhow::Result<Self> {
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let child = Command::new(env!("CARGO_BIN_EXE_simyard"))
            // One person asks for all.
            .args(["serve", "--listen", &listen, "--requests-at-once", "0"])
            .args(options)
            .env("DATABASE_URL", url)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .context("the portal can't be started")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // Between two requests the portal may well have closed a connection that was kept.
            .pool_max_idle_per_host(0)
            .build()?;
        let mut portal =
            Self { child, address: format!("http://{listen}"), cookie: String::new(), http, runtime };
        portal.wait_until_ready()?;
        portal.cookie = portal.sign_in()?;
        Ok(portal)
    }

    /// Loads an address as the administrator.
    pub(crate) fn get(&self, path: &str, accept: &str) -> anyhow::Result<String> {
        let request = self
            .http
            .get(format!("{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("accept", accept);
        self.runtime.block_on(async move {
            let answer = request.send().await?;
            let (status, body) = (answer.status(), answer.text().await?);
            ensure!(status.is_success(), "{status} for a page that is measured: {body}");
            Ok(body)
        })
    }

    /// The status of an address, for the administrator.
    pub(crate) fn status(&self, path: &str) -> anyhow::Result<u16> {
        let request = self.http.get(format!("{}{path}", self.address)).header("cookie", &self.cookie);
        self.runtime.block_on(async move {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            answer.bytes().await?;
            Ok(status)
        })
    }

    /// Posts a form as the administrator, with what the page `from` says to send along.
    pub(crate) fn post(&self, from: &str, path: &str, form: &[(&str, &str)]) -> anyhow::Result<String> {
        let body = serde_html_form::to_string(form)?.into_bytes();
        self.post_body(from, path, "application/x-www-form-urlencoded", body)
    }

    /// The same with any body.
    pub(crate) fn post_body(
        &self,
        from: &str,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<String> {
        let headers = attribute(&self.get(from, "text/html")?, "body", "hx-headers")?;
        let headers: std::collections::HashMap<String, String> = serde_json::from_str(&headers)?;
        let mut request = self
            .http
            .post(format!("{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("hx-request", "true")
            .header("content-type", kind)
            .body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        self.runtime.block_on(async move {
            let answer = request.send().await?;
            let (status, body) = (answer.status(), answer.text().await?);
            ensure!(status.is_success(), "{status} for a form that is measured: {body}");
            Ok(body)
        })
    }

    /// The most memory that the process ever held, in MB.
    pub(crate) fn peak_memory_mb(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kilobytes / 1024.0)
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if self.get("/health/ready", "text/plain").is_ok() {
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Err(anyhow!("the portal did not get ready"))
    }

    fn sign_in(&self) -> anyhow::Result<String> {
        let form = self.http.get(format!("{}/sign-in", self.address));
        let (cookie, page) = self.runtime.block_on(async move {
            let answer = form.send().await?;
            anyhow::Ok((cookies(&answer), answer.text().await?))
        })?;
        let token = attribute(&page, "input[name=_csrf]", "value")?;
        let fields = [("_csrf", token.as_str()), ("email", EMAIL), ("password", PASSWORD)];
        let sign_in = self
            .http
            .post(format!("{}/sign-in", self.address))
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(serde_html_form::to_string(fields)?);
        self.runtime.block_on(async move {
            let answer = sign_in.send().await?;
            ensure!(answer.status().is_redirection(), "sign-in: {}", answer.status());
            Ok(cookies(&answer))
        })
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        let _ = self.child.wait();
    }
}

fn cookies(answer: &reqwest::Response) -> String {
    let pairs = answer.headers().get_all("set-cookie").iter();
    pairs.filter_map(|cookie| cookie.to_str().ok()?.split(';').next()).collect::<Vec<_>>().join("; ")
}

fn attribute(page: &str, selector: &str, name: &str) -> anyhow::Result<String> {
    let selector = Selector::parse(selector).map_err(|error| anyhow!("{error}"))?;
    let page = Html::parse_document(page);
    page.select(&selector)
        .find_map(|element| element.attr(name).map(str::to_owned))
        .with_context(|| format!("no {name} in the page"))
}
