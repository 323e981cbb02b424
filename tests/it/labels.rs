//! Labels and custom fields over HTTP: their screen, the details of a SIM, the grid, and the dialog of an edit.

use fleet::tenancy::Role;
use reqwest::StatusCode;

use crate::fleet::{World, world};
use crate::support::{Client, Page};

async fn administrator(world: &World) -> Client {
    world.app.db.member("root@meridian.example", world.meridian, Role::Administrator);
    world.app.sign_in("root@meridian.example").await
}

async fn screen(root: &mut Client) -> Page {
    root.open("/administration/labels").await
}

/// The id in the address of a row's dialog.
fn id_of(page: &Page, of: &str) -> String {
    let address =
        page.attribute(&format!("button[hx-get^='/administration/{of}/'][hx-get$='/edit']"), "hx-get");
    address.expect("a row").split('/').nth(3).expect("an id").to_owned()
}

fn number(world: &World, sql: &str) -> i64 {
    world.app.db.run(|conn| fleet::testing::number(conn, sql))
}

#[actix_web::test]
async fn labels_and_fields_are_made_changed_and_removed() {
    let world = world().await;
    let mut root = administrator(&world).await;
    let page = screen(&mut root).await;
    assert!(page.body.contains("No label yet") && page.body.contains("No field yet"), "{}", page.body);
    let made = root.post("/administration/labels", &[("name", " Pilot "), ("colour", "teal")]).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.body);
    let again = root.post("/administration/labels", &[("name", "PILOT"), ("colour", "red")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.texts("#error-name")[0].contains("a label named “PILOT” already"), "{}", again.body);
    assert_eq!(again.value_of("input[name=name]"), "PILOT");
    let odd = root.post("/administration/labels", &[("name", "x"), ("colour", "mauve")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (name, kind, choices) in [("Site", "list", "North\n\nSouth\nNorth"), ("Size", "number", "")] {
        let form = [("name", name), ("kind", kind), ("choices", choices)];
        let made = root.post("/administration/custom-fields", &form).await;
        assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.body);
    }
    for taken in ["ICCID", "name", "Last Change", "labels"] {
        let form = [("name", taken), ("kind", "text")];
        let refused = root.post("/administration/custom-fields", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.texts(".invalid-feedback")[0].contains("Choose another name"), "{}", refused.body);
    }
    let none = root.post("/administration/custom-fields", &[("name", "Empty"), ("kind", "list")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = screen(&mut root).await;
    assert_eq!(page.texts(".label-teal"), ["Pilot"]);
    let (label, field) = (id_of(&page, "labels"), id_of(&page, "custom-fields"));
    let names = "section[aria-labelledby=fields] tbody td:first-child";
    assert_eq!(page.texts(names), ["Site", "Size"]);
    assert!(page.body.contains("North, South<"), "{}", page.body);
    root.post(&format!("/administration/custom-fields/{field}/position"), &[("up", "false")]).await;
    assert_eq!(screen(&mut root).await.texts(names), ["Size", "Site"]);
    root.post(&format!("/administration/labels/{label}"), &[("name", "Field test"), ("colour", "lime")])
        .await;
    assert_eq!(screen(&mut root).await.texts(".label-lime"), ["Field test"]);
    for address in [format!("labels/{label}"), format!("custom-fields/{field}")] {
        let gone = root.post(&format!("/administration/{address}/removal"), &[("", "")]).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
        let again = root.post(&format!("/administration/{address}/removal"), &[("", "")]).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
    }
    let page = screen(&mut root).await;
    assert_eq!(page.texts(names), ["Size"]);
    assert!(page.body.contains("No label yet"));
}

#[actix_web::test]
async fn the_details_of_a_sim_are_edited_and_what_was_typed_stays_where_something_is_wrong() {
    let mut world = world().await;
    let id = world.meridian;
    world.sql(&format!(
        "INSERT INTO labels (company_id, name, colour) VALUES ({id}, 'Pilot', 'pink'), ({}, 'Secret', 'red')",
        world.stranger
    ));
    world.sql(&format!(
        "INSERT INTO custom_fields (company_id, name, kind, choices, position) \
         VALUES ({id}, 'Since', 'date', '{{}}', 1), ({id}, 'Site', 'list', '{{North,South}}', 2), \
                ({}, 'Hidden', 'text', '{{}}', 1)",
        world.stranger
    ));
    let of = |table: &str, name: &str| {
        number(&world, &format!("SELECT id AS number FROM {table} WHERE name = '{name}'"))
    };
    let (pilot, secret) = (of("labels", "Pilot"), of("labels", "Secret"));
    let (since, site, hidden) =
        (of("custom_fields", "Since"), of("custom_fields", "Site"), of("custom_fields", "Hidden"));
    let iccid = world.expected(&format!("id = {}", world.inventory[0]), "iccid").remove(0);
    let path = format!("/sims/{iccid}");
    let form = |label: i64, field: i64, value: &str, note: &str| {
        [
            ("name", "Pump 7".to_owned()),
            ("label", label.to_string()),
            ("new_label", "Wet".to_owned()),
            ("note", note.to_owned()),
            ("field", field.to_string()),
            ("field_value", value.to_owned()),
        ]
    };
    world.ada.open(&path).await;
    let wrong = world.ada.post(&path, &form(pilot, since, "tomorrow", "Behind the <door>")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(wrong.texts(&format!("#error-value-{since}"))[0].starts_with("Enter a date"), "{}", wrong.body);
    assert_eq!(wrong.texts("textarea[name=note]"), ["Behind the <door>"]);
    assert_eq!(wrong.texts("select[name=label] option[selected]"), ["Pilot"]);
    assert_eq!(wrong.value_of("input[name=new_label]"), "Wet");
    for (label, field) in [(secret, since), (pilot, hidden)] {
        let foreign = world.ada.post(&path, &form(label, field, "x", "")).await;
        assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!foreign.body.contains("Secret") && !foreign.body.contains("Hidden"), "{}", foreign.body);
    }
    let saved = world.ada.post(&path, &form(pilot, site, "South", "Behind the <door>")).await;
    assert_eq!(saved.status, StatusCode::NO_CONTENT, "{}", saved.body);
    // It is told once, with what was before and after it; and not where nothing was changed.
    let renamed = form(pilot, site, "North", "");
    for _ in 0..2 {
        assert_eq!(world.ada.post(&path, &renamed).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(
        world.ada.get(&path).await.attribute("#sim-audit", "href"),
        None,
        "an operator may not read the log"
    );
    world.app.db.member("root@meridian.example", world.meridian, fleet::tenancy::Role::Administrator);
    let root = world.app.sign_in("root@meridian.example").await;
    let log = root.get(&path).await.attribute("#sim-audit", "href").expect("a link");
    let told: Vec<String> = root.get(&log).await.texts("#audit tbody td:last-child > div");
    let (second, first) = told.split_at(2);
    assert_eq!(second, ["Site: South → North", "note: Behind the <door> → none"]);
    assert_eq!(first, ["Site: South", "labels: Pilot, Wet", "name: Pump 7", "note: Behind the <door>"]);
    let saved = world.ada.post(&path, &form(pilot, site, "South", "Behind the <door>")).await;
    assert_eq!(saved.header("hx-redirect"), path);
    let page = world.ada.get(&path).await;
    let details = page.texts("section[aria-labelledby=details] dd");
    assert_eq!(details, ["Pump 7", "Pilot Wet", "Behind the <door>", "none", "South"], "{}", page.body);
    // Somebody else was faster: what was typed stays, and is saved when it is sent again.
    let dialog = world.ada.get(&format!("{path}/edit")).await;
    let mut late = form(pilot, site, "North", "Late").to_vec();
    late.push(("seen", dialog.value_of("input[name=seen]")));
    world.sql("UPDATE sims SET changed_at = now()");
    let refused = world.ada.post(&path, &late).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts(".alert-danger").join(" ").contains("has changed since"), "{}", refused.body);
    assert_eq!(refused.texts("textarea[name=note]"), ["Late"]);
    assert_eq!(number(&world, "SELECT count(*) AS number FROM sims WHERE note = 'Late'"), 0);
    late.pop();
    late.push(("seen", refused.value_of("input[name=seen]")));
    assert_eq!(world.ada.post(&path, &late).await.status, StatusCode::NO_CONTENT);
    assert_eq!(number(&world, "SELECT count(*) AS number FROM sims WHERE note = 'Late'"), 1);
    world.sql("UPDATE sims SET fields = replace(fields::text, 'North', 'South')::jsonb");
    // A choice that the list has no more stays until another one is chosen.
    world.sql("UPDATE custom_fields SET choices = '{North}' WHERE name = 'Site'");
    let kept = world.ada.post(&path, &form(pilot, site, "South", "")).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT, "{}", kept.body);
    let elsewhere = world.expected(&format!("id = {}", world.inventory[1]), "iccid").remove(0);
    let taken = world.ada.post(&format!("/sims/{elsewhere}"), &form(pilot, site, "South", "")).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn notes_and_fields_are_columns_of_the_company_that_has_them() {
    let mut world = world().await;
    world.sql(&format!(
        "WITH field AS (INSERT INTO custom_fields (company_id, name, kind, position) \
             VALUES ({}, 'Site', 'text', 1) RETURNING id) \
         UPDATE sims SET note = 'Look here', fields = jsonb_build_object(field.id, 'Dock') FROM field",
        world.meridian
    ));
    let field = number(&world, "SELECT id AS number FROM custom_fields");
    let column = format!("field-{field}");
    let page = world.ada.open("/fleet").await;
    assert!(!page.body.contains("Look here") && !page.body.contains("Dock"), "off by default");
    let dialog = world.ada.fragment("/grid-layout/edit?").await;
    assert!(dialog.attribute(&format!("input[name=column][value={column}]"), "checked").is_none());
    let width = format!("width-{column}");
    let form =
        [("grid", ""), ("column", "note"), ("column", &column), (&width, "222"), ("column", "field-999999")];
    world.ada.post("/grid-layout", &form).await;
    let page = world.ada.get("/fleet").await;
    assert_eq!(page.texts("thead th").split_off(1), ["ICCID", "Note", "Site"]);
    assert_eq!(page.texts("tbody tr:first-child td:last-child"), ["Dock"]);
    assert_eq!(page.attribute(&format!("col[data-column={column}]"), "width").as_deref(), Some("222"));
    // A head that is carried over all accounts sends the columns in sight, which have no field.
    let form = [("grid", ""), ("column", &*column), ("column", "note"), ("column", "state")];
    world.ada.post("/grid-layout", &form).await;
    let carried = |grid| {
        [("grid", grid), ("carried", "on"), ("column", "iccid"), ("column", "state"), ("column", "note")]
    };
    assert_eq!(world.ada.post("/grid-layout", &carried("tree=1")).await.status, StatusCode::NO_CONTENT);
    let page = world.ada.get("/fleet").await;
    assert_eq!(page.texts("thead th").split_off(1), ["ICCID", "Site", "State", "Note"]);
    let grid = format!("tree=1&columns=iccid.{column}.note.state");
    let shown = world.ada.post("/grid-layout", &carried(&grid)).await;
    assert!(
        shown.header("hx-location").contains(&format!("columns=iccid.{column}.state.note")),
        "{}",
        shown.header("hx-location")
    );
    // In another company they are passed over, and not forgotten where its columns are chosen.
    world.app.db.run(|conn| {
        let sql = format!(
            "INSERT INTO memberships (user_id, company_id, role) VALUES ({}, {}, 'operator')",
            world.user, world.stranger
        );
        Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?)
    });
    let scope = |company: i64| {
        let sql = format!("SELECT uid::text AS answer FROM companies WHERE id = {company}");
        world.ask(&sql)
    };
    let uid = scope(world.stranger.0).parse().expect("a uid");
    let stranger = world.app.db.scope(world.user, uid);
    let change = fleet::grid_layouts::Change {
        columns: Some(fleet::sims::Columns::parse("iccid.state")),
        ..fleet::grid_layouts::Change::default()
    };
    let layout = world.app.db.run(|conn| fleet::grid_layouts::update(conn, &stranger, &change));
    assert_eq!(layout.columns.to_text(), format!("iccid.state.{column}"));
    assert_eq!(world.ada.get("/fleet").await.texts("thead th").split_off(1), ["ICCID", "State", "Site"]);
    // A removed one breaks neither the columns nor an address that names it.
    world.sql("DELETE FROM custom_fields");
    assert_eq!(world.ada.get("/fleet").await.texts("thead th").split_off(1), ["ICCID", "State"]);
    let named = world.ada.get(&format!("/fleet?columns=iccid.{column}.name")).await;
    assert_eq!(named.texts("thead th").split_off(1), ["ICCID", "Name"]);
}

#[actix_web::test]
async fn the_dialog_of_an_edit_says_what_changes_and_keeps_what_was_typed() {
    let mut world = world().await;
    world.sql(&format!(
        "INSERT INTO custom_fields (company_id, name, kind, position) VALUES ({}, 'Size', 'number', 1)",
        world.meridian
    ));
    let size = number(&world, "SELECT id AS number FROM custom_fields").to_string();
    world.ada.open("/fleet").await;
    let filled = |name: &str, value: &str| {
        let fields =
            [("kind", "edit"), ("selection", "matching"), ("filter", "state=inventory"), ("name", name)];
        let mut form: Vec<(&'static str, String)> = fields.map(|(key, value)| (key, value.to_owned())).into();
        form.extend([
            ("field", size.clone()),
            ("field_value", value.to_owned()),
            ("new_label", "Wet".to_owned()),
        ]);
        form
    };
    let opened = world
        .ada
        .post("/operations/drafts", &[("kind", "edit"), ("selection", "matching"), ("filter", "")])
        .await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.body);
    assert!(opened.body.contains("Say what is to be changed."), "{}", opened.body);
    let preview = world.ada.post("/operations/preview", &filled("Meter {n}", "3.50")).await;
    assert!(
        preview.body.contains("30 will be edited.") && preview.body.contains("Gets the label “Wet”."),
        "{}",
        preview.body
    );
    assert!(preview.body.contains("The field “Size” becomes “3.5”."), "{}", preview.body);
    assert_eq!(number(&world, "SELECT count(*) AS number FROM labels"), 0, "nothing is made yet");
    let wrong = world.ada.post("/operations", &filled("Meter {no}", "many")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.value_of("input[name=name]"), "Meter {no}");
    assert_eq!(wrong.value_of("input[name=field_value]"), "many");
    assert!(wrong.texts(&format!("#error-value-{size}"))[0].starts_with("Enter a number"), "{}", wrong.body);
    let mut both = filled("", "");
    both.extend([("note", "x".to_owned()), ("clear_note", "on".to_owned())]);
    let both = world.ada.post("/operations", &both).await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(both.body.contains("filled in and to be cleared at once"), "{}", both.body);
    let launched = world.ada.post("/operations", &filled("Meter {n}", "3.50")).await;
    assert_eq!(launched.status, StatusCode::NO_CONTENT, "{}", launched.body);
    let number = number(&world, "SELECT id AS number FROM operations");
    let page = world.ada.get(&format!("/operations/{number}")).await;
    assert!(page.body.contains("The name becomes “Meter {n}”."), "{}", page.body);
    assert_eq!(world.ask("SELECT count(*)::text AS answer FROM labels WHERE name = 'Wet'"), "1");
}
