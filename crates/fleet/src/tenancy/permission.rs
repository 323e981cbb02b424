//! The single rights, and sets of them. Handlers ask for a right, never for a role or a profile.

use super::Role;

/// What rights are about: they are shown in these groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The SIMs themselves.
    Sims,
    /// What is kept about all SIMs.
    Fleet,
    /// Other companies of the tree.
    Subaccounts,
    /// The company and its people.
    Company,
}

impl Group {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Sims, Self::Fleet, Self::Subaccounts, Self::Company];

    /// The word as shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sims => "SIMs and operations",
            Self::Fleet => "What is kept about SIMs",
            Self::Subaccounts => "Subaccounts and offers",
            Self::Company => "Company and people",
        }
    }

    /// The rights that are about it.
    pub fn permissions(self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|permission| permission.group() == self).collect()
    }
}

/// Declares the rights: the word by which profiles keep it, its group, and how it is shown and explained.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $group:ident, $label:literal, $explanation:literal;)+) => {
        /// One thing that a person may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $name,)+ }

        impl Permission {
            /// All of them, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word as stored, as written in addresses and in logs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it is about.
            pub const fn group(self) -> Group {
                match self { $(Self::$name => Group::$group,)+ }
            }

            /// What it allows, in a few words.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// What it allows, in a sentence.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation,)+ }
            }
        }
    };
}

permissions! {
    /// See SIMs, operations and the company itself.
    FleetView = "fleet.view", Sims, "See SIMs and operations",
        "The list of SIMs, each SIM's page, and operations with their results. Hardly any screen opens without it.";
    /// Move SIMs to another company.
    SimsTransfer = "sims.transfer", Sims, "Transfer SIMs", "Move SIMs to a subaccount or back, and recall that.";
    /// Activate SIMs.
    SimsActivate = "sims.activate", Sims, "Activate SIMs", "Put SIMs in Inventory on an offer.";
    /// Suspend, resume and change the offer of SIMs.
    SimsManage = "sims.manage", Sims, "Suspend, resume and change offers", "Act on SIMs that are active or suspended.";
    /// End SIMs for good.
    SimsTerminate = "sims.terminate", Sims, "Terminate SIMs", "End SIMs for good.";
    /// Name SIMs, and write notes, labels and custom fields on them.
    SimsEdit = "sims.edit", Sims, "Edit SIMs", "Write names, notes, labels and custom fields on SIMs.";
    /// Load SIMs from a file.
    SimsImport = "sims.import", Sims, "Import SIMs", "Load SIMs from a vendor's file.";
    /// Take SIMs out of the portal as a file. Not for viewers: to read page by page is one thing, to carry the fleet away another.
    SimsExport = "sims.export", Sims, "Export SIMs", "Take SIMs out of the portal as a file.";
    /// Cancel operations that are under way.
    OperationsCancel = "operations.cancel", Sims, "Cancel operations",
        "Cancel what is under way, resume what is paused, and move what is scheduled.";
    /// Make, change and remove the labels and custom fields of the company.
    FleetConfigure = "fleet.configure", Fleet, "Manage labels and fields",
        "Make, change and remove the labels and custom fields of the company.";
    /// Share saved views with the company, and change those that are shared.
    ViewsShare = "views.share", Fleet, "Share views", "Share saved views with the company, and change those that are shared.";
    /// See, download and remove what others have exported.
    ExportsManage = "exports.manage", Fleet, "Manage exports of others",
        "See, download and remove what others have exported.";
    /// See subaccounts.
    SubaccountsView = "subaccounts.view", Subaccounts, "See subaccounts",
        "The list of subaccounts, their administrators, their offers and how many SIMs they have.";
    /// Create, rename and suspend subaccounts.
    SubaccountsManage = "subaccounts.manage", Subaccounts, "Manage subaccounts",
        "Create, rename and suspend subaccounts, and name the first administrators of new ones.";
    /// Make offers, assign them to subaccounts and withdraw them.
    OffersAssign = "offers.assign", Subaccounts, "Manage offers",
        "Make offers, assign them to subaccounts and withdraw them.";
    /// Work with all of one's accounts below a main account at once.
    TreeView = "tree.view", Subaccounts, "Work with all accounts at once",
        "In a main account: one list of the SIMs of all accounts that the person works for, with the rights of each.";
    /// See how the networks of the installation are doing, and test them. In main accounts alone.
    NetworksView = "networks.view", Company, "See networks",
        "In a main account: see how the networks of the installation are doing, and test them.";
    /// See and manage the people of the company.
    PeopleManage = "people.manage", Company, "Manage users and profiles",
        "Invite, change and remove users, and make profiles: never with more than one has oneself.";
    /// Decide how long sessions last and whether a second factor is asked for.
    SecurityManage = "security.manage", Company, "Manage security",
        "Decide how long sessions last and whether a second factor is asked for.";
    /// Make API tokens of the company, and see and revoke all that open it.
    TokensManage = "tokens.manage", Company, "Manage API tokens",
        "Make API tokens of the company, never with more than one may do oneself; see and revoke all that open it.";
    /// Read who has done what in the company.
    AuditView = "audit.view", Company, "See the audit log",
        "Read and export who has done what in the company, when, and from which address.";
    /// Change the company's own details.
    AccountManage = "account.manage", Company, "Manage account details",
        "Change the colour of the company and, of a main account, its name and options.";
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// Every right there is.
    pub const ALL: Self = Self((1 << Permission::ALL.len()) - 1);

    /// The rights with these words. A word that is none, as of a later version, gives nothing.
    pub fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |word| Permission::ALL.iter().copied().find(|permission| permission.as_str() == word);
        words.into_iter().filter_map(known).collect()
    }

    /// Whether `permission` is among them.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether all of `permissions` are among them.
    pub fn contains_all(self, permissions: &[Permission]) -> bool {
        permissions.iter().all(|permission| self.contains(*permission))
    }

    /// These and those of `others`.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These but for those of `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Those of these that are among `others` too.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order in which they are shown.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }

    /// What they allow, in words.
    pub fn labels(self) -> String {
        self.iter().map(Permission::label).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        Self(permissions.into_iter().fold(0, |set, permission| set | 1 << permission as u32))
    }
}

impl From<Option<Role>> for Permissions {
    fn from(role: Option<Role>) -> Self {
        let allows = |permission: &Permission| role.is_some_and(|role| role.allows(*permission));
        Permission::ALL.iter().copied().filter(allows).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        for permission in Permission::ALL {
            let one: Permissions = [*permission].into_iter().collect();
            assert_eq!(one.iter().collect::<Vec<_>>(), [*permission]);
            assert_eq!(Permissions::of_words([permission.as_str(), "of.later"]), one);
            assert!(!Permissions::ALL.without(one).contains(*permission));
            assert_eq!(Permissions::ALL.without(one).with(one), Permissions::ALL);
        }
        assert!(Permissions::default().is_empty());
    }

    #[test]
    fn each_role_has_what_the_one_below_has() {
        let of = |role| Permissions::from(Some(role));
        assert!(of(Role::Viewer).without(of(Role::Operator)).is_empty());
        assert_eq!(of(Role::Administrator), Permissions::ALL);
        assert!(Permissions::from(None).is_empty());
    }
}
