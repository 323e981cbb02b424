//! What the screen of single sign-on shows.

use askama::Template;
use fleet::single_sign_on::provider::Overview;
use fleet::single_sign_on::second_factor::Trust;

use super::forms::ProviderForm;
use crate::profiles::GrantFields;
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// The provider.
#[derive(Template)]
#[template(path = "single_sign_on/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// The provider as it is, and what goes with it.
    pub overview: Overview,
    /// What was typed.
    pub form: ProviderForm,
    /// What newcomers are given; none for whoever may not change it.
    pub grant: Option<GrantFields>,
    /// What this machine lacks; empty where it lacks nothing.
    pub lacking: &'static str,
    /// Where the provider sends people back to.
    pub redirect: String,
    /// What was wrong.
    pub errors: FieldErrors,
    /// What came of a test just now.
    pub outcome: Option<Result<String, String>>,
}

impl Show {
    fn trusts() -> Vec<Choice> {
        Trust::ALL.iter().map(|one| Choice::new(one.as_str(), one.label())).collect()
    }

    fn secret_help(&self) -> &'static str {
        match self.overview.provider {
            Some(_) => "It is kept, and never shown. Leave this empty to keep it as it is.",
            None => "It is kept encrypted, and never shown again.",
        }
    }
}
