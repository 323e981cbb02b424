//! One file of the SIMs of several accounts.

use fleet::sims::SimState;
use fleet::tenancy::Role;
use reqwest::StatusCode;

use super::{Tree, ticked};
use crate::exports::{
    all, ask, asked, csv_rows, defer, download, exported, make_waiting, with_look, xlsx_rows,
};
use crate::sim_lists::sql;

/// Two SIMs of Meridian, three of Clienticity, four of Northwind, where Ada is a viewer, and one that is none of her
/// business.
async fn tree() -> Tree {
    let tree = Tree::new().await;
    tree.sims(tree.world.meridian, 2, SimState::Active);
    let theirs = tree.sims(tree.world.clienticity, 3, SimState::Inventory);
    tree.sims(tree.northwind, 4, SimState::Active);
    tree.sims(tree.secretive, 1, SimState::Active);
    let (world, clienticity) = (&tree.world, tree.world.clienticity);
    sql(
        world,
        &format!(
            "INSERT INTO labels (id, company_id, name) OVERRIDING SYSTEM VALUE VALUES (70, {clienticity}, '=1+1')"
        ),
    );
    sql(world, &format!("UPDATE sims SET label_ids = '{{70}}' WHERE id = {}", theirs[0]));
    tree
}

/// The exports that are recorded in a company: which SIMs, and how many are in the file.
fn recorded(tree: &Tree, company: fleet::ids::CompanyId) -> String {
    let sql = format!(
        "SELECT coalesce(string_agg(concat_ws(' | ', selection_words, expected, rows, state), '; ' ORDER BY id), '') \
         FROM exports WHERE company_id = {company}"
    );
    ask(&tree.world, &sql)
}

