//! The search box: what it finds, for whom, and what that costs.

use fleet::search::search;
use fleet::sims::SimState;
use fleet::tenancy::Role;
use fleet::testing;
use reqwest::StatusCode;

use crate::operation_screens::fixture::{World, launched};
use crate::support::{Client, Page, TestDb, plans_of};

/// Where the suggestions for `text` lead.
async fn suggested(client: &Client, text: &str) -> Vec<String> {
    suggestions(client, text).await.attributes("[role=option]", "href")
}

async fn suggestions(client: &Client, text: &str) -> Page {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
    client.fragment(&format!("/search?{query}")).await
}

/// A world with a named SIM, an operation and a subaccount with an external ID; and the numbers of the SIM and the operation.
async fn world() -> (World, String, i64) {
    let world = World::new().await;
    let sims = world.sims(8, SimState::Inventory);
    crate::sim_lists::sql(&world, &format!("UPDATE sims SET name = 'Clinic door' WHERE id = {}", sims[0]));
    crate::sim_lists::sql(&world, "UPDATE companies SET external_id = 'K-100%' WHERE name = 'Clienticity'");
    let number = launched(&world.ada.post("/operations", &world.transfer(&sims[7..])).await);
    world.work().await;
    let iccid = crate::sim_lists::column(&world, "iccid", sims[0]);
    (world, iccid, number)
}

#[actix_web::test]
async fn sims_operations_and_subaccounts_are_found_as_somebody_types() {
    let (world, iccid, number) = world().await;
    let (sim, operation) = (format!("/sims/{iccid}"), format!("/operations/{number}"));
    let account = "/subaccounts?q=Clienticity".to_owned();
    for (text, expected) in [
        ("clin", vec![&sim]),
        ("cli", vec![&sim, &operation, &account]),
        ("CLIENTicity", vec![&operation, &account]),
        ("k-100%", vec![&account]),
        ("k_100", vec![]),
        ("transf", vec![&operation]),
        (&format!("#{number}"), vec![&operation]),
        (&iccid, vec![&sim]),
        ("  ", vec![]),
        ("\0", vec![]),
        ("nothing of that name", vec![]),
    ] {
        assert_eq!(suggested(&world.ada, text).await.iter().collect::<Vec<_>>(), expected, "{text:?}");
    }
    let some = suggestions(&world.ada, &iccid[..8]).await;
    let links = some.attributes("[role=option]", "href");
    assert_eq!(links.len(), 6, "five SIMs and the way to all: {links:?}");
    assert_eq!(links[5], format!("/fleet?q={}", &iccid[..8]));
    assert_eq!(some.attribute("[data-count]", "data-count").as_deref(), Some("5 results"));
    assert_eq!(suggestions(&world.ada, "zzz").await.texts("[role=option]"), ["Nothing found"]);
}

