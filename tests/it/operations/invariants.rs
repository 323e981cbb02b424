//! Whatever is launched, in whatever order, on whatever tree of companies: what must hold holds.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};
use fleet::ids::{CompanyId, CompanyUid, OfferId, OperationId, SimId};
use fleet::operations::{self, Act, Again, NewOperation, OperationKind};
use fleet::sims::{Selection, SimFilter, SimState, SimType};
use fleet::tenancy::{CompanyScope, Role};
use fleet::testing;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::fixture::Fleet;

/// How many random histories are tried: always the same ones, and others with another `SIMYARD_HISTORIES_SEED`.
const HISTORIES: u32 = 24;

/// A tree of companies, the SIMs in it, and what is done with them.
#[derive(Debug, Clone)]
struct History {
    /// The parent of each company but the first, as a number before its own.
    parents: Vec<prop::sample::Index>,
    /// Which companies have which of the two offers.
    assigned: Vec<(bool, bool)>,
    /// SIMs for each company.
    sims: Vec<u8>,
    launches: Vec<Launch>,
}

#[derive(Debug, Clone)]
struct Launch {
    company: prop::sample::Index,
    target: prop::sample::Index,
    kind: u8,
    second_offer: bool,
    keep_labels: bool,
    /// All SIMs of the company, or each third of those in the tree, beginning with this one.
    every_third: Option<u8>,
    then: Then,
}

#[derive(Debug, Clone, Copy)]
enum Then {
    /// Something else is launched before it is worked on.
    Wait,
    Work,
    Cancel,
}

fn histories() -> impl Strategy<Value = History> {
    let index = any::<prop::sample::Index>;
    let then = prop_oneof![2 => Just(Then::Wait), 6 => Just(Then::Work), 1 => Just(Then::Cancel)];
    let launch =
        (
            index(),
            index(),
            0_u8..12,
            any::<bool>(),
            any::<bool>(),
            prop::option::weighted(0.4, 0_u8..3),
            then,
        )
            .prop_map(|(company, target, kind, second_offer, keep_labels, every_third, then)| {
                Launch { company, target, kind, second_offer, keep_labels, every_third, then }
            });
    let offers = (prop::bool::weighted(0.8), prop::bool::weighted(0.6));
    (vec(index(), 1..4), vec(offers, 4), vec(3_u8..12, 4), vec(launch, 8..30))
        .prop_map(|(parents, assigned, sims, launches)| History { parents, assigned, sims, launches })
}

/// The companies of a history, made.
struct Tree {
    fleet: Fleet,
    companies: Vec<(CompanyId, CompanyUid)>,
    offers: [OfferId; 2],
}

impl Tree {
    fn plant(history: &History) -> Self {
        let fleet = Fleet::new();
        let conn = &mut **fleet.conn();
        let mut companies = vec![testing::company(conn, None, "Root").unwrap()];
        for (number, parent) in history.parents.iter().enumerate() {
            let parent = parent.get(&companies).0;
            companies.push(testing::company(conn, Some(parent), &format!("Company {number}")).unwrap());
        }
        let root = companies[0].0;
        let offers = [
            testing::offer(conn, root, "All types", SimType::ALL).unwrap(),
            testing::offer(conn, root, "Plug-in only", &[SimType::PlugIn]).unwrap(),
        ];
        for (number, (company, _)) in companies.iter().enumerate() {
            testing::member(conn, fleet.ada, *company, Role::Administrator).unwrap();
            if number > 0 {
                for (offer, wanted) in offers.iter().zip(<[bool; 2]>::from(history.assigned[number])) {
                    if wanted {
                        testing::assign(conn, *offer, root, *company).unwrap();
                    }
                }
            }
            testing::sims(conn, *company, history.sims[number].into(), SimState::Inventory, None).unwrap();
            if number == 0 || history.assigned[number].0 {
                for state in [SimState::Active, SimState::Suspended] {
                    testing::sims(conn, *company, 3, state, Some(offers[0])).unwrap();
                }
            }
        }
        Self { fleet, companies, offers }
    }

