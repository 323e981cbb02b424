//! The identifiers of SIMs and devices: ICCID, IMSI, MSISDN, IMEI and EID.
//!
//! Each is parsed once, where it enters, into a type that cannot hold anything else. All are text, never numbers:
//! leading zeros matter, and twenty digits are more than a 64-bit number holds.

mod check_digits;
mod digits;
mod eid;
mod error;
mod iccid;
mod imei;
mod imsi;
mod msisdn;
#[cfg(test)]
mod properties;

pub use check_digits::{eid_check_digits, luhn_check_digit, luhn_holds, mod_97};
pub use eid::Eid;
pub use error::{IdentifierError, IdentifierKind, IdentifierProblem};
pub use iccid::{Iccid, IccidForm};
pub use imei::Imei;
pub use imsi::Imsi;
pub use msisdn::Msisdn;

/// What all identifiers share: text in, text out, and a text column in the database.
macro_rules! identifier {
    ($type:ident) => {
        impl $type {
            /// The digits.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::identifiers::IdentifierError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text).map_err(|problem| $crate::identifiers::IdentifierError {
                    kind: $crate::identifiers::IdentifierKind::$type,
                    problem,
                })
            }
        }

        impl TryFrom<&str> for $type {
            type Error = $crate::identifiers::IdentifierError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($type), self.as_str())
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $type {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                use std::io::Write;
                out.write_all(self.as_str().as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $type {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                // What is stored has been checked when it came in, some of it by laxer rules than `FromStr` has.
                Digits::from_digits(bytes.as_bytes())
                    .map(Self)
                    .ok_or_else(|| concat!("not digits where an ", stringify!($type), " is stored").into())
            }
        }
    };
}
use identifier;
