//! The program compares SIMs with the register by itself, and mends what differs.

use std::process::Stdio;

use super::Lab;
use crate::cli::simyard;
use crate::cluster::eventually;
use crate::support::Process;

#[test]
fn a_worker_compares_and_mends_by_itself() {
    let lab = Lab::differing();
    let foreign = lab.register.add_foreign(20);
    let before = lab.register.holds(&foreign);
    let file = lab.register.networks_file();
    let mut command = simyard(&["work", "--reconcile-every", "24h", "--reconcile-mends", "--networks"]);
    command.arg(file.path()).env("DATABASE_URL", &lab.fleet.database.url).stdout(Stdio::null());
    let work = Process::start(command);
    let mended = "SELECT count(*) FROM operations WHERE kind = 'mend' AND state = 'finished'";
    eventually("see it mended", || (lab.fleet.ask(mended) == "1").then_some(()));
    drop(work);
    let done = "SELECT string_agg(kind || ' ' || (launched_by IS NULL)::text, ', ' ORDER BY id) FROM operations \
         WHERE kind IN ('reconcile', 'mend')";
    assert_eq!(lab.fleet.ask(done), "reconcile true, mend true");
    let held: Vec<_> =
        lab.register.holds(&lab.imsis()).into_iter().map(|held| held.map(|held| held.1)).collect();
    let (on, off) = (Some(true), Some(false));
    // The seventh was never put in service: nobody's business.
    assert_eq!(held, [on, on, on, on, off, None, on, on, off, on]);
    assert_eq!(lab.register.holds(&foreign), before, "others are as they were");
    lab.fleet.check_nothing_left();
    lab.fleet.check_counters();
}
