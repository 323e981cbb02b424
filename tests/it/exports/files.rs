//! What is in the files, cell by cell.

use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _};
use fleet::sims::SimState;
use reqwest::StatusCode;

use super::{all, asked, csv_rows, download, exported, with_look, xlsx_cells, xlsx_rows};
use crate::operation_screens::fixture::{World, list, matching};
use crate::sim_lists::{iccids, listed, shown, shown_at, sql, uid, upload};

const HEADS: [&str; 15] = [
    "ICCID",
    "Name",
    "Note",
    "State",
    "Offer",
    "IMSI",
    "MSISDN",
    "IMEI",
    "EID",
    "Type",
    "Labels",
    "Activated",
    "Last change",
    "Last seen",
    "Depot",
];

/// The cells of all SIMs of Meridian, as the database has them.
fn expected(world: &World) -> Vec<Vec<String>> {
    #[derive(QueryableByName)]
    struct Cells {
        #[diesel(sql_type = Array<Text>)]
        cells: Vec<String>,
    }
    let moment = |column: &str| {
        format!("coalesce(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '')")
    };
    let sql = format!(
        "SELECT ARRAY[s.iccid, coalesce(s.name, ''), coalesce(s.note, ''), initcap(s.state::text), coalesce(o.name, ''), s.imsi, \
             coalesce(s.msisdn, ''), coalesce(s.imei, ''), coalesce(s.eid, ''), 'Plug-in card', \
             coalesce((SELECT string_agg(l.name, ', ' ORDER BY l.name COLLATE \"C\") FROM labels l \
                       WHERE l.id = ANY (s.label_ids)), ''), {}, {}, {}, \
             coalesce(s.fields ->> (SELECT id::text FROM custom_fields), '')] AS cells \
         FROM sims s LEFT JOIN offers o ON o.id = s.offer_id \
         LEFT JOIN life_signs ON life_signs.sim_id = s.id WHERE s.company_id = $1 ORDER BY s.iccid",
        moment("s.activated_at"),
        moment("s.changed_at"),
        moment("last_seen_at"),
    );
    let rows: Vec<Cells> =
        world.app.db.run(|conn| Ok(diesel::sql_query(sql).bind::<BigInt, _>(world.meridian).load(conn)?));
    rows.into_iter().map(|row| row.cells).collect()
}

/// SIMs with everything, some of it written by somebody who means harm.
async fn hostile() -> World {
    let world = World::new().await;
    let fresh = world.sims(4, SimState::Inventory);
    world.sims(2, SimState::Active);
    world.app.db.run(|conn| fleet::testing::sims(conn, world.clienticity, 3, SimState::Inventory, None));
    let label = |name: &str| {
        let sql = format!(
            "INSERT INTO labels (company_id, name) VALUES ({}, $1) RETURNING id AS number",
            world.meridian
        );
        world.app.db.run(|conn| {
            Ok(diesel::sql_query(&sql)
                .bind::<Text, _>(name)
                .get_result::<fleet::testing::Number>(conn)?
                .number)
        })
    };
    let labels = [label("=cmd|' /C calc'!A0"), label("Zähler, \"neu\""), label("+1;=2")];
    sql(
        &world,
        &format!(
            "INSERT INTO custom_fields (company_id, name, kind, position) VALUES ({}, 'Depot', 'text', 1)",
            world.meridian
        ),
    );
    sql(&world, &format!("UPDATE sims SET note = '=2+3' WHERE id = {}", fresh[1]));
    sql(
        &world,
        &format!(
            "INSERT INTO life_signs (sim_id, last_seen_at) VALUES ({}, now()), ({}, NULL)",
            fresh[0], fresh[2]
        ),
    );
    sql(
        &world,
        &format!(
            "UPDATE sims SET fields = jsonb_build_object((SELECT id::text FROM custom_fields), '@North') WHERE id = {}",
            fresh[0]
        ),
    );
    for (sim, name, labels) in [
        (fresh[0], "=HYPERLINK(\"http://x\";\"y\")", &labels[..]),
        (fresh[1], "two\nlines\tand 📶", &labels[..1]),
        (fresh[2], "  -7 \"quoted\", with comma", &labels[1..2]),
    ] {
        let set = "UPDATE sims SET name = $1, label_ids = $2, msisdn = '49170123456' || id, imei = '356938035643809' \
             WHERE id = $3";
        world.app.db.run(|conn| {
            Ok(diesel::sql_query(set)
                .bind::<Text, _>(name)
                .bind::<Array<BigInt>, _>(labels)
                .bind::<BigInt, _>(sim)
                .execute(conn)?)
        });
    }
    world
}

