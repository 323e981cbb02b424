//! What the dialogs of lists show.

use askama::Template;
use diesel::PgConnection;
use fleet::custom_fields::Field;
use fleet::ids::SimListUid;
use fleet::sim_lists::{self, Leftover, Member, SimList, SimListProblem};
use fleet::tenancy::{CompanyScope, Permission};

use crate::web::display::count;
use crate::web::forms::FieldErrors;

/// The most entries of each problem that are shown; the CSV has them all.
const LISTED: i64 = 100;

/// The dialog that makes a list.
#[derive(Template)]
#[template(path = "sim_lists/new.html")]
pub struct New {
    /// Whether the person may edit SIMs.
    pub may_edit: bool,
}

/// The dialog that takes a file with details.
#[derive(Template)]
#[template(path = "sim_lists/new_details.html")]
pub struct NewDetails {
    /// The custom fields of the company.
    pub fields: Vec<Field>,
}

impl NewDetails {
    /// The names of the columns that a file may have, in words.
    fn choices(&self) -> String {
        let mut names: Vec<_> = ["name", "note"].map(|name| format!("“{name}”")).into();
        names.extend(self.fields.iter().map(|field| format!("“{}”", field.name)));
        let last = names.pop().unwrap_or_default();
        format!("{} or {last}", names.join(", "))
    }
}

/// What is wrong with what was sent.
#[derive(Template)]
#[template(
    source = "{% import \"shared/forms.html\" as forms %}{{ forms::problem(self.sentence()) }}",
    ext = "html"
)]
pub struct Problem {
    /// What the domain refused.
    pub errors: FieldErrors,
}

impl Problem {
    fn sentence(&self) -> &str {
        let about_list = self.errors.of("identifiers");
        if about_list.is_empty() { self.errors.of("") } else { about_list }
    }
}

/// The dialog that tells what came of making a list.
#[derive(Template)]
#[template(path = "sim_lists/show.html")]
pub struct Show {
    /// The list.
    pub list: SimList,
    /// The first SIMs of it.
    pub sims: Vec<Member>,
    /// What is no SIM of it.
    pub groups: Vec<LeftoverGroup>,
    /// Whether the person may take the SIMs out as a file.
    pub may_export: bool,
}

impl Show {
    pub(super) fn read(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        uid: SimListUid,
    ) -> fleet::Result<Self> {
        let list = sim_lists::find(conn, scope, uid)?;
        let sims = sim_lists::sims(conn, scope, uid, "", LISTED)?;
        let groups = LeftoverGroup::read(conn, scope, &list)?;
        Ok(Self { list, sims, groups, may_export: scope.allows(Permission::SimsExport) })
    }

    /// How many more SIMs there are than are shown. Some may have left the company since.
    fn more(&self) -> i32 {
        let shown = i32::try_from(self.sims.len()).unwrap_or(i32::MAX);
        if i64::from(shown) < LISTED { 0 } else { self.list.found - shown }
    }
}

/// Entries of a list that are no SIM of it, for one reason.
#[derive(Debug)]
pub(crate) struct LeftoverGroup {
    problem: SimListProblem,
    total: i32,
    list: SimListUid,
    pub(crate) entries: Vec<Leftover>,
}

impl LeftoverGroup {
    /// Those that are not empty, each with its first entries.
    pub(crate) fn read(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        list: &SimList,
    ) -> fleet::Result<Vec<Self>> {
        problems(list)
            .map(|(problem, total)| {
                let entries = sim_lists::leftovers(conn, scope, list.uid, Some(problem), None, LISTED)?;
                Ok(Self { problem, total, entries, list: list.uid })
            })
            .collect()
    }

    /// `2 not found in this company`.
    pub(crate) fn words(&self) -> String {
        words(self.problem, self.total)
    }

    /// All of them, as a file.
    pub(crate) fn file(&self) -> String {
        format!("/sim-lists/{}/leftovers.csv?problem={}", self.list, self.problem)
    }

    /// How many more there are than are shown.
    pub(crate) fn more(&self) -> i32 {
        self.total - i32::try_from(self.entries.len()).unwrap_or(i32::MAX)
    }
}

/// The problems of a list, with how many entries have each.
pub(super) fn problems(list: &SimList) -> impl Iterator<Item = (SimListProblem, i32)> {
    let all = SimListProblem::ALL.iter().map(|problem| (*problem, list.with(*problem)));
    all.filter(|(_, count)| *count > 0)
}

pub(super) fn words(problem: SimListProblem, entries: i32) -> String {
    format!("{} {}", count(entries), problem.label())
}
