//! The browser's session: how long it lasts, and the typed way to what is in it; where it is kept, in `store`.

mod store;

use actix_session::config::{PersistentSession, TtlExtensionPolicy};
use actix_session::{Session, SessionExt as _};
use actix_web::cookie::time::Duration;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use chrono::{DateTime, TimeDelta, Utc};
use fleet::ids::{CompanyUid, SessionUid, UserId};
use fleet::single_sign_on::conversation::Begun;
use fleet::tenancy::Voucher;
use rand::distr::{Alphanumeric, SampleString as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::AppError;
use super::page::Toast;

pub use store::PgSessions;

/// The cookie's name by plain HTTP.
pub const COOKIE: &str = "simyard_session";

/// How long the cookie lives: as long as a session may be idle, moved on by every answer.
pub fn lifecycle() -> PersistentSession {
    PersistentSession::default()
        .session_ttl(Duration::seconds(fleet::sessions::IDLE.num_seconds()))
        .session_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest)
}

/// A sign-in that lacks its second factor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pending {
    /// Who.
    pub user: UserId,
    /// Where they sign in with.
    pub email: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The company whose provider has vouched for them; none after a password.
    #[serde(default)]
    pub voucher: Option<Voucher>,
    /// Where to go after.
    pub next: String,
}

/// A sign-in for which the browser was sent to a company's provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignOn {
    /// Whose provider.
    pub company: CompanyUid,
    /// The address that was typed.
    pub email: String,
    /// What the provider's answer is compared with.
    pub begun: Begun,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Where to go after.
    pub next: String,
}

impl Pending {
    /// How long the second factor may take.
    const PATIENCE: TimeDelta = TimeDelta::minutes(10);
}

/// What is in a session. This is the only place that knows the keys.
#[derive(Clone)]
pub struct UserSession(Session);

/// The key under which actix-identity keeps who is signed in.
const USER: &str = "actix_identity.user_id";
const ACTIVE_COMPANY: &str = "active_company";
const CSRF_TOKEN: &str = "csrf_token";
const TOASTS: &str = "toasts";
const PENDING: &str = "pending";
const SIGN_ON: &str = "sign_on";
const PASSKEY: &str = "passkey";
const VOUCHED_BY: &str = "vouched_by";
/// That the word of that company's provider does not stand for a second factor.
const WORD_IS_NOT_ENOUGH: &str = "word_is_not_enough";
const DEVICE: &str = "device";
/// When the person showed their second factor last.
const PROVED: &str = "proved";
/// That the session is to be stored under another key.
const NEW_KEY: &str = "new_key";
/// Put in whenever a session is loaded, from what the database knows of it.
const UID: &str = "uid";
const LAST_USED: &str = "last_used";

impl UserSession {
    /// The session of a request that has come to its handler.
    pub fn in_request(request: &HttpRequest) -> Self {
        Self(request.get_session())
    }

    /// The session of a request that is still on its way through the middleware.
    pub fn of(request: &actix_web::dev::ServiceRequest) -> Self {
        Self(request.get_session())
    }

    /// Makes this the session of somebody whose password was right and who has still to show their second factor. Whoever
    /// was signed in before is not any more.
    pub fn begin_pending(&self, pending: &Pending) -> Result<(), AppError> {
        self.0.clear();
        self.0.renew();
        self.put(PENDING, pending)
    }

    /// Who has still to show their second factor, if that did not take too long.
    pub fn pending(&self) -> Option<Pending> {
        let pending: Pending = self.0.get(PENDING).ok().flatten()?;
        (Utc::now() - pending.since < Pending::PATIENCE).then_some(pending)
    }

    /// Makes this the session of a browser that is sent to a company's provider. Whoever was signed in before is not any more.
    pub fn begin_sign_on(&self, sign_on: &SignOn) -> Result<(), AppError> {
        self.0.clear();
        self.0.renew();
        self.put(SIGN_ON, sign_on)
    }

    /// The sign-in that a provider is to answer, if that did not take too long.
    pub fn sign_on(&self) -> Option<SignOn> {
        let sign_on: SignOn = self.0.get(SIGN_ON).ok().flatten()?;
        (Utc::now() - sign_on.since < Pending::PATIENCE).then_some(sign_on)
    }

    /// Forgets it: it is answered once.
    pub fn end_sign_on(&self) {
        self.0.remove(SIGN_ON);
    }

    /// Makes this the session of a browser that is to show a passkey. Whoever was signed in before is not any more.
    pub fn begin_passkey(&self, challenge: Uuid) -> Result<(), AppError> {
        self.0.clear();
        self.0.renew();
        self.await_passkey(challenge)
    }

    /// Keeps under which name the answer of a passkey is awaited: the last one that was asked for.
    pub fn await_passkey(&self, challenge: Uuid) -> Result<(), AppError> {
        self.put(PASSKEY, challenge)
    }

