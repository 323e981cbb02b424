//! Saved views: filter, order and columns of the grid, under a name.
//!
//! A view belongs to one person in one company, or is shared with that company. It is kept as the query string that
//! the grid reads, so that opening it is going to an address, and what it selects is what that address shows.

use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use crate::audit::{Action, Note};
use crate::companies::Name;
use crate::db::{self, Limited};
use crate::error::{Error, Result, broken_constraint};
use crate::ids::{SavedViewId, SavedViewUid, UserId};
use crate::people::lower;
use crate::schema::{memberships, saved_views};
use crate::sims::SimFilter;
use crate::tenancy::{self, CompanyScope, Permission};

/// The most views that a person has alone in a company, and the most that are shared there.
const LIMIT: i64 = 200;
/// The most bytes of a query string that is kept.
const QUERY: usize = 4_000;

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = saved_views, check_for_backend(diesel::pg::Pg))]
pub struct SavedView {
    /// Its id.
    pub id: SavedViewId,
    /// As it is named in addresses.
    pub uid: SavedViewUid,
    /// Whether it is shared with the company.
    pub is_shared: bool,
    /// Its name.
    pub name: String,
    /// The query string of the grid.
    pub query: String,
}

/// A view as it is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewView {
    /// Its name.
    pub name: Name,
    /// Whether it is shared with the company.
    pub is_shared: bool,
    /// The query string of the grid; none: as it was.
    pub query: Option<String>,
}

impl SavedView {
    /// The SIMs that it shows.
    pub fn filter(&self) -> Result<SimFilter> {
        SimFilter::from_query(&self.query)
    }

    /// Whether the person who acts may rename, change and delete it: what is shared is in the hands of whoever may share.
    pub fn can_change(&self, scope: &CompanyScope) -> bool {
        !self.is_shared || scope.allows(Permission::ViewsShare)
    }
}

/// The views that the person who acts sees in the active company, by name.
pub fn list(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<SavedView>> {
    scope.require(Permission::FleetView)?;
    Ok(visible(scope).order((lower(saved_views::name), saved_views::id)).limit(2 * LIMIT).load(conn)?)
}

/// A view; [`Error::NotFound`] for one of another company, and for another person's own.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope, uid: SavedViewUid) -> Result<SavedView> {
    scope.require(Permission::FleetView)?;
    Ok(visible(scope).filter(saved_views::uid.eq(uid)).first(conn)?)
}

/// A view that the person who acts may change.
pub fn find_to_change(conn: &mut PgConnection, scope: &CompanyScope, uid: SavedViewUid) -> Result<SavedView> {
    let view = find(conn, scope, uid)?;
    if !view.can_change(scope) {
        return Err(Error::Forbidden(Permission::ViewsShare));
    }
    Ok(view)
}

/// Saves a view of the person who acts.
pub fn create(conn: &mut PgConnection, scope: &CompanyScope, new: &NewView) -> Result<SavedView> {
    scope.require(Permission::FleetView)?;
    require_to_share(scope, new.is_shared)?;
    let query = new.query.as_deref().unwrap_or_default();
    check(query)?;
    conn.transaction(|conn| {
        require_room(conn, scope, new.is_shared)?;
        let view: SavedView = diesel::insert_into(saved_views::table)
            .values((
                saved_views::uid.eq(Uuid::now_v7()),
                saved_views::company_id.eq(scope.company_id()),
                saved_views::user_id.eq(scope.user()),
                saved_views::is_shared.eq(new.is_shared),
                saved_views::name.eq(new.name.as_str()),
                saved_views::query.eq(query),
            ))
            .returning(SavedView::as_returning())
            .get_result(conn)
            .map_err(name_taken)?;
        if view.is_shared {
            Note::of(Action::ViewShared, &view.name).write(conn, scope)?;
        }
        Ok(view)
    })
}

/// Renames a view, shares it or takes it back, and lets it show something else. Who takes a shared one back has it alone.
pub fn update(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: SavedViewUid,
    new: &NewView,
) -> Result<SavedView> {
    conn.transaction(|conn| {
        let view = find_to_change(conn, scope, uid)?;
        require_to_share(scope, new.is_shared || view.is_shared)?;
        let query = new.query.as_deref().unwrap_or(&view.query);
        check(query)?;
        if new.is_shared != view.is_shared {
            require_room(conn, scope, new.is_shared)?;
        }
        let owner = (view.is_shared && !new.is_shared).then(|| scope.user());
        let changed: SavedView = diesel::update(saved_views::table.find(view.id))
            .set((
                owner.map(|user| saved_views::user_id.eq(user)),
                saved_views::is_shared.eq(new.is_shared),
                saved_views::name.eq(new.name.as_str()),
                saved_views::query.eq(query),
            ))
            .returning(SavedView::as_returning())
            .get_result(conn)
            .map_err(name_taken)?;
        if view.is_shared || changed.is_shared {
            let action = if view.is_shared { Action::ViewChanged } else { Action::ViewShared };
            Note::of(action, &view.name)
                .from_to("name", view.name, changed.name.as_str())
                .from_to("shared", view.is_shared, changed.is_shared)
                .from_to("filter", view.query, changed.query.as_str())
                .write(conn, scope)?;
        }
        Ok(changed)
    })
}

