//! What every statement is to diesel that is put together by hand.

/// Makes these statements, each `[generics] Type => the SQL type of a row`. One is kept prepared by its text, unless it says of
/// itself that it is not.
macro_rules! statements {
    ($([$($generics:tt)*] $name:ty => $sql:ty),* $(,)?) => {$(
        impl<$($generics)*> diesel::query_builder::QueryId for $name {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl<$($generics)*> diesel::query_builder::Query for $name {
            type SqlType = $sql;
        }
        impl<$($generics)*> diesel::RunQueryDsl<diesel::PgConnection> for $name {}
    )*};
}
pub(crate) use statements;
