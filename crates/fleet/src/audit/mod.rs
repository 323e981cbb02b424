//! The audit log of a company: who has done what, on what, when, and from which address.
//!
//! A line is written in the transaction of what it tells of, and stays as it is: the database refuses to change it. Names
//! are kept as they were then. What became of the SIMs of an operation is not repeated here: its line leads there.

mod list;
mod note;
mod shorten;
mod sought;

pub use list::{Event, Filter, Listed, Place, list, piece};
pub use note::SINGLE_SIGN_ON;
pub use note::{Note, note_failed_sign_in, note_person, note_sign_in};
pub(crate) use note::{called, note_to_person};
pub use shorten::{Shortened, shorten};

use crate::words::word;

word! {
    /// What has been done.
    Action: AuditAction {
        /// Somebody has signed in.
        SignedIn = "signed_in", "Signed in";
        /// A password for somebody's address was wrong.
        SignInFailed = "sign_in_failed", "Sign-in failed";
        /// Somebody has signed out.
        SignedOut = "signed_out", "Signed out";
        /// Somebody has put the company in focus.
        FocusChanged = "focus_changed", "Switched to the company";
        /// Somebody has ended sessions of theirs.
        SessionsEnded = "sessions_ended", "Sessions ended";
        /// A password was changed, or set through a link.
        PasswordSet = "password_set", "Password set";
        /// A one-time link to a password was made for somebody.
        PasswordLinkMade = "password_link_made", "One-time link made";
        /// A second factor was set up.
        SecondFactorAdded = "second_factor_added", "Second factor set up";
        /// A second factor was removed by the person.
        SecondFactorRemoved = "second_factor_removed", "Second factor removed";
        /// A password was right, and then the second factor was wrong.
        SecondFactorWrong = "second_factor_wrong", "Second factor wrong";
        /// A passkey was refused, because its counter says that there is a copy of it.
        PasskeyRefused = "passkey_refused", "Passkey refused: there may be a copy of it";
        /// All second factors of somebody were removed by somebody else.
        SecondFactorReset = "second_factor_reset", "Second factor reset";
        /// A recovery code was used.
        RecoveryCodeUsed = "recovery_code_used", "Recovery code used";
        /// New recovery codes took the place of those before.
        RecoveryCodesRenewed = "recovery_codes_renewed", "Recovery codes replaced";
        /// Somebody has changed how they are called.
        NameChanged = "name_changed", "Name changed";
        /// Somebody was invited, or once more.
        Invited = "invited", "Invited";
        /// An invitation was taken back.
        InvitationRevoked = "invitation_revoked", "Invitation revoked";
        /// An invitation was accepted.
        InvitationAccepted = "invitation_accepted", "Invitation accepted";
        /// Somebody was made a user of the company.
        MemberAdded = "member_added", "User added";
        /// A user was given another role, or other profiles.
        RightsChanged = "rights_changed", "Rights changed";
        /// A user was removed.
        MemberRemoved = "member_removed", "User removed";
        /// A profile was made.
        ProfileMade = "profile_made", "Profile created";
        /// A profile was changed.
        ProfileChanged = "profile_changed", "Profile changed";
        /// A profile was removed.
        ProfileRemoved = "profile_removed", "Profile removed";
        /// An API token was made.
        TokenMade = "token_made", "API token created";
        /// An API token was revoked.
        TokenRevoked = "token_revoked", "API token revoked";
        /// The company's own details were changed.
        AccountChanged = "account_changed", "Account details changed";
        /// What the company asks of its people was changed.
        SecurityChanged = "security_changed", "Security changed";
        /// How the company's people sign in through its provider was changed.
        SingleSignOnChanged = "single_sign_on_changed", "Single sign-on changed";
        /// The addresses of a domain were said to be the company's.
        DomainGranted = "domain_granted", "Domain granted";
        /// They are the company's no more.
        DomainWithdrawn = "domain_withdrawn", "Domain withdrawn";
        /// A user was found to be somebody whom the company's provider knows.
        IdentityLinked = "identity_linked", "Single sign-on linked";
        /// A user has parted with what the company's provider knows them as.
        IdentityUnlinked = "identity_unlinked", "Single sign-on unlinked";
        /// A subaccount was created.
        SubaccountMade = "subaccount_made", "Subaccount created";
        /// A subaccount was given another name or external ID.
        SubaccountChanged = "subaccount_changed", "Subaccount changed";
        /// A subaccount was suspended.
        SubaccountSuspended = "subaccount_suspended", "Subaccount suspended";
        /// The suspension of a subaccount was lifted.
        SubaccountResumed = "subaccount_resumed", "Suspension lifted";
        /// An offer was made.
        OfferMade = "offer_made", "Offer created";
        /// An offer was described in other words.
        OfferChanged = "offer_changed", "Offer changed";
        /// An offer was assigned to a subaccount.
        OfferAssigned = "offer_assigned", "Offer assigned";
        /// An offer was withdrawn from a subaccount.
        OfferWithdrawn = "offer_withdrawn", "Offer withdrawn";
        /// A label was made.
        LabelMade = "label_made", "Label created";
        /// A label was changed.
        LabelChanged = "label_changed", "Label changed";
        /// A label was removed.
        LabelRemoved = "label_removed", "Label removed";
        /// A custom field was made.
        FieldMade = "field_made", "Field created";
        /// A custom field was changed.
        FieldChanged = "field_changed", "Field changed";
        /// A custom field was removed.
        FieldRemoved = "field_removed", "Field removed";
        /// A view was shared with the company.
        ViewShared = "view_shared", "View shared";
        /// A shared view was changed.
        ViewChanged = "view_changed", "Shared view changed";
        /// A shared view was removed.
        ViewRemoved = "view_removed", "Shared view removed";
        /// Name, note, labels or fields of one SIM were changed.
        SimEdited = "sim_edited", "SIM edited";
        /// An export was asked for.
        ExportAsked = "export_asked", "Export asked for";
        /// The file of an export was downloaded.
        ExportDownloaded = "export_downloaded", "Export downloaded";
        /// The file of an export was removed.
        ExportRemoved = "export_removed", "Export removed";
        /// A file that is no export was downloaded.
        FileDownloaded = "file_downloaded", "File downloaded";
        /// An operation was launched.
        OperationLaunched = "operation_launched", "Operation launched";
        /// An operation was cancelled.
        OperationCancelled = "operation_cancelled", "Operation cancelled";
        /// A paused operation goes on.
        OperationResumed = "operation_resumed", "Operation resumed";
        /// A scheduled operation was given another start.
        OperationRescheduled = "operation_rescheduled", "Operation rescheduled";
        /// A network was tested.
        NetworkTested = "network_tested", "Network tested";
        /// The audit log was exported.
        AuditExported = "audit_exported", "Audit log exported";
        /// Old lines of the log were removed.
        AuditShortened = "audit_shortened", "Audit log shortened";
    }
}
