//! Asking the companies' providers, on threads of their own: one that is slow holds up neither pages nor other companies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use fleet::ids::CompanyUid;
use fleet::single_sign_on::Provider;
use fleet::single_sign_on::conversation::Party;
use tokio::sync::{Semaphore, oneshot};

use crate::app::{Settings, State};
use crate::sign_in::CALLBACK;
use crate::web::error::AppError;

/// How often the provider of one company is asked at the same time.
const AT_ONCE: usize = 4;

/// Who may ask a provider now.
#[derive(Default)]
pub struct Providers(Mutex<HashMap<CompanyUid, Arc<Semaphore>>>);

impl Providers {
    /// Asks for a company, unless as many are at it as may be.
    pub async fn ask<T: Send + 'static>(
        &self,
        company: CompanyUid,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let turns = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(company).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
        };
        let turn = turns.try_acquire_owned().map_err(|_| AppError::Busy)?;
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
