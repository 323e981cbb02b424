//! What the forms about users send.

use fleet::ids::UserId;
use fleet::tenancy::Role;
use fleet::users::Wanted;
use fleet::{Error, Result};
use serde::Deserialize;

use crate::web::forms::Choice;

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

/// The dialog *Change role*.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RoleForm {
    /// The word of a role.
    #[serde(default)]
    pub role: String,
}

/// The role with this word.
pub fn parse_role(word: &str) -> Result<Role> {
    word.parse().map_err(|_| Error::invalid("role", "Choose a role."))
}

/// The roles, as a list to choose from.
pub fn roles() -> Vec<Choice> {
    Role::ALL.iter().map(|role| Choice::new(role.as_str(), role.label())).collect()
}
