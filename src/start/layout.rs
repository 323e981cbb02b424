//! Which widgets are on the Start page: the dialog, and keeping what it, the menus and the mouse say.

use actix_web::HttpResponse;
use diesel::PgConnection;
use fleet::start_layouts::{self, Change, Layout, Widget};
use fleet::tenancy::CompanyScope;
use serde::Deserialize;

use super::views::{EditLayout, Show};
use super::widgets;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::Section;
use crate::web::query::FormBody;

pub async fn edit(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let layout = company.run(start_layouts::find).await?;
    html::ok(&EditLayout { layout })
}

/// Keeps the widgets that were sent, in their order, and shows them. Widgets that there are not are passed over.
pub async fn update(
    company: ActiveCompany,
    wants: Wants,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let named = |name: &'static str| fields.iter().filter(move |(key, _)| key == name).map(|(_, word)| word);
    let widget = |word: &String| word.parse::<Widget>().ok();
    let (chosen, resets) =
        (named("widget").filter_map(widget).collect::<Vec<_>>(), named("reset").count() > 0);
    changed(company, wants, None, move |conn, scope| {
        if resets { start_layouts::reset(conn, scope) } else { start_layouts::update(conn, scope, &chosen) }
    })
    .await
}

/// What a menu, a chip or the mouse asks for: of one widget alone, so that a page that is behind brings nothing back.
#[derive(Deserialize)]
pub struct ChangeForm {
    widget: String,
    change: String,
    /// The widget that it is put before.
    #[serde(default)]
    before: String,
}

impl ChangeForm {
    fn parse(&self) -> Option<(Widget, Change)> {
        let change = match self.change.as_str() {
            "add" => Change::Add,
            "remove" => Change::Remove,
            "earlier" => Change::Earlier,
            "later" => Change::Later,
            "before" => Change::Before(self.before.parse().ok()),
            _ => return None,
        };
        Some((self.widget.parse().ok()?, change))
    }
}

pub async fn change(
    company: ActiveCompany,
    wants: Wants,
    FormBody(form): FormBody<ChangeForm>,
) -> Result<HttpResponse, AppError> {
    let (widget, change) = form.parse().ok_or(AppError::BadRequest(
        "The request names no widget that there is. Nothing was done. Load the page again.".into(),
    ))?;
    changed(company, wants, Some(widget), move |conn, scope| {
        start_layouts::change(conn, scope, widget, change)
    })
    .await
}

/// The widgets as `change` leaves them, and what has become of the one that it was about.
async fn changed(
    company: ActiveCompany,
    wants: Wants,
    about: Option<Widget>,
    change: impl FnOnce(&mut PgConnection, &CompanyScope) -> fleet::Result<Layout> + Send + 'static,
) -> Result<HttpResponse, AppError> {
    let sends_mail = company.sends_mail();
    let (page, (layout, contents)) = company
        .page(Section::Start, "Start", move |conn, scope| {
            let layout = change(conn, scope)?;
            let contents = widgets::read(conn, scope, &layout, sends_mail)?;
            Ok((layout, contents))
        })
        .await?;
    if wants != Wants::Fragment {
        return Ok(html::see_other("/"));
    }
    let events = serde_json::json!({ "dialog-close": null, "announce": { "text": said(&layout, about) } });
    let mut answer = html::ok(&Show::new(page, &layout, contents, about).as_widgets())?;
    answer.headers_mut().insert(htmx::TRIGGER, htmx::json_header(&events));
    Ok(answer)
}

/// What has become of a widget, or of all.
fn said(layout: &Layout, about: Option<Widget>) -> String {
    let shown = layout.shown.len();
    let Some(widget) = about else { return crate::web::display::counted(shown, "widget", "widgets") };
    match layout.shown.iter().position(|each| *each == widget) {
        Some(place) => format!("{}: {} of {shown}", widget.label(), place + 1),
        None => format!("{} removed", widget.label()),
    }
}
