//! The grid: filters, order, pages, and what it must not show.

use fleet::ids::{CompanyId, SimId};
use fleet::sims::{SimState, SimType};
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use crate::support::{Client, Page, TestApp};

/// Meridian with 30 SIMs in Inventory, 20 Active and 10 Suspended; Stranger with 5.
struct World {
    app: TestApp,
    meridian: CompanyId,
    stranger: CompanyId,
    ada: Client,
    inventory: Vec<SimId>,
    active: Vec<SimId>,
}

async fn world() -> World {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian");
    let (stranger, _) = app.db.company(None, "Stranger");
    app.db.member("ada@meridian.example", meridian, Role::Operator);
    let (inventory, active) = app.db.run(|conn| {
        let offer = testing::offer(conn, meridian, "Global", SimType::ALL)?;
        let inventory = testing::sims(conn, meridian, 30, SimState::Inventory, None)?;
        let active = testing::sims(conn, meridian, 20, SimState::Active, Some(offer))?;
        testing::sims(conn, meridian, 10, SimState::Suspended, Some(offer))?;
        testing::sims(conn, stranger, 5, SimState::Inventory, None)?;
        Ok((inventory, active))
    });
    let ada = app.sign_in("ada@meridian.example").await;
    World { app, meridian, stranger, ada, inventory, active }
}

impl World {
    fn sql(&self, sql: &str) {
        self.app.db.run(|conn| {
            diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
            Ok(())
        });
    }
}

fn iccids(page: &Page) -> Vec<String> {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.texts("a[data-row-link]")
}

#[actix_web::test]
async fn the_grid_shows_the_sims_of_the_company_alone() {
    let world = world().await;
    let page = world.ada.get("/fleet?size=100").await;
    assert_eq!(iccids(&page).len(), 60);
    assert_eq!(page.texts("h1"), ["Connectivity Portal"]);
    let chips = page.texts(".chip");
    for chip in ["Inventory 30", "Active 20", "Suspended 10", "Retired 0"] {
        assert!(chips.iter().any(|text| text == chip), "{chip} in {chips:?}");
    }
}
