//! How often somebody may try a password or a code, or have letters written to others.
//!
//! Tries are counted by network address, by account and by both together, each with limits that follow each other: after a
//! number of tries at once, the next is heard seconds later, then a minute, then ten.
//!
//! Who guesses from elsewhere must not lock the owner out. So a browser in which somebody has signed in before carries a
//! cookie that says so, for that account alone, and its tries are counted apart from those of everybody else.
//!
//! Each process of the portal counts for itself.

use std::net::IpAddr;

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::{HttpRequest, HttpResponse};
use fleet::ids::{ApiTokenId, CompanyId};
use fleet::tenancy::CompanyScope;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::distr::{Alphanumeric, SampleString as _};
use sha2::Sha256;

use super::hasher::Asker;
use crate::web::client::{counted_as, peer};
use crate::web::cookies;
use crate::web::counters::{Counters, Limit, fingerprint};
use crate::web::error::AppError;

/// For one account, from one address or from one known browser.
const PER_PERSON: [Limit; 3] = [(30, 2), (60, 60), (120, 600)];
/// For one account from all browsers that are not known to be its owner's.
const PER_ACCOUNT: [Limit; 2] = [(120, 5), (400, 60)];
/// From one address, for all accounts: an office may be behind it.
const PER_ADDRESS: [Limit; 2] = [(120, 0), (1_000, 5)];

/// From one address, ways in that no password is guessed by: wrong passwords don't hold them up.
const OTHER_WAYS: [Limit; 2] = PER_ADDRESS;

/// Invitations that a company sends: a new customer's people may be many.
const INVITATIONS_OF_COMPANY: [Limit; 2] = [(100, 6), (1_000, 60)];
/// Invitations of one company to one address.
const INVITATIONS_OF_COMPANY_TO_ADDRESS: [Limit; 2] = [(5, 60), (20, 3_600)];
/// Invitations to one address of all companies of one tree: more, so that one company alone does not use them up. Other trees are
/// other people's, and can neither be held up nor learn of it.
const INVITATIONS_TO_ADDRESS: [Limit; 2] = [(30, 60), (120, 3_600)];
/// From one address, messages that are not signed as they should be; API tokens that are none.
const FORGED: [Limit; 1] = [(120, 0)];

/// Requests with one API token: a program may well ask in a row.
const PER_TOKEN: [Limit; 1] = [(1_200, 0)];

/// The cookie of a browser in which somebody has signed in, by plain HTTP.
const DEVICE: &str = "simyard_device";
/// For how long it is one.
const KNOWN_FOR: time::Duration = time::Duration::days(180);
/// The signs of a device's name.
const NAME: usize = 24;

/// The counters of tries.
pub struct Limits {
    people: Counters,
    accounts: Counters,
    addresses: Counters,
    other_ways: Counters,
    inviting: Counters,
    inviting_one: Counters,
    invited: Counters,
    forged: Counters,
    wrong_tokens: Counters,
    tokens: Counters,
    device_key: Vec<u8>,
    secure: bool,
}

impl Limits {
    /// Nobody has tried anything. `device_key`: what the cookies of known browsers are signed with. `secure`: browsers come by HTTPS.
    pub fn new(device_key: Vec<u8>, secure: bool) -> Self {
        Self {
            people: Counters::new(&PER_PERSON),
            accounts: Counters::new(&PER_ACCOUNT),
            addresses: Counters::new(&PER_ADDRESS),
            other_ways: Counters::new(&OTHER_WAYS),
            inviting: Counters::new(&INVITATIONS_OF_COMPANY),
            inviting_one: Counters::new(&INVITATIONS_OF_COMPANY_TO_ADDRESS),
            invited: Counters::new(&INVITATIONS_TO_ADDRESS),
            forged: Counters::new(&FORGED),
            wrong_tokens: Counters::new(&FORGED),
            tokens: Counters::new(&PER_TOKEN),
            device_key,
            secure,
        }
    }

    /// Counts a try of `what` from an address, or refuses it and says how long to wait.
    pub fn count(&self, from: IpAddr, what: &str) -> fleet::Result<()> {
        let from = counted_as(from).to_string();
        self.addresses.count(&[&from])?;
        self.people.count(&[&from, what])
    }

    /// Counts a try from an address of a way in that takes no password.
    pub fn count_other_way(&self, from: IpAddr, way: &str) -> fleet::Result<()> {
        self.other_ways.count(&[&counted_as(from).to_string(), way])
    }

    /// Counts a message from an address that is not signed as it should be.
    pub fn count_forged(&self, from: IpAddr) -> fleet::Result<()> {
        self.forged.count(&[&counted_as(from).to_string()])
    }

    /// Counts a request from an address with an API token that is none.
    pub fn count_wrong_token(&self, from: IpAddr) -> fleet::Result<()> {
        self.wrong_tokens.count(&[&counted_as(from).to_string()])
    }

    /// Counts a request with an API token.
    pub fn count_use(&self, token: ApiTokenId) -> fleet::Result<()> {
        self.tokens.count(&[&token.to_string()])
    }

    /// Counts a try of `what` for the account of `email`.
    pub fn count_sign_in(&self, request: &HttpRequest, what: &str, email: &str) -> fleet::Result<()> {
        let email = email.trim().to_lowercase();
        if let Some(device) = self.device(request, &email) {
            return self.people.count(&["device", &device, what, &email]);
        }
        self.count(peer(request), &format!("{what} of {email}"))?;
        self.accounts.count(&[what, &email])
    }

