//! How often somebody may try a password.
//!
//! Tries are counted for each pair of network address and e-mail, and for each network address:
//! who guesses from elsewhere can't lock the owner of an address out.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpRequest;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use crate::web::error::AppError;

/// The tries heard at once for one e-mail from one address, then one each two seconds.
const PER_PERSON: NonZeroU32 = burst(30);
/// The tries heard at once from one address, then two a second.
const PER_ADDRESS: NonZeroU32 = burst(120);
const fn burst(tries: u32) -> NonZeroU32 {
    match NonZeroU32::new(tries) {
        Some(tries) => tries,
        None => NonZeroU32::MIN,
    }
}

/// Stands for what was typed as an e-mail, which may be megabytes long: keys are kept.
type Fingerprint = [u8; 32];

/// When this many keys are kept, those that no longer matter are dropped.
const KEYS: usize = 10_000;

/// The counters of tries.
pub struct Limits {
    people: DefaultKeyedRateLimiter<(IpAddr, Fingerprint)>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        let every =
            |period: Duration, burst| Quota::with_period(period).map(|quota| quota.allow_burst(burst));
        let fallback = Quota::per_minute(PER_PERSON);
        Self {
            people: RateLimiter::keyed(every(Duration::from_secs(2), PER_PERSON).unwrap_or(fallback)),
            addresses: RateLimiter::keyed(every(Duration::from_millis(500), PER_ADDRESS).unwrap_or(fallback)),
        }
    }
}

impl Limits {
    /// Counts a try, or refuses it and says how long to wait.
    pub fn count(&self, from: IpAddr, email: &str) -> Result<(), AppError> {
        if self.people.len() + self.addresses.len() > KEYS {
            self.people.retain_recent();
            self.addresses.retain_recent();
        }
        self.addresses.check_key(&from).map_err(|not_until| wait(&not_until))?;
        let email = Sha256::digest(email.trim().to_lowercase()).into();
        self.people.check_key(&(from, email)).map_err(|not_until| wait(&not_until))
    }
}

fn wait(not_until: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> AppError {
    let wait = not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
    AppError::TooMany { wait }
}

/// Where a request comes from.
pub fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip())
}
