//! Whatever changes rights or ways in is told in the audit log, with what was before and what is after.

use diesel::connection::SimpleConnection as _;
use fleet::ids::{CompanyId, UserId};
use fleet::tenancy::Role;
use reqwest::StatusCode;
use simyard::app::Settings;

use crate::second_factor::set_up;
use crate::support::{Client, PASSWORD, Page, TestApp, TestDb, test_settings};

const NORA: &str = "nora@northwind.example";

/// Northwind, a main account administered by Nora; Vera is a viewer.
struct World {
    app: TestApp,
    northwind: CompanyId,
    nora_id: UserId,
    vera_id: UserId,
    nora: Client,
}

async fn world() -> World {
    let base_url = Some("http://localhost".parse().expect("an address"));
    let app = TestApp::start_with(Settings { base_url, ..test_settings() }).await;
    let (northwind, _) = app.db.company(None, "Northwind Metering");
    let nora_id = app.db.member(NORA, northwind, Role::Administrator);
    let vera_id = app.db.member("vera@northwind.example", northwind, Role::Viewer);
    let nora = app.sign_in(NORA).await;
    World { app, northwind, nora_id, vera_id, nora }
}

impl World {
    fn says(&self, sql: &str) -> String {
        TestDb::ask(&mut self.app.db.connect(), sql)
    }

    fn run(&self, sql: &str) {
        self.app.db.run(|conn| Ok(conn.batch_execute(sql)?));
    }

    /// What Nora's form changes.
    async fn done(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let answer = self.nora.post(path, form).await;
        assert!(
            answer.status.is_success() || answer.status == StatusCode::SEE_OTHER,
            "{path}: {}",
            answer.body
        );
        answer
    }

    async fn saves_provider(&self, more: &[(&str, &str)]) {
        let fixed = [("issuer", "https://id.example"), ("client_id", "simyard"), ("second_factor", "told")];
        let form: Vec<_> = fixed.into_iter().chain(more.iter().copied()).collect();
        self.done("/administration/single-sign-on", &form).await;
    }

    /// The last line of an action in Northwind: on what, before and after.
    fn told(&self, action: &str) -> String {
        self.says(&format!(
            "SELECT subject || coalesce(' from ' || before::text, '') || coalesce(' to ' || after::text, '') \
             FROM audit_events WHERE action = '{action}' AND company_id = {} ORDER BY id DESC LIMIT 1",
            self.northwind
        ))
    }
}