#[actix_web::test]
async fn one_file_has_the_sims_of_all_accounts_that_may_be_exported_and_each_records_it() {
    let tree = tree().await;
    let grid = tree.ada().get("/fleet?tree=1").await;
    assert_eq!(grid.attribute("button[value=export]", "hx-post").as_deref(), Some("/exports/drafts"));
    let dialog = tree.ada().post("/exports/drafts", &all("tree=1", "csv")).await;
    let text = dialog.texts(".modal-body").join(" ");
    assert!(text.contains("5 SIMs of 2 accounts."), "{text}");
    assert!(text.contains("left out: 4 SIMs of Northwind."), "{text}");
    assert!(text.contains("Those shown in the list (4 columns)"), "{text}");
    assert!(!dialog.body.contains("Secretive"), "its name is not shown");

    let shown = with_look(crate::operation_screens::fixture::matching("export", "tree=1"), "shown", "csv");
    let rows = csv_rows(&exported(tree.ada(), &shown).await);
    assert_eq!(rows[0], ["ICCID", "Account", "Labels", "State"]);
    let rest: Vec<_> = rows[1..].iter().map(|row| row[1..].join("|")).collect();
    assert_eq!(
        rest,
        [
            "Meridian IoT||Active",
            "Meridian IoT||Active",
            "Clienticity|'=1+1|Inventory",
            "Clienticity||Inventory",
            "Clienticity||Inventory"
        ]
    );
    let book = xlsx_rows(&exported(tree.ada(), &all("tree=1&state=inventory", "xlsx")).await);
    assert_eq!(book[0][..2], ["ICCID", "Account"]);
    assert_eq!(book.len(), 4);

    assert_eq!(
        recorded(&tree, tree.world.meridian),
        "All SIMs, in Meridian IoT and Clienticity | 5 | 5 | ready; state Inventory, in Clienticity | 3 | 3 | ready"
    );
    assert_eq!(
        recorded(&tree, tree.world.clienticity),
        "All SIMs, exported from Meridian IoT | 3 | 3 | ready; state Inventory, exported from Meridian IoT | 3 | 3 | ready"
    );
    assert_eq!(recorded(&tree, tree.northwind), "");
    tree.world.app.db.member("cleo@clienticity.example", tree.world.clienticity, Role::Administrator);
    let cleo = tree.world.app.sign_in("cleo@clienticity.example").await;
    let record = cleo.get("/administration/exports").await;
    let lines = record.texts("tbody tr");
    assert!(
        lines[1].contains("All SIMs, exported from Meridian IoT") && lines[1].contains("by ada"),
        "{lines:?}"
    );
    assert!(record.attributes("a[download]", "href").is_empty(), "the file is not theirs");
    let part = ask(
        &tree.world,
        &format!("SELECT min(uid::text) FROM exports WHERE company_id = {}", tree.world.clienticity),
    );
    let refused = cleo.get(&format!("/exports/{part}/file")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for company in [tree.world.meridian, tree.world.clienticity] {
        let noted = format!(
            "SELECT string_agg(action::text, ' ' ORDER BY id) FROM audit_events WHERE company_id = {company} \
             AND action IN ('export_asked', 'export_downloaded')"
        );
        assert_eq!(
            ask(&tree.world, &noted),
            "export_asked export_downloaded export_asked export_downloaded",
            "the audit log of {company}"
        );
    }
}

#[actix_web::test]
async fn sims_ticked_in_several_accounts_are_exported_and_foreign_ones_select_nothing() {
    let tree = tree().await;
    let mut sims = tree.sims(tree.world.meridian, 1, SimState::Retired);
    sims.extend(tree.sims(tree.world.clienticity, 1, SimState::Retired));
    sims.extend(tree.sims(tree.northwind, 1, SimState::Retired));
    sims.extend(tree.sims(tree.secretive, 1, SimState::Retired));
    let form = with_look(ticked("export", &sims), "shown", "csv");
    let rows = csv_rows(&exported(tree.ada(), &form).await);
    let accounts: Vec<_> = rows[1..].iter().map(|row| row[1].as_str()).collect();
    assert_eq!(accounts, ["Meridian IoT", "Clienticity"]);
    for (filter, status) in [
        (format!("tree=1&in={}", tree.northwind_uid), StatusCode::UNPROCESSABLE_ENTITY),
        (format!("tree=1&in={}", tree.secretive_uid), StatusCode::NOT_FOUND),
        ("tree=1&label=70".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = tree.ada().post("/exports", &all(&filter, "csv")).await;
        assert_eq!(answer.status, status, "{filter}: {}", answer.body);
    }
}

#[actix_web::test]
async fn the_file_is_for_those_alone_who_may_export_from_all_of_its_accounts() {
    let tree = tree().await;
    let file = asked(tree.ada(), &all("tree=1", "csv")).await;
    defer(&tree.world);
    assert_eq!(make_waiting(&tree.world.app.db).await, 1);
    assert_eq!(csv_rows(&download(tree.ada(), &file).await).len(), 6);
    let part = "All SIMs, exported from Meridian IoT | 3 | 3 | ready";
    assert_eq!(recorded(&tree, tree.world.clienticity), part);
    // An administrator of the main account, who would have the others' files, is no member of Clienticity.
    let mia = tree.world.person("mia@meridian.example", Role::Administrator).await;
    assert_eq!(mia.get(&file).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    tree.set_role(tree.world.clienticity, Some(Role::Viewer));
    assert_eq!(tree.ada().get(&file).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    tree.set_role(tree.world.clienticity, Some(Role::Administrator));
    download(tree.ada(), &file).await;
    // Asked for with the right, and made without it.
    asked(tree.ada(), &all("tree=1", "csv")).await;
    defer(&tree.world);
    tree.set_role(tree.world.clienticity, None);
    assert_eq!(make_waiting(&tree.world.app.db).await, 0);
    for company in [tree.world.meridian, tree.world.clienticity] {
        let told = recorded(&tree, company);
        assert!(told.ends_with("| failed"), "{told}");
    }
    let removal = file.replace("/file", "/removal");
    let nothing: [(&str, &str); 0] = [];
    tree.ada().post(&removal, &nothing).await;
    assert!(recorded(&tree, tree.world.clienticity).starts_with(&part.replace("ready", "removed")));
}
