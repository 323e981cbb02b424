//! What all screens stand on: the database, the session, the company in focus, errors, the look.

pub mod active_company;
pub mod assets;
pub mod badge;
pub mod bearer;
pub mod body;
pub mod client;
pub mod compress;
pub mod cookies;
pub mod counters;
pub mod csrf;
pub mod csv;
pub mod db;
pub mod display;
pub mod error;
pub mod focus_guard;
pub mod forms;
#[cfg(test)]
mod gallery;
pub mod gate;
pub mod headers;
pub mod html;
pub mod htmx;
pub mod link;
pub mod nul;
pub mod pace;
pub mod page;
pub mod query;
pub mod refusals;
pub mod session;
pub mod turns;
pub mod upload;
pub mod whole_page;