#[actix_web::test]
async fn without_a_script_there_is_a_page_of_results() {
    let (world, iccid, number) = world().await;
    let page = world.ada.get("/search?q=cli").await;
    assert_eq!(page.texts("h2.card-title"), ["SIMs", "Operations", "Subaccounts"]);
    assert!(page.body.contains("3 results for “cli” in Meridian IoT"), "{}", page.body);
    let nothing = world.ada.get("/search?q=%3Cb%3E").await;
    assert!(nothing.body.contains("Nothing found for “&#60;b&#62;”"), "{}", nothing.body);
    assert_eq!(world.ada.get("/search").await.status, StatusCode::OK);
    // What identifies one SIM leads to it.
    let grouped = format!("{} {}", &iccid[..4], &iccid[4..]);
    let answer = world.ada.get(&format!("/search?q={grouped}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), format!("/sims/{iccid}"));
    assert!(world.ada.get(&format!("/search?q={number}")).await.body.contains(&format!("#{number}")));
}

#[actix_web::test]
async fn nothing_of_another_company_is_found() {
    let (world, iccid, number) = world().await;
    let stranger = world.stranger().await;
    for text in
        [iccid.as_str(), &iccid[..8], "cli", "clienticity", "k-100", "transfer", &format!("#{number}")]
    {
        assert_eq!(suggested(&stranger, text).await, [""; 0], "{text}");
        assert_eq!(
            stranger.get(&format!("/search?q={}", text.replace('#', "%23"))).await.status,
            StatusCode::OK
        );
    }
    // The subaccount sees what came to it, and nothing that stayed with its parent.
    world.app.db.member("nora@clienticity.example", world.clienticity, Role::Viewer);
    let nora = world.app.sign_in("nora@clienticity.example").await;
    assert_eq!(suggested(&nora, &iccid).await, [""; 0]);
    assert_eq!(suggested(&nora, "clin").await, [""; 0]);
    assert_eq!(suggested(&nora, &number.to_string()).await[..1], [format!("/operations/{number}")]);
}

#[actix_web::test]
async fn subaccounts_are_found_only_where_there_are_some() {
    let (world, _, _) = world().await;
    let account = "/subaccounts?q=Clienticity".to_owned();
    assert!(suggested(&world.ada, "cli").await.contains(&account));
    crate::sim_lists::sql(&world, "UPDATE companies SET subaccounts_enabled = false WHERE parent_id IS NULL");
    assert!(!suggested(&world.ada, "cli").await.contains(&account));
}

const FILL: &str = "
    INSERT INTO companies (uid, parent_id, lineage, colour, name, external_id)
    SELECT gen_random_uuid(), c.id, c.lineage, c.colour, 'Account ' || n, CASE WHEN n % 2 = 0 THEN 'X-' || n END
    FROM (SELECT * FROM companies WHERE name = 'Meridian') c, generate_series(1, 20000) n;
    UPDATE companies SET lineage = lineage || id WHERE name LIKE 'Account%';
    INSERT INTO operations (company_id, kind, state, selection, launched_by, launched_at, started_at, finished_at)
    SELECT c.id, CASE WHEN n % 5000 = 1 THEN 'suspend' ELSE 'resume' END::operation_kind, 'finished', '{}',
        u.id, now(), now(), now()
    FROM (SELECT min(id) AS id FROM companies) c, (SELECT min(id) AS id FROM users) u, generate_series(1, 20000) n;
    INSERT INTO operation_companies (company_id, operation_id, of_kind, success) SELECT company_id, id, kind, 1 FROM operations;
    INSERT INTO api_tokens (uid, company_id, created_by, is_personal, name, permissions, key_hash, hint, expires_at)
    SELECT gen_random_uuid(), c.id, u.id, true, 'Billing', '{fleet.view}', '', 'Abcd', now() + interval '1 day'
    FROM (SELECT min(id) AS id FROM companies) c, (SELECT min(id) AS id FROM users) u;
    INSERT INTO operation_tokens (operation_id, token_id)
    SELECT o.id, t.id FROM operations o, api_tokens t WHERE o.id % 2 = 0;
    ANALYZE;";

#[test]
fn a_search_reads_little_however_much_there_is() {
    let db = TestDb::new();
    let (meridian, uid) = db.company(None, "Meridian");
    let user = db.member("ada@meridian.example", meridian, Role::Administrator);
    let scope = db.scope(user, uid);
    db.run(|conn| {
        use diesel::connection::SimpleConnection as _;
        testing::sims(conn, meridian, 50_000, SimState::Inventory, None)?;
        Ok(conn.batch_execute(FILL)?)
    });
    for generic in [false, true] {
        for text in ["account 1", "x-1", "x-19998", "suspend", "resume", "#77", "898821", "zzz", "a"] {
            let plans = plans_of(&db, &scope, generic, |conn| search(conn, &scope, text, 5).map(drop));
            assert!(plans.len() >= 3, "the server has explained what it did");
            for plan in plans {
                plan.check_except(
                    &[
                        "users",
                        "api_tokens",
                        "offers",
                        "offer_assignments",
                        "sim_group_counts",
                        "sim_label_counts",
                        "sim_counts",
                        "custom_fields",
                        "tasks",
                        "labels",
                    ],
                    1_000,
                );
            }
        }
    }
}
