//! What must hold, whatever was launched.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};
use fleet::ids::{CompanyId, OperationId, SimId};
use fleet::operations::{self, TimelineFilter};

use super::tree::Tree;

impl Tree {
    /// A SIM with an unfinished task is in one unfinished operation, and in that alone.
    pub(super) fn check_busy(&self) {
        let wrong = "SELECT count(*) FROM (SELECT t.sim_id FROM tasks t JOIN operations o ON o.id = t.operation_id \
             WHERE t.state IN ('pending', 'in_progress') GROUP BY t.sim_id \
             HAVING count(*) > 1 OR bool_or(o.state = 'finished')) wrong";
        assert_eq!(self.fleet.ask(wrong), "0", "SIMs that are busy twice, or for nobody");
    }

    /// What one task left is what the next one found, and the last one is what the SIM is now.
    pub(super) fn check_chain(&self) {
        let broken = "WITH images AS ( \
                 SELECT t.sim_id, t.before_company_id, t.before_state, t.before_offer_id, \
                     coalesce(t.moved_to_company_id, t.before_company_id) AS company, \
                     CASE WHEN t.state <> 'success' THEN t.before_state ELSE CASE o.kind \
                         WHEN 'activate' THEN 'active' WHEN 'hand_over' THEN 'active' WHEN 'resume' THEN 'active' \
                         WHEN 'suspend' THEN 'suspended' WHEN 'terminate' THEN 'retired' \
                         WHEN 'recall' THEN former.before_state \
                         ELSE t.before_state END END AS state, \
                     CASE WHEN t.state <> 'success' THEN t.before_offer_id ELSE CASE o.kind \
                         WHEN 'activate' THEN o.offer_id WHEN 'hand_over' THEN o.offer_id \
                         WHEN 'change_offer' THEN o.offer_id WHEN 'terminate' THEN NULL \
                         WHEN 'recall' THEN former.before_offer_id \
                         ELSE t.before_offer_id END END AS offer, \
                     row_number() OVER w AS n \
                 FROM tasks t JOIN operations o ON o.id = t.operation_id \
                 LEFT JOIN tasks former ON former.operation_id = o.recall_of_id AND former.sim_id = t.sim_id \
                 WHERE t.state = 'success' OR t.moved_to_company_id IS NOT NULL \
                 WINDOW w AS (PARTITION BY t.sim_id ORDER BY t.finished_at, t.operation_id)) \
             SELECT count(*) FROM images one JOIN sims ON sims.id = one.sim_id \
             LEFT JOIN images next ON next.sim_id = one.sim_id AND next.n = one.n + 1 \
             WHERE (one.company, one.state::text, one.offer) IS DISTINCT FROM (CASE WHEN next.n IS NULL \
                 THEN ROW(sims.company_id, sims.state::text, sims.offer_id) \
                 ELSE ROW(next.before_company_id, next.before_state::text, next.before_offer_id) END)";
        assert_eq!(self.fleet.ask(broken), "0", "breaks in the chain of before-images");
    }

    /// What a company sees of a SIM is what happened while the SIM was its own, came or left.
    pub(super) fn check_sight(&self) {
        #[derive(QueryableByName)]
        struct Happened {
            #[diesel(sql_type = BigInt)]
            sim: SimId,
            #[diesel(sql_type = BigInt)]
            operation: OperationId,
            #[diesel(sql_type = Nullable<BigInt>)]
            moved_to: Option<CompanyId>,
            #[diesel(sql_type = Bool)]
            in_vain: bool,
            /// The company that its task found the SIM in.
            #[diesel(sql_type = BigInt)]
            found_in: CompanyId,
            /// Whose operation it is, and where it takes SIMs from, for a recall.
            #[diesel(sql_type = BigInt)]
            launched_in: CompanyId,
            #[diesel(sql_type = Nullable<BigInt>)]
            source: Option<CompanyId>,
        }
        let all = "SELECT t.sim_id AS sim, t.operation_id AS operation, t.moved_to_company_id AS moved_to, \
                 t.moved_to_company_id IS NULL AND t.state = 'failure' AS in_vain, \
                 t.before_company_id AS found_in, o.company_id AS launched_in, \
                 undone.target_company_id AS source \
             FROM tasks t JOIN operations o ON o.id = t.operation_id \
             LEFT JOIN operations undone ON undone.id = o.recall_of_id \
             ORDER BY t.sim_id, t.finished_at, t.operation_id";
        let all: Vec<Happened> = diesel::sql_query(all).load(&mut **self.fleet.conn()).unwrap();
        let mut expected: BTreeMap<(i64, i64), BTreeSet<i64>> = BTreeMap::new();
        let mut owners: BTreeMap<i64, i64> = BTreeMap::new();
        for event in &all {
            // What is tried with a SIM in vain may find it on its way: moved by another operation, which ends later.
            let then = match owners.get(&event.sim.0) {
                Some(owner) if !event.in_vain => *owner,
                _ => event.found_in.0,
            };
            // What another company tried with it in vain is not its business.
            if event.launched_in.0 == then || event.source.is_some_and(|source| source.0 == then) {
                expected.entry((event.sim.0, then)).or_default().insert(event.operation.0);
            }
            if let Some(to) = event.moved_to {
                owners.insert(event.sim.0, to.0);
                expected.entry((event.sim.0, to.0)).or_default().insert(event.operation.0);
            }
        }
        for sim in all.iter().map(|event| event.sim.0).collect::<BTreeSet<_>>() {
            for (company, uid) in &self.companies {
                let scope = self.fleet.at(*uid);
                let page = operations::timeline(
                    &mut self.fleet.conn(),
                    &scope,
                    SimId(sim),
                    &TimelineFilter::default(),
                    None,
                    100,
                )
                .unwrap();
                let seen: BTreeSet<i64> = page.rows.iter().map(|event| event.operation.0).collect();
                let right = expected.remove(&(sim, company.0)).unwrap_or_default();
                assert_eq!(seen, right, "what company {} sees of SIM {sim}", company.0);
            }
        }
        assert!(expected.is_empty(), "SIMs were in companies that the tree does not have: {expected:?}");
    }

    /// Each operation begins in its time, and answers for every SIM that it was launched on unless it was cancelled;
    /// one that was not allowed to begin has done nothing.
    pub(super) fn check_beginnings(&self) {
        let unanswered = "SELECT count(*) FROM operations o WHERE o.state = 'finished' AND o.cancelled_at IS NULL \
             AND (SELECT count(*) FROM tasks t WHERE t.operation_id = o.id) \
                 <> CASE WHEN o.not_started_because IS NULL THEN o.selected ELSE 0 END";
        assert_eq!(self.fleet.ask(unanswered), "0", "SIMs without an answer");
        let early = "SELECT count(*) FROM operations o \
             LEFT JOIN operations first ON first.id = o.after_id \
             LEFT JOIN operation_companies c ON c.operation_id = first.id AND c.company_id = first.company_id \
             WHERE o.started_at < o.scheduled_for OR (o.started_at IS NOT NULL AND o.after_id IS NOT NULL \
                 AND (first.finished_at > o.started_at OR c.failure + c.cancelled > 0 OR c.success = 0))";
        assert_eq!(
            self.fleet.ask(early),
            "0",
            "operations that began too early, or after one that had not succeeded"
        );
    }
}
