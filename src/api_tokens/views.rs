//! What the screens about API tokens show.

use askama::Template;
use fleet::api_tokens::{self, ApiToken};
use fleet::tenancy::{Names, Permission};

use super::forms::TokenForm;
use crate::web::forms::FieldErrors;
use crate::web::page::{Page, Person};

/// Whose tokens a screen is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The person's.
    Own,
    /// The company's.
    Company,
}

impl Whose {
    /// Where the screen is.
    pub fn address(self) -> &'static str {
        match self {
            Self::Own => "/profile/api-tokens",
            Self::Company => "/administration/api-tokens",
        }
    }
}

/// The list.
#[derive(Template)]
#[template(path = "api_tokens/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// Whose they are.
    pub whose: Whose,
    /// The tokens.
    pub tokens: Vec<ApiToken>,
}

impl Index {
    fn is_own(&self) -> bool {
        self.whose == Whose::Own
    }

    fn may_make(&self) -> bool {
        self.page.permissions.contains_all(api_tokens::takes_to_make(self.is_own()))
    }

    fn new_address(&self) -> String {
        format!("{}/new", self.whose.address())
    }

    /// The address of the question before one is revoked.
    fn revocation(&self, token: &ApiToken) -> String {
        match self.whose {
            Whose::Own => format!("/profile/api-tokens/revocations/new?token={}", token.uid),
            Whose::Company => format!("/administration/api-tokens/{}/revocation/new", token.uid),
        }
    }
}

/// The dialog in which a token is made.
#[derive(Template)]
#[template(path = "api_tokens/new.html")]
pub struct New {
    /// Whose it is to be.
    pub whose: Whose,
    /// The company that it is to act in, and the person, with what they may do: nobody gives more.
    pub names: Names,
    /// The person, as far as the form asks them once more who they are.
    pub person: Person,
    /// What was typed.
    pub form: TokenForm,
    /// What was wrong with it.
    pub errors: FieldErrors,
}

impl New {
    fn title(&self) -> String {
        match self.whose {
            Whose::Own => format!("Create an API token of yours for {}", self.names.company),
            Whose::Company => format!("Create an API token of {}", self.names.company),
        }
    }

    fn choices() -> Vec<Permission> {
        api_tokens::choices().iter().collect()
    }

    fn is_ticked(&self, permission: Permission) -> bool {
        self.form.ticked().contains(permission)
    }

    fn is_own(&self, permission: Permission) -> bool {
        self.names.permissions.contains(permission)
    }
}

/// The dialog that shows the key, once.
#[derive(Template)]
#[template(path = "api_tokens/made.html")]
pub struct Made<'a> {
    /// The token.
    pub token: ApiToken,
    /// Its key.
    pub key: &'a str,
}

/// The question before tokens are revoked.
#[derive(Template)]
#[template(path = "api_tokens/revocation.html")]
pub struct Revocation {
    title: String,
    address: String,
    which: String,
}

impl Revocation {
    /// Of one.
    pub fn of(token: &ApiToken, address: String) -> Self {
        Self { title: format!("Revoke the token {}", token.name), address, which: token.uid.to_string() }
    }

    /// Of all that a person has of their own.
    pub fn of_all(address: String) -> Self {
        Self { title: "Revoke all your personal tokens".to_owned(), address, which: "all".to_owned() }
    }
}
