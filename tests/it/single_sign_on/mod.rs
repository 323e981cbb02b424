//! Single sign-on, with a real provider.

mod admission;
mod hostile;
pub(crate) mod provider;
mod required;
mod settings;

use std::net::TcpListener;
use std::time::Duration;

use fleet::ids::CompanyId;
use fleet::single_sign_on::domains::{self, Domain};
use fleet::single_sign_on::reach::Reach;
use fleet::tenancy::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use simyard::app::Settings;

use crate::support::{Client, Page, TestApp, TestDb, test_settings};
use provider::{CLIENT, Provider, SECRET, account};

const HERE: &str = "/administration/single-sign-on";

/// A portal with a provider that vouches for addresses of meridian.example. Ada administers Meridian, and has a second factor.
struct World {
    app: TestApp,
    provider: Provider,
    meridian: CompanyId,
    ada: Client,
}

fn settings(portal: &str) -> Settings {
    Settings {
        base_url: Some(portal.parse().expect("an address")),
        reach: Reach::new(vec!["127.0.0.0/8".parse().expect("a network")], Duration::from_secs(30)),
        ..test_settings()
    }
}

/// Vera and Wim have verified addresses of Meridian, Xenia's is not verified, Nora's is of another domain.
fn accounts() -> Value {
    json!({
        "v1": account("vera@meridian.example", true, "Vera of Meridian"),
        "w1": account("Wim@Meridian.example", true, "Wim"),
        "x1": account("xenia@meridian.example", false, "Xenia"),
        "n1": account("nora@northwind.example", true, "Nora"),
    })
}

async fn world_with(change: impl FnOnce(&mut Settings)) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let portal = format!("http://{}", listener.local_addr().expect("an address"));
    let mut settings = settings(&portal);
    change(&mut settings);
    let app = TestApp::start_at(listener, TestDb::new(), settings).await;
    let provider = Provider::start(&portal, &accounts());
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    let ada = app.sign_in("ada@meridian.example").await;
    says(
        &app,
        "WITH done AS (UPDATE users SET has_second_factor = true RETURNING 1) SELECT count(*) FROM done",
    );
    World { app, provider, meridian, ada }
}

/// The same, with the provider set up: newcomers become viewers.
async fn world() -> World {
    let world = world_with(|_| {}).await;
    let answer = world.save(&[("newcomers", "on"), ("role", "viewer")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    world.grants("meridian.example");
    world
}

fn says(app: &TestApp, sql: &str) -> String {
    use diesel::RunQueryDsl as _;
    let mut conn = app.db.connect();
    if sql.starts_with("WITH") {
        diesel::sql_query(sql).execute(&mut conn).expect("the test's own statement");
        return String::new();
    }
    TestDb::ask(&mut conn, sql)
}

impl World {
    fn grants(&self, domain: &str) {
        let domain = Domain::parse(domain).expect("a domain");
        domains::grant(&mut self.app.db.console(), &domain, "Meridian IoT").expect("a grant");
    }

    /// Sends Ada's form, with what is the same each time.
    async fn save(&self, more: &[(&str, &str)]) -> Page {
        let trust = if more.iter().any(|(field, _)| *field == "second_factor") { None } else { Some("told") };
        let fixed = [("issuer", &*self.provider.issuer), ("client_id", CLIENT), ("client_secret", SECRET)];
        let fixed = fixed.into_iter().chain(trust.map(|trust| ("second_factor", trust)));
        let typed: Vec<_> = fixed.chain(more.iter().copied()).collect();
        self.ada.post(HERE, &typed).await
    }

    /// Types an address on the sign-in page, and continues with single sign-on.
    async fn begins(&self, browser: &Client, email: &str) -> Page {
        let token = browser.get("/sign-in").await.value_of("input[name=_csrf]");
        let form = [("_csrf", &*token), ("email", email), ("next", "/profile")];
        browser.send_form("/sign-in/single-sign-on", &form).await
    }

    /// The path by which the provider sends a browser back that has begun with `email` and signed in there as `account`.
    async fn way_back(&self, browser: &Client, email: &str, account: &str) -> String {
        let departure = self.begins(browser, email).await;
        assert_eq!(departure.status, StatusCode::OK, "{:?}", departure.texts("[role=alert]"));
        self.provider.signs_in(&target(&departure), account).await
    }

    /// All of it.
    async fn signs_on(&self, browser: &Client, email: &str, account: &str) -> Page {
        let back = self.way_back(browser, email, account).await;
        browser.get(&back).await
    }

    /// Signs on in a new browser, which gets in.
    async fn is_in(&self, email: &str, account: &str) -> Client {
        let mut browser = self.app.nobody();
        let answer = self.signs_on(&browser, email, account).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{:?}", answer.texts("[role=alert]"));
        assert_eq!(answer.header("location"), "/profile");
        assert_eq!(browser.open("/").await.status, StatusCode::OK);
        browser
    }

    /// Signs on in a new browser, which does not get in, and gives what is said.
    async fn is_refused(&self, email: &str, account: &str) -> String {
        let browser = self.app.nobody();
        let answer = self.signs_on(&browser, email, account).await;
        self.stays_out(&browser, &answer).await
    }

    async fn stays_out(&self, browser: &Client, answer: &Page) -> String {
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{} {}",
            answer.status,
            answer.header("location")
        );
        assert_eq!(browser.get("/profile").await.status, StatusCode::SEE_OTHER, "nobody is signed in");
        answer.texts("[role=alert]").join(" ")
    }
}

/// Where the browser is sent.
fn target(departure: &Page) -> String {
    let refresh = departure.header("refresh");
    let address = refresh.strip_prefix("0; url=").expect("an address").to_owned();
    assert_eq!(departure.attribute("main a", "href").expect("a link"), address);
    address
}
