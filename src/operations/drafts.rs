//! The dialogs that launch: opened, looked at again with each choice, and sent.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use diesel::{Connection as _, PgConnection};
use fleet::ids::OperationId;
use fleet::operations::{self, NewOperation, OperationKind, Start};
use fleet::tenancy::CompanyScope;
use uuid::Uuid;

use super::draft::{Look, Purpose, Verdict};
use super::draft_views::{Draft, DraftPart};
use super::forms::DraftForm;
use super::json;
use super::meant::{self, Meant};
use crate::tree::TreeQuery;
use crate::web::active_company::ActiveCompany;
use crate::web::display::counted;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::page::{Toast, ToastKind};
use crate::web::query::FormBody;

/// The dialog, with nothing chosen yet.
pub async fn new(
    company: ActiveCompany,
    FormBody(mut form): FormBody<DraftForm>,
) -> Result<HttpResponse, AppError> {
    asked(&form)?;
    if let Some(list) = meant::kept(&company, &mut form.selection, &mut form.sim).await? {
        form.list = list.to_string();
    }
    opened(&company, form).await
}

/// The dialog for `form`.
pub(crate) async fn opened(company: &ActiveCompany, form: DraftForm) -> Result<HttpResponse, AppError> {
    let look = look_at(company, &form).await?;
    html::ok(&Draft::new(form, look, FieldErrors::default(), company.sends_mail()))
}

/// What the draft would do, as chosen so far.
pub async fn show(
    company: ActiveCompany,
    FormBody(form): FormBody<DraftForm>,
) -> Result<HttpResponse, AppError> {
    let look = look_at(&company, &form).await?;
    html::ok(&DraftPart::new(&form, look))
}

/// What came of a form that was sent.
enum Sent {
    Launched(OperationId, Option<(i64, Start)>),
    Wrong(Box<Look>, FieldErrors),
}

/// Launches.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    FormBody(form): FormBody<DraftForm>,
) -> Result<HttpResponse, AppError> {
    let ((kind, meant), key) = (asked(&form)?, form.key()?);
    let (typed, wants_mail) = (form.clone(), company.sends_mail() && form.wants_mail());
    let sent = company
        .run(move |conn, scope| {
            if let Some(key) = key
                && let Some(number) = operations::launched_with(conn, scope, key)?
            {
                return Ok(Sent::Launched(number, None));
            }
            let look = Look::at(conn, scope, &typed, kind, meant.clone(), Purpose::Launch)?;
            let mut errors = wrong(&look, &typed);
            let conduct = noted(typed.conduct(), &mut errors)?;
            if let (Some(new), Some(conduct), true) = (look.launchable(), conduct, errors.is_empty()) {
                let new = NewOperation { conduct, ..new.clone() };
                let launched = launch(conn, scope, &new, key, wants_mail);
                if let Some(number) = noted(launched, &mut errors)? {
                    let sims = operations::find(conn, scope, number)?.summary.sims();
                    return Ok(Sent::Launched(number, Some((sims.into(), conduct.start))));
                }
            }
            let look = match look.verdict {
                Verdict::Able(_) => Look::at(conn, scope, &typed, kind, meant, Purpose::Show)?,
                _ => look,
            };
            Ok(Sent::Wrong(Box::new(look), errors))
        })
        .await?;
    match sent {
        Sent::Launched(number, _) if wants == Wants::Json => {
            json::answer(&company, number, StatusCode::CREATED).await
        }
        Sent::Wrong(_, errors) if wants == Wants::Json => Ok(errors.for_programs()),
        Sent::Launched(number, how) => Ok(launched(wants, kind, number, how, form.is_of_grid())),
        Sent::Wrong(look, errors) => html::refused(&Draft::new(form, *look, errors, company.sends_mail())),
    }
}

/// Launches, and notes with it whether an e-mail is wanted at the end.
fn launch(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewOperation,
    key: Option<Uuid>,
    wants_mail: bool,
) -> fleet::Result<OperationId> {
    conn.transaction(|conn| {
        let number = match key {
            Some(key) => operations::launch_once(conn, scope, new, key)?,
            None => operations::launch(conn, scope, new)?,
        };
        if wants_mail {
            operations::email_when_ended(conn, scope, number)?;
        }
        Ok(number)
    })
}

pub(super) async fn look_at(company: &ActiveCompany, form: &DraftForm) -> Result<Look, AppError> {
    let (kind, meant) = asked(form)?;
    let form = form.clone();
    company.run(move |conn, scope| Look::at(conn, scope, &form, kind, meant, Purpose::Show)).await
}

/// What is asked for. A form of the grid of several accounts is none of these: its SIMs would be looked for in one alone.
fn asked(form: &DraftForm) -> Result<(OperationKind, Meant), AppError> {
    if TreeQuery::parse(&form.filter)?.is_some() {
        let words = "These are SIMs of several accounts, and this acts on those of one. Nothing was done.";
        return Err(AppError::BadRequest(words.into()));
    }
    Ok((form.kind()?, form.meant()?))
}

/// What keeps the draft from being launched, beside its fields.
fn wrong(look: &Look, form: &DraftForm) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if look.shows_other_sims(form) {
        let words = "The view shows by another filter than when you saw what would happen. Nothing was launched: look at what would happen now, and launch then.";
        errors.add("form", words);
    }
    match &look.verdict {
        Verdict::Missing(field, sentence) => errors.add(field, sentence.clone()),
        Verdict::Refused(sentence) => errors.add("form", sentence.clone()),
        Verdict::Able(_) => {}
        Verdict::Preview(preview, _) if preview.will_change == 0 => {
            errors.add("form", "No SIM would change. Nothing was launched.");
        }
        Verdict::Preview(preview, _) => {
            if look.kind == OperationKind::Terminate && form.confirmed() != Some(preview.will_change) {
                let sims = counted(preview.will_change, "SIM", "SIMs");
                errors.add("confirm", format!("{sims} will be terminated: type that number."));
            }
        }
    }
    errors
}

/// Notes a wrong field among the errors of the form; every other error goes on.
pub(crate) fn noted<T>(answer: fleet::Result<T>, errors: &mut FieldErrors) -> fleet::Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(fleet::Error::Invalid { field, message }) => {
            errors.add(field, message);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Says what was launched. `of_grid`: with the SIMs that are selected in the grid, whose selection ends with it.
pub(super) fn launched(
    wants: Wants,
    kind: OperationKind,
    number: OperationId,
    launched: Option<(i64, Start)>,
    of_grid: bool,
) -> HttpResponse {
    let address = format!("/operations/{number}");
    if wants != Wants::Fragment {
        return html::see_other(&address);
    }
    let text = match launched {
        None => format!("{} started:", kind.label()),
        Some((sims, Start::Now)) => format!("{} started:", kind.of_sims(sims)),
        Some((sims, Start::At(moment))) => format!("{} is scheduled for {moment}:", kind.of_sims(sims)),
        Some((sims, Start::After(first))) => {
            format!("{} waits for operation #{first}:", kind.of_sims(sims))
        }
    };
    let toast = Toast::new(ToastKind::Success, text).with_link(address, format!("operation #{number}"));
    let mut events = serde_json::json!({
        "dialog-close": null,
        "operations-changed": null,
        "sims-changed": null,
        "operation-launched": { "number": number },
        "toast": toast,
    });
    if of_grid {
        events["selection-clear"] = serde_json::Value::Null;
    }
    HttpResponse::NoContent().insert_header((htmx::TRIGGER, htmx::json_header(&events))).finish()
}
