//! The screen of who administers which subaccount.

use actix_web::HttpResponse;
use askama::Template;
use fleet::ids::UserId;
use fleet::subaccounts::{self, Administrator, Administrators, Place, WantedAdministrators};
use serde::Deserialize;

use crate::web::active_company::ActiveCompany;
use crate::web::display::counted;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::Wants;
use crate::web::page::{Page, Section};
use crate::web::query::FormQuery;

/// The address of a page of the list. A place is named by a subaccount's name and a user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    after: String,
    before: String,
    user: String,
}

impl Asked {
    fn wanted(&self) -> WantedAdministrators {
        let user = self.user.parse::<UserId>().unwrap_or(UserId(0));
        let place = |name: &str| (!name.is_empty()).then(|| (name.to_owned(), user));
        WantedAdministrators {
            search: self.q.clone(),
            after: place(&self.after),
            before: place(&self.before),
        }
    }
}

/// The screen.
#[derive(Template)]
#[template(path = "subaccounts/administrators.html", blocks = ["list"])]
struct Index {
    page: Page,
    search: String,
    listed: Administrators,
}

impl Index {
    fn shown(&self) -> String {
        counted(self.listed.rows.len(), "administrator", "administrators")
    }

    fn address(&self, side: &'static str, row: Option<&Administrator>) -> String {
        let place = |row: &Administrator| -> Place { (row.subaccount_name.clone(), row.user) };
        let Some((name, user)) = row.map(place) else { return String::new() };
        let fields = [("q", self.search.clone()), (side, name), ("user", user.to_string())];
        let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/subaccounts/administrators?{}", serde_html_form::to_string(fields).unwrap_or_default())
    }

    fn previous(&self) -> String {
        self.address("before", self.listed.rows.first().filter(|_| self.listed.has_previous))
    }

    fn next(&self) -> String {
        self.address("after", self.listed.rows.last().filter(|_| self.listed.has_next))
    }
}

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(asked): FormQuery<Asked>,
) -> Result<HttpResponse, AppError> {
    let wanted = asked.wanted();
    let (page, listed) = company
        .page(Section::Subaccounts, "Administrators of subaccounts", move |conn, scope| {
            subaccounts::administrators(conn, scope, &wanted)
        })
        .await?;
    let view = Index { page, search: asked.q, listed };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}
