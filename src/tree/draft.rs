//! A look at a draft for several accounts: what it would do in each, or what it lacks.

use diesel::PgConnection;
use fleet::operations::{self, OperationKind, Share};
use fleet::sims::Selection;
use fleet::tenancy::{CompanyScope, TREE_LIMIT};
use fleet::{Error, Result};

use super::TreeQuery;
use crate::operations::{DraftForm, Meant, missing};
use crate::web::error::AppError;

/// What a form asks for, read before the database is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What to do.
    pub kind: OperationKind,
    /// In which accounts.
    pub query: TreeQuery,
    /// With which SIMs.
    pub selection: Selection,
}

impl Asked {
    /// Reads `form`.
    pub fn of(form: &DraftForm) -> Result<Self, AppError> {
        let kind = form.kind()?;
        if matches!(kind, OperationKind::HandOver | OperationKind::Mend | OperationKind::Recall) {
            return Err(Error::refused(format!(
                "{} is launched in one account, not in several at once. Nothing was done: switch to that account first.",
                kind.label()
            ))
            .into());
        }
        let Meant::Selection(selection) = form.meant()? else {
            return Err(AppError::BadRequest("The form does not say which SIMs. Nothing was done.".into()));
        };
        Ok(Self { kind, query: TreeQuery::parse(&form.filter)?.unwrap_or_default(), selection })
    }
}

/// How a draft stands.
#[derive(Debug)]
pub struct Look {
    /// What it is to do.
    pub kind: OperationKind,
    /// How many SIMs are selected.
    pub selected: i64,
    /// In how many accounts.
    pub accounts: usize,
    /// The name of the company that was chosen.
    pub target: Option<String>,
    /// The name of the offer that was chosen.
    pub offer: Option<String>,
    /// What would happen.
    pub verdict: Verdict,
}

/// What would happen, or why nothing can.
#[derive(Debug)]
pub enum Verdict {
    /// Something has still to be filled in: the field, and what to do.
    Missing(&'static str, String),
    /// The state of things forbids it.
    Refused(String),
    /// This, in each account.
    Shares(Vec<Share>),
}

impl Look {
    /// Looks at a draft. The errors are those of [`fleet::tenancy::tree`].
    pub fn at(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        form: &DraftForm,
        asked: &Asked,
    ) -> Result<Self> {
        let tree = asked.query.scope(conn, scope)?;
        let mut look = Self {
            kind: asked.kind,
            selected: 0,
            accounts: 0,
            target: form.target().and_then(|uid| operations::target_in_tree(conn, &tree, uid).ok()),
            offer: form.offer().and_then(|offer| operations::offer_in_tree(conn, &tree, offer).ok()),
            verdict: Verdict::Refused(format!(
                "You have {} accounts here. At most {TREE_LIMIT} can be acted on at once: choose some first.",
                tree.size()
            )),
        };
        if tree.is_too_wide() {
            return Ok(look);
        }
        look.verdict = match form.act(asked.kind) {
            Err(field) => Verdict::Missing(field, missing(field).to_owned()),
            Ok(act) => match operations::preview_tree(conn, &tree, &act, &asked.selection) {
                Ok(shares) => Verdict::Shares(shares),
                Err(Error::Invalid { field, message }) => Verdict::Missing(field, message.into_owned()),
                Err(Error::Refused(message)) => Verdict::Refused(message.into_owned()),
                Err(other) => return Err(other),
            },
        };
        let counts = match &look.verdict {
            Verdict::Refused(_) => return Ok(look),
            Verdict::Shares(shares) => shares.iter().map(|share| share.selected).collect(),
            Verdict::Missing(..) => match operations::count_in_tree(conn, &tree, &asked.selection) {
                // As its verdict says.
                Err(Error::Invalid { .. }) => return Ok(look),
                counts => counts?,
            },
        };
        look.selected = counts.iter().sum();
        look.accounts = counts.len();
        if look.selected == 0 {
            let words = "No SIM is selected. Close this, select some and try again.";
            look.verdict = Verdict::Refused(words.to_owned());
        }
        Ok(look)
    }

    /// The accounts in which something would change.
    pub fn able(&self) -> impl Iterator<Item = &Share> {
        let shares = match &self.verdict {
            Verdict::Shares(shares) => shares.as_slice(),
            Verdict::Missing(..) | Verdict::Refused(_) => &[],
        };
        shares.iter().filter(|share| share.will_change() > 0)
    }

    /// How many SIMs would change.
    pub fn will_change(&self) -> i64 {
        self.able().map(Share::will_change).sum()
    }
}
