//! Custom fields: what a company keeps of its SIMs beside what every company does.

mod value;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use crate::audit::{Action, Note};
use crate::characters::lower_case;
use crate::db::{self, Limited};
use crate::error::{Error, Result, broken_constraint};
use crate::ids::FieldId;
use crate::labels::ShortName;
use crate::removed_details;
use crate::schema::custom_fields;
use crate::sims::Column;
use crate::tenancy::{CompanyScope, Permission};
use crate::words::word;

/// The most fields of a company.
pub const LIMIT: usize = 50;
/// The most choices of a list.
const CHOICES: usize = 100;

word! {
    /// What stands in a field.
    FieldKind: FieldKind {
        /// One line.
        Text = "text", "Text";
        /// A decimal number.
        Number = "number", "Number";
        /// A day.
        Date = "date", "Date";
        /// One of some choices.
        List = "list", "List";
    }
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = custom_fields, check_for_backend(diesel::pg::Pg))]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub kind: FieldKind,
    /// What can be chosen, for a list.
    pub choices: Vec<String>,
}

/// A field to be made, or what one becomes.
#[derive(Debug, Clone)]
pub struct NewField {
    /// Its name, unique among the fields of the company.
    pub name: ShortName,
    kind: FieldKind,
    choices: Vec<String>,
}

/// What files call something else than a column of every SIM, in small letters.
const TAKEN: [&str; 6] = ["names", "notes", "label", "account", "line", "problem"];

/// Refuses a name by which files and exports call something that every SIM has.
fn check_is_free(name: &ShortName) -> Result<()> {
    let name = lower_case(name.as_str());
    if TAKEN.contains(&name.as_str())
        || Column::ALL.iter().any(|column| lower_case(column.label(&[])) == name)
    {
        let words = "Files and exports call something by this name that every SIM has. Choose another name.";
        return Err(Error::invalid("name", words));
    }
    Ok(())
}

impl NewField {
    /// Parses what came in the form's fields `name` and `choices`, one choice to a line, for a field of this kind.
    pub fn parse(name: &str, kind: FieldKind, choices: &str) -> Result<Self> {
        let name = ShortName::parse("name", name)?;
        let mut kept: Vec<String> = Vec::new();
        if kind == FieldKind::List {
            for choice in choices.lines().map(str::trim).filter(|choice| !choice.is_empty()) {
                let choice = ShortName::parse("choices", choice).map_err(|_| {
                    Error::invalid(
                        "choices",
                        "A choice has at most 50 characters, and no control characters.",
                    )
                })?;
                if !kept.iter().any(|one| one == choice.as_str()) {
                    kept.push(choice.as_str().to_owned());
                }
                if kept.len() > CHOICES {
                    return Err(Error::invalid("choices", format!("A list has at most {CHOICES} choices.")));
                }
            }
            if kept.is_empty() {
                return Err(Error::invalid("choices", "Enter the choices of the list, one to a line."));
            }
        }
        Ok(Self { name, kind, choices: kept })
    }
}

/// The fields of the active company, in their order.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Field>> {
    scope.require(Permission::FleetView)?;
    Ok(custom_fields::table
        .filter(custom_fields::company_id.eq(scope.company_id()))
        .order((custom_fields::position, custom_fields::id))
        .select(Field::as_select())
        .load(conn)?)
}

/// Those of `ids` that are fields of the active company, in their order. Held until the transaction ends: nobody
/// removes them meanwhile.
pub(crate) fn held(conn: &mut PgConnection, scope: &CompanyScope, ids: &[FieldId]) -> Result<Vec<Field>> {
    Ok(custom_fields::table
        .filter(custom_fields::company_id.eq(scope.company_id()))
        .filter(custom_fields::id.eq_any(ids))
        .order((custom_fields::position, custom_fields::id))
        .for_key_share()
        .select(Field::as_select())
        .load(conn)?)
}

/// A field of the active company, to be changed.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, id: FieldId) -> Result<Field> {
    scope.require(Permission::FleetConfigure)?;
    Ok(custom_fields::table
        .find(id)
        .filter(custom_fields::company_id.eq(scope.company_id()))
        .select(Field::as_select())
        .first(conn)?)
}

