//! Columns, widths, page size and density: kept for the person, and in the first HTML.

use reqwest::StatusCode;

use super::{iccids, world};
use crate::support::Page;

/// The heads of the columns, without the box.
fn heads(page: &Page) -> Vec<String> {
    page.texts("thead th").split_off(1)
}

#[actix_web::test]
async fn chosen_columns_are_kept_in_their_order_for_the_person_alone() {
    let mut world = world().await;
    let page = world.ada.open("/fleet").await;
    assert_eq!(heads(&page).len(), 12);
    let form = [("grid", "state=active"), ("column", "imsi"), ("column", "state"), ("column", "price")];
    let answer = world.ada.post("/grid-layout", &form).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert!(answer.header("hx-trigger").contains("dialog-close"));
    assert!(answer.header("hx-location").contains("/fleet?state=active"), "{}", answer.header("hx-location"));
    let page = world.ada.get("/fleet?size=25").await;
    assert_eq!(heads(&page), ["ICCID", "IMSI", "State"]);
    assert_eq!(page.texts("tbody tr:first-child > *").len(), 4);
    assert_eq!(iccids(&page).len(), 25);
    let again = world.app.sign_in("ada@meridian.example").await;
    assert_eq!(heads(&again.get("/fleet").await), ["ICCID", "IMSI", "State"], "on the server");
    let vera = world.app.sign_in("vera@meridian.example").await;
    assert_eq!(heads(&vera.get("/fleet").await).len(), 12);
}

#[actix_web::test]
async fn widths_page_size_and_density_are_in_the_first_html() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let answer = world.ada.post("/grid-layout", &[("width-name", "333"), ("width-price", "1")]).await;
    assert_eq!((answer.status, answer.header("hx-location")), (StatusCode::NO_CONTENT, ""));
    world.ada.post("/grid-layout", &[("size", "25"), ("grid", "sort=imsi&size=100")]).await;
    world.ada.post("/grid-layout", &[("density", "compact")]).await;
    let page = world.ada.get("/fleet").await;
    assert_eq!(page.attribute("col[data-column=name]", "width").as_deref(), Some("333"));
    assert_eq!(iccids(&page).len(), 25);
    assert_eq!(page.texts(".page-sizes [aria-current]"), ["25"]);
    assert_eq!(page.attributes("table.grid-compact", "class").len(), 1);
    assert_eq!(iccids(&world.ada.get("/fleet?size=50").await).len(), 50, "an address that says so wins");
    world.ada.post("/grid-layout", &[("width-name", "")]).await;
    let page = world.ada.get("/fleet").await;
    assert_eq!(page.attribute("col[data-column=name]", "width").as_deref(), Some("180"));
    world.ada.post("/grid-layout", &[("reset", "on"), ("grid", "")]).await;
    let page = world.ada.get("/fleet").await;
    assert_eq!(iccids(&page).len(), 50);
    assert!(page.attributes("table.grid-compact", "class").is_empty());
}

#[actix_web::test]
async fn what_no_layout_can_have_is_refused_and_nothing_is_kept() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    for (name, value) in [("width-name", "59"), ("width-name", "901"), ("size", "7"), ("size", "x")] {
        let answer = world.ada.post("/grid-layout", &[(name, value), ("density", "compact")]).await;
        assert!(answer.status.is_client_error(), "{name}={value}: {}", answer.status);
    }
    let form = [("grid", ""), ("column", "imsi"), ("width-imsi", "5"), ("density", "compact")];
    let answer = world.ada.post("/grid-layout", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts(".alert-danger"), ["A column is 60 to 900 pixels wide."]);
    assert_eq!(answer.attribute("[name=width-imsi]", "value").as_deref(), Some("5"), "what was typed stays");
    assert_eq!(answer.attributes("[name=column][checked]", "value"), ["imsi"]);
    let page = world.ada.get("/fleet").await;
    assert_eq!(heads(&page).len(), 12);
    assert!(page.attributes("table.grid-compact", "class").is_empty());
}

#[actix_web::test]
async fn an_address_that_names_its_columns_shows_those_and_the_own_ones_stay() {
    let mut world = world().await;
    world.ada.open("/fleet").await;
    let page = world.ada.get("/fleet?columns=iccid.labels.price.name").await;
    assert_eq!(heads(&page), ["ICCID", "Labels", "Name"]);
    assert_eq!(page.value_of("#filters [name=columns]"), "iccid.labels.name");
    let form = [("grid", "state=active&columns=iccid.labels"), ("column", "eid")];
    let answer = world.ada.post("/grid-layout", &form).await;
    let shown: serde_json::Value = serde_json::from_str(answer.header("hx-location")).expect("JSON");
    assert_eq!(shown["path"], "/fleet?state=active&columns=iccid.eid");
    assert_eq!(heads(&world.ada.get("/fleet").await).len(), 12);
}

#[actix_web::test]
async fn only_what_has_an_index_is_offered_to_be_sorted_by() {
    let world = world().await;
    let page = world.ada.get("/fleet").await;
    assert_eq!(page.texts("thead a.sort-link"), ["ICCID", "IMSI", "MSISDN", "Activated", "Last change"]);
}

#[actix_web::test]
async fn without_scripts_a_page_size_is_a_link_and_the_layout_a_form() {
    let mut world = world().await;
    let page = world.ada.open("/fleet?state=active").await;
    let link = page.attribute("#size-25", "href").expect("a link");
    assert_eq!(link, "/fleet?state=active&size=25");
    let (token, account) = (world.ada.csrf_token.clone(), world.ada.account.clone());
    let form =
        [("_csrf", &*token), ("_account", &*account), ("grid", "state=active"), ("density", "compact")];
    let answer = world.ada.send_form("/grid-layout", &form).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/fleet?state=active"));
}
