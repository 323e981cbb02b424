//! Names, notes and fields from a file: sent, reviewed, launched.

use fleet::sims::SimState;
use reqwest::StatusCode;

use super::{column, iccids, sql, upload};
use crate::operation_screens::fixture::{World, button, launched};
use crate::support::Page;

/// All that is said of what would happen, with single blanks.
fn preview(page: &Page) -> String {
    page.texts(".preview").concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[actix_web::test]
async fn a_file_with_names_is_reviewed_and_launched_as_one_operation() {
    let world = World::new().await;
    let sims = world.sims(2, SimState::Inventory);
    sql(&world, &format!("UPDATE sims SET name = 'Old' WHERE id = {}", sims[0]));
    let cards = iccids(&world, &sims);
    let file = format!("iccid,name\n{},Dock <1>\n{},\n262019999999999,Nobody\n", cards[0], cards[1]);
    let dialog = world.ada.fragment("/sim-details/new").await;
    assert_eq!(dialog.texts("h2"), ["Edit details by a file"]);
    let review = upload(&world.ada, "/sim-details", "meters.csv", file.as_bytes()).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.body);
    assert_eq!(review.header("hx-retarget"), "#dialog-body");
    assert_eq!(review.texts("h2"), ["Edit 2 SIMs of Meridian IoT"]);
    let told = preview(&review);
    assert!(told.contains("Gets what “meters.csv” has for it: name."), "{told}");
    assert!(told.contains(&format!("Line 2 {} Name: Old → Dock <1>", cards[0])), "{told}");
    assert!(told.contains(&format!("Line 3 {} stays as it is", cards[1])), "{told}");
    assert!(told.contains("1 not found in this company Line 4 262019999999999"), "{told}");
    assert_eq!(button(&review), ("Edit 2 SIMs".to_owned(), false));

    let list = review.attribute("input[name=list]", "value").expect("a list");
    let form = [("kind", "edit"), ("selection", "file"), ("list", &list), ("clear_empty", "on")];
    let again = world.ada.post("/operations/preview", &form).await;
    assert!(preview(&again).contains("An empty cell takes away what the SIM has."), "{}", again.body);
    let number = launched(&world.ada.post("/operations", &form).await);
    world.work().await;
    assert_eq!(column(&world, "name", sims[0]), "Dock <1>");
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("“meters.csv” has for it: name."), "{}", page.body);
}

#[actix_web::test]
async fn columns_that_are_copied_from_a_sheet_do_too() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Active);
    let text = format!("ICCID\tNote\n{}\tBehind the door\n", iccids(&world, &sims)[0]);
    let review = world.ada.post("/sim-details", &[("identifiers", text.as_str())]).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.body);
    let list = review.attribute("input[name=list]", "value").expect("a list");
    launched(
        &world.ada.post("/operations", &[("kind", "edit"), ("selection", "file"), ("list", &list)]).await,
    );
    world.work().await;
    assert_eq!(column(&world, "note", sims[0]), "Behind the door");
}

#[actix_web::test]
async fn what_is_no_file_with_details_is_said_beside_the_fields() {
    let world = World::new().await;
    for (text, words) in [
        ("", "Paste identifiers, or choose a file"),
        ("262011234567890,Meter", "The first line must name the columns"),
        ("imsi,colour\n262011234567890,red", "No column is named Name or Note."),
        ("imsi,name", "Paste identifiers, or choose a file"),
    ] {
        let answer = world.ada.post("/sim-details", &[("identifiers", text)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(answer.body.contains(words), "{text}: {}", answer.body);
    }
    let none = world.ada.post("/sim-details", &[("identifiers", "imsi,name\n262019999999999,x")]).await;
    assert!(preview(&none).contains("None of these is a SIM of this company."), "{}", none.body);
    assert!(button(&none).1);
}

#[actix_web::test]
async fn a_file_of_another_company_is_not_there() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Active);
    let text = format!("iccid,name\n{},Meter\n", iccids(&world, &sims)[0]);
    let review = world.ada.post("/sim-details", &[("identifiers", text.as_str())]).await;
    let list = review.attribute("input[name=list]", "value").expect("a list");
    let other = world.stranger().await;
    for list in [list.as_str(), "", "x"] {
        let form = [("kind", "edit"), ("selection", "file"), ("list", list)];
        for path in ["/operations/drafts", "/operations/preview", "/operations"] {
            assert_eq!(other.post(path, &form).await.status, StatusCode::NOT_FOUND, "{path} {list}");
        }
    }
}
