//! Tells the log what was refused to whom: what somebody may not do, or has no access to, what did not come from here, and who
//! tries or asks too often.
//!
//! Whether what was not found is another company's or nobody's is not asked: that would take time, which tells whoever
//! asked. Who tries numbers leaves a line for each, as long as there are not too many.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use fleet::ids::{CompanyUid, UserId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::bearer;
use super::client::{counted_as, peer};
use super::counters::Counters;
use super::error::AppError;
use super::session::UserSession;
use crate::app::State;

/// What the lines are found by.
const EVENT: &str = "access_refused";
/// Lines of one person at once, and of all together who are not signed in; then one a second.
const LINES: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);

/// How often one reason is told of one person at one address and route, where they can bring it about without end.
const SELDOM: (u32, u64) = (1, 60);

/// How much has been told.
pub struct Refusals {
    told: DefaultKeyedRateLimiter<Option<UserId>>,
    told_of_tries: Counters,
    left_out: AtomicU64,
}

impl Default for Refusals {
    fn default() -> Self {
        let quota = Quota::per_second(NonZeroU32::MIN).allow_burst(LINES);
        Self {
            told: RateLimiter::keyed(quota),
            told_of_tries: Counters::new(&[SELDOM]),
            left_out: AtomicU64::new(0),
        }
    }
}

/// Whether somebody has tried to give or take more than they may do. Their form is shown again, so that the answer is no error.
#[derive(Clone, Default)]
pub struct BeyondOwnRights(Rc<Cell<bool>>);

impl BeyondOwnRights {
    /// That of a request.
    pub fn of(request: &HttpRequest) -> Self {
        let mut extensions = request.extensions_mut();
        if let Some(known) = extensions.get::<Self>() {
            return known.clone();
        }
        let fresh = Self::default();
        extensions.insert(fresh.clone());
        fresh
    }

    /// Notes that it is so.
    pub fn note(&self) {
        self.0.set(true);
    }
}

/// Who asks, for which company.
type Asking = (Option<UserId>, Option<CompanyUid>);

/// Tells of what is refused further in.
pub async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Before it is done: signing out leaves nobody.
    let asking = asking(request.request());
    let response = next.call(request).await?.map_into_boxed_body();
    let refused = response.response().error().and_then(|error| error.as_error::<AppError>());
    if BeyondOwnRights::of(response.request()).0.get() {
        tell(response.request(), asking, "beyond_own_rights");
    } else if let Some(reason) = refused.and_then(too_many) {
        tell_seldom(response.request(), asking, reason);
    } else if let Some(reason) = refused.and_then(|error| reason(error, asking.0)) {
        tell(response.request(), asking, reason);
    }
    Ok(response)
}

fn asking(request: &HttpRequest) -> Asking {
    let session = UserSession::in_request(request);
    if let Some(token) = bearer::opened(request) {
        return (Some(token.user()), Some(token.company()));
    }
    // Who has shown a password, and has a second factor left to show, is known as well.
    let user = session.user().or_else(|| session.pending().map(|pending| pending.user));
    (user, session.active_company())
}

/// Tells of what can be brought about without end, as a sign-in that failed.
pub fn tell_of_tries(request: &HttpRequest, reason: &'static str) {
    tell_seldom(request, asking(request), reason);
}

/// Tells of a program whose tokens are none, or that asks too often.
pub fn tell_if_too_many(request: &HttpRequest, error: &AppError) {
    if let Some(reason) = too_many(error) {
        tell_seldom(request, asking(request), reason);
    }
}

/// What is answered with 429, in a word.
fn too_many(error: &AppError) -> Option<&'static str> {
    match error {
        AppError::Fleet(fleet::Error::TooMany { .. }) => Some("too_many_tries"),
        AppError::TooFast { .. } => Some("too_many_requests"),
        _ => None,
    }
}

/// Once a minute for each reason, route, and person or address: nobody fills the log.
fn tell_seldom(request: &HttpRequest, asking: Asking, reason: &'static str) {
    let (Some(state), Some(route)) = (request.app_data::<Data<State>>(), request.match_pattern()) else {
        return;
    };
    let Refusals { told_of_tries, left_out, .. } = &state.refusals;
    let who = asking.0.map_or_else(|| counted_as(peer(request)).to_string(), |user| user.to_string());
    if told_of_tries.count(&[reason, &who, &route]).is_err() {
        left_out.fetch_add(1, Ordering::Relaxed);
        return;
    }
    tell(request, asking, reason);
}

/// Tells of API tokens that open nothing: whose they were is not known.
pub fn tell_wrong_token(request: &HttpRequest) {
    tell_seldom(request, (None, None), "token_refused");
}

/// Why something was refused, in a word that stays; none for what is no question of access.
fn reason(error: &AppError, user: Option<UserId>) -> Option<&'static str> {
    use fleet::Error as F;
    match error {
        AppError::Fleet(F::Forbidden(_)) => Some("right_missing"),
        AppError::Fleet(F::SecondFactorMissing { .. }) => Some("second_factor_missing"),
        AppError::Fleet(F::PasswordNeeded { .. }) => Some("password_needed"),
        AppError::NotForPrograms => Some("not_for_programs"),
        AppError::Forged => Some("not_from_here"),
        AppError::NoMembership => Some("no_membership"),
        AppError::Fleet(F::NotFound) => user.map(|_| "not_found"),
        _ => None,
    }
}

fn tell(request: &HttpRequest, (user, company): Asking, reason: &str) {
    // At an address that is none, nothing was tried.
    let (Some(state), Some(route)) = (request.app_data::<Data<State>>(), request.match_pattern()) else {
        return;
    };
    let Refusals { told, left_out, .. } = &state.refusals;
    if told.check_key(&user).is_err() {
        left_out.fetch_add(1, Ordering::Relaxed);
        return;
    }
    tracing::warn!(
        event = EVENT,
        reason,
        person = user.map(|user| user.0),
        company = company.map(|company| company.to_string()),
        method = %request.method(),
        route,
        address = %peer(request),
        left_out = left_out.swap(0, Ordering::Relaxed),
        "access refused"
    );
}
