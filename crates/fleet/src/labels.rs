//! Labels: by which a company tells its SIMs apart, each with a colour.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::audit::{Action, Note};
use crate::characters::{composed, is_control};
use crate::companies::{COLOURS, search_pattern};
use crate::db::{self, Limited};
use crate::error::{Error, Result, broken_constraint};
use crate::ids::{CompanyId, LabelId};
use crate::people::lower;
use crate::removed_details;
use crate::schema::{labels, sim_label_counts};
use crate::tenancy::{self, CompanyScope, Permission};

/// The most labels of a company.
pub const LIMIT: i64 = 1_000;

/// The most labels of one SIM: each is an entry of an index that every change of the SIM writes, and more than these nobody
/// reads. A transfer that keeps labels never gives a SIM more than it had; a SIM that has more from before keeps them.
pub const OF_A_SIM: usize = 50;

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = labels, check_for_backend(diesel::pg::Pg))]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// Its name.
    pub name: String,
    /// Its colour, a word of [`COLOURS`].
    pub colour: String,
    #[diesel(select_expression = counted(), select_expression_type = counted)]
    sims: Option<i64>,
}

impl Label {
    /// How many SIMs have it.
    pub fn sims(&self) -> i64 {
        self.sims.unwrap_or(0)
    }
}

/// What the counters know of a label.
#[diesel::dsl::auto_type]
fn counted() -> _ {
    sim_label_counts::table
        .filter(sim_label_counts::label_id.eq(labels::id))
        .select(sim_label_counts::sims)
        .single_value()
}

/// The name of a label or of a custom field: trimmed, 1 to 50 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortName(String);

impl ShortName {
    /// The most characters.
    pub const LIMIT: usize = 50;

    /// Parses `text`, which came in the form's field `field`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        let text = composed(text.trim());
        if text.is_empty() {
            return Err(Error::invalid(field, "Enter a name."));
        }
        if text.chars().count() > Self::LIMIT {
            return Err(Error::invalid(field, format!("Use at most {} characters.", Self::LIMIT)));
        }
        if text.chars().any(is_control) {
            return Err(Error::invalid(field, "Remove line breaks and other control characters."));
        }
        Ok(Self(text.into_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A label to be made, or what one becomes.
#[derive(Debug, Clone)]
pub struct NewLabel {
    /// Its name, unique among the labels of the company.
    pub name: ShortName,
    colour: &'static str,
}

impl NewLabel {
    /// Parses what came in the form's fields `name` and `colour`.
    pub fn parse(name: &str, colour: &str) -> Result<Self> {
        let colour = COLOURS.into_iter().find(|word| *word == colour);
        Ok(Self {
            name: ShortName::parse("name", name)?,
            colour: colour.ok_or_else(|| Error::invalid("colour", "Choose one of the colours shown."))?,
        })
    }
}

/// The labels of the active company, by name.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Label>> {
    choices(conn, scope, "", LIMIT)
}

/// The labels of the active company whose names contain `search`, by name, at most `limit`.
pub fn choices(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    search: &str,
    limit: i64,
) -> Result<Vec<Label>> {
    scope.require(Permission::FleetView)?;
    Ok(labels::table
        .filter(labels::company_id.eq(scope.company_id()))
        .filter(lower(labels::name).like(search_pattern(search)))
        .order((lower(labels::name), labels::id))
        .limit(limit)
        .select(Label::as_select())
        .load(conn)?)
}

/// How many SIMs have each of `ids`; those that are no labels of the active company are left out.
pub(crate) fn counts(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    ids: &[LabelId],
) -> Result<Vec<(LabelId, i64)>> {
    let found: Vec<Label> = labels::table
        .filter(labels::company_id.eq(scope.company_id()))
        .filter(labels::id.eq_any(ids))
        .select(Label::as_select())
        .load(conn)?;
    Ok(found.iter().map(|label| (label.id, label.sims())).collect())
}

/// Those of `ids` that are labels of one of `accounts`, by name.
pub(crate) fn shown(conn: &mut PgConnection, accounts: &[CompanyId], ids: &[LabelId]) -> Result<Vec<Label>> {
    Ok(labels::table
        .filter(labels::company_id.eq_any(accounts))
        .filter(labels::id.eq_any(ids))
        .order((lower(labels::name), labels::id))
        .select(Label::as_select())
        .load(conn)?)
}

/// Those of `ids` that are labels of the active company, by name. Held until the transaction ends: nobody removes
/// them meanwhile.
pub(crate) fn held(conn: &mut PgConnection, scope: &CompanyScope, ids: &[LabelId]) -> Result<Vec<Label>> {
    Ok(labels::table
        .filter(labels::company_id.eq(scope.company_id()))
        .filter(labels::id.eq_any(ids))
        .order((lower(labels::name), labels::id))
        .for_key_share()
        .select(Label::as_select())
        .load(conn)?)
}

/// A label of the active company, to be changed.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, id: LabelId) -> Result<Label> {
    scope.require(Permission::FleetConfigure)?;
    Ok(labels::table
        .find(id)
        .filter(labels::company_id.eq(scope.company_id()))
        .select(Label::as_select())
        .first(conn)?)
}

/// Makes a label of the active company.
pub fn create(conn: &mut PgConnection, scope: &CompanyScope, new: &NewLabel) -> Result<LabelId> {
    scope.require_to_change(Permission::FleetConfigure)?;
    conn.transaction(|conn| {
        require_room(conn, scope, "name")?;
        let id = diesel::insert_into(labels::table)
            .values((
                labels::company_id.eq(scope.company_id()),
                labels::name.eq(new.name.as_str()),
                labels::colour.eq(new.colour),
            ))
            .returning(labels::id)
            .get_result(conn)
            .map_err(|error| name_taken(error, &new.name))?;
        Note::of(Action::LabelMade, new.name.as_str()).write(conn, scope)?;
        Ok(id)
    })
}

/// The label of this name, for whoever edits SIMs: made if there is none. The case of its letters does not matter.
/// To be called in a transaction.
pub(crate) fn find_or_create(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    name: &ShortName,
) -> Result<Label> {
    if let Some(label) = named(conn, scope, name)? {
        return Ok(label);
    }
    require_room(conn, scope, "new_label")?;
    diesel::insert_into(labels::table)
        .values((labels::company_id.eq(scope.company_id()), labels::name.eq(name.as_str())))
        .on_conflict_do_nothing()
        .execute(conn)?;
    named(conn, scope, name)?.ok_or_else(|| Error::Internal("a label is not there that was made".to_owned()))
}

/// The label of the active company of this name, whatever the case of its letters. Held until the transaction ends.
pub(crate) fn named(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    name: &ShortName,
) -> Result<Option<Label>> {
    Ok(labels::table
        .filter(labels::company_id.eq(scope.company_id()))
        .filter(lower(labels::name).eq(lower(name.as_str())))
        .for_key_share()
        .select(Label::as_select())
        .first(conn)
        .optional()?)
}

/// Renames a label of the active company, and gives it another colour.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, id: LabelId, new: &NewLabel) -> Result<()> {
    scope.require_to_change(Permission::FleetConfigure)?;
    conn.transaction(|conn| {
        let before = find(conn, scope, id)?;
        diesel::update(labels::table.find(before.id))
            .set((labels::name.eq(new.name.as_str()), labels::colour.eq(new.colour)))
            .execute(conn)
            .map_err(|error| name_taken(error, &new.name))?;
        Note::of(Action::LabelChanged, &before.name)
            .from_to("name", before.name.as_str(), new.name.as_str())
            .from_to("colour", before.colour.as_str(), new.colour)
            .write(conn, scope)
    })
}

