//! Saved views: who sees them, what they show, and what may be done with them.

mod launching;

use fleet::operations::{worker, worker::Settings};
use fleet::tenancy::Role;
use reqwest::StatusCode;
use serde_json::Value;

use crate::fleet::{World, iccids, world};
use crate::support::{Client, Page};

/// Saves a view, and gives the address that it is opened by.
async fn save(client: &Client, name: &str, query: &str, shared: bool) -> String {
    let mut form = vec![("name", name), ("query", query)];
    if shared {
        form.push(("shared", "on"));
    }
    let answer = client.post("/saved-views", &form).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    let grid = shown_in_grid(&answer);
    let uid = grid.split("view=").nth(1).expect("a view").split('&').next().expect("its id").to_owned();
    format!("/saved-views/{uid}")
}

/// The address that the grid is loaded from after `answer`.
fn shown_in_grid(answer: &Page) -> String {
    let shown: Value = serde_json::from_str(answer.header("hx-location")).expect("an address");
    shown["path"].as_str().expect("a path").to_owned()
}

/// The names in the dialog *Views*.
async fn names(client: &Client) -> Vec<String> {
    client.get("/saved-views").await.texts(".view-words a")
}

/// Follows the address of a view to its grid.
async fn opened(client: &Client, view: &str) -> Page {
    let answer = client.get(view).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    client.get(answer.header("location")).await
}

async fn person(world: &World, email: &str) -> Client {
    let mut client = world.app.sign_in(email).await;
    client.open("/fleet").await;
    client
}

#[actix_web::test]
async fn a_view_shows_the_sims_in_the_columns_and_order_that_it_was_saved_with() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let query = "state=active&sort=imsi&dir=desc&columns=iccid.imsi&after=&size=25";
    let view = save(&world.ada, "Active by IMSI", query, false).await;
    world.ada.post("/grid-layout", &[("column", "name"), ("column", "eid")]).await;
    let grid = opened(&world.ada, &view).await;
    assert_eq!(grid.texts("thead th"), ["", "ICCID", "IMSI"]);
    assert_eq!(iccids(&grid), world.expected("state = 'active'", "imsi DESC"));
    assert_eq!(grid.attribute("[data-grid]", "data-grid").as_deref(), Some("state=active"));
    assert!(grid.body.contains("View <strong>Active by IMSI</strong>"), "{}", grid.body);
    let dialog = world.ada.get("/saved-views").await;
    assert_eq!(dialog.texts(".view-words"), ["Active by IMSI 20 SIMs"], "counters know how many");
}

#[actix_web::test]
async fn what_counters_do_not_know_of_a_view_is_counted_no_further_than_10000() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let view = save(&world.ada, "By text", "q=9017", false).await;
    let dialog = world.ada.get("/saved-views").await;
    let count = dialog.attribute(".view-list [hx-trigger^=intersect]", "hx-get");
    assert_eq!(count, Some(format!("{view}/count")), "the list does not wait for it");
    assert_eq!(world.ada.get(&format!("{view}/count")).await.body, "60 SIMs");
    let one = format!("q={}", world.expected("state = 'active'", "iccid")[0]);
    let one = save(&world.ada, "One", &one, false).await;
    assert_eq!(world.ada.get(&format!("{one}/count")).await.body, "1 SIM");
    world.app.db.run(|conn| {
        fleet::testing::sims(conn, world.meridian, 10_000, fleet::sims::SimState::Retired, None).map(drop)
    });
    assert_eq!(world.ada.get(&format!("{view}/count")).await.body, "10,000+ SIMs");
}

#[actix_web::test]
async fn a_view_keeps_the_columns_that_were_on_the_screen() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    world.ada.post("/grid-layout", &[("column", "labels"), ("column", "eid")]).await;
    let dialog = world.ada.get("/saved-views/new?state=active&size=25").await;
    assert_eq!(dialog.value_of("[name=query]"), "state=active&columns=iccid.labels.eid");
}

