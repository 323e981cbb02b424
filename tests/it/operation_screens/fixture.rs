//! A portal with a small fleet, and a worker that works when it is told to.

use std::sync::Arc;

use fleet::ids::{CompanyId, CompanyUid, OfferId, SimId};
use fleet::network::{Network, Simulated};
use fleet::operations::worker::{self, Settings};
use fleet::sims::{SimState, SimType};
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use crate::support::{Client, Page, TestApp, test_settings};

/// Meridian IoT with SIMs and the offers *Global* (all types) and *Boards* (soldered only), and
/// its subaccount Clienticity, which has *Global* when a test assigns it.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) meridian: CompanyId,
    pub(crate) clienticity: CompanyId,
    pub(crate) clienticity_uid: CompanyUid,
    pub(crate) global: OfferId,
    pub(crate) boards: OfferId,
    /// An administrator of both.
    pub(crate) ada: Client,
}

/// Fields of a form.
pub(crate) type Form = Vec<(&'static str, String)>;

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(test_settings()).await
    }

    /// One whose portal has other settings.
    pub(crate) async fn with(settings: simyard::app::Settings) -> Self {
        let app = TestApp::start_with(settings).await;
        let (meridian, _) = app.db.company(None, "Meridian IoT");
        let (clienticity, clienticity_uid) = app.db.company(Some(meridian), "Clienticity");
        let ada = app.db.member("ada@meridian.example", meridian, Role::Administrator);
        app.db.run(|conn| testing::member(conn, ada, clienticity, Role::Administrator));
        let all = [SimType::PlugIn, SimType::Mff2, SimType::Euicc];
        let global = app.db.run(|conn| testing::offer(conn, meridian, "Global", &all));
        let boards = app.db.run(|conn| testing::offer(conn, meridian, "Boards", &[SimType::Mff2]));
        let ada = app.sign_in("ada@meridian.example").await;
        Self { app, meridian, clienticity, clienticity_uid, global, boards, ada }
    }

    /// SIMs of Meridian: active and suspended ones are on *Global*.
    pub(crate) fn sims(&self, count: i32, state: SimState) -> Vec<SimId> {
        let in_service = matches!(state, SimState::Active | SimState::Suspended);
        let offer = in_service.then_some(self.global);
        self.app.db.run(|conn| testing::sims(conn, self.meridian, count, state, offer))
    }

    /// Lets the worker do all there is to do.
    pub(crate) async fn work(&self) {
        self.work_on().await;
        let left = "SELECT count(*) AS number FROM operations WHERE state <> 'finished'";
        assert_eq!(self.app.db.run(|conn| testing::number(conn, left)), 0, "unfinished operations");
    }

    /// The same, where something waits and goes on waiting.
    pub(crate) async fn work_on(&self) {
        let pool = self.app.db.pool.clone();
        // Not on this thread: connections of the client that wait for too long are closed.
        tokio::task::spawn_blocking(move || {
            let network: Arc<dyn Network> = Arc::new(Simulated::new(pool.clone()));
            worker::run_until_idle(&pool, &network, &Settings::default()).expect("the worker");
        })
        .await
        .expect("the worker's thread");
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.app.db.run(|conn| testing::number(conn, sql))
    }

    /// How many SIMs `company` has.
    pub(crate) fn owned(&self, company: CompanyId) -> i64 {
        self.number(&format!("SELECT count(*) AS number FROM sims WHERE company_id = {company}"))
    }

    /// The transfer of a list of SIMs to Clienticity.
    pub(crate) fn transfer(&self, sims: &[SimId]) -> Form {
        let mut form = list("transfer", sims);
        form.push(("target", self.clienticity_uid.to_string()));
        form
    }

    /// Transfers every SIM of Meridian to Clienticity, up to the launch.
    pub(crate) async fn launch_transfer_of_all(&self) -> Page {
        let mut form = matching("transfer", "");
        form.push(("target", self.clienticity_uid.to_string()));
        self.ada.post("/operations", &form).await
    }

    /// A person of Meridian in this role, signed in.
    pub(crate) async fn person(&self, email: &str, role: Role) -> Client {
        self.app.db.member(email, self.meridian, role);
        self.app.sign_in(email).await
    }

    /// An administrator of a company that has nothing to do with Meridian, signed in.
    pub(crate) async fn stranger(&self) -> Client {
        let (company, _) = self.app.db.company(None, "Stranger");
        self.app.db.member("sam@stranger.example", company, Role::Administrator);
        self.app.sign_in("sam@stranger.example").await
    }
}

/// The fields of an act on ticked SIMs.
pub(crate) fn list(kind: &str, sims: &[SimId]) -> Form {
    let mut form = vec![("kind", kind.to_owned()), ("selection", "list".to_owned())];
    form.extend(sims.iter().map(|sim| ("sim", sim.to_string())));
    form
}

/// The fields of an act on all SIMs that match a filter.
pub(crate) fn matching(kind: &str, filter: &str) -> Form {
    [("kind", kind), ("selection", "matching"), ("filter", filter)]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
}

/// The number of the operation that an answer says was launched.
pub(crate) fn launched(answer: &Page) -> i64 {
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    let events: serde_json::Value =
        serde_json::from_str(answer.header("hx-trigger")).expect("events as JSON");
    events["operation-launched"]["number"].as_i64().expect("a number")
}

/// The sentence of a preview.
pub(crate) fn preview(page: &Page) -> String {
    page.texts(".preview p").first().cloned().unwrap_or_default()
}

/// The button that launches, and whether it rests.
pub(crate) fn button(page: &Page) -> (String, bool) {
    let words =
        page.texts("button[type=submit]").pop().unwrap_or_else(|| panic!("no button in {}", page.body));
    (words, page.attribute("button[type=submit]", "disabled").is_some())
}