/// Removes a label of the active company: nobody sees it any more, and it is taken off the SIMs afterwards.
pub fn destroy(conn: &mut PgConnection, scope: &CompanyScope, id: LabelId) -> Result<()> {
    scope.require_to_change(Permission::FleetConfigure)?;
    conn.transaction(|conn| {
        let label = find(conn, scope, id)?;
        diesel::delete(labels::table.find(label.id)).execute(conn)?;
        Note::of(Action::LabelRemoved, label.name).write(conn, scope)?;
        removed_details::note_label(conn, scope, id)
    })
}

/// How many more labels a company may have at this moment.
pub(crate) fn room(conn: &mut PgConnection, company: CompanyId) -> Result<usize> {
    let there: i64 = labels::table.filter(labels::company_id.eq(company)).count().get_result(conn)?;
    Ok(usize::try_from(LIMIT - there).unwrap_or(0))
}

/// The same, and it stays so until the transaction ends.
pub(crate) fn held_room(conn: &mut PgConnection, company: CompanyId) -> Result<usize> {
    db::one_at_a_time(conn, Limited::Labels, company)?;
    room(conn, company)
}

/// Whether `target`, to which the person may transfer, may lack room for labels of the active company: it has none of that
/// name. Nothing else is told of its labels.
pub(crate) fn may_lack_room(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    target: CompanyId,
) -> Result<bool> {
    let theirs = diesel::alias!(labels as theirs);
    let of_that_name = theirs
        .filter(theirs.field(labels::company_id).eq(target))
        .filter(lower(theirs.field(labels::name)).eq(lower(labels::name)));
    let lacking = labels::table
        .filter(labels::company_id.eq(scope.company_id()))
        .filter(not(exists(of_that_name)))
        .count();
    tenancy::beyond(conn, |conn| {
        let lacking: i64 = lacking.get_result(conn)?;
        Ok(usize::try_from(lacking).unwrap_or(0) > room(conn, target)?)
    })
}

/// Fails where there are as many as there may be; else there is room until the transaction ends.
fn require_room(conn: &mut PgConnection, scope: &CompanyScope, field: &'static str) -> Result<()> {
    if held_room(conn, scope.company_id())? > 0 {
        return Ok(());
    }
    Err(Error::invalid(field, "There are 1,000 labels already. Remove some first."))
}

fn name_taken(error: diesel::result::Error, name: &ShortName) -> Error {
    match broken_constraint(&error) {
        Some("labels_name_in_company") => Error::invalid(
            "name",
            format!("There is a label named “{}” already. Choose another name.", name.as_str()),
        ),
        _ => error.into(),
    }
}
