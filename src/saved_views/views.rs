//! What the dialogs of views show.

use askama::Template;
use diesel::PgConnection;
use fleet::saved_views::{self, SavedView};
use fleet::sims::{Counted, Facets, Gone, SimFilter};
use fleet::tenancy::{CompanyScope, Permission};

use super::forms::ViewForm;
use crate::fleet::GridAddress;
use crate::fleet::actions::{self, Action};
use crate::web::display::{self, counted};
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;

/// The address of the grid that shows a view.
pub(crate) fn address(view: &SavedView) -> Result<String, AppError> {
    Ok(GridAddress { view: Some(view.uid), ..GridAddress::parse(&view.query)? }.to_address())
}

/// The dialog *Views*.
#[derive(Template)]
#[template(path = "saved_views/index.html")]
pub struct Index {
    company: String,
    views: Vec<Entry>,
    /// What the person may launch on the SIMs of a view.
    actions: Vec<Action>,
}

/// A view in the dialog, and on the Start page.
pub struct Entry {
    /// The view.
    pub view: SavedView,
    /// How many SIMs it shows, where counters know; else it is counted once it is in sight.
    pub count: Option<i64>,
    /// What it names that is gone; empty if nothing.
    gone: &'static str,
    is_default: bool,
    can_change: bool,
}

impl Index {
    /// Reads the views of the person who acts.
    pub fn read(conn: &mut PgConnection, scope: &CompanyScope, has_networks: bool) -> fleet::Result<Self> {
        let views = Entry::all(conn, scope, usize::MAX)?;
        let mut actions = actions::of(scope, has_networks, &[]);
        actions.retain(|action| action.reason.is_empty());
        Ok(Self { company: scope.company_name().to_owned(), views, actions })
    }
}

impl Entry {
    /// The first `most` views of the person who acts.
    pub fn all(conn: &mut PgConnection, scope: &CompanyScope, most: usize) -> fleet::Result<Vec<Self>> {
        let mut views = saved_views::list(conn, scope)?;
        views.truncate(most);
        let default = saved_views::default_of(conn, scope)?;
        let filters: Vec<Option<SimFilter>> = views.iter().map(|view| view.filter().ok()).collect();
        let gone = Gone::of(conn, scope, filters.iter().flatten())?;
        let facets = Facets::read(conn, scope)?;
        let entry = |(view, filter): (SavedView, &Option<SimFilter>)| Self {
            count: match filter {
                Some(filter) => filter.is_by_group_alone().then(|| facets.count(filter)),
                None => Some(0),
            },
            gone: match filter {
                Some(filter) => gone.in_filter(filter).unwrap_or_default(),
                // Saved by a version that knew more conditions, or others.
                None => "a condition",
            },
            is_default: default.as_ref().is_some_and(|default| default.id == view.id),
            can_change: view.can_change(scope),
            view,
        };
        Ok(views.into_iter().zip(&filters).map(entry).collect())
    }
}

/// How many SIMs a view shows: `812 SIMs`, `10,000+ SIMs`.
#[derive(Template)]
#[template(source = "{{ self.words() }}", ext = "html")]
pub struct Count(pub Counted);

impl Count {
    fn words(&self) -> String {
        let Counted { count, more } = self.0;
        if more { format!("{}+ SIMs", display::count(count)) } else { counted(count, "SIM", "SIMs") }
    }
}

/// The dialog that saves a view, or changes name and sharing of one.
#[derive(Template)]
#[template(path = "saved_views/edit.html")]
pub struct Edit {
    /// The view that is changed; none for a new one.
    pub view: Option<SavedView>,
    /// The company that it can be shared with.
    pub company: String,
    /// Whether the person who acts may share.
    pub can_share: bool,
    /// What was typed.
    pub form: ViewForm,
    /// What is wrong with it.
    pub errors: FieldErrors,
}

impl Edit {
    /// The dialog for a view, or for a new one.
    pub fn of(scope: &CompanyScope, view: Option<SavedView>, form: ViewForm) -> Self {
        Self {
            view,
            company: scope.company_name().to_owned(),
            can_share: scope.allows(Permission::ViewsShare),
            form,
            errors: FieldErrors::default(),
        }
    }

    fn address(&self) -> String {
        self.view.as_ref().map_or("/saved-views".to_owned(), |view| format!("/saved-views/{}", view.uid))
    }

    fn title(&self) -> String {
        self.view.as_ref().map_or("Save view".to_owned(), |view| format!("Edit view {}", view.name))
    }

    fn is_shared(&self) -> bool {
        self.form.shared.is_some()
    }
}

/// The dialog that asks before a view is deleted.
#[derive(Template)]
#[template(path = "saved_views/removal.html")]
pub struct Removal {
    /// The view.
    pub view: SavedView,
    /// The company that it is shared with, if it is.
    pub company: String,
}
