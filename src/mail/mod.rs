//! E-mail: what letters look like, and the sending of those that lie in the outbox.

mod base_url;
mod courier;
mod letters;
mod server;

pub use base_url::BaseUrl;
pub use courier::{Pace, answer_requests, deliver_due, run};
pub use letters::Writer;
pub use server::MailServer;
