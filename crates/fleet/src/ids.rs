//! One type for each kind of id, so that a SIM's id can't be passed where a company's is meant.

/// Declares a database id: a `bigint` key with its own Rust type.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::BigInt, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::BigInt, diesel::pg::Pg>::to_sql(&self.0, out)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::BigInt, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <i64 as diesel::deserialize::FromSql<diesel::sql_types::BigInt, diesel::pg::Pg>>::from_sql(bytes)
                    .map(Self)
            }
        }
    };
}

id!(
    /// A company: a tenant.
    CompanyId
);
id!(
    /// A person, who may be a member of several companies.
    UserId
);
id!(
    /// A passkey of a person.
    PasskeyId
);
id!(
    /// A commercial plan.
    OfferId
);
id!(
    /// A custom field of one company.
    FieldId
);
id!(
    /// A label of one company.
    LabelId
);
id!(
    /// A SIM: one subscription.
    SimId
);
id!(
    /// A list of SIMs.
    SimListId
);
id!(
    /// A saved view.
    SavedViewId
);
id!(
    /// A file of SIMs that was read and checked.
    ImportDraftId
);
id!(
    /// A file of SIMs that somebody takes out of the portal.
    ExportId
);
id!(
    /// An operation. This is the number that people see.
    OperationId
);
id!(
    /// An invitation to become a user of a company.
    InvitationId
);
id!(
    /// A profile: rights that a company has put together.
    ProfileId
);
id!(
    /// An API token.
    ApiTokenId
);
id!(
    /// A message in somebody's bell.
    MessageId
);
id!(
    /// A line of the audit log.
    AuditEventId
);
id!(
    /// A letter in the outbox.
    LetterId
);

/// Declares a public identifier: a UUID with its own Rust type, for addresses and shared links.
macro_rules! uid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash,
            serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Uuid, diesel::pg::Pg>::to_sql(&self.0, out)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <uuid::Uuid as diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg>>::from_sql(bytes)
                    .map(Self)
            }
        }
    };
}

uid!(
    /// A company as it is named in addresses: it can't be guessed or counted.
    CompanyUid
);
uid!(
    /// A list of SIMs as it is named in addresses.
    SimListUid
);
uid!(
    /// A saved view as it is named in addresses.
    SavedViewUid
);
uid!(
    /// A file of SIMs that was read and checked, as it is named in addresses.
    ImportDraftUid
);
uid!(
    /// An export as it is named in addresses.
    ExportUid
);
uid!(
    /// A session as its person names it to end it. It opens nothing.
    SessionUid
);
uid!(
    /// An invitation as it is named in addresses. It opens nothing: its link has a token of its own.
    InvitationUid
);
uid!(
    /// An API token as it is named in addresses. It opens nothing: it has a key of its own.
    ApiTokenUid
);
