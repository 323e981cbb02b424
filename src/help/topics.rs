//! The topics, in the order in which a company that starts here needs them.

/// One topic: its place in addresses, its title, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// The last part of its address.
    pub slug: &'static str,
    /// Its title.
    pub title: &'static str,
    /// One line for the list.
    pub about: &'static str,
}

/// Topics that belong together.
pub struct Group {
    /// What they have in common.
    pub title: &'static str,
    /// The topics.
    pub topics: &'static [Topic],
}

const fn topic(slug: &'static str, title: &'static str, about: &'static str) -> Topic {
    Topic { slug, title, about }
}

/// All topics.
pub const GROUPS: [Group; 3] = [
    Group {
        title: "Companies and people",
        topics: &[
            topic(
                "create-a-subaccount",
                "Create a subaccount",
                "A company of its own for a customer or a business unit.",
            ),
            topic(
                "assign-an-offer",
                "Assign an offer to a subaccount",
                "Which offers a subaccount can activate SIMs on.",
            ),
            topic("create-a-user", "Invite a user to a subaccount", "Let people in, and give them a role."),
            topic("profiles", "Decide what users may do", "Roles, and profiles that you make yourself."),
            topic(
                "api-tokens",
                "Let a program in",
                "API tokens: for a billing system, a script or another portal.",
            ),
            topic("audit-log", "See who has done what", "The audit log, and who moved a SIM."),
            topic("switch-accounts", "Switch accounts", "Work for another company that you are a user of."),
            topic(
                "sign-in-safely",
                "Sign in safely",
                "Your password, a second factor, and where you are signed in.",
            ),
            topic(
                "single-sign-on",
                "Set up single sign-on",
                "Let your people sign in with your own OpenID Connect provider.",
            ),
        ],
    },
    Group {
        title: "SIMs",
        topics: &[
            topic("import-sims", "Import SIMs", "Load a vendor's file into a company's inventory."),
            topic("transfer-sims", "Transfer SIMs", "Move SIMs to a subaccount, or back."),
            topic("activate-sims", "Activate SIMs", "Put SIMs on an offer; suspend, resume and end them."),
            topic(
                "hand-over",
                "Hand SIMs over ready to use",
                "Transfer, assign the offer and activate, in one go.",
            ),
            topic(
                "when-and-how",
                "Schedule, chain and pause",
                "Start later, start after something else, and stop when too much fails.",
            ),
            topic(
                "many-sims-at-once",
                "Work with many SIMs at once",
                "By a filter, or by a list of identifiers.",
            ),
            topic(
                "labels-and-fields",
                "Labels, names, notes and fields",
                "Write on SIMs what you know of them: on one, or on many at once.",
            ),
            topic(
                "all-accounts",
                "Work with all your accounts at once",
                "One list of the SIMs of a main account and those below it, and one act on several.",
            ),
            topic(
                "columns-and-views",
                "Columns and saved views",
                "Arrange the list of SIMs, and keep what it shows under a name.",
            ),
            topic("export-sims", "Export SIMs", "Take SIMs out as a CSV or an Excel file."),
        ],
    },
    Group {
        title: "Afterwards",
        topics: &[
            topic(
                "follow-operations",
                "Follow operations",
                "See how far something is, try again what failed, and undo what was done.",
            ),
            topic(
                "compare-with-the-network",
                "Compare SIMs with the network",
                "Find what the network holds differently, mend it there, and see when SIMs were last seen.",
            ),
        ],
    },
];

/// The topic at this address.
pub fn find(slug: &str) -> Option<Topic> {
    GROUPS.iter().flat_map(|group| group.topics).find(|topic| topic.slug == slug).copied()
}
