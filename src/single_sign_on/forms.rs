//! What the form of the provider sends.

use fleet::ids::UserId;
use fleet::single_sign_on::provider::{Changes, Overview};
use fleet::single_sign_on::second_factor::{self, Trust};
use fleet::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::profiles::GrantForm;

/// The provider as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProviderForm {
    /// Its address.
    pub issuer: String,
    /// The portal's name there.
    pub client_id: String,
    /// What the portal proves itself with; empty keeps what there is.
    client_secret: SecretString,
    /// Whether people come in who were not invited.
    pub newcomers: String,
    /// See [`GrantForm`].
    role: String,
    /// See [`GrantForm`].
    profiles: Vec<String>,
    /// Whether there is no other way in.
    pub required: String,
    /// The ids of those who keep their password.
    pub exempt: Vec<String>,
    /// When its word stands for a second factor.
    pub second_factor: String,
    /// What it is asked for.
    pub acr_values: String,
}

impl ProviderForm {
    /// The form as it is before somebody types.
    pub fn of(overview: &Overview) -> Self {
        let Some(provider) = &overview.provider else {
            return Self { second_factor: Trust::Told.as_str().to_owned(), ..Self::default() };
        };
        let grant = provider.grant();
        let on = |is: bool| if is { "on".to_owned() } else { String::new() };
        let keepers = overview.administrators.iter().filter(|one| one.keeps_password);
        Self {
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            client_secret: SecretString::default(),
            newcomers: on(grant.is_some()),
            role: grant.as_ref().and_then(|one| one.role).map(|role| role.to_string()).unwrap_or_default(),
            profiles: grant.iter().flat_map(|one| &one.profiles).map(ToString::to_string).collect(),
            required: on(provider.required),
            exempt: keepers.map(|one| one.id.to_string()).collect(),
            second_factor: provider.trust.as_str().to_owned(),
            acr_values: provider.classes.join(" "),
        }
    }

    /// What newcomers are given, as chosen: who reads alone, where nothing is chosen yet.
    pub fn grant(&self) -> GrantForm {
        let role = if self.newcomers.is_empty() { "viewer" } else { &self.role };
        GrantForm { role: role.to_owned(), profiles: self.profiles.clone() }
    }

    /// Whether this administrator is to keep the password.
    pub fn exempts(&self, id: UserId) -> bool {
        self.exempt.contains(&id.to_string())
    }

    /// What is to be saved, or what is wrong.
    pub fn parse(&self) -> Result<Changes> {
        let secret = self.client_secret.expose_secret();
        let exempt = self.exempt.iter().map(|id| id.parse::<UserId>()).collect::<Result<_, _>>();
        Changes {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: (!secret.is_empty()).then(|| secret.to_owned()),
            grant: if self.newcomers.is_empty() { None } else { Some(self.grant().parse()?) },
            required: !self.required.is_empty(),
            exempt: exempt.map_err(|_| Error::invalid("exempt", "Choose among the administrators shown."))?,
            trust: self
                .second_factor
                .parse()
                .map_err(|_| fleet::Error::invalid("second_factor", "Choose one of the entries."))?,
            classes: second_factor::classes(&self.acr_values)?,
        }
        .check()
    }
}
