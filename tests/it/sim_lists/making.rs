//! Making lists.

use fleet::sims::SimState;
use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::{column, iccids, lines, listed, shown, shown_at, sql, uid, upload, upload_beside};
use crate::operation_screens::fixture::World;

#[actix_web::test]
async fn every_kind_of_identifier_names_its_sims() {
    let world = World::new().await;
    let sims = world.sims(6, SimState::Inventory);
    let eid = "89049032123451234512345678901235";
    sql(&world, &format!("UPDATE sims SET msisdn = '491701234567' WHERE id = {}", sims[2]));
    sql(&world, &format!("UPDATE sims SET eid = '{eid}' WHERE id IN ({}, {})", sims[3], sims[4]));
    let spaced: Vec<char> = column(&world, "iccid", sims[0]).chars().collect();
    let spaced = spaced.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>();
    let text = format!(
        "{}\r\n{}\r\n+49 170 1234567\r\n{eid}\r\nF00D\r\n901700000009999\r\n{}\r\n8901260881205897721\r\n901700000009999",
        spaced.join("\u{a0}"),
        column(&world, "imsi", sims[1]),
        column(&world, "imsi", sims[0]),
    );
    let address = listed(&world.ada, &text).await;
    assert_eq!(shown(&world.ada, &address).await, iccids(&world, &sims[..5]));
    let page = world.ada.get(&address).await;
    let told = "5 SIMs found, 1 not found in this company, 2 malformed, 2 listed more than once.";
    assert!(page.body.contains(told), "{}", page.body);
    assert!(page.texts("a.chip").contains(&"List: Pasted".to_owned()));

    let list = format!("/sim-lists/{}", uid(&address));
    let dialog = world.ada.fragment(&list).await;
    assert_eq!(
        dialog.texts("summary"),
        ["5 SIMs found", "1 not found in this company", "2 malformed", "2 listed more than once"]
    );
    assert_eq!(
        lines(&world.ada, &format!("{list}/leftovers.csv")).await,
        [
            "line,entry,problem,reason",
            "6,901700000009999,not found in this company,",
            "5,F00D,malformed,\"It is not a number: an ICCID, IMSI, MSISDN, EID or IMEI has digits only.\"",
            "8,8901260881205897721,malformed,\"The ICCID ends in 1, but its check digit should be 0: a digit is wrong or missing.\"",
            &format!(
                "7,{},listed more than once,Line 1 names this SIM already: {}.",
                column(&world, "imsi", sims[0]),
                column(&world, "iccid", sims[0])
            ),
            "9,901700000009999,listed more than once,It stands in line 6 already.",
        ]
    );
    let found = lines(&world.ada, &format!("{list}/sims.csv")).await;
    assert_eq!(found[0], "iccid,imsi,msisdn,eid,state,line");
    assert_eq!(found.len(), 6);
    assert!(found[3].contains("491701234567") && found[4].contains(eid), "{found:?}");
    assert!(found[1].ends_with(",1") && found[5].ends_with(",4"), "{found:?}");
    let unknown = lines(&world.ada, &format!("{list}/leftovers.csv?problem=not_found")).await;
    assert_eq!(unknown.len(), 2, "{unknown:?}");
    assert_eq!(dialog.attributes("details a[download]", "href").len(), 3);
    let wrong = world.ada.get(&format!("{list}/leftovers.csv?problem=x")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn a_file_names_its_column_or_begins_with_it() {
    let world = World::new().await;
    let sims = world.sims(3, SimState::Inventory);
    let known = iccids(&world, &sims);
    let imsi = column(&world, "imsi", sims[2]);
    let with_header = format!(
        "\u{feff}Name;ICCID;IMSI\r\n\"Meter; north\";\"{}\";1\r\nMeter;{}\u{a0};\r\n;;{imsi}\r\n;;\r\n",
        known[0], known[1]
    );
    let without = format!("{}\tMeter\n'{}\tMeter\n{imsi}\tx\n", known[0], known[1]);
    for (name, text) in [("meters.csv", with_header), ("meters.txt", without)] {
        let address = shown_at(&upload(&world.ada, "/sim-lists", name, text.as_bytes()).await);
        assert_eq!(shown(&world.ada, &address).await, known, "{name}");
        let page = world.ada.get(&address).await;
        assert!(page.texts("a.chip").contains(&format!("List: {name}")));
        assert!(page.body.contains("3 SIMs found."), "{}", page.body);
    }
}

#[actix_web::test]
async fn what_is_no_list_is_refused_with_a_sentence() {
    let world = World::new().await;
    for (file, words) in [
        (&b""[..], "choose a file"),
        (b"\r\n \r\n", "choose a file"),
        (b"PK\x03\x04 and so on", "spreadsheet"),
        (b"\xff\xfe8\09\0", "UTF-16"),
    ] {
        let answer = upload(&world.ada, "/sim-lists", "a.csv", file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert!(answer.texts("[role=alert]").concat().contains(words), "{}", answer.body);
    }
    let endless = "1\n".repeat(1_000_001);
    let answer = upload(&world.ada, "/sim-lists", "a.csv", endless.as_bytes()).await;
    assert!(answer.body.contains("at most 1,000,000 SIMs"), "{}", answer.body);
    for path in ["/sim-lists", "/sim-details", "/start/transfer"] {
        let answer =
            upload_beside(&world.ada, path, "262010000000001", "a.csv", b"imsi\n262010000000002\n").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.body.contains("both a file and a text"), "{path}: {}", answer.body);
    }
    assert_eq!(world.number("SELECT count(*) AS number FROM sim_lists"), 0);
    let torn = world
        .ada
        .send(reqwest::Method::POST, "/sim-lists", |request| {
            request
                .header("hx-request", "true")
                .header("x-csrf-token", &world.ada.csrf_token)
                .header("x-account-focus", &world.ada.account)
                .header("content-type", "multipart/form-data; boundary=limit")
                .body("--limit\r\nContent-Disp")
        })
        .await;
    assert_eq!(torn.status, StatusCode::BAD_REQUEST, "{}", torn.body);
}

#[actix_web::test]
async fn foreign_identifiers_are_not_found_and_nothing_else() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Inventory);
    sql(&world, "UPDATE sims SET eid = '89049032123451234512345678901235', msisdn = '491701234567'");
    let stranger = world.stranger().await;
    let known = ["iccid", "imsi", "msisdn", "eid"].map(|name| column(&world, name, sims[0]));
    let address = listed(&stranger, &known.join("\n")).await;
    assert!(shown(&stranger, &address).await.is_empty());
    let told = lines(&stranger, &format!("/sim-lists/{}/leftovers.csv", uid(&address))).await;
    let expected: Vec<String> = (1..)
        .zip(&known)
        .map(|(line, number)| format!("{line},{number},not found in this company,"))
        .collect();
    assert_eq!(told[1..], expected);
}

#[actix_web::test]
async fn a_list_of_another_company_is_not_there() {
    let world = World::new().await;
    let sims = world.sims(1, SimState::Inventory);
    let address = listed(&world.ada, &column(&world, "iccid", sims[0])).await;
    let stranger = world.stranger().await;
    let list = format!("/sim-lists/{}", uid(&address));
    let count = address.replace("/fleet", "/fleet/selection/count");
    for path in [&address, &count, &list, &format!("{list}/sims.csv"), &format!("{list}/leftovers.csv")] {
        assert_eq!(stranger.get(path.as_str()).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let form = [
        ("kind", "terminate"),
        ("selection", "matching"),
        ("filter", address.strip_prefix("/fleet?").expect("a filter")),
        ("group", "change"),
    ];
    for path in ["/operations/drafts", "/operations/preview", "/operations", "/operations/preview/lists"] {
        assert_eq!(stranger.post(path, &form).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // In its own subaccount, the company's list is not there either.
    let nora = {
        world.app.db.member("nora@clienticity.example", world.clienticity, Role::Administrator);
        world.app.sign_in("nora@clienticity.example").await
    };
    assert_eq!(nora.get(&list).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.ada.get("/fleet?list=x").await.status, StatusCode::BAD_REQUEST);
}