#[actix_web::test]
async fn a_new_name_and_new_recovery_codes_are_told_with_what_was_before() {
    let world = world().await;
    set_up(&world.nora).await;
    world.run("DELETE FROM recovery_codes WHERE ctid IN (SELECT ctid FROM recovery_codes LIMIT 3)");
    world.done("/profile/second-factor/recovery-codes", &[("current", PASSWORD)]).await;
    let nora = format!("nora ({NORA})");
    assert_eq!(
        world.told("recovery_codes_renewed"),
        format!(r#"{nora} from {{"left": 5}} to {{"left": 8}}"#)
    );
    world.done("/profile", &[("name", "Nora of the North")]).await;
    let told = format!(r#"{nora} from {{"name": "nora"}} to {{"name": "Nora of the North"}}"#);
    assert_eq!(world.told("name_changed"), told);
    world.done("/profile", &[("name", "Nora of the North")]).await;
    let lines = "SELECT count(*) FROM audit_events WHERE action = 'name_changed'";
    assert_eq!(world.says(lines), "1", "nothing is told of what stays");
}

#[actix_web::test]
async fn the_first_administrators_of_a_subaccount_are_told_in_both_companies() {
    let world = world().await;
    let vera = world.vera_id.to_string();
    world.done("/subaccounts", &[("name", "Clienticity"), ("administrators", &vera)]).await;
    let called = "vera (vera@northwind.example)";
    assert_eq!(world.told("subaccount_made"), format!(r#"Clienticity to {{"administrators": "{called}"}}"#));
    let below = "SELECT actor || ' ' || action || ' ' || subject || ' ' || after::text FROM audit_events e \
         JOIN companies c ON c.id = e.company_id WHERE c.name = 'Clienticity'";
    let told = format!(r#"nora ({NORA}) member_added {called} {{"rights": "Administrator"}}"#);
    assert_eq!(world.says(below), told);
}

#[actix_web::test]
async fn what_a_provider_gives_to_newcomers_and_another_secret_are_told_but_not_the_secret() {
    let world = world().await;
    let told = || world.told("single_sign_on_changed");
    world.saves_provider(&[("client_secret", "s3cret")]).await;
    assert!(told().contains(r#""client secret": "entered""#), "{}", told());
    world.saves_provider(&[("client_secret", ""), ("newcomers", "on"), ("role", "viewer")]).await;
    assert!(told().contains(r#""rights of newcomers": "Viewer""#), "{}", told());
    assert!(!told().contains("secret"), "{}", told());
    world
        .saves_provider(&[("client_secret", "s3cret too"), ("newcomers", "on"), ("role", "administrator")])
        .await;
    assert!(
        told().contains(r#"from {"client secret": null, "rights of newcomers": "Viewer"}"#),
        "{}",
        told()
    );
    assert!(told().contains(r#""client secret": "replaced""#), "{}", told());
    world.done("/administration/single-sign-on/removal", &[("", "")]).await;
    assert!(told().contains(r#""rights of newcomers": "Administrator""#), "{}", told());
    let all = "SELECT string_agg(e::text, '') FROM audit_events e";
    assert!(!world.says(all).contains("s3cret"));
}

/// Notes each write to what decides who may do what and who comes in, and each line of the log, by their transaction.
const WALK: &str = "
    CREATE TABLE walked (about text, transaction text);
    CREATE FUNCTION walk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        INSERT INTO walked VALUES (TG_TABLE_NAME, pg_current_xact_id()::text);
        RETURN NULL;
    END $$;
    CREATE TRIGGER walk AFTER INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION walk();
    CREATE TRIGGER walk AFTER INSERT OR DELETE OR UPDATE OF role ON memberships FOR EACH ROW EXECUTE FUNCTION walk();
    CREATE TRIGGER walk AFTER UPDATE OF name, password_hash ON users FOR EACH ROW EXECUTE FUNCTION walk();
    CREATE TRIGGER walk AFTER INSERT OR DELETE ON totp_secrets FOR EACH ROW EXECUTE FUNCTION walk();
    CREATE TRIGGER walk AFTER INSERT OR UPDATE OF revoked_at ON api_tokens FOR EACH ROW EXECUTE FUNCTION walk();
    DO $$
    DECLARE
        kept text;
    BEGIN
        FOREACH kept IN ARRAY ARRAY['membership_profiles', 'profiles', 'identity_providers', 'identity_exemptions',
            'recovery_codes'] LOOP
            EXECUTE format('CREATE TRIGGER walk AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW '
                'EXECUTE FUNCTION walk()', kept);
        END LOOP;
    END $$;";

#[actix_web::test]
async fn no_change_of_rights_or_ways_in_goes_untold() {
    let world = world().await;
    world.run(WALK);
    world.done("/administration/profiles", &[("name", "Desk"), ("permissions", "sims.export")]).await;
    let profile = world.says("SELECT id FROM profiles");
    let user = format!("/administration/users/{}", world.vera_id);
    world.done(&user, &[("role", "operator"), ("profiles", &profile)]).await;
    let change = [("name", "Desk"), ("permissions", "sims.transfer")];
    world.done(&format!("/administration/profiles/{profile}"), &change).await;
    world.done(&user, &[("role", "viewer")]).await;
    world.done(&format!("/administration/profiles/{profile}/removal"), &[("", "")]).await;
    world.done("/subaccounts", &[("name", "Below"), ("administrators", &world.nora_id.to_string())]).await;
    world.done(&format!("{user}/removal"), &[("", "")]).await;
    set_up(&world.nora).await;
    world.done("/profile/second-factor/recovery-codes", &[("current", PASSWORD)]).await;
    let keeper = world.nora_id.to_string();
    for give in ["viewer", "operator"] {
        let form =
            [("client_secret", "s3cret"), ("newcomers", "on"), ("role", give), ("exempt", keeper.as_str())];
        world.saves_provider(&form).await;
    }
    world.done("/administration/single-sign-on/removal", &[("", "")]).await;
    let token = [("name", "Billing"), ("days", "30"), ("permissions", "fleet.view"), ("current", PASSWORD)];
    world.done("/profile/api-tokens", &token).await;
    world.done("/profile/api-tokens/revocations", &[("token", "all")]).await;
    world.done("/profile", &[("name", "Nora of the North")]).await;
    world.done("/profile/second-factor/app/removal", &[("current", PASSWORD)]).await;
    let new = "a meter on every wall";
    world.done("/profile/password", &[("current", PASSWORD), ("password", new), ("repeat", new)]).await;

    assert_eq!(
        world.says(
            "SELECT string_agg(DISTINCT about, ' ' ORDER BY about) FROM walked WHERE about <> 'audit_events'"
        ),
        "api_tokens identity_exemptions identity_providers membership_profiles memberships profiles recovery_codes \
         totp_secrets users"
    );
    let untold = "SELECT string_agg(DISTINCT about, ' ') FROM walked w WHERE NOT EXISTS (SELECT FROM walked line \
         WHERE line.about = 'audit_events' AND line.transaction = w.transaction)";
    assert_eq!(world.says(untold), "-");
}