    fn play(&self, launch: &Launch) {
        let (_, company) = *launch.company.get(&self.companies);
        let (_, target) = *launch.target.get(&self.companies);
        let (offer, keep_labels) = (self.offers[usize::from(launch.second_offer)], launch.keep_labels);
        let scope = self.fleet.at(company);
        if launch.kind >= 8 {
            return self.play_again(&scope, launch);
        }
        let act = match launch.kind {
            0 | 1 => Act::Transfer { target, keep_labels },
            2 => Act::HandOver { target, offer, keep_labels },
            3 => Act::Activate { offer },
            4 => Act::Suspend,
            5 => Act::Resume,
            6 => Act::ChangeOffer { offer },
            _ => Act::Terminate,
        };
        let selection = launch.every_third.map_or_else(
            || Selection::Matching { filter: SimFilter::default(), except: Vec::new() },
            |first| Selection::Sims(self.every_third(first)),
        );
        self.launch(&scope, &NewOperation::new(act, selection), launch.then);
    }

    /// Retries or recalls an earlier operation of the company, if there is one that has ended.
    fn play_again(&self, scope: &CompanyScope, launch: &Launch) {
        let ended = format!(
            "SELECT string_agg(id::text, ',' ORDER BY id) FROM operations WHERE state = 'finished' AND company_id = {}",
            scope.company_id()
        );
        let ended: Vec<OperationId> =
            self.fleet.ask(&ended).split(',').filter_map(|number| number.parse().ok()).collect();
        if ended.is_empty() {
            return;
        }
        let operation = *launch.target.get(&ended);
        let new = if launch.kind == 8 {
            let Ok(again) = operations::again(&mut self.fleet.conn(), scope, operation) else { return };
            let Some(act) = act_of(&again) else { return };
            NewOperation::new(act, Selection::FailedOf { operation, code: None })
        } else {
            NewOperation::new(Act::Recall { operation }, Selection::ChangedBy { operation })
        };
        self.launch(scope, &new, launch.then);
    }

    fn launch(&self, scope: &CompanyScope, new: &NewOperation, then: Then) {
        let launched = operations::launch(&mut self.fleet.conn(), scope, new);
        // Refused for a reason that the rules have: then nothing has happened.
        let Ok(number) = launched else { return };
        match then {
            Then::Wait => {}
            Then::Cancel => operations::cancel(&mut self.fleet.conn(), scope, number).unwrap(),
            Then::Work => self.work(),
        }
        self.check_busy();
    }

    fn every_third(&self, first: u8) -> Vec<SimId> {
        let sql = format!("SELECT coalesce(string_agg(id::text, ','), '') FROM sims WHERE id % 3 = {first}");
        self.fleet.ask(&sql).split(',').filter_map(|id| id.parse().ok()).collect()
    }

    fn work(&self) {
        self.fleet.work();
        self.check_chain();
    }

    /// A SIM with an unfinished task is in one unfinished operation, and in that alone.
    fn check_busy(&self) {
        let wrong = "SELECT count(*) FROM (SELECT t.sim_id FROM tasks t JOIN operations o ON o.id = t.operation_id \
             WHERE t.state IN ('pending', 'in_progress') GROUP BY t.sim_id \
             HAVING count(*) > 1 OR bool_or(o.state = 'finished')) wrong";
        assert_eq!(self.fleet.ask(wrong), "0", "SIMs that are busy twice, or for nobody");
    }

    /// What one task left is what the next one found, and the last one is what the SIM is now.
    fn check_chain(&self) {
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
             WHERE (one.company, one.state, one.offer) IS DISTINCT FROM (CASE WHEN next.n IS NULL \
                 THEN ROW(sims.company_id, sims.state, sims.offer_id) \
                 ELSE ROW(next.before_company_id, next.before_state, next.before_offer_id) END)";
        assert_eq!(self.fleet.ask(broken), "0", "breaks in the chain of before-images");
    }

