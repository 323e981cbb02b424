//! All of a person's accounts below a main account at once: the grid, and operations on the mix.

mod exports;
mod grid;
mod isolation;
mod launching;
mod plans;
mod statements;

use fleet::ids::{CompanyId, CompanyUid, SimId};
use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;

use crate::operation_screens::fixture::{Form, World, list, matching};
use crate::support::{Client, Page};

/// Meridian IoT and Clienticity, of which Ada is an administrator; Northwind, of which she is a viewer; and Secretive,
/// which is none of her business. All of them are one tree.
struct Tree {
    world: World,
    meridian_uid: CompanyUid,
    northwind: CompanyId,
    northwind_uid: CompanyUid,
    secretive: CompanyId,
    secretive_uid: CompanyUid,
}

impl Tree {
    async fn new() -> Self {
        let world = World::new().await;
        let db = &world.app.db;
        let (northwind, northwind_uid) = db.company(Some(world.clienticity), "Northwind");
        let (secretive, secretive_uid) = db.company(Some(world.meridian), "Secretive");
        let ada = user(&world, "ada@meridian.example");
        db.run(|conn| testing::member(conn, ada, northwind, Role::Viewer));
        for company in [world.clienticity, northwind, secretive] {
            db.run(|conn| testing::assign(conn, world.global, world.meridian, company));
        }
        let meridian_uid = uid_of(&world, world.meridian);
        Self { world, meridian_uid, northwind, northwind_uid, secretive, secretive_uid }
    }

    /// SIMs of a company, on *Global* where they are in service.
    fn sims(&self, company: CompanyId, count: i32, state: SimState) -> Vec<SimId> {
        let in_service = matches!(state, SimState::Active | SimState::Suspended);
        let offer = in_service.then_some(self.world.global);
        self.world.app.db.run(|conn| testing::sims(conn, company, count, state, offer))
    }

    fn ada(&self) -> &Client {
        &self.world.ada
    }

    fn set_role(&self, company: CompanyId, role: Option<Role>) {
        let ada = user(&self.world, "ada@meridian.example");
        self.world.app.db.run(|conn| {
            testing::no_member(conn, ada, company)?;
            role.map_or(Ok(()), |role| testing::member(conn, ada, company, role))
        });
    }

    /// What the preview says to do, as the dialog then sends it.
    async fn previewed(&self, mut form: Form) -> (Page, Form) {
        let page = self.ada().post("/tree/preview", &form).await;
        form.extend(page.attributes("input[name=into]", "value").into_iter().map(|uid| ("into", uid)));
        (page, form)
    }

    fn operations(&self) -> i64 {
        self.world.number("SELECT count(*) AS number FROM operations")
    }
}

fn user(world: &World, email: &str) -> fleet::ids::UserId {
    fleet::ids::UserId(world.number(&format!("SELECT id AS number FROM users WHERE email = '{email}'")))
}

fn uid_of(world: &World, company: CompanyId) -> CompanyUid {
    let mut conn = world.app.db.connect();
    let sql = format!("SELECT uid FROM companies WHERE id = {company}");
    crate::support::TestDb::ask(&mut conn, &sql).parse().expect("a public id")
}

/// The fields of an act on ticked SIMs of all accounts.
fn ticked(kind: &str, sims: &[SimId]) -> Form {
    let mut form = list(kind, sims);
    form.push(("filter", "tree=1".to_owned()));
    form
}

/// The fields of an act on all SIMs of all accounts that match.
fn all(kind: &str, filter: &str) -> Form {
    matching(kind, &format!("{filter}&tree=1"))
}

/// The rows of a table, each as the texts of its cells.
fn rows(page: &Page, columns: usize) -> Vec<Vec<String>> {
    let cells: Vec<String> = page.texts("tbody tr > *");
    cells.chunks(columns).map(<[String]>::to_vec).collect()
}

/// The numbers of the operations that an answer says were launched.
fn launched(answer: &Page) -> Vec<i64> {
    assert_eq!(answer.status, 204, "{}", answer.body);
    let events: serde_json::Value = serde_json::from_str(answer.header("hx-trigger")).expect("JSON");
    let numbers = events["operation-launched"]["numbers"].as_array().expect("numbers");
    numbers.iter().map(|number| number.as_i64().expect("a number")).collect()
}
