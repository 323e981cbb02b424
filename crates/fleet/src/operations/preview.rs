//! Preview: what an operation would do, counted by the same rules that it is run by.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};

use super::FailureCode;
use super::act::{self, NewOperation, Order};
use super::again;
use super::changes::Edit;
use super::failure::Reason;
use super::over_selection::OverSelection;
use super::recall::Undone;
use super::{OperationKind, kinds};
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::labels;
use crate::sims::{Selection, SimQuery, SimState};
use crate::tenancy::CompanyScope;

/// What an operation would do if it were launched now.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The kind of operation.
    pub kind: OperationKind,
    /// The name of the company that SIMs would go to.
    pub target: Option<String>,
    /// The name of the offer that SIMs would go on.
    pub offer: Option<String>,
    /// What would be undone, for a recall.
    pub undone: Option<Undone>,
    /// What would be changed, for an edit.
    pub edit: Option<Edit>,
    /// Whether the offer would be assigned to the target first.
    pub assigns_offer: bool,
    /// Whether labels that go along may find no room in the target: SIMs that have one of these would stay.
    pub may_lack_labels: bool,
    /// How many SIMs would change.
    pub will_change: i64,
    /// How many SIMs would not, grouped by the reason, the largest group first.
    pub will_not: Vec<PreviewGroup>,
}

/// SIMs that would not change, for one reason.
#[derive(Debug, Clone)]
pub struct PreviewGroup {
    /// The reason.
    pub code: FailureCode,
    /// How many SIMs.
    pub sims: i64,
    /// The reason in plain words.
    pub sentence: String,
    /// What can be done about it, if anything.
    pub remedy: Option<String>,
    /// The state that they are all in, where the state is the reason.
    pub state: Option<SimState>,
    /// The state that they were in before the operation that is to be undone, where the state is the reason.
    pub was: Option<SimState>,
    /// The operation that they are all in, where that is the reason.
    pub blocking: Option<OperationId>,
}

impl Preview {
    /// How many SIMs are selected.
    pub fn total(&self) -> i64 {
        self.will_change + self.will_not()
    }

    /// What may become of some that would change, as far as it can't be counted before.
    pub fn caution(&self) -> Option<String> {
        let target = self.target.as_ref().filter(|_| self.may_lack_labels)?;
        Some(format!(
            "{target} may have no room for some of the labels: a company has at most 1,000. SIMs with such a label stay, and say so."
        ))
    }

    /// How many SIMs would not change.
    pub fn will_not(&self) -> i64 {
        self.will_not.iter().map(|group| group.sims).sum()
    }
}

#[derive(QueryableByName)]
struct Group {
    #[diesel(sql_type = Nullable<crate::schema::sql_types::FailureCode>)]
    code: Option<FailureCode>,
    #[diesel(sql_type = Nullable<crate::schema::sql_types::SimState>)]
    state: Option<SimState>,
    #[diesel(sql_type = Nullable<crate::schema::sql_types::SimState>)]
    was: Option<SimState>,
    #[diesel(sql_type = Nullable<BigInt>)]
    blocking: Option<OperationId>,
    #[diesel(sql_type = BigInt)]
    sims: i64,
}

/// The most operations that are named as the reason why SIMs are busy.
const NAMED_OPERATIONS: usize = 3;

/// With many operations in the way, says only that there are some.
fn fold_busy(groups: Vec<Group>) -> Vec<Group> {
    let (busy, mut others): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| group.code == Some(FailureCode::Busy));
    if busy.len() <= NAMED_OPERATIONS {
        others.extend(busy);
    } else {
        let sims = busy.iter().map(|group| group.sims).sum();
        others.push(Group { code: Some(FailureCode::Busy), state: None, was: None, blocking: None, sims });
    }
    others.sort_by_key(|group| std::cmp::Reverse(group.sims));
    others
}