    /// What a company sees of a SIM is what happened while the SIM was its own, came or left.
    fn check_sight(&self) {
        #[derive(QueryableByName)]
        struct Happened {
            #[diesel(sql_type = BigInt)]
            sim: SimId,
            #[diesel(sql_type = BigInt)]
            first_company: CompanyId,
            #[diesel(sql_type = BigInt)]
            operation: OperationId,
            #[diesel(sql_type = Nullable<BigInt>)]
            moved_to: Option<CompanyId>,
            #[diesel(sql_type = Bool)]
            moved: bool,
            /// Whose operation it is, and where it takes SIMs from, for a recall.
            #[diesel(sql_type = BigInt)]
            launched_in: CompanyId,
            #[diesel(sql_type = Nullable<BigInt>)]
            source: Option<CompanyId>,
        }
        let all = "SELECT t.sim_id AS sim, t.operation_id AS operation, t.moved_to_company_id AS moved_to, \
                 t.moved_to_company_id IS NOT NULL AS moved, o.company_id AS launched_in, \
                 undone.target_company_id AS source, first_value(t.before_company_id) OVER w AS first_company \
             FROM tasks t JOIN operations o ON o.id = t.operation_id \
             LEFT JOIN operations undone ON undone.id = o.recall_of_id WINDOW w AS (PARTITION BY t.sim_id ORDER BY t.finished_at, t.operation_id) \
             ORDER BY t.sim_id, t.finished_at, t.operation_id";
        let all: Vec<Happened> = diesel::sql_query(all).load(&mut **self.fleet.conn()).unwrap();
        let mut expected: BTreeMap<(i64, i64), BTreeSet<i64>> = BTreeMap::new();
        let mut owners: BTreeMap<i64, i64> = BTreeMap::new();
        for event in &all {
            let owner = owners.entry(event.sim.0).or_insert(event.first_company.0);
            // What another company tried with it in vain is not its business.
            if event.launched_in.0 == *owner || event.source.is_some_and(|source| source.0 == *owner) {
                expected.entry((event.sim.0, *owner)).or_default().insert(event.operation.0);
            }
            if let (true, Some(to)) = (event.moved, event.moved_to) {
                *owner = to.0;
                expected.entry((event.sim.0, to.0)).or_default().insert(event.operation.0);
            }
        }
        for sim in owners.keys() {
            for (company, uid) in &self.companies {
                let scope = self.fleet.at(*uid);
                let page =
                    operations::timeline(&mut self.fleet.conn(), &scope, SimId(*sim), None, 100).unwrap();
                let seen: BTreeSet<i64> = page.rows.iter().map(|event| event.operation.0).collect();
                let right = expected.remove(&(*sim, company.0)).unwrap_or_default();
                assert_eq!(seen, right, "what company {} sees of SIM {sim}", company.0);
            }
        }
        assert!(expected.is_empty(), "SIMs were in companies that the tree does not have: {expected:?}");
    }
}

/// The act of a retry; none for what can't be done again.
fn act_of(again: &Again) -> Option<Act> {
    let keep_labels = again.keep_labels;
    Some(match again.kind {
        OperationKind::Import => return None,
        OperationKind::Transfer => Act::Transfer { target: again.target?, keep_labels },
        OperationKind::HandOver => Act::HandOver { target: again.target?, offer: again.offer?, keep_labels },
        OperationKind::Activate => Act::Activate { offer: again.offer? },
        OperationKind::Suspend => Act::Suspend,
        OperationKind::Resume => Act::Resume,
        OperationKind::ChangeOffer => Act::ChangeOffer { offer: again.offer? },
        OperationKind::Terminate => Act::Terminate,
        OperationKind::Recall => Act::Recall { operation: again.recalls? },
    })
}

#[test]
fn whatever_is_launched_the_invariants_hold() {
    let config =
        Config { cases: HISTORIES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let kinds = RefCell::new(BTreeSet::new());
    let seed =
        std::env::var("SIMYARD_HISTORIES_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u8);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let outcome = TestRunner::new_with_rng(config, rng).run(&histories(), |history| {
        let tree = Tree::plant(&history);
        for launch in &history.launches {
            tree.play(launch);
        }
        tree.work();
        tree.check_sight();
        let done = "SELECT string_agg(DISTINCT kind::text, ',') FROM operations o JOIN tasks t ON t.operation_id = o.id \
             WHERE t.state = 'success'";
        kinds.borrow_mut().extend(tree.fleet.ask(done).split(',').map(str::to_owned));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    for kind in
        ["transfer", "hand_over", "activate", "suspend", "resume", "change_offer", "terminate", "recall"]
    {
        assert!(kinds.borrow().contains(kind), "no {kind} has ever succeeded: {kinds:?}");
    }
}

#[test]
#[should_panic(expected = "breaks in the chain")]
fn a_sim_changed_behind_the_engines_back_is_noticed() {
    let fleet = Fleet::new();
    fleet.load(fleet.meridian, 3);
    fleet.transfer_all();
    let (tree, offers) = (fleet.id(fleet.clienticity), [fleet.global, fleet.cards]);
    let tree = Tree { companies: vec![(tree, fleet.clienticity)], offers, fleet };
    tree.check_chain();
    tree.fleet.run("UPDATE sims SET state = 'retired' WHERE id = (SELECT max(id) FROM sims)");
    tree.check_chain();
}