/// Makes a field of the active company, the last in the order.
pub fn create(conn: &mut PgConnection, scope: &CompanyScope, new: &NewField) -> Result<FieldId> {
    scope.require_to_change(Permission::FleetConfigure)?;
    check_is_free(&new.name)?;
    conn.transaction(|conn| {
        db::one_at_a_time(conn, Limited::CustomFields, scope.company_id())?;
        let there: Vec<i32> = custom_fields::table
            .filter(custom_fields::company_id.eq(scope.company_id()))
            .select(custom_fields::position)
            .load(conn)?;
        if there.len() >= LIMIT {
            return Err(Error::invalid(
                "name",
                format!("There are {LIMIT} fields already. Remove some first."),
            ));
        }
        let id = diesel::insert_into(custom_fields::table)
            .values((
                custom_fields::company_id.eq(scope.company_id()),
                custom_fields::name.eq(new.name.as_str()),
                custom_fields::kind.eq(new.kind),
                custom_fields::choices.eq(&new.choices),
                custom_fields::position.eq(there.into_iter().max().unwrap_or(0) + 1),
            ))
            .returning(custom_fields::id)
            .get_result(conn)
            .map_err(|error| name_taken(error, &new.name))?;
        Note::of(Action::FieldMade, new.name.as_str()).write(conn, scope)?;
        Ok(id)
    })
}

/// Renames a field of the active company, and changes the choices of a list. Its kind stays: SIMs have values of it.
/// A choice that is taken out stays where it stands.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, id: FieldId, new: &NewField) -> Result<()> {
    scope.require_to_change(Permission::FleetConfigure)?;
    conn.transaction(|conn| {
        let before = find(conn, scope, id)?;
        if before.kind != new.kind {
            return Err(Error::NotFound);
        }
        // Its choices can be changed under a name that was free when it got it.
        if before.name != new.name.as_str() {
            check_is_free(&new.name)?;
        }
        diesel::update(custom_fields::table.find(before.id))
            .set((custom_fields::name.eq(new.name.as_str()), custom_fields::choices.eq(&new.choices)))
            .execute(conn)
            .map_err(|error| name_taken(error, &new.name))?;
        Note::of(Action::FieldChanged, &before.name)
            .from_to("name", before.name.as_str(), new.name.as_str())
            .from_to("choices", before.choices.join(", "), new.choices.join(", "))
            .write(conn, scope)
    })
}

/// Moves a field of the active company up in the order, or down.
pub fn reorder(conn: &mut PgConnection, scope: &CompanyScope, id: FieldId, up: bool) -> Result<()> {
    const SQL: &str = "UPDATE custom_fields SET position = place.position FROM unnest($1) \
             WITH ORDINALITY AS place (id, position) \
         WHERE custom_fields.id = place.id AND custom_fields.company_id = $2";
    scope.require_to_change(Permission::FleetConfigure)?;
    conn.transaction(|conn| {
        let mut order: Vec<FieldId> = custom_fields::table
            .filter(custom_fields::company_id.eq(scope.company_id()))
            .order((custom_fields::position, custom_fields::id))
            .for_no_key_update()
            .select(custom_fields::id)
            .load(conn)?;
        let place = order.iter().position(|one| *one == id).ok_or(Error::NotFound)?;
        let other = if up { place.saturating_sub(1) } else { (place + 1).min(order.len() - 1) };
        order.swap(place, other);
        diesel::sql_query(SQL)
            .bind::<Array<BigInt>, _>(order)
            .bind::<BigInt, _>(scope.company_id())
            .execute(conn)?;
        Ok(())
    })
}

/// Removes a field of the active company: nobody sees it any more, and its values are taken off the SIMs afterwards.
pub fn destroy(conn: &mut PgConnection, scope: &CompanyScope, id: FieldId) -> Result<()> {
    scope.require_to_change(Permission::FleetConfigure)?;
    conn.transaction(|conn| {
        let field = find(conn, scope, id)?;
        diesel::delete(custom_fields::table.find(field.id)).execute(conn)?;
        Note::of(Action::FieldRemoved, field.name).write(conn, scope)?;
        removed_details::note_field(conn, scope, id)
    })
}

fn name_taken(error: diesel::result::Error, name: &ShortName) -> Error {
    match broken_constraint(&error) {
        Some("custom_fields_name_in_company") => Error::invalid(
            "name",
            format!("There is a field named “{}” already. Choose another name.", name.as_str()),
        ),
        _ => error.into(),
    }
}