/// Says what `new` would do. The errors are those of [`launch()`](super::launch()).
pub fn preview(conn: &mut PgConnection, scope: &CompanyScope, new: &NewOperation) -> Result<Preview> {
    let order = check(conn, scope, new)?;
    let query = judged(&order, &new.selection)?.sql(
        "SELECT code, CASE WHEN code = 'wrong_state' THEN state END AS state, \
                    CASE WHEN code = 'wrong_state' THEN was END AS was, \
                    CASE WHEN code = 'busy' THEN operation_id END AS blocking, count(*) AS sims \
             FROM judged GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    );
    let groups: Vec<Group> = new.selection.reading(conn, |conn| query.load(conn))?;
    let groups = fold_busy(groups);
    let may_lack_labels = match order.target_id() {
        Some(target) if order.keep_labels => labels::may_lack_room(conn, scope, target)?,
        _ => false,
    };
    let target = order.target.as_ref().map(|target| target.name.clone());
    let offer = order.offer.as_ref().map(|(_, name)| name.clone());
    let source = order.undone.as_ref().and_then(|undone| undone.source.as_deref());
    let will_not = groups
        .iter()
        .filter_map(|group| {
            let reason = Reason {
                target: target.as_deref().or(source),
                undone: order.undone_kind(),
                offer: offer.as_deref(),
                ..Reason::new(order.kind, group.code?)
            };
            Some(PreviewGroup {
                code: reason.code,
                sims: group.sims,
                sentence: reason.sentence(),
                remedy: reason.remedy(),
                state: group.state,
                was: group.was,
                blocking: group.blocking,
            })
        })
        .collect();
    Ok(Preview {
        kind: order.kind,
        target,
        offer,
        assigns_offer: order.assigns_offer,
        edit: order.edit,
        undone: order.undone,
        may_lack_labels,
        will_change: groups.iter().find(|group| group.code.is_none()).map_or(0, |group| group.sims),
        will_not,
    })
}

/// Whether `new` would change any SIM: what a launch must know, and known sooner than how many it would be.
///
/// The errors are those of [`launch()`](super::launch()).
pub fn would_change_any(conn: &mut PgConnection, scope: &CompanyScope, new: &NewOperation) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Any {
        #[diesel(sql_type = Bool)]
        any: bool,
    }
    let order = check(conn, scope, new)?;
    let sql = "SELECT EXISTS (SELECT FROM judged WHERE code IS NULL) AS any";
    let query = judged(&order, &new.selection)?.sql(sql);
    let answer: Any = new.selection.reading(conn, |conn| query.get_result(conn))?;
    Ok(answer.any)
}

fn check(conn: &mut PgConnection, scope: &CompanyScope, new: &NewOperation) -> Result<Order> {
    let order = act::check(conn, scope, &new.act)?;
    again::check(conn, scope, &new.act, &new.selection)?;
    new.selection.check(conn, scope)?;
    Ok(order)
}

/// The beginning of a statement over `judged`: the selected SIMs, each with the reason why it would
/// not change, if there is one, and the operation that it is busy in.
pub(super) fn judged(order: &Order, selection: &Selection) -> Result<OverSelection<SimQuery>> {
    let kind = kinds::of(order.kind, order.undone_kind())
        .ok_or_else(|| Error::Internal("no rules for this kind".to_owned()))?;
    let statement = OverSelection::new(selection.query(order.company))
        .sql(", ")
        .sql(kinds::ACT)
        .sql("(SELECT ")
        .number(order.company.0)
        .sql(" AS company_id, ")
        .number(order.target_id().map(|id| id.0))
        .sql(" AS target_company_id, ")
        .number(order.offer_id().map(|id| id.0))
        .sql(" AS offer_id, false AS keep_labels, ")
        .number(order.recall_of().map(|id| id.0))
        .sql(format!(
            " AS recall_of_id, '{}'::jsonb AS changes",
            order.edit.as_ref().map(Edit::labels_as_json).unwrap_or_default()
        ))
        .sql(
            ") o) \
              , judged AS (SELECT sims.id, sims.iccid, sims.company_id, sims.state, \
                  CASE WHEN sims.company_id = act.company_id THEN busy.operation_id END AS operation_id, ",
        )
        .sql(if order.undone.is_some() { "was.before_state" } else { "NULL::sim_state" })
        .sql(" AS was, coalesce((")
        .sql(kind.verdict)
        .sql(
            "), CASE WHEN busy.sim_id IS NOT NULL THEN 'busy' END)::failure_code AS code \
              FROM chosen AS sims CROSS JOIN act",
        );
    // All at once: the planner knows how to join so many.
    let statement = match order.recall_of() {
        Some(undone) => statement
            .sql(" LEFT JOIN tasks was ON was.sim_id = sims.id AND was.operation_id = ")
            .number(undone.0),
        None => statement,
    };
    Ok(statement
        .sql(" LEFT JOIN tasks busy ON busy.sim_id = sims.id AND busy.state IN ('pending', 'in_progress')) "))
}
