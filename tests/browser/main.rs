//! Journeys through the portal in a real browser, as people go them.
#![cfg(test)]

mod account_focus;
mod fleet;
mod help;
mod imports;
mod messages;
mod operations;
mod saved_views;
mod sign_in;
mod sim_lists;
mod subaccounts;
mod support;
mod timing;
mod tree;
mod users;
