//! Companies, people, offers and labels in the database.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz};

use super::cast::{ACCOUNTS, FIELDS, OFFERS, PEOPLE};
use crate::companies::{self, ExternalId, Name};
use crate::error::Result;
use crate::ids::{CompanyId, FieldId, LabelId, OfferId, UserId};
use crate::people::{self, Email};
use crate::schema::{custom_fields, labels, offer_assignments, offers};

/// The ids of those in the cast, in the same order.
pub(super) struct Stage {
    pub(super) companies: Vec<CompanyId>,
    pub(super) offers: Vec<OfferId>,
    pub(super) people: Vec<UserId>,
    /// Of each account.
    pub(super) labels: Vec<Vec<LabelId>>,
    /// What stands in the custom fields of a SIM, in SQL over `demo_sims d`.
    pub(super) fields: String,
}

pub(super) fn build(conn: &mut PgConnection, password_hash: &str) -> Result<Stage> {
    let companies = build_companies(conn)?;
    let offers = build_offers(conn, &companies)?;
    let people = build_people(conn, &companies, password_hash)?;
    let labels = build_labels(conn, &companies)?;
    let fields = build_fields(conn, &companies)?;
    Ok(Stage { companies, offers, people, labels, fields })
}

fn build_companies(conn: &mut PgConnection) -> Result<Vec<CompanyId>> {
    let mut ids: Vec<CompanyId> = Vec::with_capacity(ACCOUNTS.len());
    for account in &ACCOUNTS {
        // Those above come first in the list.
        let parent = account.parent.map(|place| ids[place]);
        let name = Name::parse("name", account.name)?;
        let external_id = ExternalId::parse("external_id", account.external_id.unwrap_or_default())?;
        ids.push(companies::insert(conn, parent, &name, external_id.as_ref(), account.subaccounts)?.0);
    }
    Ok(ids)
}

fn build_offers(conn: &mut PgConnection, companies: &[CompanyId]) -> Result<Vec<OfferId>> {
    let mut ids: Vec<OfferId> = Vec::with_capacity(OFFERS.len());
    for offer in &OFFERS {
        let id = diesel::insert_into(offers::table)
            .values((
                offers::company_id.eq(companies[0]),
                offers::name.eq(offer.name),
                offers::description.eq(offer.description),
                offers::sim_types.eq(offer.accepts),
            ))
            .returning(offers::id)
            .get_result(conn)?;
        ids.push(id);
    }
    for (account, company) in ACCOUNTS.iter().zip(companies) {
        // The company above assigns; the main account has its own offers from itself.
        let by = account.parent.map_or(*company, |place| companies[place]);
        for offer in account.offers {
            diesel::insert_into(offer_assignments::table)
                .values((
                    offer_assignments::company_id.eq(*company),
                    offer_assignments::offer_id.eq(ids[*offer]),
                    offer_assignments::assigned_by_company_id.eq(by),
                ))
                .execute(conn)?;
        }
    }
    Ok(ids)
}

/// Makes an offer on each of `networks` that none of the main account names yet, for all accounts that have offers.
pub(super) fn offer_networks(conn: &mut PgConnection, networks: &[String]) -> Result<()> {
    const NEW: &str = "WITH main AS (SELECT id FROM companies WHERE parent_id IS NULL ORDER BY id LIMIT 1), \
         new AS (INSERT INTO offers (company_id, name, description, sim_types, network) \
             SELECT main.id, 'Network ' || named, 'Carried out by the network ' || named, '{plug_in,mff2,euicc}', named \
             FROM main, unnest($1) AS named WHERE NOT EXISTS \
                 (SELECT FROM offers o WHERE o.company_id = main.id AND o.network = named) \
             ON CONFLICT DO NOTHING RETURNING id, company_id) \
         INSERT INTO offer_assignments (company_id, offer_id, assigned_by_company_id) \
         SELECT DISTINCT a.company_id, new.id, a.assigned_by_company_id FROM new \
         JOIN offers o ON o.company_id = new.company_id JOIN offer_assignments a ON a.offer_id = o.id";
    diesel::sql_query(NEW).bind::<Array<Text>, _>(networks).execute(conn)?;
    Ok(())
}

fn build_people(
    conn: &mut PgConnection,
    companies: &[CompanyId],
    password_hash: &str,
) -> Result<Vec<UserId>> {
    let mut ids = Vec::with_capacity(PEOPLE.len());
    for person in &PEOPLE {
        let name = Name::parse("name", person.name)?;
        let id = people::insert(conn, &Email::parse(person.email)?, &name, Some(password_hash))?;
        for (account, role) in person.roles {
            people::insert_membership(conn, id, companies[*account], Some(*role))?;
        }
        ids.push(id);
    }
    Ok(ids)
}

fn build_labels(conn: &mut PgConnection, companies: &[CompanyId]) -> Result<Vec<Vec<LabelId>>> {
    const COLOURS: [&str; 4] = ["teal", "purple", "orange", "green"];
    let mut ids = Vec::with_capacity(ACCOUNTS.len());
    for (account, company) in ACCOUNTS.iter().zip(companies) {
        let mut of_account = Vec::new();
        for (name, colour) in account.labels.iter().zip(COLOURS) {
            let id = diesel::insert_into(labels::table)
                .values((labels::company_id.eq(*company), labels::name.eq(*name), labels::colour.eq(colour)))
                .returning(labels::id)
                .get_result(conn)?;
            of_account.push(id);
        }
        ids.push(of_account);
    }
    Ok(ids)
}

/// Makes the custom fields, and says in SQL what stands in them.
fn build_fields(conn: &mut PgConnection, companies: &[CompanyId]) -> Result<String> {
    let mut values = Vec::with_capacity(FIELDS.len());
    for (position, field) in (1..).zip(&FIELDS) {
        let company = companies[field.account];
        let id: FieldId = diesel::insert_into(custom_fields::table)
            .values((
                custom_fields::company_id.eq(company),
                custom_fields::name.eq(field.name),
                custom_fields::kind.eq(field.kind),
                custom_fields::choices.eq(field.choices),
                custom_fields::position.eq(position),
            ))
            .returning(custom_fields::id)
            .get_result(conn)?;
        values.push(format!("'{id}', CASE WHEN d.company_id = {company} THEN {} END", field.value));
    }
    Ok(format!("jsonb_strip_nulls(jsonb_build_object({}))", values.join(", ")))
}

/// Lets all that has been built, and the labels that came with the file, be there since `founded_at`: before its past began.
pub(super) fn backdate(conn: &mut PgConnection, founded_at: DateTime<Utc>) -> Result<()> {
    for table in
        ["companies", "users", "memberships", "offers", "offer_assignments", "labels", "custom_fields"]
    {
        diesel::sql_query(format!("UPDATE {table} SET created_at = $1"))
            .bind::<Timestamptz, _>(founded_at)
            .execute(conn)?;
    }
    // Subaccounts came one by one, those further down later.
    diesel::sql_query(
        "UPDATE companies SET created_at = created_at + id * interval '1 day 5 hours' WHERE parent_id IS NOT NULL",
    )
    .execute(conn)?;
    Ok(())
}
