//! The Simyard portal: HTTP, screens and the programs around the domain, which is the crate `fleet`.

mod account_focus;
pub mod app;
pub mod cli;
pub mod cluster;
mod fleet;
mod health;
pub mod routes;
mod sign_in;
mod start;
mod subaccounts;
pub mod telemetry;
pub mod web;
