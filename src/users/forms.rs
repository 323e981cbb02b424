//! What the forms about users send.

use fleet::ids::UserId;
use fleet::users::Wanted;
use serde::Deserialize;

/// The address of a page of the list.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ListForm {
    /// Part of a name or an e-mail.
    #[serde(default)]
    pub q: String,
    /// See [`Wanted`]; what is no id is no place.
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
}

impl ListForm {
    /// What to ask the domain for.
    pub fn wanted(&self) -> Wanted {
        let place = |text: &str| text.parse::<UserId>().ok();
        Wanted { search: self.q.clone(), after: place(&self.after), before: place(&self.before) }
    }
}
