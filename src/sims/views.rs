//! What the page of a SIM shows.

use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use fleet::labels::Label;
use fleet::life_signs;
use fleet::operations::{self, Event, InFlight, OperationKind, UnderWay};
use fleet::sims::{self, Facets, Row};
use fleet::tenancy::{CompanyScope, Permission};
use qrcode::QrCode;
use qrcode::render::svg;

use super::forms::Typed;
use super::json::Json;
use super::timeline_query::TimelineQuery;
use crate::custom_fields::Input;
use crate::fleet::actions::{self, Action};
use crate::web::display::counted;
use crate::web::forms::{Choice, FieldErrors};
use crate::web::page::Page;

/// How a SIM stands now, and what can be done with it.
pub struct Standing {
    /// The SIM.
    pub row: Row,
    facets: Facets,
    /// When its network last heard of it.
    last_seen: Option<DateTime<Utc>>,
    /// The operation that it is in.
    in_flight: Option<InFlight>,
    /// The operations of the company: one that was launched just now may come to this SIM.
    under_way: UnderWay,
    actions: Vec<Action>,
    /// Why its details can't be edited; empty if they can.
    not_edited: String,
    /// Whether there are networks beside the one that only pretends.
    has_networks: bool,
    /// Whether the audit log can be read, which tells who has edited it.
    may_audit: bool,
}

impl Standing {
    /// Reads it.
    pub fn read(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        iccid: &str,
        has_networks: bool,
    ) -> fleet::Result<Self> {
        let row = sims::find(conn, scope, iccid)?;
        let last_seen = life_signs::last_seen(conn, scope, &[row.id])?.remove(&row.id);
        let in_flight = operations::unfinished_for(conn, scope, &[row.id])?.pop();
        let actions = actions::for_one(scope, has_networks, row.state, in_flight.as_ref());
        let under_way = operations::under_way(conn, scope)?;
        let not_edited = actions::reason(scope, OperationKind::Edit).unwrap_or_default();
        let may_audit = scope.allows(Permission::AuditView);
        let facets = Facets::read(conn, scope)?;
        Ok(Self {
            row,
            facets,
            last_seen,
            in_flight,
            under_way,
            actions,
            not_edited,
            has_networks,
            may_audit,
        })
    }

    /// For programs.
    pub fn as_json(&self) -> Json<'_> {
        Json::of(&self.row, &self.facets, self.in_flight.as_ref())
    }

    /// Differs when something has changed.
    pub fn stamp(&self) -> String {
        format!("{}{}{}", self.actions_stamp(), self.row.changed_at.timestamp_micros(), self.asks())
    }

    /// What a stamp begins with, as long as the same can be done with the SIM.
    fn actions_stamp(&self) -> String {
        let operation = self.in_flight.map_or(0, |flight| flight.operation.0);
        format!("{operation}.{}.", self.row.state)
    }

    /// How the trigger of what shows it ends.
    fn asks(&self) -> &'static str {
        match (self.under_way.running, self.in_flight) {
            (0, None) => "",
            (0, Some(_)) => ", every 30s",
            _ => ", every 2s",
        }
    }
}

/// The page of a SIM.
#[derive(Template)]
#[template(path = "sims/show.html", blocks = ["actions", "standing", "timeline", "events"])]
pub struct Show {
    /// The frame.
    pub page: Page,
    standing: Standing,
    /// Whether parts of the page are replaced by it.
    is_renewed: bool,
    query: TimelineQuery,
    /// A part of its timeline.
    events: operations::Page<Event>,
}

/// The dialog *Edit details*.
#[derive(Template)]
#[template(path = "sims/edit.html")]
pub struct Edit {
    iccid: String,
    typed: Typed,
    labels: Vec<Choice>,
    the_inputs: Vec<Input>,
    errors: FieldErrors,
}

impl Edit {
    /// The dialog as it opens, or as it comes back.
    pub fn new(
        iccid: String,
        mut typed: Typed,
        facets: &Facets,
        row: Option<&Row>,
        errors: FieldErrors,
    ) -> Self {
        if let Some(row) = row {
            typed.seen = Typed::stamp(row);
        }
        let (labels, the_inputs) = (typed.labels(facets), typed.inputs(facets, row));
        Self { iccid, typed, labels, the_inputs, errors }
    }

    /// Whether something about the custom fields is wrong that is not said beside one of them.
    fn has_other_problem(&self) -> bool {
        self.the_inputs.iter().all(|input| input.error.is_empty())
    }
}

