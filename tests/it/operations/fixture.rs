//! A small tree of companies with people, offers and SIMs, and a worker that works at once.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use fleet::db::Pool;
use fleet::ids::{CompanyId, CompanyUid, OfferId, OperationId, SimId, UserId};
use fleet::network::{Network, Simulated};
use fleet::operations::worker::{self, Settings};
use fleet::operations::{self, Act, Conduct, Counters, NewOperation, Operation, Outcome};
use fleet::sims::{Selection, SimFilter};
use fleet::tenancy::{self, CompanyScope, Role};
use fleet::testing;

use crate::support::TestDb;

/// Meridian, its subaccount Clienticity, below that Depot; and Stranger, a tree of its own.
///
/// Ada administrates all of Meridian's tree. Meridian has the offers *Global* (all types) and
/// *Cards* (plug-in only); Clienticity has *Global*.
pub(crate) struct Fleet {
    pub(crate) database: TestDb,
    pub(crate) pool: Pool,
    pub(crate) meridian: CompanyUid,
    pub(crate) clienticity: CompanyUid,
    pub(crate) depot: CompanyUid,
    pub(crate) stranger: CompanyUid,
    pub(crate) ada: UserId,
    pub(crate) sam: UserId,
    pub(crate) global: OfferId,
    pub(crate) cards: OfferId,
    pub(crate) settings: Settings,
    pub(crate) network: Simulated,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

impl Fleet {
    pub(crate) fn new() -> Self {
        Self::on(TestDb::new())
    }

    /// The same in a database that has been made already, which is empty.
    pub(crate) fn on(database: TestDb) -> Self {
        let pool = database.pool.clone();
        let conn = &mut *pool.get().unwrap();
        let (meridian_id, meridian) = company(conn, None, "Meridian");
        let (clienticity_id, clienticity) = company(conn, Some(meridian_id), "Clienticity");
        let (depot_id, depot) = company(conn, Some(clienticity_id), "Depot");
        let (stranger_id, stranger) = company(conn, None, "Stranger");
        let ada = person(conn, "ada@meridian.example");
        for id in [meridian_id, clienticity_id, depot_id] {
            member(conn, ada, id, Role::Administrator);
        }
        let sam = person(conn, "sam@stranger.example");
        member(conn, sam, stranger_id, Role::Administrator);
        let global = offer(conn, meridian_id, "Global", "plug_in,mff2,euicc");
        let cards = offer(conn, meridian_id, "Cards", "plug_in");
        assign(conn, clienticity_id, global, meridian_id);
        let network = Simulated::new(pool.clone());
        let settings = Settings {
            step: 10,
            steps_in_chunk: 3,
            back_off: Duration::ZERO,
            // So that the workers of a test leave it some connections of the pool.
            network_loops: 2,
            network_deadline: Duration::from_secs(20),
            ..Settings::default()
        };
        Self {
            database,
            meridian,
            clienticity,
            depot,
            stranger,
            ada,
            sam,
            global,
            cards,
            settings,
            network,
            pool: pool.clone(),
        }
    }

    pub(crate) fn conn(&self) -> fleet::db::PooledConnection {
        self.pool.get().unwrap()
    }

    /// Ada's scope in one of the companies that she administrates.
    pub(crate) fn at(&self, company: CompanyUid) -> CompanyScope {
        tenancy::enter(&mut self.conn(), self.ada, company).unwrap()
    }

    pub(crate) fn id(&self, company: CompanyUid) -> CompanyId {
        let user = if company == self.stranger { self.sam } else { self.ada };
        tenancy::enter(&mut self.conn(), user, company).unwrap().company_id()
    }

    /// The scope of a new person with this role.
    pub(crate) fn as_role(&self, company: CompanyUid, role: Role) -> CompanyScope {
        let id = self.id(company);
        let conn = &mut *self.conn();
        let user = person(conn, &format!("{}@{company}.example", role.as_str()));
        member(conn, user, id, role);
        tenancy::enter(conn, user, company).unwrap()
    }

    /// Loads `n` SIMs into a company's Inventory, every tenth of them soldered (MFF2).
    pub(crate) fn load(&self, company: CompanyUid, n: i64) {
        const SQL: &str = "INSERT INTO sims (company_id, iccid, imsi, msisdn, sim_type) \
             SELECT $1, '8949' || lpad((b.n + i)::text, 15, '0'), '26201' || lpad((b.n + i)::text, 10, '0'), \
                    '4915' || lpad((b.n + i)::text, 9, '0'), \
                    CASE WHEN i % 10 = 0 THEN 'mff2' ELSE 'plug_in' END::sim_type \
             FROM (SELECT count(*) AS n FROM sims) b, generate_series(1, $2) i";
        diesel::sql_query(SQL)
            .bind::<BigInt, _>(self.id(company))
            .bind::<BigInt, _>(n)
            .execute(&mut **self.conn())
            .unwrap();
    }

