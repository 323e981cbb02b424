//! What the register hears of SIMs is shown in the portal.

use std::time::Duration;

use fleet::life_signs::Pace;
use fleet::operations::Act;
use fleet::tenancy::Role;

use super::Lab;
use super::sgsn::Sgsn;
use crate::support::{TestApp, test_settings};

#[test]
fn a_location_update_is_a_sign_of_life() {
    let lab = Lab::new(3);
    lab.does(Act::Activate { offer: lab.fleet.global });
    let (sims, imsis) = (lab.sims(), lab.imsis());
    let pace = Pace { rest: Duration::ZERO, batch: 2, ..Default::default() };
    let refresh = || fleet::life_signs::refresh(&lab.fleet.pool, &lab.networks, &pace).unwrap();
    let scope = lab.fleet.at(lab.fleet.meridian);
    let last_seen = || fleet::life_signs::last_seen(&mut lab.fleet.conn(), &scope, &sims).unwrap();
    assert_eq!((refresh(), refresh()), (2, 2), "two at a time");
    assert!(last_seen().is_empty());
    let mut sgsn = Sgsn::connect(&lab.register);
    assert!(sgsn.attaches(&imsis[1]));
    refresh();
    refresh();
    let seen = last_seen();
    assert_eq!(seen.keys().collect::<Vec<_>>(), [&sims[1]]);
    assert!((chrono::Utc::now() - seen[&sims[1]]).num_minutes() < 5, "{seen:?}");
    let clienticity = lab.fleet.at(lab.fleet.clienticity);
    let elsewhere = fleet::life_signs::last_seen(&mut lab.fleet.conn(), &clienticity, &sims).unwrap();
    assert!(elsewhere.is_empty(), "another company's SIMs are its own business");
    lab.does(Act::Suspend);
    assert!(!sgsn.attaches(&imsis[2]), "a suspended SIM is not admitted");
    lab.does(Act::Resume);
    assert!(sgsn.attaches(&imsis[2]));
    lab.does(Act::Reconcile);
    assert_eq!(last_seen().len(), 2, "a comparison brings signs of life too");
}

#[actix_web::test]
async fn a_sign_of_life_is_on_the_page_of_its_sim_and_in_the_grid() {
    let lab = Lab::new(2);
    lab.does(Act::Activate { offer: lab.fleet.global });
    let imsi = lab.imsis().remove(1);
    assert!(Sgsn::connect(&lab.register).attaches(&imsi));
    fleet::life_signs::refresh(&lab.fleet.pool, &lab.networks, &Pace::default()).unwrap();
    let iccid = lab.fleet.ask(&format!("SELECT iccid FROM sims WHERE imsi = '{imsi}'"));
    let (meridian, seen_at) = (
        lab.fleet.id(lab.fleet.meridian),
        lab.fleet.ask("SELECT to_char(max(last_seen_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM life_signs"),
    );
    let app = TestApp::start_on(lab.fleet.database, test_settings()).await;
    app.db.member("eve@meridian.example", meridian, Role::Viewer);
    let eve = app.sign_in("eve@meridian.example").await;
    let page = eve.get(&format!("/sims/{iccid}")).await;
    assert!(page.texts("dt").contains(&"Last seen".to_owned()), "{}", page.body);
    assert!(page.body.contains(&seen_at), "{seen_at}: {}", page.body);
    let grid = eve.get("/fleet?columns=iccid.seen").await;
    assert_eq!(grid.texts("thead th").last().map(String::as_str), Some("Last seen"));
    assert_eq!(grid.texts("thead a.sort-link"), ["ICCID"], "no index has that in order");
    assert_eq!(grid.body.matches(&seen_at).count(), 1, "{}", grid.body);
    let usual = eve.get("/fleet").await;
    assert!(!usual.texts("thead th").contains(&"Last seen".to_owned()), "only where it is chosen");
}
