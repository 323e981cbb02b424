//! The company in focus, as handlers see it: the way to a scope, and to the frame of a page.

use std::net::IpAddr;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use diesel::PgConnection;
use fleet::api_tokens::Opened;
use fleet::db::Pool;
use fleet::ids::{CompanyUid, UserId};
use fleet::network::Network as _;
use fleet::tenancy::{self, CompanyScope, Names, Voucher};

use super::bearer;
use super::client::peer;
use super::db;
use super::display;
use super::error::AppError;
use super::page::{FocusCompany, Page, Person, Section};
use super::refusals::BeyondOwnRights;
use super::session::UserSession;
use crate::app::State;

/// The signed-in person and the company in focus. The membership is read again by each
/// [`run`](Self::run): one that was withdrawn opens nothing any more.
pub struct ActiveCompany {
    pool: Pool,
    user: UserId,
    uid: CompanyUid,
    address: IpAddr,
    /// The token that the person's program came with; none for the person themselves.
    token: Option<Opened>,
    beyond_own_rights: BeyondOwnRights,
    session: UserSession,
    voucher: Option<Voucher>,
    sends_mail: bool,
    has_networks: bool,
}

impl ActiveCompany {
    /// Runs `work` in the scope of the company in focus, off the event loop: one transaction, which sees the rows of that
    /// company alone.
    pub async fn run<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection, &CompanyScope) -> fleet::Result<T> + Send + 'static,
    {
        self.scoped(work).await.map(|(_, value)| value)
    }

    /// As [`run`](Self::run), for `work` that takes several transactions, each closed by itself to other companies.
    pub async fn run_in_parts<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection, &CompanyScope) -> fleet::Result<T> + Send + 'static,
    {
        self.entered(work).await.map(|(_, value)| value)
    }

    /// As [`run`](Self::run), and makes the frame of the page that shows the result.
    pub async fn page<T, F>(&self, section: Section, title: &str, work: F) -> Result<(Page, T), AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection, &CompanyScope) -> fleet::Result<T> + Send + 'static,
    {
        let (scope, value) = self.scoped(work).await?;
        Ok((self.frame(scope.names(), section, title), value))
    }

    /// A page that concerns the person alone, whatever company is in focus. It is open without the second factor that
    /// the company asks for: there it is set up.
    pub async fn own_page<T, F>(&self, title: &str, work: F) -> Result<(Page, T), AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection, UserId) -> fleet::Result<T> + Send + 'static,
    {
        let (user, uid) = (self.user, self.uid);
        let (names, value) = db::run(&self.pool, move |conn| {
            let names = match tenancy::names(conn, user, uid) {
                Err(fleet::Error::NotFound) => return Ok(None),
                other => other?,
            };
            Ok(Some((names, work(conn, user)?)))
        })
        .await?
        .ok_or(AppError::NoMembership)?;
        Ok((self.frame(names, Section::Elsewhere, title), value))
    }

    /// The person who is signed in.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Where the request comes from.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The company through whose provider the person has signed in; none after a password.
    pub fn vouched_by(&self) -> Option<CompanyUid> {
        self.voucher.map(|voucher| voucher.company)
    }

    /// The session, for the few who change it.
    pub fn session(&self) -> &UserSession {
        &self.session
    }

    /// Whether people can be written to by e-mail.
    pub fn sends_mail(&self) -> bool {
        self.sends_mail
    }

    /// Whether there is a network that can say what it holds, to compare SIMs with.
    pub fn has_networks(&self) -> bool {
        self.has_networks
    }

    async fn scoped<T, F>(&self, work: F) -> Result<(CompanyScope, T), AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection, &CompanyScope) -> fleet::Result<T> + Send + 'static,
    {
        self.entered(move |conn, scope| tenancy::within(conn, scope, |conn| work(conn, scope))).await
    }

    async fn entered<T, F>(&self, work: F) -> Result<(CompanyScope, T), AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection, &CompanyScope) -> fleet::Result<T> + Send + 'static,
    {
        let (user, uid, address, voucher) = (self.user, self.uid, self.address, self.voucher);
        let token = self.token.clone();
        let entered = db::run(&self.pool, move |conn| {
            let entered = match &token {
                Some(token) => tenancy::enter_by(conn, token),
                None => tenancy::enter_vouched(conn, user, uid, voucher),
            };
            let scope = match entered {
                Err(fleet::Error::NotFound) => return Ok(None),
                other => other?.asked_from(Some(address)),
            };
            let value = work(conn, &scope)?;
            Ok(Some((scope, value)))
        })
        .await;
        let has_tried = match &entered {
            Ok(Some((scope, _))) => scope.has_tried_beyond(),
            Ok(None) => false,
            Err(error) => matches!(error, AppError::Fleet(fleet::Error::BeyondOwnRights(_))),
        };
        if has_tried {
            self.beyond_own_rights.note();
        }
        entered?.ok_or(AppError::NoMembership)
    }

    /// The person, as pages show them.
    pub fn person(&self, names: &Names) -> Person {
        Person {
            name: names.person.clone(),
            email: names.email.clone(),
            has_password: names.has_password,
            needs_proof: names.has_second_factor && !self.session.has_proof(),
        }
    }

    fn frame(&self, names: Names, section: Section, title: &str) -> Page {
        Page {
            title: title.to_owned(),
            section,
            person: self.person(&names),
            company: FocusCompany {
                uid: names.uid.to_string(),
                name: names.company,
                colour: display::company_colour(&names.colour).to_owned(),
            },
            subaccounts_enabled: names.subaccounts_enabled,
            permissions: names.permissions,
            is_main_account: names.is_main_account,
            csrf_token: self.session.csrf_token().unwrap_or_default(),
            toasts: self.session.take_toasts(),
        }
    }
}

impl FromRequest for ActiveCompany {
    type Error = AppError;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let Ok(session) = UserSession::from_request(request, payload).into_inner();
        let state = request.app_data::<web::Data<State>>();
        let token = bearer::opened(request);
        let (user, uid) = match &token {
            Some(token) => (Some(token.user()), Some(token.company())),
            None => (session.user(), session.active_company()),
        };
        std::future::ready(match (state, user, uid) {
            (Some(state), Some(user), Some(uid)) => {
                let sends_mail = state.settings.sends_mail;
                let has_networks = state.settings.networks.can_look();
                let address = peer(request);
                let voucher = session.voucher();
                Ok(Self {
                    pool: state.pool.clone(),
                    user,
                    uid,
                    address,
                    token,
                    beyond_own_rights: BeyondOwnRights::of(request),
                    session,
                    voucher,
                    sends_mail,
                    has_networks,
                })
            }
            (_, None, _) => Err(AppError::SignInNeeded),
            (_, _, None) => Err(AppError::NoMembership),
            (None, _, _) => Err(AppError::Internal("the application has no state".into())),
        })
    }
}
