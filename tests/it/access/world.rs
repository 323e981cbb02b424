//! Two trees of companies that know nothing of each other, each with one of everything.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use diesel::PgConnection;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _};
use fleet::api_tokens::{self, NewToken};
use fleet::companies::Name;
use fleet::exports::{self, Format, NewExport, maker};
use fleet::identifiers::luhn_check_digit;
use fleet::ids::{CompanyId, ExportUid, SimId, UserId};
use fleet::import_drafts::{self, Drafted, Importer};
use fleet::invitations::{self, Invitation, NewInvitation};
use fleet::network::{Network, Simulated};
use fleet::operations::{self, Act, NewOperation, worker};
use fleet::people::Email;
use fleet::profiles::{self, NewProfile};
use fleet::saved_views::{self, NewView};
use fleet::second_factor::Party;
use fleet::sim_files::ReadOptions;
use fleet::sim_lists::{self, Layout, Source};
use fleet::sims::{Columns, Selection, SimState, SimType};
use fleet::single_sign_on::provider;
use fleet::single_sign_on::second_factor::Trust;
use fleet::tenancy::{CompanyScope, Permission, Role};
use fleet::testing;

use simyard::app::Settings;

use crate::support::{PASSWORD, TestApp, TestDb, sealer, test_settings};

/// The word in every name of the company that the table is about.
pub(crate) const HOME: &str = "meridian";
/// The word in every name of the other tree.
pub(crate) const FOREIGN: &str = "zanzibar";

/// A database to copy, and what is in it.
pub(crate) struct World {
    template: String,
    pub(crate) home: Side,
    pub(crate) foreign: Side,
}

/// One of the two trees: the words that stand for its ids in the table's addresses and forms.
pub(crate) struct Side(HashMap<&'static str, String>);

impl World {
    /// The world, made by the first who asks.
    pub(crate) fn get() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| {
            let db = TestDb::new();
            db.run(keep_ids_apart);
            let (home, foreign) = (Side::make(&db, HOME), Side::make(&db, FOREIGN));
            Self { template: db.into_template(), home, foreign }
        })
    }

    /// A portal on a copy of the world.
    pub(crate) async fn portal(&self) -> TestApp {
        let settings = Settings {
            base_url: Some("https://portal.example".parse().expect("an address")),
            passkeys: Party::at("https://portal.example"),
            ..test_settings()
        };
        TestApp::start_on(TestDb::copy_of(&self.template), settings).await
    }
}

/// Each table counts from a number of its own, so that an id says on any page whose it is.
fn keep_ids_apart(conn: &mut PgConnection) -> fleet::Result<usize> {
    let sql = "SELECT setval(format('%I', sequencename), 30000 + 1000 * row_number() OVER (ORDER BY sequencename)) \
         FROM pg_sequences WHERE schemaname = 'public'";
    Ok(diesel::sql_query(sql).execute(conn)?)
}

impl Side {
    /// `text` with each `<word>` replaced by what it stands for.
    pub(crate) fn fill(&self, text: &str) -> String {
        let filled = self
            .0
            .iter()
            .fold(text.to_owned(), |text, (word, value)| text.replace(&format!("<{word}>"), value));
        assert!(!filled.contains('<'), "{filled}: no such word; there are {:?}", self.0.keys());
        filled
    }

    /// `text` with each id of this side replaced by the word that stands for it.
    pub(crate) fn words_in(&self, text: &str) -> String {
        let words: HashMap<_, _> = self.0.iter().map(|(word, id)| (id.as_str(), *word)).collect();
        let is_between = |sign: char| !sign.is_ascii_alphanumeric() && sign != '-';
        let word = |part: &str| {
            let id = part.trim_end_matches(is_between);
            words.get(id).map_or_else(|| part.to_owned(), |word| format!("<{word}>{}", &part[id.len()..]))
        };
        text.split_inclusive(is_between).map(word).collect()
    }

