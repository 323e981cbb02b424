//! Lists of SIMs: sent as a text or a file, shown by the grid, taken along as CSV.

mod details;
mod files;
mod handlers;
mod upload;
mod views;

use fleet::sim_lists::SimList;

use crate::routes::Routes;
use crate::web::display::counted;

pub(crate) use upload::Sent;
pub(crate) use views::{LeftoverGroup, Problem};

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes
        .get("/sim-lists/new", handlers::new)
        .post("/sim-lists", handlers::create)
        .takes_files()
        .dear()
        .get("/sim-details/new", details::new)
        .post("/sim-details", details::create)
        .takes_files()
        .dear()
        .get("/sim-lists/{uid}", handlers::show)
        .get("/sim-lists/{uid}/sims.csv", files::sims)
        .get("/sim-lists/{uid}/leftovers.csv", files::leftovers);
}

/// The address of the grid that shows a list.
pub(crate) fn address(list: &SimList) -> String {
    format!("/fleet?list={}", list.uid)
}

/// What came of making a list: `309 SIMs found, 2 not found in this company, 1 malformed`.
pub(crate) fn summary(list: &SimList) -> String {
    let found = format!("{} found", counted(list.found, "SIM", "SIMs"));
    let others = views::problems(list).map(|(problem, count)| views::words(problem, count));
    let words = (list.passed_over > 0)
        .then(|| format!("{} around them passed over", counted(list.passed_over, "word", "words")));
    std::iter::once(found).chain(others).chain(words).collect::<Vec<_>>().join(", ")
}
