//! Making offers, and describing them.

use diesel::PgConnection;
use diesel::prelude::*;

use crate::audit::{Action, Note};
use crate::characters::{is_control, lines};
use crate::companies::Name;
use crate::error::{Error, Result, broken_constraint};
use crate::ids::OfferId;
use crate::network::Services;
use crate::schema::{offer_assignments, offers};
use crate::sims::SimType;
use crate::tenancy::{self, CompanyScope, Permission};

/// The most characters in a description.
const DESCRIPTION_LIMIT: usize = 500;

/// What an offer is, for people: trimmed, at most 500 characters, may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Parses `text`, which came in the form's field `description`.
    pub fn parse(text: &str) -> Result<Self> {
        let text = lines(text.trim());
        if text.chars().count() > DESCRIPTION_LIMIT {
            return Err(Error::invalid(
                "description",
                format!("Use at most {DESCRIPTION_LIMIT} characters."),
            ));
        }
        if text.chars().any(|c| is_control(c) && c != '\n') {
            return Err(Error::invalid("description", "Remove control characters."));
        }
        Ok(Self(text))
    }
}

/// An offer to be made.
#[derive(Debug, Clone)]
pub struct NewOffer {
    /// Its name, unique among the offers of the company.
    pub name: Name,
    /// What it is.
    pub description: Description,
    /// The types of SIM that it takes: at least one.
    pub sim_types: Vec<SimType>,
    /// The network that serves its SIMs, by the name that the installation calls it by.
    pub network: String,
    /// What the network is to serve.
    pub services: Services,
}

/// Makes an offer of the company in focus, which must be a main account.
pub fn create(conn: &mut PgConnection, scope: &CompanyScope, new: &NewOffer) -> Result<OfferId> {
    scope.require_to_change(Permission::OffersAssign)?;
    if !scope.is_main_account() {
        return Err(Error::refused(format!(
            "Offers are made by main accounts. The company above {} can assign one to it. Nothing was done.",
            scope.company_name()
        )));
    }
    if new.sim_types.is_empty() {
        return Err(Error::invalid("sim_types", "Choose at least one type of SIM."));
    }
    conn.transaction(|conn| {
        let offer: OfferId = diesel::insert_into(offers::table)
            .values((
                offers::company_id.eq(scope.company_id()),
                offers::name.eq(new.name.as_str()),
                offers::description.eq(&new.description.0),
                offers::sim_types.eq(&new.sim_types),
                offers::network.eq(&new.network),
                offers::packet_service.eq(new.services.packet),
                offers::circuit_service.eq(new.services.circuit),
            ))
            .returning(offers::id)
            .get_result(conn)
            .map_err(|error| name_taken(error, &new.name))?;
        let assign = diesel::insert_into(offer_assignments::table).values((
            offer_assignments::company_id.eq(scope.company_id()),
            offer_assignments::offer_id.eq(offer),
            offer_assignments::assigned_by_company_id.eq(scope.company_id()),
        ));
        tenancy::beyond(conn, |conn| assign.execute(conn))?;
        Note::of(Action::OfferMade, new.name.as_str())
            .with("network", new.network.as_str())
            .write(conn, scope)?;
        Ok(offer)
    })
}

fn name_taken(error: diesel::result::Error, name: &Name) -> Error {
    match broken_constraint(&error) {
        Some("offers_name_in_company") => Error::invalid(
            "name",
            format!("There is an offer named “{}” already. Choose another name.", name.as_str()),
        ),
        _ => error.into(),
    }
}

/// Name and description of an offer that the company in focus made.
pub fn find_own(conn: &mut PgConnection, scope: &CompanyScope, offer: OfferId) -> Result<(String, String)> {
    scope.require(Permission::OffersAssign)?;
    Ok(offers::table
        .filter(offers::id.eq(offer))
        .filter(offers::company_id.eq(scope.company_id()))
        .select((offers::name, offers::description))
        .first(conn)?)
}

/// Describes an offer that the company in focus made in other words.
pub fn update(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    offer: OfferId,
    description: &Description,
) -> Result<()> {
    scope.require_to_change(Permission::OffersAssign)?;
    let own = offers::table.filter(offers::id.eq(offer)).filter(offers::company_id.eq(scope.company_id()));
    conn.transaction(|conn| {
        let (name, before) =
            own.select((offers::name, offers::description))
                .for_no_key_update()
                .first::<(String, String)>(conn)?;
        diesel::update(own).set(offers::description.eq(&description.0)).execute(conn)?;
        Note::of(Action::OfferChanged, name)
            .from_to("description", before, description.0.as_str())
            .write(conn, scope)
    })
}