    pub(crate) fn assign(&self, company: CompanyUid, offer: OfferId) {
        let by = self.id(self.meridian);
        assign(&mut self.conn(), self.id(company), offer, by);
    }

    pub(crate) fn run(&self, sql: &str) -> usize {
        diesel::sql_query(sql).execute(&mut **self.conn()).unwrap()
    }

    /// The answer to a question in SQL, as text.
    pub(crate) fn ask(&self, sql: &str) -> String {
        let answer: Answer = diesel::sql_query(format!("SELECT coalesce(({sql})::text, '-') AS answer"))
            .get_result(&mut **self.conn())
            .unwrap();
        answer.answer
    }

    /// The same where the database may not be there; none if it isn't.
    pub(crate) fn try_ask(&self, sql: &str) -> Option<String> {
        let mut conn = self.pool.get().ok()?;
        let answer: Answer =
            diesel::sql_query(format!("SELECT ({sql})::text AS answer")).get_result(&mut **conn).ok()?;
        Some(answer.answer)
    }

    /// How many SIMs of a company are like this.
    pub(crate) fn count(&self, company: CompanyUid, condition: &str) -> i64 {
        let id = self.id(company);
        let sql = format!("SELECT count(*) FROM sims WHERE company_id = {id} AND {condition}");
        self.ask(&sql).parse().unwrap()
    }

    pub(crate) fn sims(&self, company: CompanyUid, condition: &str) -> Vec<SimId> {
        let id = self.id(company);
        let sql = format!(
            "SELECT string_agg(id::text, ',' ORDER BY iccid) FROM sims WHERE company_id = {id} AND {condition}"
        );
        self.ask(&sql).split(',').map(|id| id.parse().unwrap()).collect()
    }

    pub(crate) fn launch(&self, company: CompanyUid, act: Act, selection: Selection) -> OperationId {
        let new = NewOperation::new(act, selection);
        operations::launch(&mut self.conn(), &self.at(company), &new).unwrap()
    }

    /// Ada launches something that begins, and pauses, as `conduct` says.
    pub(crate) fn launch_as(&self, conduct: Conduct, act: Act) -> fleet::Result<OperationId> {
        let new = NewOperation { conduct, ..NewOperation::new(act, everything()) };
        operations::launch(&mut self.conn(), &self.at(self.meridian), &new)
    }

    /// Works until there is nothing to do right now: what waits goes on waiting.
    pub(crate) fn work_on(&self) {
        worker::run_until_idle(&self.pool, &self.network(), &self.settings).unwrap();
        self.check_counters();
    }

    /// Launches, and asks to be told by e-mail of the end.
    pub(crate) fn launch_with_mail(
        &self,
        company: CompanyUid,
        act: Act,
        selection: Selection,
    ) -> OperationId {
        let (scope, new) = (self.at(company), NewOperation::new(act, selection));
        let launched: fleet::Result<_> = self.conn().transaction(|conn| {
            let number = operations::launch(conn, &scope, &new)?;
            operations::email_when_ended(conn, &scope, number)?;
            Ok(number)
        });
        launched.unwrap()
    }

    pub(crate) fn network(&self) -> Arc<dyn Network> {
        Arc::new(self.network.clone())
    }

    /// Works until there is nothing to do, and checks that all is well then.
    pub(crate) fn work(&self) {
        worker::run_until_idle(&self.pool, &self.network(), &self.settings).unwrap();
        self.check_nothing_left();
        self.check_counters();
    }

    /// Launches, works, and returns the finished operation.
    pub(crate) fn do_it(&self, company: CompanyUid, act: Act, selection: Selection) -> Operation {
        let number = self.launch(company, act, selection);
        self.work();
        self.find(company, number)
    }

    /// All SIMs of Meridian to Clienticity.
    pub(crate) fn transfer_all(&self) -> Operation {
        self.do_it(self.meridian, transfer_to(self.clienticity), everything())
    }

    pub(crate) fn find(&self, company: CompanyUid, number: OperationId) -> Operation {
        operations::find(&mut self.conn(), &self.at(company), number).unwrap()
    }

    pub(crate) fn check_nothing_left(&self) {
        let left = "SELECT count(*) FROM operations WHERE state <> 'finished'";
        assert_eq!(self.ask(left), "0", "unfinished operations");
        assert_eq!(self.ask("SELECT count(*) FROM steps WHERE NOT done"), "0", "open steps");
        let left = "SELECT count(*) FROM tasks WHERE state IN ('pending', 'in_progress')";
        assert_eq!(self.ask(left), "0", "unfinished tasks");
    }

