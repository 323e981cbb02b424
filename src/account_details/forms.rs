//! What the form of the account details sends.

use fleet::Result;
use fleet::account_details::{AccountDetails, Changes, Colour, MainAccountChanges};
use fleet::companies::{ExternalId, Name};
use serde::Deserialize;

/// The account details as typed. A subaccount's form has the colour alone.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct AccountForm {
    /// A word of the colours.
    #[serde(default)]
    pub colour: String,
    /// The name; not sent by a subaccount.
    pub name: Option<String>,
    /// The external ID.
    #[serde(default)]
    pub external_id: String,
    /// `on`, or not sent.
    pub subaccounts_enabled: Option<String>,
}

impl AccountForm {
    /// The form as it is before somebody types.
    pub fn of(details: &AccountDetails) -> Self {
        Self {
            colour: details.colour.clone(),
            name: Some(details.name.clone()),
            external_id: details.external_id.clone().unwrap_or_default(),
            subaccounts_enabled: details.subaccounts_enabled.then(|| "on".into()),
        }
    }

    /// The changes asked for, or what is wrong.
    pub fn parse(&self) -> Result<Changes> {
        let main_account = self.name.as_ref().map(|name| self.main_account(name)).transpose()?;
        Ok(Changes { colour: Colour::parse(&self.colour)?, main_account })
    }

    fn main_account(&self, name: &str) -> Result<MainAccountChanges> {
        Ok(MainAccountChanges {
            name: Name::parse("name", name)?,
            external_id: ExternalId::parse("external_id", &self.external_id)?,
            subaccounts_enabled: self.subaccounts_enabled.is_some(),
        })
    }
}
