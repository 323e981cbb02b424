//! Large files are checked in the background, and found again in the list.

use std::fmt::Write as _;

use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::{HEADER, checked, counts, draft, drafted, file, launched, lines, page, send};
use crate::operation_screens::fixture::World;
use crate::support::Page;

/// More rows than are checked while somebody waits.
const MANY: usize = 25_000;

/// What the list says of its files: name, rows, problems, state.
fn listed(page: &Page) -> Vec<String> {
    let cells = page.texts("tbody th, tbody td");
    cells.chunks(7).map(|row| [&row[0], &row[3], &row[4], &row[5]].map(String::as_str).join(" | ")).collect()
}

#[actix_web::test]
async fn a_large_file_is_checked_after_the_answer_and_its_page_asks_until_it_is() {
    let world = World::new().await;
    let address = draft(&send(&world.ada, "large.csv", file(1..=MANY).as_bytes(), &[]).await);
    let found = checked(&world.ada, &address).await;
    assert_eq!(counts(&found), ("25,000".into(), "0".into()));
    assert_eq!(found.attributes("#poll-import", "hx-get").len(), 0, "nothing is asked any more");
    let part = world.ada.fragment(&address).await;
    assert!(!part.body.contains("<html"), "a part of the page");
    assert!(
        part.header("hx-trigger").contains("25,000 rows ready, 0 with problems"),
        "{}",
        part.header("hx-trigger")
    );
    launched(&world.ada, &address, &[]).await;
    world.work().await;
    assert_eq!(world.owned(world.meridian), 25_000);
}

#[actix_web::test]
async fn while_a_file_is_checked_its_page_says_how_far_it_is_and_nothing_is_loaded() {
    let world = World::new().await;
    let address = drafted(&world.ada, &file(1..=3)).await;
    let back = "WITH back AS (UPDATE import_drafts SET checked_at = NULL, rows = 150000, seen_at = now() RETURNING 1) \
         SELECT count(*) AS number FROM back";
    world.number(back);
    let under_way = page(&world.ada, &address).await;
    assert_eq!(under_way.texts("#import-rows"), ["Checking: 150,000 rows so far …"]);
    assert_eq!(under_way.attributes("#poll-import", "hx-trigger"), ["every 2s"]);
    assert_eq!(under_way.texts("button[type=submit].btn-primary").len(), 0);
    let none: &[(&str, &str)] = &[];
    let answer = world.ada.post(&format!("{address}/operation"), none).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("still being checked"), "{}", answer.body);
    let list = page(&world.ada, "/imports").await;
    assert_eq!(listed(&list), ["batch.csv | 150,000 |  | Checking"]);
    assert!(list.attribute("#poll-imports", "hx-trigger").unwrap().ends_with("every 3s"));
    // The portal that checked it is gone.
    let silent = "WITH silent AS (UPDATE import_drafts SET seen_at = now() - interval '6 minutes' RETURNING 1) \
         SELECT count(*) AS number FROM silent";
    world.number(silent);
    let broken_off = page(&world.ada, &address).await;
    let said = broken_off.texts("#import-failure");
    assert_eq!(
        said,
        ["The portal was stopped while it checked the file. Send the file again. Nothing was loaded."]
    );
    assert_eq!(
        world.ada.post(&format!("{address}/operation"), none).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(listed(&page(&world.ada, "/imports").await), ["batch.csv | 150,000 |  | Failed"]);
    assert_eq!(world.number("SELECT count(*) AS number FROM operations"), 0);
}

