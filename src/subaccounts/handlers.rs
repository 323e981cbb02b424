//! The list of subaccounts and its dialogs.

use actix_web::web::Path;
use actix_web::{HttpResponse, HttpResponseBuilder};
use fleet::ids::CompanyUid;
use fleet::subaccounts;
use fleet::tenancy::Permission;
use serde::Deserialize;
use serde_json::json;

use super::forms::{Listed, Typed};
use super::views::{Edit, Index, New, Rights, Row, Suspension};
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Section, Toast, ToastKind};
use crate::web::query::{FormBody, FormQuery};

pub async fn index(
    company: ActiveCompany,
    wants: Wants,
    FormQuery(listed): FormQuery<Listed>,
) -> Result<HttpResponse, AppError> {
    let (wanted, marked) = (listed.wanted(), listed.marked());
    let (page, (listing, rights)) = company
        .page(Section::Subaccounts, "Subaccounts", move |conn, scope| {
            let mut listing = subaccounts::list(conn, scope, &wanted)?;
            if let Some(uid) = marked.filter(|uid| listing.rows.iter().all(|row| row.uid != *uid)) {
                // Marked, but on another page: it stands first. One of somebody else is nothing.
                match subaccounts::find(conn, scope, uid) {
                    Ok(found) => listing.rows.insert(0, found),
                    Err(fleet::Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok((listing, Rights::of(scope)))
        })
        .await?;
    let view = Index { page, listed, listing, rights };
    match wants {
        Wants::Fragment => html::ok(&view.as_list()),
        Wants::Page => html::ok(&view),
        Wants::Json => Ok(HttpResponse::Ok().json(view.to_json())),
    }
}

pub async fn show(
    company: ActiveCompany,
    wants: Wants,
    uid: Path<CompanyUid>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let (subaccount, rights) =
        company.run(move |conn, scope| Ok((subaccounts::find(conn, scope, uid)?, Rights::of(scope)))).await?;
    if wants == Wants::Page {
        let list = format!("/subaccounts?new={uid}");
        return Ok(html::see_other(&list));
    }
    html::ok(&Row { subaccount, rights, marked: false })
}

pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let dialog = company
        .run(|conn, scope| {
            let creator = subaccounts::candidates_of(conn, scope, &[scope.user()])?;
            Ok(New::of(scope.company_name(), Typed::default(), creator, FieldErrors::default()))
        })
        .await?;
    html::ok(&dialog)
}

pub async fn create(
    company: ActiveCompany,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let name = typed.name.trim().to_owned();
    let outcome = company
        .run(move |conn, scope| {
            // Asked first, so that who may not create learns nothing about names.
            let chosen = subaccounts::candidates_of(conn, scope, &typed.administrators())?;
            Ok(typed
                .create(conn, scope)?
                .map_err(|errors| New::of(scope.company_name(), typed, chosen, errors)))
        })
        .await?;
    match outcome {
        Ok(uid) => {
            let list = json!({ "path": format!("/subaccounts?new={uid}"), "target": "#subaccounts" });
            let mut answer = closing(&format!("Subaccount {name} was created."), None);
            Ok(answer.insert_header((htmx::LOCATION, htmx::json_header(&list))).finish())
        }
        Err(dialog) => html::refused(&dialog),
    }
}

pub async fn edit(company: ActiveCompany, uid: Path<CompanyUid>) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let subaccount = company
        .run(move |conn, scope| {
            scope.require(Permission::SubaccountsManage)?;
            subaccounts::find(conn, scope, uid)
        })
        .await?;
    let typed = Typed {
        name: subaccount.name.clone(),
        external_id: subaccount.external_id.unwrap_or_default(),
        ..Typed::default()
    };
    let dialog = Edit { uid, current: subaccount.name, typed, errors: FieldErrors::default() };
    html::ok(&dialog)
}

pub async fn update(
    company: ActiveCompany,
    uid: Path<CompanyUid>,
    FormBody(typed): FormBody<Typed>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let outcome = company
        .run(move |conn, scope| {
            scope.require(Permission::SubaccountsManage)?;
            let current = subaccounts::find(conn, scope, uid)?.name;
            Ok(match typed.update(conn, scope, uid)? {
                Ok(()) => Ok(typed.name.trim().to_owned()),
                Err(errors) => Err(Edit { uid, current, typed, errors }),
            })
        })
        .await?;
    match outcome {
        Ok(name) => Ok(closing(&format!("Subaccount {name} was saved."), Some(uid)).finish()),
        Err(dialog) => html::refused(&dialog),
    }
}

pub async fn edit_suspension(
    company: ActiveCompany,
    uid: Path<CompanyUid>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let dialog = company
        .run(move |conn, scope| {
            scope.require(Permission::SubaccountsManage)?;
            let subaccount = subaccounts::find(conn, scope, uid)?;
            Ok(Suspension { subaccount, parent: scope.company_name().to_owned() })
        })
        .await?;
    html::ok(&dialog)
}

#[derive(Deserialize)]
pub struct Wish {
    suspended: bool,
}

pub async fn update_suspension(
    company: ActiveCompany,
    uid: Path<CompanyUid>,
    FormBody(wish): FormBody<Wish>,
) -> Result<HttpResponse, AppError> {
    let uid = uid.into_inner();
    let name = company
        .run(move |conn, scope| {
            let name = subaccounts::find(conn, scope, uid)?.name;
            subaccounts::set_suspended(conn, scope, uid, wish.suspended)?;
            Ok(name)
        })
        .await?;
    let told = if wish.suspended {
        format!("{name} is suspended.")
    } else {
        format!("The suspension of {name} is lifted.")
    };
    Ok(closing(&told, Some(uid)).finish())
}

/// The answer to a dialog that has done its work: it closes, and the row looks again.
fn closing(told: &str, row: Option<CompanyUid>) -> HttpResponseBuilder {
    let mut events = json!({ "dialog-close": null, "toast": Toast::new(ToastKind::Success, told) });
    if let Some(uid) = row {
        events[format!("subaccount-{uid}")] = serde_json::Value::Null;
    }
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((htmx::TRIGGER, htmx::json_header(&events)));
    answer
}