    /// Whose turn it is when a password for the account of `email` is hashed.
    pub fn asker(&self, request: &HttpRequest, email: &str) -> Asker {
        let email = email.trim().to_lowercase();
        match self.device(request, &email) {
            Some(_) => Asker::Person(email),
            None => Asker::Stranger(counted_as(peer(request))),
        }
    }

    /// Counts an invitation that the company of `scope` sends to `email`, or refuses it and says how long to wait.
    pub fn count_invitation(&self, scope: &CompanyScope, email: &str) -> fleet::Result<()> {
        self.count_invitation_of(scope.company_id(), scope.main_account(), email)
    }

    fn count_invitation_of(&self, company: CompanyId, tree: CompanyId, email: &str) -> fleet::Result<()> {
        let (company, tree, email) = (company.to_string(), tree.to_string(), email.trim().to_lowercase());
        self.inviting.count(&[&company])?;
        self.inviting_one.count(&[&company, &email])?;
        self.invited.count(&[&tree, &email])
    }

    /// Lets the browser know that the person of `email` has signed in with it.
    pub fn remember(&self, answer: &mut HttpResponse, email: &str) -> Result<(), AppError> {
        let name = Alphanumeric.sample_string(&mut rand::rng(), NAME);
        let mark = self.mark(&name, &email.trim().to_lowercase())?;
        let cookie = Cookie::build(cookies::name(DEVICE, self.secure), format!("{name}.{mark}"))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(KNOWN_FOR)
            .finish();
        answer.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))
    }

    /// The name of a browser that the person of `email` has signed in with.
    pub(crate) fn device(&self, request: &HttpRequest, email: &str) -> Option<String> {
        let cookie = request.cookie(&cookies::name(DEVICE, self.secure))?;
        let (name, mark) = cookie.value().split_once('.')?;
        let expected = self.mark(name, email).ok()?;
        let same = subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), mark.as_bytes());
        bool::from(same).then(|| name.to_owned())
    }

    fn mark(&self, name: &str, email: &str) -> Result<String, AppError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.device_key)
            .map_err(|error| AppError::Internal(error.to_string()))?;
        mac.update(&fingerprint(&[name, email]));
        let hex: Vec<String> = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(hex.concat())
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use actix_web::test::TestRequest;

    use super::*;
    use crate::web::counters::waited;

    const ADA: &str = "ada@meridian.example";

    fn from(address: u8) -> TestRequest {
        TestRequest::default().peer_addr(SocketAddr::from(([10, 0, 0, address], 1)))
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let limits = Limits::new(vec![7; 64], true);
        let guess = |network: u16, host: u16| {
            let from = IpAddr::from([0x2001, 0xdb8, 0, network, host, 0, 0, 1]);
            limits.count(from, "x").is_err()
        };
        assert!((0..40).any(|host| guess(1, host)), "each machine has any number of addresses");
        assert!(!guess(2, 0), "others don't wait");
    }

    #[test]
    fn a_program_may_ask_in_a_row_and_not_without_end() {
        let limits = Limits::new(vec![7; 64], true);
        let asked = (0..10_000).take_while(|_| limits.count_use(ApiTokenId(1)).is_ok()).count();
        assert!((1_200..10_000).contains(&asked), "{asked}");
        assert_eq!(waited(limits.count_use(ApiTokenId(2))), None, "others don't wait");
        let from = IpAddr::from([10, 0, 0, 1]);
        assert!((0..10_000).any(|_| limits.count_wrong_token(from).is_err()));
        assert!(limits.count(from, "x").is_ok(), "who signs in from there doesn't wait");
    }

    #[test]
    fn a_company_can_t_keep_others_from_inviting_an_address() {
        let limits = Limits::new(vec![7; 64], true);
        let invite = |company, tree| limits.count_invitation_of(CompanyId(company), CompanyId(tree), ADA);
        assert!((0..1_000).any(|_| invite(1, 1).is_err()));
        assert_eq!(waited(invite(2, 1)), None);
        let refused = (3..1_000).map(|company| invite(company, 1)).find(Result::is_err);
        assert!(refused.is_some(), "many companies of a tree together can't fill a mailbox either");
        assert_eq!(waited(invite(1_000, 1_000)), None, "those of another tree neither wait nor learn of it");
    }

    #[test]
    fn guesses_from_everywhere_don_t_lock_the_owner_out_of_a_browser_that_is_known() {
        let limits = Limits::new(vec![7; 64], true);
        let mut answer = HttpResponse::Ok().finish();
        limits.remember(&mut answer, ADA).unwrap();
        let cookie = answer.cookies().next().unwrap().into_owned();
        let mut refused = false;
        for n in 0..=255 {
            let guess = from(n).to_http_request();
            refused |= limits.count_sign_in(&guess, "the password", ADA).is_err();
        }
        assert!(refused, "from many addresses is as bad as from one");
        let known = from(1).cookie(cookie.clone()).to_http_request();
        assert!(limits.count_sign_in(&known, "the password", " Ada@Meridian.example").is_ok());
        let other = "nora@northwind.example";
        assert!(limits.device(&known, other).is_none(), "known for one account alone");
        let forged = Cookie::new(cookie.name().to_owned(), cookie.value().replace('.', "x."));
        assert!(limits.device(&from(1).cookie(forged).to_http_request(), ADA).is_none());
    }
}