#[actix_web::test]
async fn a_workbook_has_times_as_such_and_all_else_as_text_whatever_is_in_it() {
    let world = hostile().await;
    let rows = xlsx_rows(&exported(&world.ada, &all("", "xlsx")).await);
    assert_eq!(rows[0], HEADS);
    assert_eq!(rows[1..], expected(&world), "all SIMs of this company, and none of another");
}

#[actix_web::test]
async fn numbers_and_dates_of_fields_are_such_in_a_workbook_and_in_a_csv() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    for (name, kind, position) in [("Size", "number", 1), ("Since", "date", 2)] {
        sql(
            &world,
            &format!(
                "INSERT INTO custom_fields (company_id, name, kind, position) VALUES ({}, '{name}', '{kind}', {position})",
                world.meridian
            ),
        );
    }
    let written = [("-12.5", "2026-11-25"), ("123456789012345678", "1815-12-10"), ("0.1", "1990-02-28")];
    for (sim, (size, since)) in sims.iter().zip(written) {
        sql(
            &world,
            &format!(
                "UPDATE sims SET fields = (SELECT jsonb_object_agg(id, CASE name WHEN 'Size' THEN '{size}' ELSE '{since}' END) \
                 FROM custom_fields) WHERE id = {sim}"
            ),
        );
    }
    let last = |cells: &[calamine::Data]| {
        let (size, since) = (&cells[cells.len() - 2], &cells[cells.len() - 1]);
        let since = match since {
            calamine::Data::DateTime(day) => format!("{:?}", day.to_ymd_hms_milli()),
            other => other.to_string(),
        };
        (size.clone(), since)
    };
    let cells = xlsx_cells(&exported(&world.ada, &all("", "xlsx")).await);
    assert_eq!(last(&cells[1]), (calamine::Data::Float(-12.5), "(2026, 11, 25, 0, 0, 0, 0)".to_owned()));
    let long = calamine::Data::String("123456789012345678".to_owned());
    assert_eq!(last(&cells[2]), (long, "1815-12-10".to_owned()), "more than a spreadsheet keeps");
    assert_eq!(last(&cells[3]), (calamine::Data::Float(0.1), "(1990, 2, 28, 0, 0, 0, 0)".to_owned()));
    let rows = csv_rows(&exported(&world.ada, &all("", "csv")).await);
    for (row, (size, since)) in rows[1..].iter().zip(written) {
        assert_eq!(row[row.len() - 2..], [size, since]);
    }
}

#[actix_web::test]
async fn a_csv_has_every_cell_and_no_formula() {
    let world = hostile().await;
    let rows = csv_rows(&exported(&world.ada, &all("", "csv")).await);
    assert_eq!(rows[0], HEADS);
    let mut expected = expected(&world);
    assert_eq!(rows.len(), 1 + expected.len());
    // What only the CSV says otherwise.
    for (row, cells) in [
        (
            0,
            vec![
                (1, "'=HYPERLINK(\"http://x\";\"y\")"),
                (10, "'+1;'=2, '=cmd|' /C calc'!A0, Zähler, \"neu\""),
                (14, "'@North"),
            ],
        ),
        (1, vec![(1, "two lines and 📶"), (2, "'=2+3"), (10, "'=cmd|' /C calc'!A0")]),
        (2, vec![(1, "  '-7 \"quoted\", with comma"), (10, "Zähler, \"neu\"")]),
    ] {
        for (column, cell) in cells {
            expected[row][column] = cell.to_owned();
        }
    }
    assert_eq!(rows[1..], expected);
}

#[actix_web::test]
async fn an_exported_csv_is_a_list_that_the_portal_takes_back() {
    let world = hostile().await;
    let file = exported(&world.ada, &all("", "csv")).await;
    let list = shown_at(&upload(&world.ada, "/sim-lists", "sims.csv", &file.bytes).await);
    let expected: Vec<String> = expected(&world).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(shown(&world.ada, &list).await, expected);
}

