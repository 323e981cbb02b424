//! Asking the companies' providers, on threads of their own: one that is slow holds up neither pages nor other companies.

use std::net::IpAddr;
use std::thread;
use std::time::Duration;

use fleet::ids::CompanyUid;
use fleet::single_sign_on::Provider;
use fleet::single_sign_on::conversation::Party;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::app::{Settings, State};
use crate::sign_in::CALLBACK;
use crate::web::client::counted_as;
use crate::web::error::AppError;
use crate::web::turns::{Turn, Turns};

/// How often the provider of one company is asked at the same time.
const AT_ONCE: usize = 4;
/// How often of that for one address: nobody is known yet.
const OF_ADDRESS: usize = 2;
/// For how long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who may ask a provider now.
pub struct Providers {
    of_company: Turns<CompanyUid>,
    of_address: Turns<(CompanyUid, IpAddr)>,
}

impl Default for Providers {
    fn default() -> Self {
        Self { of_company: Turns::new(AT_ONCE), of_address: Turns::new(OF_ADDRESS) }
    }
}

impl Providers {
    /// Asks for a company and somebody at an address, after those who are at it.
    pub async fn ask<T: Send + 'static>(
        &self,
        company: CompanyUid,
        from: IpAddr,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = self.turn(company, from, Instant::now() + PATIENCE).await?;
        let (answer, answered) = oneshot::channel();
        thread::Builder::new()
            .name("provider".to_owned())
            .spawn(move || {
                // Whoever asked may have gone: the turn ends with the work.
                let _turn = turn;
                let _ = answer.send(work());
            })
            .map_err(|_| AppError::Busy)?;
        answered.await.map_err(|_| AppError::Internal("a question to a provider was lost".into()))
    }

    async fn turn(
        &self,
        company: CompanyUid,
        from: IpAddr,
        until: Instant,
    ) -> Result<(Turn, Turn), AppError> {
        let Some(own) = self.of_address.take((company, counted_as(from)), until).await else {
            return Err(fleet::Error::TooMany { wait: PATIENCE.as_secs() }.into());
        };
        let turn = self.of_company.take(company, until).await.ok_or(AppError::Busy)?;
        Ok((own, turn))
    }
}

/// What this machine lacks for single sign-on, if anything.
pub(super) fn lacking(settings: &Settings) -> Option<&'static str> {
    if settings.sealer.is_none() {
        return Some(
            "This portal has no file with a key, and keeps no secret of a provider without one. Whoever runs it has to start \
             it with --key-file.",
        );
    }
    if settings.base_url.is_none() {
        return Some(
            "This portal does not know its own address, to which a provider sends people back. Whoever runs it has to start \
             it with --base-url.",
        );
    }
    None
}

/// Where a provider sends people back to; empty where the portal does not know its own address.
pub(super) fn redirect(settings: &Settings) -> String {
    settings.base_url.as_ref().map(|base| format!("{base}{CALLBACK}")).unwrap_or_default()
}

/// How the portal is known to a provider, or what is in the way.
pub fn party(state: &State, provider: &Provider) -> Result<Party, &'static str> {
    let settings = &state.settings;
    let (Some(sealer), None) = (&settings.sealer, lacking(settings)) else {
        return Err("Single sign-on is not set up on the machine of this portal. Tell your administrator.");
    };
    let client_secret = provider.client_secret(sealer).ok_or(
        "The portal can't read its secret for the provider any more. An administrator has to enter it again.",
    )?;
    Ok(Party {
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        client_secret,
        redirect: redirect(settings),
        classes: provider.classes.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn who_asks_from_one_address_leaves_turns_to_others() {
        let (providers, now) = (Providers::default(), Instant::now());
        let (meridian, northwind) = (CompanyUid(uuid::Uuid::nil()), CompanyUid(uuid::Uuid::max()));
        let ask = async |company, machine| {
            providers.turn(company, IpAddr::from([198, 51, 100, machine]), now).await
        };
        let held = [ask(meridian, 1).await, ask(meridian, 1).await];
        let third = ask(meridian, 1).await;
        assert!(held.iter().all(Result::is_ok));
        assert!(matches!(third, Err(AppError::Fleet(fleet::Error::TooMany { .. }))));
        let others = [ask(meridian, 2).await, ask(meridian, 3).await, ask(northwind, 1).await];
        assert!(others.iter().all(Result::is_ok), "somebody else, and somewhere else");
        assert!(matches!(ask(meridian, 4).await, Err(AppError::Busy)));
    }
}
