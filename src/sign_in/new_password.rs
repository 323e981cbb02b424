//! The two fields in which a person chooses a password.

use fleet::passwords::NewPassword;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::web::forms::FieldErrors;

/// A password, and the same once more.
#[derive(Deserialize)]
pub struct NewPasswordForm {
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    repeat: SecretString,
}

impl NewPasswordForm {
    /// The password, or what is wrong with either field. `about`: see [`NewPassword::parse`].
    pub fn parse<W: AsRef<str>>(&self, about: &[W]) -> Result<NewPassword, FieldErrors> {
        let mut errors = FieldErrors::default();
        let password = NewPassword::parse(self.password.expose_secret(), about);
        if let Err(fleet::Error::Invalid { field, message }) = &password {
            errors.add(field, message.clone());
        } else if self.password.expose_secret() != self.repeat.expose_secret() {
            errors.add("repeat", "This is not the same as above. Enter the password once more.");
        }
        match password {
            Ok(password) if errors.is_empty() => Ok(password),
            _ => Err(errors),
        }
    }
}
