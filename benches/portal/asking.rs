//! How long a person waits for a preview and for a launch, whatever way the SIMs were selected. The launches are for
//! tomorrow and cancelled at once: nothing is worked on meanwhile.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use diesel::RunQueryDsl as _;
use fleet::testing;

use crate::portal::Portal;
use crate::world::World;

type Form = Vec<(&'static str, String)>;

/// Transfers of all SIMs, by filter and by a list of them.
pub(crate) fn of_transfers(portal: &Portal, world: &World) -> anyhow::Result<()> {
    let transfer = |selection: &[(&'static str, String)]| -> Form {
        let act = [("kind", "transfer".to_owned()), ("target", world.target.to_string())];
        act.into_iter().chain(selection.iter().cloned()).collect()
    };
    let by_filter = transfer(&[("selection", "matching".to_owned()), ("filter", String::new())]);
    tell("transfer by filter", portal, world, &by_filter)?;

    let begun = Instant::now();
    let group = [by_filter, vec![("group", "change".to_owned())]].concat();
    portal.post("/fleet", "/operations/preview/lists", &borrowed(&group))?;
    println!("  the list of them is made in {:.2} s", begun.elapsed().as_secs_f64());
    let filter = format!("list={}", newest_list(world)?);
    let by_list = transfer(&[("selection", "matching".to_owned()), ("filter", filter)]);
    tell("transfer by list", portal, world, &by_list)
}

/// The recall of the newest operation.
pub(crate) fn of_recall(portal: &Portal, world: &World, number: i64) -> anyhow::Result<()> {
    let number = number.to_string();
    let form = vec![
        ("kind", "recall".to_owned()),
        ("selection", "changed".to_owned()),
        ("operation", number.clone()),
        ("recalls", number),
    ];
    tell("recall", portal, world, &form)
}

/// The termination of all SIMs, which are active: the one launch that counts what would change, since a person has
/// typed that number.
pub(crate) fn of_termination(portal: &Portal, world: &World, sims: i32) -> anyhow::Result<()> {
    let form = vec![
        ("kind", "terminate".to_owned()),
        ("selection", "matching".to_owned()),
        ("filter", String::new()),
        ("confirm", sims.to_string()),
    ];
    tell("termination", portal, world, &form)
}

fn tell(what: &str, portal: &Portal, world: &World, form: &Form) -> anyhow::Result<()> {
    let preview = time(portal, "/operations/preview", form)?;
    let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
    let mut scheduled = form.clone();
    scheduled.extend([
        ("launch_key", uuid::Uuid::now_v7().to_string()),
        ("start", "at".to_owned()),
        ("start_at", tomorrow.format("%Y-%m-%dT%H:%M").to_string()),
        ("zone", "UTC".to_owned()),
    ]);
    let launch = time(portal, "/operations", &scheduled)?;
    let number = testing::number(&mut world.connect()?, "SELECT max(id) AS number FROM operations")?;
    portal.post("/fleet", &format!("/operations/{number}/cancellation"), &[])?;
    println!(
        "  {what:<20} preview {:>6.2} s (aim: under 3)   launch {:>6.2} s (aim: under 1)",
        preview.as_secs_f64(),
        launch.as_secs_f64(),
    );
    Ok(())
}

fn time(portal: &Portal, path: &str, form: &Form) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    portal.post("/fleet", path, &borrowed(form))?;
    Ok(begun.elapsed())
}

fn borrowed(form: &Form) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[derive(diesel::QueryableByName)]
struct Newest {
    #[diesel(sql_type = diesel::sql_types::Text)]
    uid: String,
}

fn newest_list(world: &World) -> anyhow::Result<String> {
    let sql = "SELECT uid::text AS uid FROM sim_lists ORDER BY id DESC LIMIT 1";
    let newest: Newest = diesel::sql_query(sql).get_result(&mut world.connect()?).context("no list")?;
    Ok(newest.uid)
}
