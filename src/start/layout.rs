//! Which widgets are on the Start page: the dialog, and keeping what it, the menus and the mouse say.

use actix_web::HttpResponse;
use fleet::start_layouts::{self, Layout, Widget};

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
    let about = named("about").find_map(widget);
    let sends_mail = company.sends_mail();
    let (page, (layout, contents)) = company
        .page(Section::Start, "Start", move |conn, scope| {
            let layout = if resets {
                start_layouts::reset(conn, scope)?
            } else {
                start_layouts::update(conn, scope, &chosen)?
            };
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
