//! Operations, from launch to the last task, against a real PostgreSQL.

mod cancel;
mod chain;
mod contention;
mod edit;
mod edit_by_list;
mod ending;
mod faults;
mod faults_of_its_own;
pub(crate) mod fixture;
mod hand_over;
mod invariants;
mod kill;
mod lists;
mod network;
mod pause;
mod plans;
mod recall;
mod retry;
mod rights;
mod schedule;
mod service;
mod takeover;
mod transfer;
mod turns;
