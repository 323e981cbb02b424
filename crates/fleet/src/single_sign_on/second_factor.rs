//! Whether a provider's word stands for the second factor that its company asks for.

use crate::error::{Error, Result};
use crate::words::word;

/// Methods of signing in (`amr`) beyond what somebody knows: more than one at once, something that they have, or something that they
/// are (RFC 8176). Messages by telephone are none.
const SECOND: [&str; 11] = ["mfa", "otp", "pop", "hwk", "swk", "sc", "fpt", "face", "iris", "retina", "vbm"];
/// The most classes that a provider is asked for.
const CLASSES: usize = 10;
/// The longest name of one, in bytes.
const LONGEST: usize = 200;

word! {
    /// When the word of a provider stands for a second factor.
    Trust: ProviderTrust {
        /// People have one of their own here.
        Never = "never", "Never: users set one up here";
        /// Where the token tells of one.
        Told = "told", "If the provider says that the user has shown one";
        /// The provider asks everybody for one.
        Always = "always", "Always: the provider asks everybody for one";
    }
}

/// What an ID token tells of how somebody has signed in at the provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Methods {
    /// The class of it (`acr`).
    pub class: Option<String>,
    /// What was used (`amr`).
    pub methods: Vec<String>,
}

impl Methods {
    /// Whether this stands for a second factor. `classes`: those that the provider is asked for.
    pub(super) fn stand(&self, trust: Trust, classes: &[String]) -> bool {
        let tells = || {
            self.methods.iter().any(|method| SECOND.contains(&method.as_str()))
                || self.class.as_ref().is_some_and(|class| classes.contains(class))
        };
        match trust {
            Trust::Never => false,
            Trust::Told => tells(),
            Trust::Always => true,
        }
    }
}

/// Parses the classes that were typed in the form's field `acr_values`, with blanks between them.
pub fn classes(text: &str) -> Result<Vec<String>> {
    let classes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if classes.len() > CLASSES
        || classes.iter().any(|one| one.len() > LONGEST || one.chars().any(char::is_control))
    {
        return Err(Error::invalid(
            "acr_values",
            format!(
                "Enter at most {CLASSES} names of at most {LONGEST} characters, with blanks between them."
            ),
        ));
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(class: Option<&str>, methods: &[&str]) -> Methods {
        Methods {
            class: class.map(str::to_owned),
            methods: methods.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    #[test]
    fn what_somebody_knows_is_no_second_factor_however_often_it_is_asked_for() {
        let classes = classes(" urn:example:two  phr ").unwrap();
        for two in [
            told(None, &["pwd", "otp"]),
            told(None, &["mfa"]),
            told(None, &["face"]),
            told(Some("phr"), &["pwd"]),
            told(Some("urn:example:two"), &[]),
        ] {
            assert!(two.stand(Trust::Told, &classes), "{two:?}");
            assert!(!two.stand(Trust::Never, &classes), "{two:?}");
        }
        for one in [
            told(None, &[]),
            told(None, &["pwd", "pin", "kba", "sms"]),
            told(Some("0"), &["pwd"]),
            told(Some("phr urn:example:two"), &[]),
            told(Some(""), &["OTP"]),
        ] {
            assert!(!one.stand(Trust::Told, &classes), "{one:?}");
            assert!(one.stand(Trust::Always, &classes), "{one:?}");
        }
    }

    #[test]
    fn there_are_not_too_many_classes() {
        assert!(classes(&"a ".repeat(CLASSES)).is_ok());
        assert!(classes(&"a ".repeat(CLASSES + 1)).is_err());
        assert!(classes(&"a".repeat(LONGEST + 1)).is_err());
    }
}
