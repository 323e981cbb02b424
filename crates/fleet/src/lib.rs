//! The domain of Simyard: companies, people, SIMs, offers and operations.
//!
//! Nothing here knows of HTTP or of templates. A function that touches a tenant's rows takes a
//! [`CompanyScope`](tenancy::CompanyScope) first; the only way to get one is
//! [`tenancy::enter`], which reads the person's membership.

pub mod account_details;
pub mod account_focus;
pub mod api_tokens;
pub mod audit;
mod characters;
pub mod companies;
pub mod console;
pub mod csv_lines;
pub mod custom_fields;
pub mod db;
pub mod demo;
pub mod error;
pub mod exports;
pub mod founding;
pub mod grid_layouts;
mod hearsay;
pub mod identifiers;
pub mod ids;
pub mod import_drafts;
pub mod installation;
pub mod invitations;
pub mod labels;
pub mod life_signs;
pub mod messages;
pub mod network;
pub mod numbers;
pub mod offers;
pub mod operations;
pub mod outbox;
mod outgoing;
pub mod overview;
pub mod password_links;
pub mod password_resets;
pub mod passwords;
pub mod people;
pub mod profiles;
pub mod removed_details;
pub mod rescue;
pub mod saved_views;
#[allow(
    clippy::wildcard_imports,
    clippy::allow_attributes,
    reason = "printed by diesel from the migrations; not every build of the crate meets each of these"
)]
mod schema;
pub mod sealing;
pub mod search;
pub mod second_factor;
pub mod security;
pub mod sessions;
pub mod sim_files;
pub mod sim_keys;
pub mod sim_lists;
pub mod sims;
pub mod single_sign_on;
pub mod start_layouts;
pub mod subaccounts;
pub mod tenancy;
#[cfg(feature = "testing")]
pub mod testing;
pub mod users;
mod words;

pub use error::{Error, Result};
