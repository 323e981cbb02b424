//! Operations, from launch to the last task, against a real PostgreSQL.

mod cancel;
mod contention;
mod faults;
mod fixture;
mod hand_over;
mod invariants;
mod kill;
mod lists;
mod network;
mod retry;
mod rights;
mod service;
mod takeover;
mod transfer;
