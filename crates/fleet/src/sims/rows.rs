//! One row of the grid, and how it is read.

use chrono::{DateTime, Utc};
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamptz};
use serde_json::Value;

use super::order::{self, ACTIVATED_AT, Expr, MSISDN, Sort};
use super::{SimQuery, SimState, SimType, text};
use crate::ids::{CompanyId, FieldId, LabelId, OfferId, SimId};
use crate::schema::sims;

/// A SIM as the grid shows it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Row {
    /// Its id.
    pub id: SimId,
    /// Its ICCID.
    pub iccid: String,
    /// Its IMSI.
    pub imsi: String,
    msisdn: String,
    /// The EID of the eUICC.
    pub eid: Option<String>,
    /// The IMEI of the device that it was last seen in.
    pub imei: Option<String>,
    /// The name that the company gave it.
    pub name: Option<String>,
    /// How it is built.
    pub sim_type: SimType,
    /// Where it stands in its life cycle.
    pub state: SimState,
    /// The offer that it is on.
    pub offer: Option<OfferId>,
    /// Its labels.
    pub labels: Vec<LabelId>,
    activated_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    name_from_first: Option<String>,
    /// The note that the company wrote on it.
    pub note: Option<String>,
    fields: Value,
    name_from_second: Option<String>,
    name_from_third: Option<String>,
    name_from_fourth: Option<String>,
    /// The company that it is in.
    pub company: CompanyId,
}

/// The SQL type of a [`Row`].
pub(super) type RowSql = SqlTypeOf<Columns>;
/// A query that gives [`Row`]s.
pub(super) type RowQuery = sims::BoxedQuery<'static, Pg, RowSql>;

/// What a row reads. Absent values come as the key that they are in order by.
#[diesel::dsl::auto_type(type_name = "Columns")]
fn columns() -> _ {
    let msisdn: Expr<Text> = Expr::new(MSISDN);
    let activated_at: Expr<Timestamptz> = Expr::new(ACTIVATED_AT);
    (
        sims::id,
        sims::iccid,
        sims::imsi,
        msisdn,
        sims::eid,
        sims::imei,
        sims::name,
        sims::sim_type,
        sims::state,
        sims::offer_id,
        sims::label_ids,
        activated_at,
        sims::changed_at,
        sims::name_from_first,
        sims::note,
        sims::fields,
        sims::name_from_second,
        sims::name_from_third,
        sims::name_from_fourth,
        sims::company_id,
    )
}

/// The rows of `query`.
pub(super) fn selected(query: SimQuery) -> RowQuery {
    query.select(columns())
}

/// Names of what a row reads, by which [`order::Key`]s find theirs.
pub(super) const NAMES: &str =
    "c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20";

impl Row {
    /// Its MSISDN.
    pub fn msisdn(&self) -> Option<&str> {
        Some(self.msisdn.as_str()).filter(|msisdn| !msisdn.is_empty())
    }

    /// When it was activated.
    pub fn activated_at(&self) -> Option<DateTime<Utc>> {
        Some(self.activated_at).filter(|at| *at != DateTime::UNIX_EPOCH)
    }

    /// What stands in one of its custom fields.
    pub fn field(&self, field: FieldId) -> Option<&str> {
        self.fields.get(field.to_string())?.as_str()
    }

    /// What `sort` puts it in order by.
    pub(super) fn key(&self, sort: Sort) -> order::Value {
        match sort {
            Sort::Iccid => order::Value::Text(self.iccid.clone()),
            Sort::Imsi => order::Value::Text(self.imsi.clone()),
            Sort::Msisdn => order::Value::Text(self.msisdn.clone()),
            Sort::Activated => order::Value::Time(self.activated_at),
            Sort::Changed => order::Value::Time(self.changed_at),
        }
    }

    /// What a text is compared with at this place of [`super::text::targets`].
    pub(super) fn searched(&self, place: u8) -> Option<&str> {
        match place {
            0 | text::LABELLED.. => Some(&self.iccid),
            1 => Some(&self.imsi),
            2 => Some(&self.msisdn),
            3 => self.eid.as_deref(),
            4 => self.imei.as_deref(),
            6 => self.name_from_second.as_deref(),
            7 => self.name_from_third.as_deref(),
            8 => self.name_from_fourth.as_deref(),
            _ => self.name_from_first.as_deref(),
        }
    }
}
