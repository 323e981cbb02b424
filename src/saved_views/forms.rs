//! What the dialogs of views send.

use fleet::companies::Name;
use fleet::saved_views::NewView;
use serde::Deserialize;

use crate::fleet::GridAddress;
use crate::web::error::AppError;

/// A view, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ViewForm {
    /// Its name.
    pub name: String,
    /// Set by the box *Share*.
    pub shared: Option<String>,
    /// The query string of the grid that is to be saved; none: what the view shows stays.
    pub query: Option<String>,
}

/// Whether a view is the one to begin with.
#[derive(Debug, Clone, Deserialize)]
pub struct DefaultForm {
    /// Empty: no longer.
    #[serde(default)]
    pub default: String,
}

impl ViewForm {
    /// What is to be saved. An address that can't be meant is refused, a name that can't be one is said beside its field.
    pub fn parse(&self) -> Result<fleet::Result<NewView>, AppError> {
        let query = match &self.query {
            Some(query) => Some(GridAddress::parse(query)?.as_view().to_query()),
            None => None,
        };
        let is_shared = self.shared.is_some();
        Ok(Name::parse("name", &self.name).map(|name| NewView { name, is_shared, query }))
    }
}
