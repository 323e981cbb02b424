//! Journeys through the portal in a real browser, as people go them.
#![cfg(test)]

mod account_focus;
mod api_tokens;
mod audit;
mod exports;
mod filter_bar;
mod fleet;
mod help;
mod imports;
mod keys;
mod labels;
mod messages;
mod networks;
mod operations;
mod passkeys;
mod reconcile;
mod saved_views;
mod screens;
mod search;
mod selection;
mod sign_in;
mod sim_lists;
mod sims;
mod single_sign_on;
mod start;
mod subaccounts;
mod support;
mod timing;
mod tree;
mod users;
