//! Tests of the portal from outside: real HTTP, real PostgreSQL.
#![cfg(test)]

mod access;
mod account_details;
mod account_focus;
mod cli;
mod cluster;
mod connections;
mod demo;
mod exports;
mod fleet;
mod fuzz;
mod help;
mod import_drafts;
mod imports;
mod labels;
mod mail;
mod messages;
mod odd_requests;
mod offers;
mod operation_screens;
mod operations;
mod password_resets;
mod profile;
mod saved_views;
mod search;
mod second_factor;
mod sessions;
mod sign_in;
mod sim_lists;
mod sims;
mod start;
mod subaccounts;
mod support;
mod tree;
mod users;
mod wire;