    /// What `word` stands for.
    pub(crate) fn id(&self, word: &str) -> &str {
        &self.0[word]
    }

    #[expect(clippy::too_many_lines, reason = "one of everything")]
    fn make(db: &TestDb, name: &'static str) -> Self {
        let (company, company_uid) = db.company(None, &format!("{name} IoT"));
        let (subaccount, subaccount_uid) = db.company(Some(company), &format!("{name} North"));
        let person = |role: Role| db.member(&email(role, name), company, role);
        let (viewer, operator) = (person(Role::Viewer), person(Role::Operator));
        let administrator = person(Role::Administrator);
        db.run(|conn| testing::member(conn, administrator, subaccount, Role::Administrator));
        let colleague = db.member(&format!("colleague@{name}.example"), company, Role::Viewer);
        let offer = db.run(|conn| {
            testing::offer(conn, company, &format!("{name} Global"), &[SimType::PlugIn, SimType::Euicc])
        });
        let given = db.run(|conn| {
            let given = testing::offer(conn, company, &format!("{name} Given"), &[SimType::PlugIn])?;
            testing::assign(conn, given, company, subaccount)?;
            Ok(given)
        });
        let sims = |state, count| {
            let on = matches!(state, SimState::Active | SimState::Suspended).then_some(offer);
            db.run(|conn| testing::sims(conn, company, count, state, on))
        };
        let (fresh, active) = (sims(SimState::Inventory, 4), sims(SimState::Active, 3));
        let (suspended, retired) = (sims(SimState::Suspended, 1), sims(SimState::Retired, 1));
        let label = db.run(|conn| label(conn, company, name));
        let field = db.run(|conn| field(conn, company, name));
        let scope = db.scope(operator, company_uid);
        let transfer = |sims: Vec<SimId>| {
            let act = Act::Transfer { target: subaccount_uid, keep_labels: false };
            db.run(|conn| operations::launch(conn, &scope, &NewOperation::new(act, Selection::Sims(sims))))
        };
        let finished = transfer(vec![fresh[3], active[2], retired[0]]);
        let network: Arc<dyn Network> = Arc::new(Simulated::new(db.pool.clone()));
        worker::run_until_idle(&db.pool, &network, &worker::Settings::default()).expect("the worker");
        let running = transfer(vec![fresh[2]]);
        let (waiting, paused) = (transfer(vec![fresh[1]]), transfer(vec![fresh[1]]));
        let token = format!("the-link-of-{name}");
        let administrates = db.scope(administrator, company_uid);
        db.run(|conn| fleet::password_links::create(conn, &administrates, colleague, &token));
        db.run(|conn| has_second_factor(conn, colleague));
        let invited = format!("the-invitation-of-{name}");
        let profile = db.run(|conn| {
            let desk = Name::parse("name", &format!("{name} desk"))?;
            let new = NewProfile::new(desk, [Permission::FleetView].into_iter().collect())?;
            profiles::create(conn, &administrates, &new)
        });
        vouch(db, &administrates, name);
        let invitation = invite(db, &administrates, name, &invited);
        // Its time has not come: the worker of the other tree leaves it alone.
        db.run(|conn| {
            let sql = format!(
                "UPDATE operations SET state = CASE WHEN id = {paused} THEN 'paused' ELSE 'scheduled' END::operation_state \
                 WHERE id IN ({running}, {waiting}, {paused})"
            );
            Ok(diesel::sql_query(sql).execute(conn)?)
        });
        for person in [viewer, operator, administrator] {
            db.run(|conn| testing::message(conn, person, company, &format!("Something of {name}")));
        }
        let api_token = db.run(|conn| {
            let may = [Permission::FleetView].into_iter().collect();
            let new = NewToken::new(Name::parse("name", &format!("{name} program"))?, may, "30")?;
            Ok(api_tokens::create(conn, &administrates, &new, false)?.0.uid)
        });
        let iccid = |sim| db.run(|conn| iccid(conn, sim));
        let list = db.run(|conn| {
            let text = format!("{}\n1 {name}", self::iccid(conn, fresh[0])?);
            let (layout, origin) = (Layout::Words, format!("{name} list"));
            sim_lists::create(conn, &scope, Source { text: text.as_bytes(), layout, origin })
        });
        let view = db.run(|conn| {
            let named = Name::parse("name", &format!("{name} view"))?;
            let query = Some(format!("state=active&offer={offer}&label={label}"));
            saved_views::create(conn, &scope, &NewView { name: named, is_shared: true, query })
        });
        let export = export(db, &scope, name, fresh.clone());
        let import = db.run(|conn| {
            let file = std::io::Cursor::new(format!(
                "iccid,imsi,label\n{},262019{:09},{name} batch\n1,2,\n",
                new_iccid(company.0),
                company.0
            ));
            let source = import_drafts::Source {
                file,
                name: format!("{name}.csv"),
                options: ReadOptions::default(),
                columns_of: Vec::new(),
            };
            match import_drafts::create(conn, Importer::of(&administrates)?, source, |_| {})? {
                Drafted::Made(uid) => Ok(uid),
                Drafted::Unclear { sentence, .. } => panic!("{sentence}"),
            }
        });
        Self(HashMap::from([
            ("company", company_uid.to_string()),
            ("subaccount", subaccount_uid.to_string()),
            ("administrator", administrator.to_string()),
            ("colleague", colleague.to_string()),
            ("email", email(Role::Administrator, name)),
            ("offer", offer.to_string()),
            ("given", given.to_string()),
            ("label", label.to_string()),
            ("field", field.to_string()),
            ("sim", fresh[0].to_string()),
            ("iccid", iccid(fresh[0])),
            ("active", active[0].to_string()),
            ("suspended", suspended[0].to_string()),
            ("retired", retired[0].to_string()),
            ("operation", finished.to_string()),
            ("running", running.to_string()),
            ("waiting", waiting.to_string()),
            ("paused", paused.to_string()),
            ("password", PASSWORD.replace(' ', "+")),
            ("view", view.uid.to_string()),
            ("export", export.to_string()),
            ("import", import.to_string()),
            ("list", list.uid.to_string()),
            ("token", token),
            ("invitation", invitation.uid.to_string()),
            ("invited", invited),
            ("api-token", api_token.to_string()),
            ("profile", profile.to_string()),
            ("stylesheet", simyard::web::assets::url("css/simyard.css")),
        ]))
    }
}