    /// The counters of operations and of SIMs equal a recount.
    pub(crate) fn check_counters(&self) {
        let wrong = "SELECT count(*) FROM operation_companies c JOIN operations o ON o.id = c.operation_id \
             CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'pending') AS pending, \
                 count(*) FILTER (WHERE state = 'in_progress') AS in_progress, \
                 count(*) FILTER (WHERE state = 'success') AS success, \
                 count(*) FILTER (WHERE state = 'failure') AS failure, \
                 count(*) FILTER (WHERE state = 'cancelled') AS cancelled FROM tasks t \
                 WHERE t.operation_id = o.id AND (o.company_id = c.company_id OR t.moved_to_company_id = c.company_id \
                     OR (o.kind = 'recall' AND t.before_company_id = c.company_id))) n \
             WHERE (c.pending, c.in_progress, c.success, c.failure, c.cancelled) \
                   <> (n.pending, n.in_progress, n.success, n.failure, n.cancelled)";
        assert_eq!(self.ask(wrong), "0", "counters that differ from a recount");
        let wrong = "SELECT count(*) FROM operation_failures kept FULL JOIN ( \
                 SELECT c.company_id, o.id AS operation_id, t.code, count(*) AS tasks, \
                     count(*) FILTER (WHERE t.moved_to_company_id IS NOT NULL) AS moved, \
                     min(t.blocking_operation_id) AS least, max(t.blocking_operation_id) AS greatest \
                 FROM operation_companies c JOIN operations o ON o.id = c.operation_id \
                 JOIN tasks t ON t.operation_id = o.id AND t.state = 'failure' \
                     AND (o.company_id = c.company_id OR t.moved_to_company_id = c.company_id \
                         OR (o.kind = 'recall' AND t.before_company_id = c.company_id)) \
                 GROUP BY 1, 2, 3) n USING (company_id, operation_id, code) \
             WHERE (kept.tasks, kept.moved, least_blocking_operation_id, greatest_blocking_operation_id) \
                   IS DISTINCT FROM (n.tasks, n.moved, n.least, n.greatest)";
        assert_eq!(self.ask(wrong), "0", "counters of failures that differ from a recount");
        let wrong = "SELECT count(*) FROM sim_counts FULL JOIN \
             (SELECT company_id, state, count(*) AS n FROM sims GROUP BY 1, 2) r USING (company_id, state) \
             WHERE coalesce(sims, 0) <> coalesce(n, 0)";
        assert_eq!(self.ask(wrong), "0", "SIM counts that differ from a recount");
        let wrong = testing::wrong_activation_counts(&mut self.conn()).unwrap();
        assert_eq!(wrong, 0, "counts of activations that differ from a recount");
    }
}

pub(crate) fn transfer_to(target: CompanyUid) -> Act {
    Act::Transfer { target, keep_labels: false }
}

/// Every SIM of the company.
pub(crate) fn everything() -> Selection {
    Selection::Matching { filter: SimFilter::default(), except: Vec::new() }
}

/// Counters with these ended tasks and none unfinished.
pub(crate) fn ended(success: i32, failure: i32, cancelled: i32) -> Counters {
    Counters { success, failure, cancelled, ..Counters::default() }
}

pub(crate) fn assert_ended(operation: &Operation, outcome: Outcome, success: i32, failure: i32) {
    assert_eq!(operation.summary.counters, ended(success, failure, 0));
    assert_eq!(operation.summary.outcome(), Some(outcome));
}

fn company(conn: &mut PgConnection, parent: Option<CompanyId>, name: &str) -> (CompanyId, CompanyUid) {
    testing::company(conn, parent, name).unwrap()
}

fn person(conn: &mut PgConnection, email: &str) -> UserId {
    testing::person(conn, email, "no hash").unwrap()
}

fn member(conn: &mut PgConnection, user: UserId, company: CompanyId, role: Role) {
    diesel::sql_query("INSERT INTO memberships (user_id, company_id, role) VALUES ($1, $2, $3::text::role)")
        .bind::<BigInt, _>(user)
        .bind::<BigInt, _>(company)
        .bind::<Text, _>(role.as_str())
        .execute(conn)
        .unwrap();
}

fn offer(conn: &mut PgConnection, company: CompanyId, name: &str, types: &str) -> OfferId {
    #[derive(QueryableByName)]
    struct Made {
        #[diesel(sql_type = BigInt)]
        id: OfferId,
    }
    let sql = "INSERT INTO offers (company_id, name, sim_types) \
         VALUES ($1, $2, string_to_array($3, ',')::sim_type[]) RETURNING id";
    let made: Made = diesel::sql_query(sql)
        .bind::<BigInt, _>(company)
        .bind::<Text, _>(name)
        .bind::<Text, _>(types)
        .get_result(conn)
        .unwrap();
    assign(conn, company, made.id, company);
    made.id
}

fn assign(conn: &mut PgConnection, company: CompanyId, offer: OfferId, by: CompanyId) {
    diesel::sql_query("INSERT INTO offer_assignments VALUES ($1, $2, $3)")
        .bind::<BigInt, _>(company)
        .bind::<BigInt, _>(offer)
        .bind::<BigInt, _>(by)
        .execute(conn)
        .unwrap();
}
