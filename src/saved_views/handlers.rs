//! The dialogs of views, and the way to what a view shows.

use actix_web::web::{Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use fleet::Error;
use fleet::ids::SavedViewUid;
use fleet::saved_views::{self, SavedView};
use fleet::sims;

use super::forms::{DefaultForm, ViewForm};
use super::views::{Count, Edit, Index, Removal, address};
use crate::fleet::{COUNTED, GridAddress};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Toast, ToastKind};

/// The views that the person sees.
pub async fn index(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let has_networks = company.has_networks();
    html::ok(&company.run(move |conn, scope| Index::read(conn, scope, has_networks)).await?)
}

/// The grid as a view shows it.
pub async fn show(company: ActiveCompany, uid: Path<SavedViewUid>) -> Result<HttpResponse, AppError> {
    let view = company.run(move |conn, scope| saved_views::find(conn, scope, *uid)).await?;
    Ok(html::see_other(&address(&view)?))
}

/// How many SIMs a view shows, counted no further than the grid does by itself.
pub async fn count(company: ActiveCompany, uid: Path<SavedViewUid>) -> Result<HttpResponse, AppError> {
    let counted = company
        .run(move |conn, scope| {
            let view = saved_views::find(conn, scope, *uid)?;
            sims::count_up_to(conn, scope, &view.filter()?, COUNTED)
        })
        .await?;
    html::ok(&Count(counted))
}

/// The dialog that saves the grid whose query string this is.
pub async fn new(company: ActiveCompany, grid: GridAddress) -> Result<HttpResponse, AppError> {
    let view = company
        .run(move |conn, scope| {
            let columns = match grid.columns.clone() {
                Some(columns) => columns,
                None => fleet::grid_layouts::find(conn, scope)?.columns,
            };
            let grid = GridAddress { columns: Some(columns), ..grid };
            let form = ViewForm { query: Some(grid.as_view().to_query()), ..ViewForm::default() };
            Ok(Edit::of(scope, None, form))
        })
        .await?;
    html::ok(&view)
}

pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    Form(form): Form<ViewForm>,
) -> Result<HttpResponse, AppError> {
    let typed = ViewForm { query: Some(form.query.clone().unwrap_or_default()), ..form };
    match saved(&company, None, typed).await? {
        Ok(view) => {
            let toast = told(format!("View {} was saved.", view.name));
            Ok(htmx::shown_in_grid(wants, &address(&view)?, Some(&toast)))
        }
        Err(dialog) => html::refused(&*dialog),
    }
}

pub async fn edit(company: ActiveCompany, uid: Path<SavedViewUid>) -> Result<HttpResponse, AppError> {
    let view = company
        .run(move |conn, scope| {
            let view = saved_views::find_to_change(conn, scope, *uid)?;
            let shared = view.is_shared.then(|| "on".to_owned());
            let form = ViewForm { name: view.name.clone(), shared, query: None };
            Ok(Edit::of(scope, Some(view), form))
        })
        .await?;
    html::ok(&view)
}

pub async fn update(
    company: ActiveCompany,
    request: HttpRequest,
    uid: Path<SavedViewUid>,
    Form(form): Form<ViewForm>,
) -> Result<HttpResponse, AppError> {
    match saved(&company, Some(*uid), form).await? {
        Ok(view) => Ok(back(&request, None, format!("View {} was saved.", view.name))),
        Err(dialog) => html::refused(&*dialog),
    }
}

pub async fn update_default(
    company: ActiveCompany,
    request: HttpRequest,
    uid: Path<SavedViewUid>,
    Form(form): Form<DefaultForm>,
) -> Result<HttpResponse, AppError> {
    let is_default = !form.default.is_empty();
    let view =
        company.run(move |conn, scope| saved_views::set_default(conn, scope, *uid, is_default)).await?;
    let words =
        if is_default { "is what Monitor my fleet begins with." } else { "is no longer the default." };
    Ok(back(&request, None, format!("View {} {words}", view.name)))
}

pub async fn new_removal(company: ActiveCompany, uid: Path<SavedViewUid>) -> Result<HttpResponse, AppError> {
    let view = company
        .run(move |conn, scope| {
            let view = saved_views::find_to_change(conn, scope, *uid)?;
            Ok(Removal { view, company: scope.company_name().to_owned() })
        })
        .await?;
    html::ok(&view)
}

pub async fn destroy(
    company: ActiveCompany,
    request: HttpRequest,
    uid: Path<SavedViewUid>,
) -> Result<HttpResponse, AppError> {
    let uid = *uid;
    let view = company.run(move |conn, scope| saved_views::destroy(conn, scope, uid)).await?;
    Ok(back(&request, Some(uid), format!("View {} was deleted.", view.name)))
}

/// Saves a new view, or an old one anew; else the dialog with what is wrong.
async fn saved(
    company: &ActiveCompany,
    uid: Option<SavedViewUid>,
    typed: ViewForm,
) -> Result<Result<SavedView, Box<Edit>>, AppError> {
    let parsed = typed.parse()?;
    let (outcome, mut dialog) = company
        .run(move |conn, scope| {
            let view = uid.map(|uid| saved_views::find_to_change(conn, scope, uid)).transpose()?;
            let outcome = parsed.and_then(|new| match uid {
                Some(uid) => saved_views::update(conn, scope, uid, &new),
                None => saved_views::create(conn, scope, &new),
            });
            match outcome {
                Err(error @ (Error::NotFound | Error::Forbidden(_))) => Err(error),
                outcome => Ok((outcome, Box::new(Edit::of(scope, view, typed)))),
            }
        })
        .await?;
    match outcome {
        Ok(view) => Ok(Ok(view)),
        Err(error) => {
            dialog.errors = FieldErrors::caught(error.into())?;
            Ok(Err(dialog))
        }
    }
}

/// Back to the grid that the dialog was opened over, which names a view that is gone no more.
fn back(request: &HttpRequest, gone: Option<SavedViewUid>, words: String) -> HttpResponse {
    let from = htmx::came_from(request.headers());
    let query = from.strip_prefix("/fleet?").unwrap_or_default();
    let mut grid = GridAddress::parse(query).unwrap_or_default();
    grid.view = grid.view.filter(|view| Some(*view) != gone);
    htmx::shown_in_grid(Wants::of(request.headers()), &grid.to_address(), Some(&told(words)))
}

fn told(text: String) -> Toast {
    Toast::new(ToastKind::Success, text)
}
