//! The condition that a SIM has a certain label, or one that a text is found in.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Bool, Text};

use super::in_list::Bound;
use super::text;
use crate::db::statements;
use crate::ids::{CompanyId, LabelId};

/// The most labels that a text finds SIMs by; of more, the first by name.
const LABELS_FOUND: usize = 20;

/// With this label, read in the order of the ICCIDs from a bound on; for the bound see [`super::in_list::InList`].
#[derive(Debug, Clone)]
pub(super) struct WithLabel {
    /// The label; none: that of each row of `account`.
    pub(super) label: Option<LabelId>,
    pub(super) beyond: Option<Bound>,
}

impl WithLabel {
    fn push_label<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let Some(label) = &self.label {
            return out.push_bind_param::<BigInt, _>(label);
        }
        out.push_sql("account.label");
        Ok(())
    }
}

impl QueryFragment<Pg> for WithLabel {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "(sims.iccid IN (SELECT labelled.iccid FROM sim_labels labelled WHERE labelled.label_id = ",
        );
        self.push_label(&mut out)?;
        if let Some(Bound { iccid, is_end }) = &self.beyond {
            out.push_sql(if *is_end { " AND labelled.iccid < " } else { " AND labelled.iccid > " });
            out.push_bind_param::<Text, _>(iccid)?;
        }
        // Whatever the planner believes about where the label is: it does not begin before the first, or after the last.
        out.push_sql(
            ") AND sims.iccid >= (SELECT min(first.iccid) FROM sim_labels first WHERE first.label_id = ",
        );
        self.push_label(&mut out)?;
        out.push_sql(
            ") AND sims.iccid <= (SELECT max(last.iccid) FROM sim_labels last WHERE last.label_id = ",
        );
        self.push_label(&mut out)?;
        out.push_sql("))");
        Ok(())
    }
}

impl Expression for WithLabel {
    type SqlType = Bool;
}

/// With a label of the company of which a word of the name, whichever it is, begins with a text.
#[derive(Debug, Clone)]
pub(super) struct LabelBegins {
    company: CompanyId,
    /// A regular expression: it finds the text at the beginning of the name and after what parts words in names of SIMs, too.
    pattern: String,
}

impl LabelBegins {
    pub(super) fn with(company: CompanyId, text: &str) -> Self {
        Self { company, pattern: Self::pattern(text) }
    }

    fn pattern(text: &str) -> String {
        let separators: String = text::SEPARATORS.iter().flat_map(|c| ['\\', *c]).collect();
        let mut pattern = format!("(^|[{separators}])");
        for c in text::as_words(text).chars() {
            if c.is_ascii_punctuation() {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern
    }

    /// Those labels of each of `companies`, company by company; and whether one of these has more.
    pub(super) fn found(
        conn: &mut PgConnection,
        companies: &[CompanyId],
        text: &str,
    ) -> QueryResult<(Vec<(CompanyId, LabelId)>, bool)> {
        let mut found: Vec<(CompanyId, LabelId)> =
            Found { companies, pattern: Self::pattern(text) }.load(conn)?;
        found.sort_by_key(|(company, _)| *company);
        let of_each = found.chunk_by(|(one, _), (other, _)| one == other);
        let used: Vec<_> = of_each.flat_map(|labels| labels.iter().copied().take(LABELS_FOUND)).collect();
        let has_more = used.len() < found.len();
        Ok((used, has_more))
    }
}

impl QueryFragment<Pg> for LabelBegins {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // The second condition is what lets the partial index serve.
        out.push_sql("(sims.label_ids && ARRAY(SELECT label.id FROM labels label WHERE label.company_id = ");
        out.push_bind_param::<BigInt, _>(&self.company)?;
        out.push_sql(" AND textregexeq(lower(label.name), ");
        out.push_bind_param::<Text, _>(&self.pattern)?;
        out.push_sql(&format!(
            ") ORDER BY lower(label.name), label.id LIMIT {LABELS_FOUND}) AND sims.label_ids <> '{{}}')"
        ));
        Ok(())
    }
}

impl Expression for LabelBegins {
    type SqlType = Bool;
}

/// The labels of each of `companies` that the pattern finds: one more than are used, to know whether there are more.
struct Found<'a> {
    companies: &'a [CompanyId],
    pattern: String,
}

impl QueryFragment<Pg> for Found<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT account.id, found.id FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.companies)?;
        out.push_sql(
            "::bigint[]) AS account (id) CROSS JOIN LATERAL (SELECT label.id FROM labels label \
             WHERE label.company_id = account.id AND textregexeq(lower(label.name), ",
        );
        out.push_bind_param::<Text, _>(&self.pattern)?;
        let most = LABELS_FOUND + 1;
        out.push_sql(&format!(") ORDER BY lower(label.name), label.id LIMIT {most}) AS found"));
        Ok(())
    }
}

statements!([] Found<'_> => (BigInt, BigInt));
