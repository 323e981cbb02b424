//! What the forms about API tokens send.

use fleet::Result;
use fleet::api_tokens::NewToken;
use fleet::companies::Name;
use fleet::ids::ApiTokenUid;
use fleet::tenancy::Permissions;
use secrecy::SecretString;
use serde::Deserialize;

use crate::web::error::AppError;

/// The dialog in which a token is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    /// Its name.
    pub name: String,
    /// For how many days it is valid.
    pub days: String,
    /// The words of the rights that are ticked.
    pub permissions: Vec<String>,
    /// The password of whoever makes it.
    pub current: SecretString,
}

impl Default for TokenForm {
    fn default() -> Self {
        Self {
            name: String::new(),
            days: "90".to_owned(),
            permissions: vec!["fleet.view".to_owned()],
            current: SecretString::default(),
        }
    }
}

impl TokenForm {
    /// The rights that are ticked.
    pub fn ticked(&self) -> Permissions {
        Permissions::of_words(self.permissions.iter().map(String::as_str))
    }

    /// The token asked for, or what is wrong.
    pub fn parse(&self) -> Result<NewToken> {
        NewToken::new(Name::parse("name", &self.name)?, self.ticked(), &self.days)
    }
}

/// Which tokens of one's own are to be revoked.
#[derive(Debug, Clone, Deserialize)]
pub struct RevocationForm {
    /// Its uid, or `all`.
    #[serde(default)]
    pub token: String,
}

impl RevocationForm {
    /// The one; none for all of them.
    pub fn one(&self) -> Result<Option<ApiTokenUid>, AppError> {
        match self.token.as_str() {
            "all" => Ok(None),
            uid => uid.parse().map(Some).map_err(|_| fleet::Error::NotFound.into()),
        }
    }
}
