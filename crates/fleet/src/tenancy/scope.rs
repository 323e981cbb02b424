//! What is asked of a [`CompanyScope`]: who acts, where, and whether they may.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use diesel::PgConnection;

use super::{CompanyScope, Names, Permission, Permissions, enter_vouched, rights_in_words};
use crate::api_tokens::Opened;
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, UserId};

impl CompanyScope {
    /// The same, of a request from this address: what is done with it is recorded as from there.
    #[must_use]
    pub fn asked_from(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Where the request comes from, if there is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Read again, as [`enter`] does: rights may have been withdrawn since.
    pub(crate) fn again(&self, conn: &mut PgConnection) -> Result<Self> {
        let again = enter_vouched(conn, self.user, self.company.uid, self.voucher)?;
        let again = again.narrowed_to(self.token.as_ref()).asked_from(self.address);
        Ok(Self { tried_beyond: Arc::clone(&self.tried_beyond), ..again })
    }

    /// The same with no more rights than the token has, if there is one.
    pub(crate) fn narrowed_to(mut self, token: Option<&Opened>) -> Self {
        if let Some(token) = token {
            self.rights.permissions = self.rights.permissions.and(token.permissions());
            self.token = Some(token.clone());
        }
        self
    }

    /// The token by which the person acts, if they act by one.
    pub(crate) fn token(&self) -> Option<&Opened> {
        self.token.as_ref()
    }

    /// What the frame of a page shows.
    pub fn names(&self) -> Names {
        Names {
            person: self.user_name.clone(),
            email: self.user_email.clone(),
            has_password: self.has_password,
            has_second_factor: self.has_second_factor,
            company: self.company.name.clone(),
            uid: self.company.uid,
            colour: self.company.colour.clone(),
            subaccounts_enabled: self.company.subaccounts_enabled,
            permissions: self.permissions(),
            is_main_account: self.is_main_account(),
        }
    }

    /// The person who acts.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The person's role and profiles in this company, as people read them.
    pub fn rights_in_words(&self) -> String {
        rights_in_words(self.rights.role, &self.rights.profiles)
    }

    /// All that the person may do in this company.
    pub fn permissions(&self) -> Permissions {
        self.rights.permissions
    }

    /// The company in focus, as it is named in addresses.
    pub fn company_uid(&self) -> CompanyUid {
        self.company.uid
    }

    /// The name of the company in focus.
    pub fn company_name(&self) -> &str {
        &self.company.name
    }

    /// The colour by which people tell the company in focus from others.
    pub fn company_colour(&self) -> &str {
        &self.company.colour
    }

    /// Whether the company has the optional feature of subaccounts.
    pub fn subaccounts_enabled(&self) -> bool {
        self.company.subaccounts_enabled
    }

    /// The main account of the tree that the company is in; itself, if it is one.
    pub fn main_account(&self) -> CompanyId {
        self.company.lineage.first().copied().unwrap_or(self.company.id)
    }

    /// Whether the company is a main account: one without a parent.
    pub fn is_main_account(&self) -> bool {
        self.company.parent_id.is_none()
    }

    /// Whether the company is suspended: its people can look, nothing can be launched.
    pub fn is_suspended(&self) -> bool {
        self.company.suspended_at.is_some()
    }

    /// The name of the person who acts.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The address that the person who acts signs in with.
    pub fn user_email(&self) -> &str {
        &self.user_email
    }

    /// Whether the person holds `permission` here.
    pub fn allows(&self, permission: Permission) -> bool {
        self.rights.permissions.contains(permission)
    }

    /// Fails with [`Error::Forbidden`] unless the person holds `permission` here.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.allows(permission) { Ok(()) } else { Err(Error::Forbidden(permission)) }
    }

    /// Fails unless the person manages people here and holds all of `permissions`: nobody can grant what they don't
    /// have, nor take it from others ([`Error::BeyondOwnRights`]).
    pub fn require_to_grant(&self, permissions: Permissions) -> Result<()> {
        self.require(Permission::PeopleManage)?;
        let missing = permissions.without(self.permissions());
        if missing.is_empty() {
            return Ok(());
        }
        let words = format!(
            "You can give and take only what you may do yourself in {}. You lack: {}. Nothing was done.",
            self.company.name,
            missing.labels()
        );
        Err(self.beyond_own_rights(words))
    }

    /// The error of who tries to give or take more than they may do, which is remembered: see [`Self::has_tried_beyond`].
    pub(crate) fn beyond_own_rights(&self, words: String) -> Error {
        self.tried_beyond.store(true, Ordering::Relaxed);
        Error::BeyondOwnRights(words.into())
    }

    /// Whether somebody has tried with it to give or take more than they may do: also where that was said beside a field, and is
    /// no error any more.
    pub fn has_tried_beyond(&self) -> bool {
        self.tried_beyond.load(Ordering::Relaxed)
    }

    /// As [`Self::require`], and the company must not be suspended: for whatever changes SIMs.
    pub fn require_to_launch(&self, permission: Permission) -> Result<()> {
        self.require(permission)?;
        if self.is_suspended() {
            return Err(Error::refused(format!(
                "{} is suspended: nothing can be launched in it until its parent company lifts the suspension.",
                self.company.name
            )));
        }
        Ok(())
    }

    /// As [`Self::require`], and the company must not be suspended: for whatever else changes something.
    pub fn require_to_change(&self, permission: Permission) -> Result<()> {
        self.require(permission)?;
        if self.is_suspended() {
            return Err(Error::refused(format!(
                "{} is suspended: nothing can be changed in it until its parent company lifts the suspension. \
                 Nothing was done.",
                self.company.name
            )));
        }
        Ok(())
    }

    /// The company's id, for the queries of this crate.
    pub fn company_id(&self) -> CompanyId {
        self.company.id
    }

    /// The parent of the company in focus, if it is a subaccount.
    pub(crate) fn parent_id(&self) -> Option<CompanyId> {
        self.company.parent_id
    }
}
