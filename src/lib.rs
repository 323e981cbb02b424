//! The Simyard portal: HTTP, screens and the programs around the domain, which is the crate `fleet`.

mod account_details;
mod account_focus;
pub mod app;
pub mod cli;
pub mod cluster;
mod fleet;
mod grid_layouts;
mod health;
mod help;
mod imports;
pub mod mail;
mod messages;
mod offers;
mod operations;
mod password_links;
mod profile;
pub mod routes;
mod saved_views;
mod sign_in;
mod sim_lists;
mod sims;
mod start;
mod subaccounts;
pub mod telemetry;
mod tree;
mod users;
pub mod web;