/// An invitation that waits for an answer.
fn vouch(db: &TestDb, scope: &CompanyScope, name: &str) {
    let provider = provider::Changes {
        issuer: "https://id.example".to_owned(),
        client_id: name.to_owned(),
        client_secret: Some("a secret".to_owned()),
        grant: None,
        required: false,
        exempt: Vec::new(),
        trust: Trust::Told,
        classes: Vec::new(),
    };
    db.run(|conn| provider::save(conn, scope, &sealer(), &provider));
}

fn invite(db: &TestDb, scope: &CompanyScope, name: &str, token: &str) -> Invitation {
    db.run(|conn| {
        let email = Email::parse(&format!("invited@{name}.example"))?;
        let new = NewInvitation { email, grant: Role::Viewer.into() };
        invitations::create(conn, scope, &new, token, |_| Ok(None))
    })
}

/// An export that is ready to be downloaded.
fn export(db: &TestDb, scope: &CompanyScope, name: &str, sims: Vec<SimId>) -> ExportUid {
    let uid = db.run(|conn| {
        let (selection, words) = (Selection::Sims(sims), format!("{name} SIMs"));
        let new = NewExport { selection, words, columns: Columns::default(), format: Format::Csv };
        let export = exports::ask(conn, scope, &new)?;
        diesel::sql_query("UPDATE exports SET in_background = true WHERE uid = $1")
            .bind::<diesel::sql_types::Uuid, _>(export.uid)
            .execute(conn)?;
        Ok(export.uid)
    });
    maker::make_waiting(&db.pool, &maker::Pace::default(), &worker::Stop::new()).expect("the maker");
    uid
}

