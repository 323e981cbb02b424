//! A SIM for programs.

use std::collections::BTreeMap;

use fleet::ids::{OfferId, OperationId, SimId};
use fleet::operations::{InFlight, OperationKind};
use fleet::sims::{Facets, Row, SimState, SimType};

use crate::web::display::machine_time;

/// A SIM for programs.
#[derive(serde::Serialize)]
pub struct Json<'a> {
    id: SimId,
    iccid: &'a str,
    imsi: &'a str,
    msisdn: Option<&'a str>,
    imei: Option<&'a str>,
    eid: Option<&'a str>,
    #[serde(rename = "type")]
    sim_type: SimType,
    state: SimState,
    offer: Option<Offer<'a>>,
    name: Option<&'a str>,
    note: Option<&'a str>,
    labels: Vec<&'a str>,
    fields: BTreeMap<&'a str, &'a str>,
    activated_at: Option<String>,
    changed_at: String,
    /// The operation that it is in.
    operation: Option<Flight>,
}

#[derive(serde::Serialize)]
struct Offer<'a> {
    id: OfferId,
    name: &'a str,
}

#[derive(serde::Serialize)]
struct Flight {
    number: OperationId,
    kind: OperationKind,
}

impl<'a> Json<'a> {
    /// The SIM as JSON, with the names that `facets` know.
    pub fn of(row: &'a Row, facets: &'a Facets, flight: Option<&InFlight>) -> Self {
        let field =
            |field: &'a fleet::custom_fields::Field| Some((field.name.as_str(), row.field(field.id)?));
        Self {
            id: row.id,
            iccid: &row.iccid,
            imsi: &row.imsi,
            msisdn: row.msisdn(),
            imei: row.imei.as_deref(),
            eid: row.eid.as_deref(),
            sim_type: row.sim_type,
            state: row.state,
            offer: row.offer.map(|id| Offer { id, name: facets.offer(id).unwrap_or_default() }),
            name: row.name.as_deref(),
            note: row.note.as_deref(),
            labels: row.labels.iter().filter_map(|id| Some(facets.label(*id)?.name.as_str())).collect(),
            fields: facets.fields.iter().filter_map(field).collect(),
            activated_at: row.activated_at().map(|at| machine_time(&at)),
            changed_at: machine_time(&row.changed_at),
            operation: flight.map(|flight| Flight { number: flight.operation, kind: flight.kind }),
        }
    }
}
