//! A tree of companies, and what is launched in it.

use fleet::ids::{CompanyId, CompanyUid, OfferId, OperationId, SimId};
use fleet::operations::{self, Act, Again, Conduct, NewOperation, OperationKind, PauseRule, Start};
use fleet::sims::{Selection, SimFilter, SimState, SimType};
use fleet::tenancy::{CompanyScope, Role};
use fleet::testing;

use super::super::fixture::Fleet;
use super::super::schedule::tomorrow;
use super::{Begin, History, Launch, Then, Which};

/// The companies of a history, made.
pub(super) struct Tree {
    pub(super) fleet: Fleet,
    pub(super) companies: Vec<(CompanyId, CompanyUid)>,
    pub(super) offers: [OfferId; 2],
}

impl Tree {
    pub(super) fn plant(history: &History) -> Self {
        let mut fleet = Fleet::new();
        let (refused, unanswered, seed) = history.network;
        let share = |percent: u8| f64::from(percent) / 100.0;
        fleet.network =
            fleet.network.clone().failure_rate(share(refused)).unreachable_rate(share(unanswered));
        fleet.network = fleet.network.clone().seed(seed);
        // Few in a step, so that something is left to begin when it pauses.
        fleet.settings.step = 7;
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

    pub(super) fn play(&self, launch: &Launch) {
        let (_, company) = *launch.company.get(&self.companies);
        let (_, target) = *launch.target.get(&self.companies);
        let (offer, keep_labels) = (self.offers[usize::from(launch.second_offer)], launch.keep_labels);
        let scope = self.fleet.at(company);
        if launch.kind >= 8 {
            return self.play_again(&scope, launch);
        }
        let (act, state) = match launch.kind {
            0 | 1 => (Act::Transfer { target, keep_labels }, None),
            2 => (Act::HandOver { target, offer, keep_labels }, Some(SimState::Inventory)),
            3 => (Act::Activate { offer }, Some(SimState::Inventory)),
            4 => (Act::Suspend, Some(SimState::Active)),
            5 => (Act::Resume, Some(SimState::Suspended)),
            6 => (Act::ChangeOffer { offer }, Some(SimState::Active)),
            _ => (Act::Terminate, Some(SimState::Active)),
        };
        let matching = |states| Selection::Matching {
            filter: SimFilter { states, ..SimFilter::default() },
            except: Vec::new(),
        };
        let selection = match launch.which {
            Which::All => matching(Vec::new()),
            Which::Fitting => matching(state.into_iter().collect()),
            Which::EveryThird(first) => Selection::Sims(self.every_third(first)),
        };
        self.launch(&scope, NewOperation::new(act, selection), launch);
    }

    /// Retries or recalls an earlier operation of the company, if there is one that has ended.
    fn play_again(&self, scope: &CompanyScope, launch: &Launch) {
        let ended = self.numbers(&format!("state = 'finished' AND company_id = {}", scope.company_id()));
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
        self.launch(scope, new, launch);
    }

    fn launch(&self, scope: &CompanyScope, new: NewOperation, launch: &Launch) {
        let unfinished =
            self.numbers(&format!("state <> 'finished' AND company_id = {}", scope.company_id()));
        let start = match (launch.begin, unfinished.last()) {
            (Begin::Later, _) => tomorrow().start,
            (Begin::Follow, Some(first)) => Start::After(*first),
            (Begin::Now | Begin::Follow, _) => Start::Now,
        };
        let pause = launch.pause.map_or_else(PauseRule::default, PauseRule::Failures);
        let new = NewOperation { conduct: Conduct { start, pause }, ..new };
        let launched = operations::launch(&mut self.fleet.conn(), scope, &new);
        // Refused for a reason that the rules have: then nothing has happened.
        let Ok(number) = launched else { return };
        match launch.then {
            Then::Wait => {}
            Then::Cancel => operations::cancel(&mut self.fleet.conn(), scope, number).unwrap(),
            Then::Work => self.work(),
            Then::TimeComesAndGoOn => {
                self.time_comes();
                self.resume_paused();
                self.work();
            }
            Then::GiveUp => {
                self.cancel_paused();
                self.work();
            }
        }
        self.check_busy();
    }

    fn numbers(&self, condition: &str) -> Vec<OperationId> {
        let sql = format!("SELECT string_agg(id::text, ',' ORDER BY id) FROM operations WHERE {condition}");
        self.fleet.ask(&sql).split(',').filter_map(|number| number.parse().ok()).collect()
    }

    fn time_comes(&self) {
        self.fleet.run("UPDATE operations SET scheduled_for = now() - interval '1 second' WHERE state = 'scheduled' AND scheduled_for > now()");
    }

    /// The paused operations of each company, with somebody who may do something about them.
    fn paused(&self) -> Vec<(CompanyScope, OperationId)> {
        let of = |(company, uid): &(CompanyId, CompanyUid)| {
            let paused = self.numbers(&format!("state = 'paused' AND company_id = {company}"));
            paused.into_iter().map(|number| (self.fleet.at(*uid), number)).collect::<Vec<_>>()
        };
        self.companies.iter().flat_map(of).collect()
    }

    fn resume_paused(&self) {
        for (scope, number) in self.paused() {
            operations::resume(&mut self.fleet.conn(), &scope, number).unwrap();
        }
    }

    fn cancel_paused(&self) {
        for (scope, number) in self.paused() {
            operations::cancel(&mut self.fleet.conn(), &scope, number).unwrap();
        }
    }

    /// Lets all that waits begin, and all that is paused go on but for one at a time, until everything has ended.
    pub(super) fn end(&self) {
        self.time_comes();
        self.work();
        while let Some((scope, number)) = self.paused().pop() {
            operations::cancel(&mut self.fleet.conn(), &scope, number).unwrap();
            self.resume_paused();
            self.work();
        }
        self.fleet.check_nothing_left();
        self.check_beginnings();
        self.check_sight();
    }

    fn every_third(&self, first: u8) -> Vec<SimId> {
        let sql = format!("SELECT coalesce(string_agg(id::text, ','), '') FROM sims WHERE id % 3 = {first}");
        self.fleet.ask(&sql).split(',').filter_map(|id| id.parse().ok()).collect()
    }

    fn work(&self) {
        self.fleet.work_on();
        self.check_chain();
    }
}

/// The act of a retry; none for what can't be done again.
fn act_of(again: &Again) -> Option<Act> {
    let keep_labels = again.keep_labels;
    Some(match again.kind {
        OperationKind::Import | OperationKind::Edit => return None,
        OperationKind::Transfer => Act::Transfer { target: again.target?, keep_labels },
        OperationKind::HandOver => Act::HandOver { target: again.target?, offer: again.offer?, keep_labels },
        OperationKind::Activate => Act::Activate { offer: again.offer? },
        OperationKind::Suspend => Act::Suspend,
        OperationKind::Resume => Act::Resume,
        OperationKind::ChangeOffer => Act::ChangeOffer { offer: again.offer? },
        OperationKind::Terminate => Act::Terminate,
        OperationKind::Recall => Act::Recall { operation: again.recalls? },
        OperationKind::Reconcile => Act::Reconcile,
        OperationKind::Mend => Act::Mend,
    })
}