#[actix_web::test]
async fn an_own_view_is_seen_by_its_person_alone_and_a_shared_one_by_the_company() {
    let mut world = world().await;
    world.app.db.member("stan@stranger.example", world.stranger, Role::Administrator);
    world.app.db.member("mia@meridian.example", world.meridian, Role::Administrator);
    world.ada.open("/fleet").await;
    let own = save(&world.ada, "Mine", "state=active", false).await;
    let shared = save(&world.ada, "Ours", "state=inventory", true).await;
    let (vera, mia) =
        (person(&world, "vera@meridian.example").await, person(&world, "mia@meridian.example").await);
    let stan = person(&world, "stan@stranger.example").await;
    assert_eq!(names(&world.ada).await, ["Mine", "Ours"]);
    for client in [&vera, &mia] {
        assert_eq!(names(client).await, ["Ours"]);
        assert_eq!(iccids(&opened(client, &shared).await).len(), 30);
    }
    assert!(names(&stan).await.is_empty());
    let count = vera.get(&format!("{shared}/count")).await;
    assert_eq!(count.body, "30 SIMs");
    let uid = |view: &str| view.rsplit('/').next().expect("an id").to_owned();
    for (client, view) in [(&vera, &own), (&mia, &own), (&stan, &own), (&stan, &shared)] {
        for address in [
            view.clone(),
            format!("{view}/count"),
            format!("{view}/edit"),
            format!("/fleet?view={}", uid(view)),
        ] {
            assert_eq!(client.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for (address, form) in [
            (view.clone(), ("name", "x")),
            (format!("{view}/removal"), ("", "")),
            (format!("{view}/default"), ("default", "on")),
        ] {
            assert_eq!(client.post(&address, &[form]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    }
    assert_eq!(names(&world.ada).await, ["Mine", "Ours"]);
}

#[actix_web::test]
async fn a_viewer_saves_own_views_and_shares_none() {
    let world = world().await;
    let vera = person(&world, "vera@meridian.example").await;
    let own = save(&vera, "Mine", "state=active", false).await;
    assert!(vera.get(&format!("{own}/edit")).await.texts("[name=shared]").is_empty(), "no such box");
    let shares = [("name", "Ours"), ("query", ""), ("shared", "on")];
    assert_eq!(vera.post("/saved-views", &shares).await.status, StatusCode::FORBIDDEN);
    assert_eq!(vera.post(&own, &shares).await.status, StatusCode::FORBIDDEN);
    let mut ada = world.ada.clone();
    ada.open("/fleet").await;
    let ours = save(&ada, "Ours", "", true).await;
    assert_eq!(vera.post(&ours, &[("name", "Theirs"), ("shared", "on")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(vera.post(&ours, &[("name", "Theirs")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(vera.post(&format!("{ours}/removal"), &[("", "")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(names(&vera).await, ["Mine", "Ours"]);
}

#[actix_web::test]
async fn names_are_unique_for_a_person_and_for_what_is_shared() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    save(&world.ada, "Pumps", "state=active", false).await;
    for (name, shared, sentence) in [
        ("pumps", false, "You have a view of this name already."),
        (" ", false, "Enter a name."),
        ("a\nb", false, "Remove line breaks and other control characters."),
    ] {
        let answer = world.ada.post("/saved-views", &[("name", name), ("query", "type=euicc")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {shared}");
        assert_eq!(answer.texts("#error-name"), [sentence]);
        assert_eq!(answer.value_of("[name=query]"), "type=euicc", "what was to be saved stays");
    }
    save(&world.ada, "Pumps", "state=active", true).await;
    let answer = world.ada.post("/saved-views", &[("name", "PUMPS"), ("query", ""), ("shared", "on")]).await;
    assert_eq!(answer.texts("#error-name"), ["A view of this name is shared in this company already."]);
    let vera = person(&world, "vera@meridian.example").await;
    save(&vera, "Pumps", "", false).await;
}

#[actix_web::test]
async fn a_person_has_200_views_alone_and_a_company_shares_200() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let own = save(&world.ada, "Own", "state=active", false).await;
    let shared = save(&world.ada, "Shared", "state=active", true).await;
    for is_shared in [true, false] {
        world.sql(&format!(
            "INSERT INTO saved_views (uid, company_id, user_id, is_shared, name, query) \
             SELECT gen_random_uuid(), {}, {}, {is_shared}, 'View ' || generate_series(1, 199), ''",
            world.meridian, world.user
        ));
    }
    let sentences = [
        "You have 200 views already. Delete some first.",
        "The company shares 200 views already. Delete some first.",
    ];
    for (sharing, sentence) in [None, Some(("shared", "on"))].into_iter().zip(sentences) {
        let form: Vec<_> = [("name", "One more"), ("query", "")].into_iter().chain(sharing).collect();
        let answer = world.ada.post("/saved-views", &form).await;
        assert_eq!(answer.texts("#error-name"), [sentence]);
    }
    let answer = world.ada.post(&own, &[("name", "Own"), ("shared", "on")]).await;
    assert_eq!(answer.texts("#error-name"), [sentences[1]], "nor is one shared that there was");
    let answer = world.ada.post(&shared, &[("name", "Shared")]).await;
    assert_eq!(answer.texts("#error-name"), [sentences[0]], "nor taken back");
    assert_eq!(world.ada.post(&own, &[("name", "Mine")]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(names(&world.ada).await.len(), 400, "all of them are shown");
}

#[actix_web::test]
async fn a_view_that_a_later_version_can_not_read_says_so_and_hides_no_other() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    save(&world.ada, "Good", "state=active", true).await;
    let odd = save(&world.ada, "Odd", "state=inventory", true).await;
    world.sql("UPDATE saved_views SET query = 'state=lost' WHERE name = 'Odd'");
    let page = world.ada.get("/saved-views").await;
    assert_eq!(page.texts(".view-words a"), ["Good", "Odd"]);
    assert!(
        page.texts(".event-problem")[0].starts_with("Names a condition that Meridian does not have any more")
    );
    assert_eq!(world.ada.get("/").await.status, StatusCode::OK);
    assert_eq!(world.ada.get(&odd).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        world.ada.post(&format!("{odd}/removal"), &[("name", "")]).await.status,
        StatusCode::NO_CONTENT
    );
}

#[actix_web::test]
async fn a_view_is_renamed_changed_shared_taken_back_and_deleted() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let view = save(&world.ada, "Old", "state=active", false).await;
    world.ada.post(&view, &[("name", "New"), ("shared", "on")]).await;
    let vera = person(&world, "vera@meridian.example").await;
    assert_eq!(names(&vera).await, ["New"]);
    assert_eq!(iccids(&opened(&vera, &view).await).len(), 20, "what it shows stayed");
    let uid = view.rsplit('/').next().expect("an id");
    let grid = world.ada.get(&format!("/fleet?state=suspended&view={uid}")).await;
    let changes: Value = grid
        .attributes("[hx-vals]", "hx-vals")
        .iter()
        .filter_map(|values| serde_json::from_str::<Value>(values).ok())
        .find(|values| values["query"].is_string())
        .expect("what Save changes sends");
    world.ada.post(&view, &changes).await;
    assert_eq!(iccids(&opened(&vera, &view).await).len(), 10);
    world.ada.post(&view, &[("name", "New")]).await;
    assert!(names(&vera).await.is_empty());
    let answer = world
        .ada
        .send(reqwest::Method::POST, &format!("{view}/removal"), |request| {
            request
                .header("hx-request", "true")
                .header("x-csrf-token", &world.ada.csrf_token)
                .header("x-account-focus", &world.ada.account)
                .header("hx-current-url", format!("http://x/fleet?state=active&view={uid}"))
        })
        .await;
    assert_eq!(shown_in_grid(&answer), "/fleet?state=active", "the grid stays, without the view");
    assert!(names(&world.ada).await.is_empty());
    assert_eq!(world.ada.get(&view).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_address_with_a_view_or_a_list_that_is_gone_leads_on_to_the_rest_of_it() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let view = save(&world.ada, "Own", "state=active", false).await;
    let view = view.rsplit('/').next().expect("an id");
    let vera = person(&world, "vera@meridian.example").await;
    let list = "01a20000-0000-7000-8000-000000000000";
    for (named, words) in [("view", "not shared with you"), ("list", "kept for a week")] {
        let id = if named == "view" { view } else { list };
        let address = format!("/fleet?state=active&sort=imsi&{named}={id}");
        let page = vera.get(&address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.body.contains(words), "{}", page.body);
        let onwards = page.attribute("a[href^='/fleet?']", "href").expect("the rest of it");
        assert_eq!(onwards, "/fleet?state=active&sort=imsi");
        let dialog = vera.fragment(&address).await;
        assert_eq!(dialog.attribute("a[href^='/fleet?']", "href"), Some(onwards));
    }
}

#[actix_web::test]
async fn the_default_is_what_the_fleet_begins_with_for_that_person() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let view = save(&world.ada, "Ours", "state=suspended", true).await;
    world.ada.post(&format!("{view}/default"), &[("default", "on")]).await;
    let answer = world.ada.get("/fleet").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let grid = world.ada.get(answer.header("location")).await;
    assert_eq!(iccids(&grid).len(), 10);
    let all = grid.attribute("#state-suspended", "href").expect("without the state");
    assert_eq!(iccids(&world.ada.get(&all).await).len(), 50);
    let all = world.ada.get("/fleet?view=none").await;
    assert_eq!(all.attribute("[hx-trigger^=sims-changed]", "hx-get").as_deref(), Some("/fleet?view=none"));
    assert_eq!(iccids(&world.ada.fragment("/fleet").await).len(), 50, "a filter that was emptied");
    let vera = person(&world, "vera@meridian.example").await;
    assert_eq!(vera.get("/fleet").await.status, StatusCode::OK);
    vera.post(&format!("{view}/default"), &[("default", "on")]).await;
    world.ada.post(&view, &[("name", "Mine now")]).await;
    assert_eq!(vera.get("/fleet").await.status, StatusCode::OK, "it is not hers to see any more");
    world.ada.post(&format!("{view}/default"), &[("default", "")]).await;
    assert_eq!(world.ada.get("/fleet").await.status, StatusCode::OK);
    world.ada.post(&format!("{view}/default"), &[("default", "on")]).await;
    world.ada.post(&format!("{view}/removal"), &[("", "")]).await;
    assert_eq!(world.ada.get("/fleet").await.status, StatusCode::OK, "deleted, it is no default");
}

#[actix_web::test]
async fn a_view_that_names_what_is_gone_says_so() {
    let mut world = world().await;
    world.sql(&format!(
        "INSERT INTO labels (id, company_id, name) OVERRIDING SYSTEM VALUE VALUES (70, {}, 'north')",
        world.meridian
    ));
    world.ada.open("/fleet").await;
    let view = save(&world.ada, "North", "label=70&offer=99999", false).await;
    world.sql("DELETE FROM labels WHERE id = 70");
    let words = "an offer and a label that Meridian does not have any more.";
    let dialog = world.ada.get("/saved-views").await;
    assert_eq!(dialog.texts(".event-problem"), [format!("Names {words}")]);
    let grid = opened(&world.ada, &view).await;
    assert!(grid.texts(".alert-warning")[0].contains(words), "{}", grid.body);
    assert!(iccids(&grid).is_empty());
}

#[actix_web::test]
async fn a_list_that_is_kept_for_a_week_is_in_no_view() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let made = world.ada.post("/sim-lists", &[("identifiers", "8988")]).await;
    let grid = made.header("hx-redirect").trim_start_matches("/fleet?").to_owned();
    let answer = world.ada.post("/saved-views", &[("name", "List"), ("query", &*grid)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.texts("#error-name")[0].starts_with("A list of identifiers is kept for a week only"));
}

#[actix_web::test]
async fn the_widget_transfers_what_a_view_shows() {
    let mut world = world().await;
    let (_, north) = world.app.db.company(Some(world.meridian), "North");
    world.ada.open("/fleet").await;
    let view = save(&world.ada, "Stock", "state=inventory", true).await;
    let uid = view.rsplit('/').next().expect("an id").to_owned();
    let widget = world.ada.get("/start/transfer").await;
    assert_eq!(widget.texts("#field-view option"), ["None", "Stock"]);
    let north = north.to_string();
    let form = |view: &str, text: &str| {
        [
            ("kind", "transfer"),
            ("selection", "pasted"),
            ("target", &north),
            ("view", view),
            ("identifiers", text),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let preview = world.ada.post("/operations/preview", &form(&uid, "")).await;
    assert!(preview.body.contains("30 will move"), "{}", preview.body);
    let both = world.ada.post("/operations/preview", &form(&uid, "8988")).await;
    assert!(both.body.contains("Choose either a view or a list"), "{}", both.body);
    let unknown = "00000000-0000-0000-0000-000000000000";
    for (view, text) in [(unknown, ""), ("x", "")] {
        let answer = world.ada.post("/operations/preview", &form(view, text)).await;
        assert!(answer.body.contains("not there any more"), "{view}: {} {}", answer.status, answer.body);
    }
    let launched = world.ada.post("/operations", &form(&uid, "")).await;
    assert_eq!(launched.status, StatusCode::NO_CONTENT, "{}", launched.body);
    let network = std::sync::Arc::new(fleet::network::Simulated::new(world.app.db.pool.clone()));
    let network: std::sync::Arc<dyn fleet::network::Network> = network;
    worker::run_until_idle(&world.app.db.pool, &network, &Settings::default()).expect("the worker");
    assert!(world.expected("state = 'inventory'", "iccid").is_empty(), "all have gone");
}

#[actix_web::test]
async fn who_leaves_a_company_leaves_shared_views_and_takes_the_own_ones_away() {
    let mut world = world().await;
    world.app.db.member("mia@meridian.example", world.meridian, Role::Administrator);
    world.ada.open("/fleet").await;
    let own = save(&world.ada, "Mine", "", false).await;
    save(&world.ada, "Ours", "", true).await;
    world.ada.post(&format!("{own}/default"), &[("default", "on")]).await;
    let mia = person(&world, "mia@meridian.example").await;
    let answer = mia.post(&format!("/administration/users/{}/removal", world.user), &[("", "")]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert_eq!(
        world.app.db.run(|conn| fleet::testing::number(conn, "SELECT count(*) AS number FROM saved_views")),
        1
    );
    assert_eq!(names(&mia).await, ["Ours"]);
}
