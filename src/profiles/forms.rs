//! What the forms about profiles send.

use fleet::companies::Name;
use fleet::ids::ProfileId;
use fleet::profiles::{Grant, NewProfile, Profile};
use fleet::tenancy::{Permissions, Role};
use fleet::{Error, Result};
use serde::Deserialize;

/// The dialog of a profile.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    /// Its name.
    pub name: String,
    /// The words of the rights that are ticked.
    pub permissions: Vec<String>,
}

impl ProfileForm {
    /// The profile as it is.
    pub fn of(profile: &Profile) -> Self {
        let permissions =
            profile.permissions.iter().map(|permission| permission.as_str().to_owned()).collect();
        Self { name: profile.name.clone(), permissions }
    }

    /// The rights that are ticked.
    pub fn ticked(&self) -> Permissions {
        Permissions::of_words(self.permissions.iter().map(String::as_str))
    }

    /// The profile asked for, or what is wrong.
    pub fn parse(&self) -> Result<NewProfile> {
        NewProfile::new(Name::parse("name", &self.name)?, self.ticked())
    }
}

/// What somebody is to be given: a part of other forms.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct GrantForm {
    /// The word of a role; empty is none.
    pub role: String,
    /// The ids of the profiles that are ticked.
    pub profiles: Vec<String>,
}

impl GrantForm {
    /// What is asked for, or what is wrong.
    pub fn parse(&self) -> Result<Grant> {
        let role = match self.role.as_str() {
            "" => None,
            word => Some(word.parse::<Role>().map_err(|_| Error::invalid("role", "Choose a role."))?),
        };
        let profile = |id: &String| id.parse::<ProfileId>();
        let profiles = self.profiles.iter().map(profile).collect::<Result<Vec<_>, _>>();
        let profiles =
            profiles.map_err(|_| Error::invalid("profiles", "Choose among the profiles that there are."))?;
        Grant::new(role, profiles)
    }

    /// What is chosen so far, for a look: what is no choice is left out.
    pub fn so_far(&self) -> Grant {
        Grant {
            role: self.role.parse().ok(),
            profiles: self.profiles.iter().filter_map(|id| id.parse().ok()).collect(),
        }
    }

    /// Whether the profile is ticked.
    pub fn has(&self, id: ProfileId) -> bool {
        self.profiles.contains(&id.to_string())
    }
}