    /// Takes that name: it is answered once.
    pub fn take_passkey(&self) -> Option<Uuid> {
        let challenge = self.0.get(PASSKEY).ok().flatten();
        self.0.remove(PASSKEY);
        challenge
    }

    /// The company through whose provider the person has signed in; none after a password.
    pub fn vouched_by(&self) -> Option<CompanyUid> {
        self.0.get(VOUCHED_BY).ok().flatten()
    }

    /// The same, with what that is worth.
    pub fn voucher(&self) -> Option<Voucher> {
        let company = self.vouched_by()?;
        Some(Voucher { company, stands_for_second_factor: !self.0.contains_key(WORD_IS_NOT_ENOUGH) })
    }

    /// Fills a session that was just signed in, in a browser of this kind.
    pub fn begin(
        &self,
        company: Option<CompanyUid>,
        voucher: Option<Voucher>,
        device: &str,
    ) -> Result<(), AppError> {
        self.0.remove(PENDING);
        self.0.remove(SIGN_ON);
        self.0.remove(PASSKEY);
        self.0.remove(PROVED);
        self.0.remove(VOUCHED_BY);
        self.0.remove(WORD_IS_NOT_ENOUGH);
        if let Some(voucher) = voucher {
            self.put(VOUCHED_BY, voucher.company)?;
            if !voucher.stands_for_second_factor {
                self.put(WORD_IS_NOT_ENOUGH, true)?;
            }
        }
        self.put(CSRF_TOKEN, random_token())?;
        self.put(DEVICE, device)?;
        match company {
            Some(uid) => self.set_active_company(uid),
            None => Ok(()),
        }
    }

    /// The person who is signed in.
    pub fn user(&self) -> Option<UserId> {
        self.0.get::<String>(USER).ok().flatten().and_then(|id| id.parse().ok())
    }

    /// The company in focus.
    pub fn active_company(&self) -> Option<CompanyUid> {
        self.0.get(ACTIVE_COMPANY).ok().flatten()
    }

    /// Changes the focus. Whether the person is a member there is the caller's business.
    pub fn set_active_company(&self, uid: CompanyUid) -> Result<(), AppError> {
        self.put(ACTIVE_COMPANY, uid)
    }

    /// The session's name, once it has been stored.
    pub fn uid(&self) -> Option<SessionUid> {
        self.0.get(UID).ok().flatten()
    }

    /// The session's name, if it is time to note that it is in use.
    pub fn to_be_touched(&self) -> Option<SessionUid> {
        let last_used: DateTime<Utc> = self.0.get(LAST_USED).ok().flatten()?;
        self.uid().filter(|_| Utc::now() - last_used > fleet::sessions::TOUCH_EVERY)
    }

    /// Ends the session: nobody is signed in with it any more.
    pub fn end(&self) {
        self.0.purge();
    }

    /// Notes that the person has just shown their second factor.
    pub fn note_proof(&self) -> Result<(), AppError> {
        self.put(PROVED, Utc::now())
    }

    /// Whether the person has shown their second factor in this session a short while ago.
    pub fn has_proof(&self) -> bool {
        let proved: Option<DateTime<Utc>> = self.0.get(PROVED).ok().flatten();
        proved.is_some_and(|at| Utc::now() - at < fleet::sessions::FRESH)
    }

    /// Gives the session another key, under which it goes on as it is, with its age; the old one leads nowhere.
    pub fn change_key(&self) -> Result<(), AppError> {
        self.put(NEW_KEY, true)
    }

    /// Gives the session a new id; the old one leads nowhere.
    pub fn renew(&self) {
        self.0.renew();
    }

    /// The token that every state change from this session must carry.
    pub fn csrf_token(&self) -> Option<String> {
        self.0.get(CSRF_TOKEN).ok().flatten()
    }

    /// Leaves a message for the next page.
    pub fn leave_toast(&self, toast: Toast) -> Result<(), AppError> {
        let mut toasts: Vec<Toast> = self.0.get(TOASTS).ok().flatten().unwrap_or_default();
        toasts.push(toast);
        self.put(TOASTS, toasts)
    }

    /// Takes the messages that the request before this one left.
    pub fn take_toasts(&self) -> Vec<Toast> {
        let toasts = self.0.get(TOASTS).ok().flatten().unwrap_or_default();
        if self.0.contains_key(TOASTS) {
            self.0.remove(TOASTS);
        }
        toasts
    }

    fn put(&self, key: &str, value: impl serde::Serialize) -> Result<(), AppError> {
        self.0.insert(key, value).map_err(|cause| AppError::Internal(cause.to_string()))
    }
}

impl FromRequest for UserSession {
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::in_request(request)))
    }
}

/// 256 bits of randomness and more, as text.
pub fn random_token() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 48)
}
