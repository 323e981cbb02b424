//! Operations as a search box finds them: by number, kind, or the company that SIMs went to.

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use super::OperationKind;
use super::list::{SUMMARY_FROM, Summary, summary};
use crate::characters::lower_case;
use crate::companies::escape_like;
use crate::error::Result;
use crate::ids::OperationId;
use crate::schema::sql_types;
use crate::tenancy::{CompanyScope, Permission};

/// Words are looked for in so many of the newest operations; a number is found however old it is.
pub const SEARCHED: i64 = 1_000;
/// The fewest letters of a word.
const LETTERS: usize = 2;

/// The operations that the active company sees and `text` means, the newest first: the one with this number, or those whose
/// kind, or the name of the company that SIMs go to, begins so.
pub fn search(conn: &mut PgConnection, scope: &CompanyScope, text: &str, limit: i64) -> Result<Vec<Summary>> {
    scope.require(Permission::FleetView)?;
    let text = lower_case(text.trim());
    if let Some(number) = number(&text) {
        let sql = format!("{summary} {SUMMARY_FROM} AND c.operation_id = $2", summary = summary());
        let found = diesel::sql_query(sql)
            .bind::<BigInt, _>(scope.company_id())
            .bind::<BigInt, _>(number)
            .get_result(conn)
            .optional()?;
        return Ok(found.into_iter().collect());
    }
    if text.chars().count() < LETTERS {
        return Ok(Vec::new());
    }
    // One by one, in this order: whatever the planner thinks of the text, it must not begin with all operations, nor
    // with all companies whose names fit.
    let sql = format!(
        "WITH found AS MATERIALIZED (SELECT n.operation_id FROM \
             (SELECT operation_id FROM operation_companies WHERE company_id = $1 ORDER BY operation_id DESC LIMIT $5) n \
             CROSS JOIN LATERAL (SELECT kind, target_company_id FROM operations WHERE id = n.operation_id OFFSET 0) o \
             LEFT JOIN LATERAL (SELECT name FROM companies WHERE id = o.target_company_id OFFSET 0) target ON true \
             WHERE o.kind = ANY($2) OR lower(target.name) LIKE $3 ORDER BY n.operation_id DESC LIMIT $4) \
         {summary} {SUMMARY_FROM} AND c.operation_id = ANY(ARRAY(SELECT operation_id FROM found)) \
         ORDER BY c.operation_id DESC",
        summary = summary(),
    );
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Array<sql_types::OperationKind>, _>(kinds(&text))
        .bind::<Nullable<Text>, _>(format!("{}%", escape_like(&text)))
        .bind::<BigInt, _>(limit)
        .bind::<BigInt, _>(SEARCHED)
        .load(conn)?)
}

/// The number that `text` is: `#123`, or `123`.
fn number(text: &str) -> Option<OperationId> {
    let digits = text.strip_prefix('#').unwrap_or(text).trim();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The kinds with a word that begins with `text`, and those that begin with all of it.
fn kinds(text: &str) -> Vec<OperationKind> {
    let is_meant = |kind: &OperationKind| {
        let label = kind.label().to_lowercase();
        label.starts_with(text) || label.split([' ', '-']).any(|word| word.starts_with(text))
    };
    OperationKind::ALL.iter().copied().filter(is_meant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_with_or_without_its_sign() {
        for (text, expected) in
            [("#12", Some(12)), ("12", Some(12)), ("# 7", Some(7)), ("#", None), ("1a", None), ("", None)]
        {
            assert_eq!(number(text), expected.map(OperationId), "{text}");
        }
        assert_eq!(number("99999999999999999999"), None);
    }

    #[test]
    fn a_kind_is_found_by_the_beginning_of_its_words() {
        assert_eq!(kinds("transf"), [OperationKind::Transfer]);
        assert!(kinds("offer").contains(&OperationKind::ChangeOffer));
        assert!(kinds("sims").is_empty());
    }
}
