//! Switch Accounts, and two tabs that do not agree about the company in focus.

use crate::support::{Person, journey};

/// Opens the dialog Change Company and chooses there.
pub(crate) async fn switch_to(person: &Person, company: &str) {
    person.click("User menu:*").await;
    person.click("Switch Accounts").await;
    person.sees_dialog("Change Company").await;
    person.click(&format!("{company}*")).await;
    person.sees_no_dialog().await;
    person.works_for(company).await;
}