#[actix_web::test]
async fn why_nothing_can_come_of_a_large_file_is_said_on_its_page() {
    let world = World::new().await;
    let text = lines(1..=MANY).lines().enumerate().fold(HEADER.to_owned(), |mut text, (place, line)| {
        let (row, _) = line.rsplit_once(',').expect("a label");
        writeln!(text, "{row},Serial {place}").expect("a line");
        text
    });
    let address = draft(&send(&world.ada, "serials.csv", text.as_bytes(), &[]).await);
    let said = checked(&world.ada, &address).await.texts("#import-failure").concat();
    assert!(said.starts_with("The file has more than 1,000 different labels."), "{said}");
    assert_eq!(world.number("SELECT count(*) AS number FROM import_lines"), 0);
    assert!(listed(&page(&world.ada, "/imports").await)[0].ends_with("Failed"));
}

#[actix_web::test]
async fn files_are_found_again_with_what_became_of_them() {
    let world = World::new().await;
    assert!(page(&world.ada, "/imports").await.body.contains("No file was sent in the last week"));
    let loaded = drafted(&world.ada, &file(1..=3)).await;
    launched(&world.ada, &loaded, &[]).await;
    world.work().await;
    let loading = drafted(&world.ada, &file(4..=5)).await;
    launched(&world.ada, &loading, &[]).await;
    let open = draft(&send(&world.ada, "bad.csv", format!("{}1,2\n", file(6..=6)).as_bytes(), &[]).await);
    drafted(&world.ada, &format!("{HEADER}1,2,,,,\n")).await;
    let list = page(&world.ada, "/imports").await;
    assert_eq!(
        listed(&list),
        [
            "batch.csv | 1 | 1 | Nothing to load",
            "bad.csv | 2 | 1 | Checked",
            "batch.csv | 2 | 0 | Loading",
            "batch.csv | 3 | 0 | Loaded",
        ]
    );
    assert_eq!(list.attributes("td a.btn", "href"), [open.as_str()], "one waits for a word");
    assert_eq!(list.attributes("td a[href^='/operations/']", "href").len(), 2);
    let part = world.ada.fragment("/imports").await;
    assert!(!part.body.contains("<html") && part.texts("tbody tr").len() == 4);
    let none = page(&world.ada, "/imports").await;
    assert_eq!(none.attributes("a[rel=next], a[rel=prev]", "href").len(), 0);
}

#[actix_web::test]
async fn the_list_is_read_page_by_page_and_is_the_company_s_own() {
    let world = World::new().await;
    for number in 1..=30 {
        drafted(&world.ada, &file(number..=number)).await;
    }
    let first = page(&world.ada, "/imports").await;
    assert_eq!((first.texts("tbody tr").len(), first.attributes("a[rel=prev]", "href").len()), (25, 0));
    let next = first.attribute("a[rel=next]", "href").expect("a next page");
    let second = page(&world.ada, &next).await;
    assert_eq!((second.texts("tbody tr").len(), second.attributes("a[rel=next]", "href").len()), (5, 0));
    let back = second.attribute("a[rel=prev]", "href").expect("a page before");
    let again = page(&world.ada, &back).await;
    assert_eq!(again.attributes("tbody th a", "href"), first.attributes("tbody th a", "href"));
    let sam = world.stranger().await;
    assert_eq!(page(&sam, "/imports").await.texts("tbody tr").len(), 0);
    let otto = world.person("otto@meridian.example", Role::Operator).await;
    assert_eq!(otto.get("/imports").await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn room_is_not_made_by_removing_what_is_being_checked() {
    let world = World::new().await;
    drafted(&world.ada, &file(1..=1)).await;
    let old = |more: &str| {
        format!(
            "WITH old AS (UPDATE import_drafts SET created_at = now() - interval '8 days'{more} RETURNING 1) \
             SELECT count(*) AS number FROM old"
        )
    };
    world.number(&old(", checked_at = NULL, seen_at = now()"));
    assert_eq!(world.app.db.run(fleet::import_drafts::purge), 0);
    world.number(&old(", seen_at = now() - interval '1 hour'"));
    assert_eq!(world.app.db.run(fleet::import_drafts::purge), 1);
    assert_eq!(world.number("SELECT count(*) AS number FROM import_lines"), 0);
}
