//! What the account details show.

use askama::Template;
use fleet::account_details::AccountDetails;
use fleet::companies::COLOURS;

use super::forms::AccountForm;
use crate::web::display;
use crate::web::forms::FieldErrors;
use crate::web::page::Page;

/// The account details.
#[derive(Template)]
#[template(path = "account_details/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// What is known of the company.
    pub details: AccountDetails,
    /// What was typed.
    pub form: AccountForm,
    /// What was wrong with it.
    pub errors: FieldErrors,
    /// The address that opens the portal with this company in focus.
    pub link: String,
}

impl Show {
    /// Each colour: its word, how it looks, and whether it is the one chosen.
    fn colours(&self) -> Vec<(&'static str, &'static str, bool)> {
        COLOURS.iter().map(|word| (*word, display::company_colour(word), self.form.colour == *word)).collect()
    }
}
