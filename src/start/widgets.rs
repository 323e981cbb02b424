//! What the widgets read.

use diesel::PgConnection;
use fleet::Result;
use fleet::companies;
use fleet::operations::{self, OperationKind, Summary};
use fleet::overview::{self, Activations, SubaccountTotals};
use fleet::sims::SimState;
use fleet::tenancy::{CompanyScope, Permission};

use crate::operations::{Draft, DraftForm, Look, Meant, Pasted, Purpose};
use crate::web::forms::FieldErrors;

/// Operations in progress that are shown; the list has them all.
const RUNNING: i64 = 8;
/// Subaccounts that are shown; the list has them all.
const SUBACCOUNTS: i64 = 10;
/// Days of activations.
const DAYS: i32 = 30;

/// Everything on the page.
pub struct Widgets {
    /// SIMs by state.
    pub counts: Vec<(SimState, i64)>,
    /// The widget *Transfer SIMs*, for those who may.
    pub transfer: Option<Draft>,
    /// Operations that run.
    pub running: Vec<Summary>,
    /// The largest subaccounts; none where there is no such option.
    pub subaccounts: Option<Vec<SubaccountTotals>>,
    /// Activations of each of the last days.
    pub activations: Vec<Activations>,
    /// Whether the company gets its SIMs from a file, not from its parent.
    pub is_main_account: bool,
}

impl Widgets {
    /// Reads them.
    pub fn read(conn: &mut PgConnection, scope: &CompanyScope, sends_mail: bool) -> Result<Self> {
        let has_subaccounts = scope.subaccounts_enabled() && scope.allows(Permission::SubaccountsView);
        Ok(Self {
            counts: companies::sim_counts(conn, scope)?,
            transfer: transfer(conn, scope, sends_mail)?,
            running: running(conn, scope)?,
            subaccounts: has_subaccounts
                .then(|| overview::largest_subaccounts(conn, scope, SUBACCOUNTS))
                .transpose()?,
            activations: overview::activations_per_day(conn, scope, DAYS)?,
            is_main_account: scope.is_main_account(),
        })
    }

    /// SIMs in all states.
    pub fn sims(&self) -> i64 {
        self.counts.iter().map(|(_, sims)| sims).sum()
    }

    /// Activations of all the days.
    pub fn activated(&self) -> i64 {
        self.activations.iter().map(|day| day.sims).sum()
    }
}

/// The operations that run.
pub fn running(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Summary>> {
    operations::unfinished(conn, scope, RUNNING)
}

/// The widget *Transfer SIMs*, blank; none for those who may not, or who have nowhere to transfer to.
pub fn transfer(conn: &mut PgConnection, scope: &CompanyScope, sends_mail: bool) -> Result<Option<Draft>> {
    let has_target = scope.subaccounts_enabled() || !scope.is_main_account();
    if !has_target || !scope.allows(Permission::SimsTransfer) {
        return Ok(None);
    }
    let form = DraftForm::pasted();
    let nothing = Meant::Pasted(Pasted::default());
    let look = Look::at(conn, scope, &form, OperationKind::Transfer, nothing, Purpose::Show)?;
    Ok(Some(Draft::new(form, look, FieldErrors::default(), sends_mail)))
}
