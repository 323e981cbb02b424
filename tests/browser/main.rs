//! Journeys through the portal in a real browser, as people go them.
#![cfg(test)]
#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on should say so and stop")]

mod account_focus;
mod fleet;
mod help;
mod operations;
mod sign_in;
mod subaccounts;
mod support;
mod users;
