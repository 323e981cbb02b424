//! The one error type of the domain.
//!
//! The rule of the layers: the domain says *what* is wrong in words that a person can act on
//! ([`Error::Invalid`], [`Error::Refused`]); the web layer decides the status and the page;
//! causes ([`Error::Database`]) are logged at the edge and never shown.

use std::borrow::Cow;

/// The result of everything in the domain that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in the domain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such record, or one of another company: the two are never told apart.
    #[error("not found")]
    NotFound,
    /// The person lacks this right in the active company.
    #[error("missing permission {0}")]
    Forbidden(crate::tenancy::Permission),
    /// The company opens to people with a second factor alone, and the person has none.
    #[error("a second factor is missing")]
    SecondFactorMissing {
        /// The company's name.
        company: String,
    },
    /// The person has signed in through another company's provider, whose word does not count in this one.
    #[error("a password is needed")]
    PasswordNeeded {
        /// The company's name.
        company: String,
    },
    /// A field of the input is wrong; nothing was done.
    #[error("{field}: {message}")]
    Invalid {
        /// The field's name in the form.
        field: &'static str,
        /// What is wrong and what to do, as a sentence.
        message: Cow<'static, str>,
    },
    /// The input is fine, but the state of things forbids the act; nothing was done.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// Who acts would give or take more than they may do themselves; nothing was done.
    #[error("{0}")]
    BeyondOwnRights(Cow<'static, str>),
    /// This was done too often of late; nothing was done. Who counts says so: the domain itself counts nothing.
    #[error("too many tries")]
    TooMany {
        /// Seconds to wait.
        wait: u64,
    },
    /// The database failed or could not be reached.
    #[error("database: {0}")]
    Database(diesel::result::Error),
    /// A connection could not be had in time.
    #[error("connection pool: {0}")]
    Pool(#[from] diesel::r2d2::PoolError),
    /// Something that must hold did not: a fault in the program.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// A field of the input is wrong.
    pub fn invalid(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// The state of things forbids the act.
    pub fn refused(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(message.into())
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            diesel::result::Error::NotFound => Self::NotFound,
            other => Self::Database(other),
        }
    }
}

/// Which unique constraint or foreign key a statement broke, if it broke one.
pub(crate) fn broken_constraint(error: &diesel::result::Error) -> Option<&str> {
    match error {
        diesel::result::Error::DatabaseError(_, info) => info.constraint_name(),
        _ => None,
    }
}