/// What of the page is drawn again when the SIM has changed.
#[derive(Template)]
#[template(source = "{{ standing|safe }}{{ actions|safe }}", ext = "html")]
pub struct Renewal {
    standing: String,
    actions: String,
}

impl Renewal {
    /// The parts of the page of which the stamp is `known`. Actions that are the same stay: a menu may be open.
    pub fn of(page: Page, standing: Standing, known: &str) -> askama::Result<Self> {
        let nothing = operations::Page { rows: Vec::new(), has_more: false };
        let has_same_actions = known.starts_with(&standing.actions_stamp());
        let view = Show { is_renewed: true, ..Show::new(page, standing, TimelineQuery::default(), nothing) };
        let actions = if has_same_actions { String::new() } else { view.as_actions().render()? };
        Ok(Self { standing: view.as_standing().render()?, actions })
    }
}

/// What is said when the SIM has left the company while its page was open.
#[derive(Template)]
#[template(
    source = "<div class=\"alert alert-info\" role=\"status\">This SIM is not in this company any more. The timeline says what became of it, as far as you saw it; <a class=\"text-decoration-underline\" href=\"/fleet\">go to the fleet</a>.</div>",
    ext = "html"
)]
pub struct Left;

impl Show {
    /// The page with what was read.
    pub fn new(
        page: Page,
        standing: Standing,
        query: TimelineQuery,
        events: operations::Page<Event>,
    ) -> Self {
        Self { page, standing, is_renewed: false, query, events }
    }

    /// The kinds of operations to choose from.
    fn kinds(&self) -> Vec<Choice> {
        self.query.kinds(self.standing.has_networks)
    }

    /// The ICCID as a QR code: an SVG with its quiet zone, dark on light whatever the theme is.
    fn qr_code(&self) -> askama::Result<String> {
        let code = QrCode::new(&self.standing.row.iccid).map_err(askama::Error::custom)?;
        let svg = code.render::<svg::Color<'_>>().build();
        // What stands before it is for a file.
        Ok(svg.find("<svg").map_or_else(String::new, |at| svg[at..].to_owned()))
    }

    /// The identifiers that it has, each with its name.
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("ICCID", Some(self.standing.row.iccid.as_str())),
            ("IMSI", Some(self.standing.row.imsi.as_str())),
            ("MSISDN", self.standing.row.msisdn()),
            ("IMEI", self.standing.row.imei.as_deref()),
            ("EID", self.standing.row.eid.as_deref()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn offer(&self) -> &str {
        self.standing.row.offer.and_then(|offer| self.standing.facets.offer(offer)).unwrap_or_default()
    }

    fn labels(&self) -> Vec<&Label> {
        self.standing.row.labels.iter().filter_map(|id| self.standing.facets.label(*id)).collect()
    }

    /// The custom fields, with what stands in them.
    fn fields(&self) -> Vec<(&str, &str)> {
        let Standing { facets, row, .. } = &self.standing;
        facets
            .fields
            .iter()
            .map(|field| (field.name.as_str(), row.field(field.id).unwrap_or_default()))
            .collect()
    }

    fn flight(&self) -> Option<(&'static str, i64)> {
        self.standing.in_flight.as_ref().map(|flight| (actions::under_way(flight.kind), flight.operation.0))
    }

    /// The address of the newest part of the timeline.
    fn newest(&self) -> String {
        self.query.address(&self.standing.row.iccid, None)
    }

    /// The address of the part of the timeline before this one; empty where there is none.
    fn older(&self) -> String {
        match self.events.rows.last() {
            Some(last) if self.events.has_more => {
                self.query.address(&self.standing.row.iccid, Some(last.operation))
            }
            _ => String::new(),
        }
    }

    /// How much this part of the timeline has.
    fn shown(&self) -> String {
        counted(self.events.rows.len(), "operation", "operations")
    }

    /// What an event changed: what, from, to.
    fn changes(event: &Event) -> Vec<(&'static str, String, String)> {
        let mut changes = Vec::new();
        if let Some(target) = &event.moved_to {
            changes.push(("Company", event.before_company.clone(), target.clone()));
        }
        if event.after_state() != event.before_state {
            let (from, to) = (event.before_state.label(), event.after_state().label());
            changes.push(("State", from.to_owned(), to.to_owned()));
        }
        let (from, to) = (event.before_offer.as_deref(), event.after_offer());
        if from != to {
            changes.push(("Offer", from.unwrap_or("none").to_owned(), to.unwrap_or("none").to_owned()));
        }
        changes
    }
}
