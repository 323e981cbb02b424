//! The dialogs that launch on SIMs of several accounts: opened, looked at again with each choice, and sent.

use actix_web::HttpResponse;
use diesel::{Connection as _, PgConnection};
use fleet::operations::{self, Companion, Conduct, OperationKind, Start};
use fleet::tenancy::CompanyScope;
use uuid::Uuid;

use super::draft::{Asked, Look, Verdict};
use super::views::{Draft, DraftPart};
use crate::operations::{DraftForm, noted};
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
    FormBody(form): FormBody<DraftForm>,
) -> Result<HttpResponse, AppError> {
    let look = look_at(&company, &form).await?;
    html::ok(&Draft::new(form, &look, FieldErrors::default(), company.sends_mail()))
}

/// What the draft would do, as chosen so far.
pub async fn show(
    company: ActiveCompany,
    FormBody(form): FormBody<DraftForm>,
) -> Result<HttpResponse, AppError> {
    let look = look_at(&company, &form).await?;
    html::ok(&DraftPart::new(&form, &look))
}

async fn look_at(company: &ActiveCompany, form: &DraftForm) -> Result<Look, AppError> {
    let (form, asked) = (form.clone(), Asked::of(form)?);
    company.run(move |conn, scope| Look::at(conn, scope, &form, &asked)).await
}

/// What came of a form that was sent.
enum Sent {
    /// Launched, now or when it was sent before.
    Launched(Vec<Companion>, Option<(i64, Start)>),
    Wrong(Box<Look>, FieldErrors),
}

/// Launches.
pub async fn create(
    company: ActiveCompany,
    wants: Wants,
    FormBody(form): FormBody<DraftForm>,
) -> Result<HttpResponse, AppError> {
    let (asked, key) = (Asked::of(&form)?, form.key()?.unwrap_or_else(Uuid::now_v7));
    let (typed, kind) = (form.clone(), asked.kind);
    let wants_mail = company.sends_mail() && form.wants_mail();
    let sent = company
        .run(move |conn, scope| conn.transaction(|conn| send(conn, scope, &typed, &asked, key, wants_mail)))
        .await?;
    match sent {
        Sent::Launched(operations, how) => Ok(launched(wants, kind, &operations, how)),
        Sent::Wrong(look, errors) => html::refused(&Draft::new(form, &look, errors, company.sends_mail())),
    }
}

fn send(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    typed: &DraftForm,
    asked: &Asked,
    key: Uuid,
    wants_mail: bool,
) -> fleet::Result<Sent> {
    let tree = asked.query.scope(conn, scope)?;
    let before = operations::launched_in_tree(conn, &tree, key)?;
    if !before.is_empty() {
        return Ok(Sent::Launched(before, None));
    }
    let look = Look::at(conn, scope, typed, asked)?;
    let mut errors = wrong(&look, typed);
    let conduct = noted(typed.conduct(), &mut errors)?;
    if let (Some(conduct), true) = (conduct, errors.is_empty())
        && let Some(launched) = noted(launch(conn, &look, conduct, key, wants_mail), &mut errors)?
    {
        let sims = look.able().map(|share| share.selected).sum();
        return Ok(Sent::Launched(launched, Some((sims, conduct.start))));
    }
    Ok(Sent::Wrong(Box::new(look), errors))
}

fn launch(
    conn: &mut PgConnection,
    look: &Look,
    conduct: Conduct,
    key: Uuid,
    wants_mail: bool,
) -> fleet::Result<Vec<Companion>> {
    let Verdict::Shares(shares) = &look.verdict else { return Ok(Vec::new()) };
    conn.transaction(|conn| {
        let launched = operations::launch_in_tree(conn, shares, conduct, key)?;
        if wants_mail {
            for (share, operation) in look.able().zip(&launched) {
                operations::email_when_ended(conn, &share.account, operation.number)?;
            }
        }
        Ok(launched)
    })
}

/// What keeps the draft from being launched, beside its fields.
fn wrong(look: &Look, form: &DraftForm) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let will_change = look.will_change();
    match &look.verdict {
        Verdict::Missing(field, sentence) => errors.add(field, sentence.clone()),
        Verdict::Refused(sentence) => errors.add("form", sentence.clone()),
        Verdict::Shares(_) if !is_as_shown(look, form) => errors.add(
            "form",
            "The accounts in which SIMs would change are not those of the preview any more. Nothing was launched. \
             Look at the preview again.",
        ),
        Verdict::Shares(_) if will_change == 0 => {
            errors.add("form", "No SIM would change. Nothing was launched.");
        }
        Verdict::Shares(_) => {
            if look.kind == OperationKind::Terminate && form.confirmed() != Some(will_change) {
                let sims = counted(will_change, "SIM", "SIMs");
                errors.add("confirm", format!("{sims} will be terminated: type that number."));
            }
        }
    }
    errors
}

/// Whether something would change in exactly those accounts that the preview had named: no other is touched, and
/// none is left out without a word.
fn is_as_shown(look: &Look, form: &DraftForm) -> bool {
    let mut able: Vec<String> = look.able().map(|share| share.account.company_uid().to_string()).collect();
    let mut shown = form.into.clone();
    able.sort_unstable();
    shown.sort_unstable();
    able == shown
}

/// The most operations that a message names.
const NAMED: usize = 5;

fn launched(
    wants: Wants,
    kind: OperationKind,
    operations: &[Companion],
    how: Option<(i64, Start)>,
) -> HttpResponse {
    let Some(first) = operations.first().filter(|_| wants == Wants::Fragment) else {
        return html::see_other("/operations");
    };
    let numbers: Vec<String> = operations.iter().map(|one| format!("#{}", one.number)).collect();
    let more = match numbers.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = format!("{}{more}", numbers.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "));
    let accounts = counted(operations.len(), "account", "accounts");
    let text = match how {
        None => format!("{} started in {accounts} ({named}):", kind.label()),
        Some((sims, Start::At(moment))) => {
            format!("{} in {accounts} is scheduled for {moment} ({named}):", kind.of_sims(sims))
        }
        Some((sims, _)) => format!("{} in {accounts} started ({named}):", kind.of_sims(sims)),
    };
    let address = format!("/operations/{}?account={}", first.number, first.account);
    let toast =
        Toast::new(ToastKind::Success, text).with_link(address, format!("operation #{}", first.number));
    let events = serde_json::json!({
        "dialog-close": null,
        "selection-clear": null,
        "operations-changed": null,
        "sims-changed": null,
        "operation-launched": { "numbers": operations.iter().map(|one| one.number.0).collect::<Vec<_>>() },
        "toast": toast,
    });
    HttpResponse::NoContent().insert_header((htmx::TRIGGER, htmx::json_header(&events))).finish()
}