/// Deletes a view.
pub fn destroy(conn: &mut PgConnection, scope: &CompanyScope, uid: SavedViewUid) -> Result<SavedView> {
    let view = find_to_change(conn, scope, uid)?;
    require_to_share(scope, view.is_shared)?;
    conn.transaction(|conn| {
        diesel::delete(saved_views::table.find(view.id)).execute(conn)?;
        if view.is_shared {
            Note::of(Action::ViewRemoved, &view.name).write(conn, scope)?;
        }
        Ok(view)
    })
}

/// The view that the person who acts begins with in the active company.
pub fn default_of(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Option<SavedView>> {
    let chosen = memberships::table
        .find((scope.user(), scope.company_id()))
        .select(memberships::default_view_id)
        .single_value();
    Ok(visible(scope).filter(saved_views::id.nullable().eq(chosen)).first(conn).optional()?)
}

/// Makes a view the one that the person who acts begins with, or no longer.
pub fn set_default(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: SavedViewUid,
    is_default: bool,
) -> Result<SavedView> {
    let view = find(conn, scope, uid)?;
    let choose = diesel::update(memberships::table.find((scope.user(), scope.company_id())))
        .set(memberships::default_view_id.eq(is_default.then_some(view.id)));
    tenancy::beyond(conn, |conn| choose.execute(conn))?;
    Ok(view)
}

/// Deletes the own views of a person who leaves the active company. What was shared stays.
pub(crate) fn forget_own(conn: &mut PgConnection, scope: &CompanyScope, user: UserId) -> Result<()> {
    diesel::delete(saved_views::table)
        .filter(saved_views::company_id.eq(scope.company_id()))
        .filter(saved_views::user_id.eq(user))
        .filter(saved_views::is_shared.eq(false))
        .execute(conn)?;
    Ok(())
}

type Visible =
    saved_views::BoxedQuery<'static, Pg, diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<SavedView, Pg>>>;

fn visible(scope: &CompanyScope) -> Visible {
    saved_views::table
        .select(SavedView::as_select())
        .into_boxed()
        .filter(saved_views::company_id.eq(scope.company_id()))
        .filter(saved_views::is_shared.eq(true).or(saved_views::user_id.eq(scope.user())))
}

/// What is shared is the company's, and changes for all of it.
fn require_to_share(scope: &CompanyScope, concerns_company: bool) -> Result<()> {
    if concerns_company { scope.require_to_change(Permission::ViewsShare) } else { Ok(()) }
}

/// Refuses one more view, until the transaction ends, where there are as many as may be.
fn require_room(conn: &mut PgConnection, scope: &CompanyScope, is_shared: bool) -> Result<()> {
    db::one_at_a_time(conn, Limited::SavedViews, scope.company_id())?;
    let others: i64 = visible(scope).filter(saved_views::is_shared.eq(is_shared)).count().get_result(conn)?;
    if others < LIMIT {
        return Ok(());
    }
    let whose = if is_shared { "The company shares" } else { "You have" };
    Err(Error::invalid("name", format!("{whose} {LIMIT} views already. Delete some first.")))
}

fn check(query: &str) -> Result<()> {
    let filter = SimFilter::from_query(query)?;
    if form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == "tree") {
        return Err(Error::invalid(
            "name",
            "A view is of one account. Leave the list of all accounts, then save it.",
        ));
    }
    if filter.list.is_some() {
        return Err(Error::invalid(
            "name",
            "A list of identifiers is kept for a week only. Take it out of the filter, then save the view.",
        ));
    }
    if query.len() > QUERY {
        return Err(Error::invalid("name", "The filter is too long to be saved. Use fewer conditions."));
    }
    Ok(())
}

fn name_taken(error: diesel::result::Error) -> Error {
    match broken_constraint(&error) {
        Some("saved_views_own_name") => Error::invalid("name", "You have a view of this name already."),
        Some("saved_views_shared_name") => {
            Error::invalid("name", "A view of this name is shared in this company already.")
        }
        _ => error.into(),
    }
}
