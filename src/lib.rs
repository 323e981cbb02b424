//! The Simyard portal: HTTP, screens and the programs around the domain, which is the crate `fleet`.

mod account_focus;
pub mod app;
pub mod cli;
pub mod cluster;
mod fleet;
mod health;
mod offers;
mod operations;
mod password_links;
pub mod routes;
mod sign_in;
mod start;
mod subaccounts;
pub mod telemetry;
mod users;
pub mod web;
