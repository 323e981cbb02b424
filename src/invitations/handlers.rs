//! The list of invitations and its dialogs.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use fleet::ids::InvitationUid;
use fleet::invitations::{self, Invitation};
use fleet::outbox::Letter;
use fleet::tenancy::CompanyScope;

use super::forms::{InvitationForm, ListForm};
use super::views::{Index, Link, New, Revocation};
use crate::app::State;
use crate::mail::Writer;
use crate::profiles::GrantFields;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::FieldErrors;
use crate::web::html;
use crate::web::htmx::{self, Wants};
use crate::web::link::link;
use crate::web::page::{Section, Toast, ToastKind};
use crate::web::query::FormBody;
use crate::web::session::random_token;

/// What the list listens to.
const CHANGED: &str = "invitations-changed";

pub async fn index(
    company: ActiveCompany,
    request: HttpRequest,
    wants: Wants,
    Query(form): Query<ListForm>,
) -> Result<HttpResponse, AppError> {
    let wanted = form.wanted();
    let (page, listed) = company
        .page(Section::Administration, "Invitations", move |conn, scope| {
            invitations::list(conn, scope, &wanted)
        })
        .await?;
    let view = Index { page, search: form.q, listed, here: request.uri().to_string() };
    if wants == Wants::Fragment { html::ok(&view.as_list()) } else { html::ok(&view) }
}

pub async fn new(company: ActiveCompany) -> Result<HttpResponse, AppError> {
    let mails = company.sends_mail();
    let dialog = company
        .run(move |conn, scope| {
            let form = InvitationForm { role: "viewer".into(), ..InvitationForm::default() };
            let grant = GrantFields::read(conn, scope, form.grant())?;
            let company = scope.company_name().to_owned();
            Ok(New { company, mails, email: String::new(), grant, errors: FieldErrors::default() })
        })
        .await?;
    html::ok(&dialog)
}

pub async fn create(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    FormBody(form): FormBody<InvitationForm>,
) -> Result<HttpResponse, AppError> {
    let (email, link) = (form.email.clone(), NewLink::of(&state));
    let (token, writer) = (link.token.clone(), link.writer.clone());
    let (name, grant, created) = company
        .run(move |conn, scope| {
            let grant = GrantFields::read(conn, scope, form.grant())?;
            let write = |invitation: &Invitation| written(&state, writer, invitation, scope, &token);
            let created = form.parse().and_then(|new| invitations::create(conn, scope, &new, &token, write));
            Ok((scope.company_name().to_owned(), grant, created))
        })
        .await?;
    match created {
        Ok(invitation) => link.answer(&request, &invitation),
        Err(error) => {
            let errors = FieldErrors::caught(error.into())?;
            let (mails, grant) = (company.sends_mail(), grant.with_errors(&errors));
            html::refused(&New { company: name, mails, email, grant, errors })
        }
    }
}

pub async fn resend(
    company: ActiveCompany,
    request: HttpRequest,
    state: Data<State>,
    uid: Path<InvitationUid>,
) -> Result<HttpResponse, AppError> {
    let (uid, link) = (*uid, NewLink::of(&state));
    let (token, writer) = (link.token.clone(), link.writer.clone());
    let sent = company
        .run(move |conn, scope| {
            let write = |invitation: &Invitation| written(&state, writer, invitation, scope, &token);
            invitations::resend(conn, scope, uid, &token, write)
        })
        .await;
    match sent {
        Ok(invitation) => link.answer(&request, &invitation),
        // There is no form to show it in: it was answered from elsewhere meanwhile.
        Err(AppError::Fleet(fleet::Error::Refused(sentence) | fleet::Error::BeyondOwnRights(sentence))) => {
            Ok(htmx::done(&Toast::new(ToastKind::Error, sentence), CHANGED))
        }
        Err(error) => Err(error),
    }
}

pub async fn new_revocation(
    company: ActiveCompany,
    uid: Path<InvitationUid>,
) -> Result<HttpResponse, AppError> {
    let uid = *uid;
    let invitation = company.run(move |conn, scope| invitations::find(conn, scope, uid)).await?;
    html::ok(&Revocation { invitation, errors: FieldErrors::default() })
}

pub async fn revoke(company: ActiveCompany, uid: Path<InvitationUid>) -> Result<HttpResponse, AppError> {
    let uid = *uid;
    let (invitation, revoked) = company
        .run(move |conn, scope| {
            Ok((invitations::find(conn, scope, uid)?, invitations::revoke(conn, scope, uid)))
        })
        .await?;
    match revoked {
        Ok(_) => Ok(told(format!("The invitation of {} is revoked.", invitation.email))),
        Err(error) => html::refused(&Revocation { invitation, errors: FieldErrors::caught(error.into())? }),
    }
}

/// The letter of an invitation that is stored, and not yet for good. It is counted here: what the domain refuses has cost
/// nobody a letter, and takes none from others who invite the same address.
fn written(
    state: &State,
    writer: Option<Writer>,
    invitation: &Invitation,
    scope: &CompanyScope,
    token: &str,
) -> fleet::Result<Option<Letter>> {
    state.limits.count_invitation(scope, &invitation.email)?;
    Ok(writer.map(|writer| writer.invitation(invitation, scope.company_name(), token)))
}

/// The link that an invitation is about to get, and what writes the letter with it, if e-mail is sent from here.
struct NewLink {
    token: String,
    writer: Option<Writer>,
}

impl NewLink {
    fn of(state: &State) -> Self {
        let settings = &state.settings;
        let writer = settings.sends_mail.then(|| Writer { base_url: settings.base_url.clone() });
        Self { token: random_token(), writer }
    }

    /// Says that a letter is on its way; else shows the link, this once, to whoever invites.
    fn answer(self, request: &HttpRequest, invitation: &Invitation) -> Result<HttpResponse, AppError> {
        if self.writer.is_some() {
            return Ok(told(format!(
                "A letter with the invitation is on its way to {}. If it can't be delivered, Invitations says why.",
                invitation.email
            )));
        }
        let address = link(request, &format!("/invitations/{}", self.token));
        let view = Link { email: invitation.email.clone(), address };
        Ok(HttpResponse::Ok()
            .insert_header((htmx::TRIGGER, CHANGED))
            .content_type(html::CONTENT_TYPE)
            .body(view.render()?))
    }
}

fn told(text: String) -> HttpResponse {
    htmx::done(&Toast::new(ToastKind::Success, text), CHANGED)
}
