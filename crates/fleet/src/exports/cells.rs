//! What stands in the cells of a file: a SIM as the company sees it.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;

use crate::error::Result;
use crate::ids::{CompanyId, LabelId, OfferId, SimId};
use crate::life_signs;
use crate::schema::{labels, offer_assignments, offers};
use crate::sims::{Column, Row};
use crate::tenancy::CompanyScope;

/// The names that cells need beside the SIM itself.
#[derive(Debug, Default)]
pub(super) struct Names {
    offers: HashMap<OfferId, String>,
    labels: HashMap<LabelId, String>,
    /// When the SIMs of the page that is being written were last seen.
    seen: HashMap<SimId, DateTime<Utc>>,
}

impl Names {
    /// Reads those that the company has.
    pub(super) fn read(conn: &mut PgConnection, company: CompanyId) -> Result<Self> {
        let offers: Vec<(OfferId, String)> = offer_assignments::table
            .inner_join(offers::table)
            .filter(offer_assignments::company_id.eq(company))
            .select((offers::id, offers::name))
            .load(conn)?;
        let labels: Vec<(LabelId, String)> = labels::table
            .filter(labels::company_id.eq(company))
            .select((labels::id, labels::name))
            .load(conn)?;
        let (offers, labels) = (offers.into_iter().collect(), labels.into_iter().collect());
        Ok(Self { offers, labels, seen: HashMap::new() })
    }

    /// Reads when SIMs were last seen, those of a page alone.
    pub(super) fn read_seen(
        &mut self,
        conn: &mut PgConnection,
        scope: &CompanyScope,
        page: &[Row],
    ) -> Result<()> {
        let ids: Vec<SimId> = page.iter().map(|row| row.id).collect();
        self.seen = life_signs::last_seen(conn, scope, &ids)?;
        Ok(())
    }

    /// What stands in `column` for a SIM.
    pub(super) fn cell<'a>(&'a self, row: &'a Row, column: Column) -> Cow<'a, str> {
        match column {
            Column::Iccid => row.iccid.as_str().into(),
            Column::Name => row.name.as_deref().unwrap_or_default().into(),
            Column::State => row.state.label().into(),
            Column::Offer => row.offer.and_then(|id| self.offers.get(&id)).map_or("", String::as_str).into(),
            Column::Imsi => row.imsi.as_str().into(),
            Column::Msisdn => row.msisdn().unwrap_or_default().into(),
            Column::Imei => row.imei.as_deref().unwrap_or_default().into(),
            Column::Eid => row.eid.as_deref().unwrap_or_default().into(),
            Column::Type => row.sim_type.label().into(),
            Column::Labels => self.labels(row),
            Column::Activated => row.activated_at().map(moment).unwrap_or_default().into(),
            Column::Changed => moment(row.changed_at).into(),
            Column::Seen => self.seen.get(&row.id).copied().map(moment).unwrap_or_default().into(),
            Column::Note => row.note.as_deref().unwrap_or_default().into(),
            Column::Field(field) => row.field(field).unwrap_or_default().into(),
        }
    }

    fn labels(&self, row: &Row) -> Cow<'_, str> {
        let mut names: Vec<&str> =
            row.labels.iter().filter_map(|id| self.labels.get(id)).map(String::as_str).collect();
        names.sort_unstable();
        match names.as_slice() {
            [] => "".into(),
            [one] => (*one).into(),
            many => many.join(", ").into(),
        }
    }
}

/// ISO 8601, in UTC: `2026-11-25T22:09:43Z`.
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