#[actix_web::test]
async fn where_no_sim_matches_the_dialog_says_so_and_offers_nothing() {
    let world = World::new().await;
    world.sims(2, SimState::Active);
    let dialog = world.ada.post("/exports/drafts", &matching("export", "state=retired")).await;
    assert!(dialog.body.contains("No SIM of Meridian IoT matches the filter"), "{}", dialog.body);
    assert_eq!(dialog.texts("button[type=submit][disabled]"), ["Export"]);
}

#[actix_web::test]
async fn a_selection_is_exported_with_the_columns_that_are_shown() {
    let world = World::new().await;
    let fresh = world.sims(5, SimState::Inventory);
    let active = world.sims(3, SimState::Active);
    let foreign =
        world.app.db.run(|conn| fleet::testing::sims(conn, world.clienticity, 1, SimState::Inventory, None));
    let first =
        |rows: Vec<Vec<String>>| -> Vec<String> { rows.into_iter().map(|row| row[0].clone()).collect() };

    // Ticked ones, one of them another company's.
    let ticked = with_look(list("export", &[fresh[1], foreign[0], fresh[0]]), "shown", "csv");
    let rows = csv_rows(&exported(&world.ada, &ticked).await);
    assert_eq!(rows[0], ["ICCID", "Labels", "State"]);
    assert_eq!(first(rows)[1..], iccids(&world, &fresh[..2]));

    // All that match, except some.
    let mut form = with_look(matching("export", "state=inventory"), "shown", "xlsx");
    form.extend([("except", fresh[2].to_string()), ("except", fresh[4].to_string())]);
    let rows = xlsx_rows(&exported(&world.ada, &form).await);
    assert_eq!(first(rows)[1..], iccids(&world, &[fresh[0], fresh[1], fresh[3]]));

    // In a kept list.
    let some = iccids(&world, &[active[2], fresh[3]]);
    let address = listed(&world.ada, &some.join("\n")).await;
    let form = with_look(matching("export", &format!("list={}", uid(&address))), "shown", "csv");
    let file = asked(&world.ada, &form).await;
    assert_eq!(
        first(csv_rows(&download(&world.ada, &file).await))[1..],
        iccids(&world, &[fresh[3], active[2]])
    );

    // A list that is gone meanwhile is no empty file.
    let file = asked(&world.ada, &form).await;
    sql(&world, "DELETE FROM sim_lists");
    let answer = world.ada.get(&file).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("not kept any more"), "{}", answer.body);
    assert_eq!(super::ask(&world, "SELECT count(*) FROM exports WHERE state = 'failed'"), "1");
}

#[actix_web::test]
async fn what_can_not_be_meant_stays_in_the_dialog() {
    let world = World::new().await;
    world.sims(2, SimState::Inventory);
    let dialog = world.ada.post("/exports/drafts", &with_look(matching("export", ""), "", "")).await;
    assert_eq!(dialog.status, StatusCode::OK);
    assert_eq!(dialog.texts("button[type=submit]"), ["Export 2 SIMs"]);

    let answer = world.ada.post("/exports", &all("state=inventory", "pdf")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("#error-format"), ["Choose CSV or Excel."]);
    assert_eq!(answer.value_of("input[name=filter]"), "state=inventory");
    assert_eq!(answer.attribute("#field-columns option[selected]", "value").as_deref(), Some("all"));

    let answer = world.ada.post("/exports", &all("state=retired", "csv")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.texts("[role=alert]")[0].starts_with("No SIM is selected."), "{}", answer.body);

    for (selection, filter) in [("failed", ""), ("pasted", ""), ("", ""), ("matching", "state=gone")] {
        let form = [("selection", selection), ("filter", filter), ("format", "csv"), ("operation", "1")];
        let answer = world.ada.post("/exports", &form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{selection}: {}", answer.body);
    }
    assert_eq!(super::ask(&world, "SELECT count(*) FROM exports"), "0");
}

#[actix_web::test]
async fn where_no_grid_is_shown_all_columns_are_exported_without_a_question() {
    let world = World::new().await;
    let sim =
        world.app.db.run(|conn| fleet::testing::sims(conn, world.meridian, 1, SimState::Inventory, None))[0];
    let dialog = world.ada.post("/exports/drafts", &list("export", &[sim])).await;
    assert_eq!(dialog.texts("select[name=format]").len(), 1);
    assert_eq!(dialog.texts("select[name=columns]").len(), 0);
    let mut form = list("export", &[sim]);
    form.push(("format", "csv".to_owned()));
    assert!(csv_rows(&exported(&world.ada, &form).await)[0].len() > 10);
}
