//! What the screens about profiles show, and the parts of other screens that show rights.

use askama::Template;
use diesel::PgConnection;
use fleet::profiles::{self, Profile};
use fleet::tenancy::{CompanyScope, Group, Permission, Permissions, Role};

use super::forms::{GrantForm, ProfileForm};
use crate::web::display::counted;
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// What somebody may do, and what not.
#[derive(Template)]
#[template(path = "profiles/rights.html")]
pub struct Rights {
    /// What they may do.
    pub permissions: Permissions,
}

impl Rights {
    fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    fn sees_nothing(&self) -> bool {
        !self.permissions.contains(Permission::FleetView)
    }
}

/// The fields in which a role and profiles are chosen, with what they allow together.
#[derive(Template)]
#[template(path = "profiles/grant.html")]
pub struct GrantFields {
    form: GrantForm,
    profiles: Vec<Profile>,
    rights: Rights,
    errors: FieldErrors,
}

impl GrantFields {
    /// Reads what can be chosen.
    pub fn read(conn: &mut PgConnection, scope: &CompanyScope, form: GrantForm) -> fleet::Result<Self> {
        let profiles = profiles::list(conn, scope)?;
        let rights = Rights { permissions: profiles::preview(conn, scope, &form.so_far())? };
        Ok(Self { form, profiles, rights, errors: FieldErrors::default() })
    }

    /// The same fields with what is wrong with them.
    #[must_use]
    pub fn with_errors(mut self, errors: &FieldErrors) -> Self {
        self.errors = errors.clone();
        self
    }

    fn roles(&self) -> Vec<Choice> {
        let mut choices: Vec<Choice> =
            Role::ALL.iter().map(|role| Choice::new(role.as_str(), role.label())).collect();
        if !self.profiles.is_empty() {
            choices.insert(0, Choice::new("", "No role, profiles alone"));
        }
        choices
    }
}

/// The list.
#[derive(Template)]
#[template(path = "profiles/index.html", blocks = ["list"])]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// The profiles of the company.
    pub profiles: Vec<Profile>,
}

impl Index {
    fn roles() -> Vec<Role> {
        Role::ALL.to_vec()
    }

    fn of_role(role: Role) -> String {
        summary(Permissions::from(Some(role)))
    }

    fn of_profile(profile: &Profile) -> String {
        summary(profile.permissions)
    }

    fn holders(profile: &Profile) -> String {
        counted(usize::try_from(profile.holders).unwrap_or_default(), "user", "users")
    }
}

fn summary(permissions: Permissions) -> String {
    if permissions == Permissions::ALL { "Everything".to_owned() } else { permissions.labels() }
}

/// The dialog in which a profile is made or changed.
#[derive(Template)]
#[template(path = "profiles/edit.html")]
pub struct Edit {
    /// The profile as it is; none for a new one.
    pub existing: Option<Profile>,
    /// What the person who acts may do: nobody gives more.
    pub own: Permissions,
    /// What was typed.
    pub form: ProfileForm,
    /// What was wrong with it.
    pub errors: FieldErrors,
}

impl Edit {
    fn title(&self) -> String {
        self.existing.as_ref().map_or_else(
            || "Create a profile".to_owned(),
            |profile| format!("Edit the profile {}", profile.name),
        )
    }

    fn address(&self) -> String {
        self.existing.as_ref().map_or_else(
            || "/administration/profiles".to_owned(),
            |profile| format!("/administration/profiles/{}", profile.id),
        )
    }

    fn holders(&self) -> String {
        self.existing.as_ref().filter(|profile| profile.holders > 0).map(Index::holders).unwrap_or_default()
    }

    fn is_ticked(&self, permission: Permission) -> bool {
        self.form.ticked().contains(permission)
    }

    fn is_own(&self, permission: Permission) -> bool {
        self.own.contains(permission)
    }
}

/// The question before a profile is removed.
#[derive(Template)]
#[template(path = "profiles/removal.html")]
pub struct Removal {
    /// Which.
    pub profile: Profile,
    /// Why it was not done.
    pub errors: FieldErrors,
}