/// An ICCID that no SIM has.
fn new_iccid(number: i64) -> String {
    let body = format!("894999{number:012}");
    let check = luhn_check_digit(body.as_bytes()).map(char::from).expect("a check digit");
    format!("{body}{check}")
}

/// The e-mail of the person with `role` in the tree `name`.
pub(crate) fn email(role: Role, name: &str) -> String {
    format!("{}@{name}.example", role.as_str())
}

fn has_second_factor(conn: &mut PgConnection, user: UserId) -> fleet::Result<usize> {
    let sql = "UPDATE users SET has_second_factor = true WHERE id = $1";
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(user).execute(conn)?)
}

fn label(conn: &mut PgConnection, company: CompanyId, name: &str) -> fleet::Result<i64> {
    let sql = "WITH label AS (INSERT INTO labels (company_id, name) VALUES ($1, $2 || ' label') RETURNING id), \
         named AS (UPDATE sims SET name = $2 || ' meter ' || id WHERE company_id = $1) \
         SELECT id AS number FROM label";
    let row: testing::Number =
        diesel::sql_query(sql).bind::<BigInt, _>(company).bind::<Text, _>(name).get_result(conn)?;
    Ok(row.number)
}

fn field(conn: &mut PgConnection, company: CompanyId, name: &str) -> fleet::Result<i64> {
    let sql = "WITH field AS (INSERT INTO custom_fields (company_id, name, kind, position) \
             VALUES ($1, $2 || ' field', 'text', 1) RETURNING id), \
         filled AS (UPDATE sims SET note = $2 || ' note', fields = jsonb_build_object(field.id, $2 || ' value') \
             FROM field WHERE company_id = $1) \
         SELECT id AS number FROM field";
    let row: testing::Number =
        diesel::sql_query(sql).bind::<BigInt, _>(company).bind::<Text, _>(name).get_result(conn)?;
    Ok(row.number)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn iccid(conn: &mut PgConnection, sim: SimId) -> fleet::Result<String> {
    let sql = "SELECT iccid AS line FROM sims WHERE id = $1";
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(sim).get_result::<Line>(conn)?.line)
}

/// One line for each table, which differs when any of its rows does. Sessions are left out: they
/// move with every request, and so are challenges of passkeys, which belong to them. So is when somebody last had a company in focus, when a token was last used, and that somebody has signed in or out.
pub(crate) fn fingerprint(db: &TestDb) -> Vec<String> {
    fingerprint_where(db, "true")
}

/// The same of the rows of one company.
pub(crate) fn fingerprint_of(db: &TestDb, side: &Side) -> Vec<String> {
    let company = format!("(SELECT id::text FROM companies WHERE uid = '{}')", side.id("company"));
    fingerprint_where(db, &format!("to_jsonb(t) ->> 'company_id' = {company}"))
}

fn fingerprint_where(db: &TestDb, condition: &str) -> Vec<String> {
    db.run(|conn| {
        let tables: Vec<Line> = diesel::sql_query(
            "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public' \
             AND tablename <> ALL ($1) ORDER BY 1",
        )
        .bind::<Array<Text>, _>(vec!["passkey_challenges", "sessions"])
        .load(conn)?;
        tables
            .into_iter()
            .map(|table| {
                let sql = format!(
                    "SELECT '{0} ' || md5(coalesce(string_agg((to_jsonb(t) - 'last_focused_at' - 'last_used_at')::text, '' \
                     ORDER BY t::text), '')) AS line FROM {0} t \
                     WHERE coalesce(to_jsonb(t) ->> 'action', '') NOT IN ('signed_in', 'signed_out') \
                     AND {condition}",
                    table.line
                );
                Ok(diesel::sql_query(sql).get_result::<Line>(conn)?.line)
            })
            .collect()
    })
}
