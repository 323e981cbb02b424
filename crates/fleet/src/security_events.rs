//! What happens to the ways in: the one place where such a thing is noted. It goes to the log of the program for now.

use crate::ids::UserId;

/// Something that concerns who can sign in as a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The person has signed in.
    SignedIn,
    /// A password was right, and then the second factor was wrong.
    SecondFactorWrong,
    /// The password was changed, or set through a link.
    PasswordSet,
    /// The person has ended sessions of theirs.
    SessionsEnded,
    /// A second factor was set up.
    SecondFactorAdded,
    /// A second factor was removed by the person.
    SecondFactorRemoved,
    /// All second factors were removed by an administrator.
    SecondFactorReset,
    /// The person has accepted an invitation to a company.
    InvitationAccepted,
    /// A recovery code was used.
    RecoveryCodeUsed,
}

/// Notes that `event` has happened to `person`.
pub fn note(person: UserId, event: Event) {
    tracing::info!(target: "security", %person, ?event, "security event");
}
