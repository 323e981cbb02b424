//! What people are told when something goes wrong.

use std::borrow::Cow;

use super::AppError;

/// What a person is told: what happened, what was not done, what to do.
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) text: Cow<'static, str>,
}

impl AppError {
    /// The sentence that a form shows.
    pub fn sentence(&self) -> Cow<'static, str> {
        self.words().text
    }

    pub(super) fn words(&self) -> Words {
        use fleet::Error as F;
        let (title, text): (_, Cow<'static, str>) = match self {
            Self::Fleet(F::NotFound) => (
                "Not found",
                "There is nothing at this address for the company in focus. It may belong to another company of yours: switch to that one, or go back.".into(),
            ),
            Self::Fleet(F::Forbidden(permission)) => (
                "Not allowed",
                format!(
                    "Your role in this company does not allow this. Nothing was done. An administrator of the company can give you what is missing: {}.",
                    permission.label()
                )
                .into(),
            ),
            Self::Fleet(F::SecondFactorMissing { company }) => (
                "Set up a second factor",
                format!("{company} opens to people with a second factor alone, such as an app that shows codes, and you have none yet. Set one up in My profile, then go on. If you have come by single sign-on, signing in there with more than a password may do as well.").into(),
            ),
            Self::Fleet(F::PasswordNeeded { company }) => (
                "Sign in with your password",
                format!("You have signed in through another company's provider, which does not speak for {company}. Sign out, then sign in with your password to work there.").into(),
            ),
            Self::Fleet(F::Invalid { message, .. }) => ("Please check the input", message.clone()),
            Self::Fleet(F::Refused(message) | F::BeyondOwnRights(message)) => {
                ("This can't be done", message.clone())
            }
            Self::Fleet(F::Pool(_)) | Self::Busy => {
                ("Busy", "The portal is busy just now. Nothing was done. Try again in a moment.".into())
            }
            Self::Fleet(F::Database(_) | F::Internal(_)) | Self::Internal(_) => (
                "Something went wrong",
                "This is a fault of the portal, not yours. What you asked for was not done. Try again; if it stays, give your operator the number below.".into(),
            ),
            Self::BadRequest(message) => ("The request makes no sense", message.clone()),
            Self::NotInGrid { text, .. } => ("Not found", (*text).into()),
            Self::SignInNeeded => ("Sign in", "Sign in to go on.".into()),
            Self::TokenRefused => (
                "Token refused",
                "This is no API token that is valid: it is mistyped, has expired or was revoked. Nothing was done.".into(),
            ),
            Self::NotForPrograms => (
                "Not for programs",
                "An API token does not open this address. Nothing was done. Sign in with a browser.".into(),
            ),
            Self::NoMembership => (
                "No longer a member",
                "You are no user of the company in focus any more. Choose another with Switch Accounts. If there is none, ask an administrator to invite you, or sign out.".into(),
            ),
            Self::Forged => (
                "Not from this page",
                "The request did not prove that it comes from this portal. Nothing was done. Reload the page and try again.".into(),
            ),
            Self::FocusChanged => (
                "Another company is in focus",
                "The company in focus was changed in another tab. Nothing was done.".into(),
            ),
            Self::TooLarge => ("Too large", "That is more than the portal takes at once. Nothing was done. Choose a file in place of a long text, or send it in parts.".into()),
            Self::NoForm => (
                "Not a form",
                "The portal reads forms (application/x-www-form-urlencoded) and files alone. Nothing was done. Send it as a form.".into(),
            ),
            Self::NotThisWay { .. } => (
                "Not possible this way",
                "There is something at this address, but it can't be used like this. Nothing was done. Go back and use the buttons of the page.".into(),
            ),
            Self::TooSlow => ("Too slow", "The request did not arrive in time. Nothing was done. Try again.".into()),
            Self::TooFast { wait } => (
                "Too many requests",
                format!("You ask for more at a time than the portal answers one person. Nothing was done. Wait {wait} seconds, then try again.").into(),
            ),
            Self::Fleet(F::TooMany { wait }) => (
                "Too many tries",
                format!("Too many tries. Wait {wait} seconds, then try again.").into(),
            ),
        };
        Words { title, text }
    }
}
