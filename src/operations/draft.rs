//! A look at a draft: what it would do, or what it lacks. The same look answers every step of
//! a dialog, and the launch takes it too.

use diesel::PgConnection;
use fleet::operations::{self, Act, NewOperation, OperationKind, OperationState, Preview, Summary};
use fleet::saved_views::{self, SavedView};
use fleet::sim_lists::{self, NewDetails, SimList};
use fleet::sims::{Gone, Selection};
use fleet::tenancy::{CompanyScope, Permission};
use fleet::{Error, Result};

use super::edit_form::DetailChoices;
use super::forms::DraftForm;
use super::meant::Meant;
use crate::sim_lists::LeftoverGroup;

/// How a draft stands.
#[derive(Debug)]
pub struct Look {
    /// What it is to do.
    pub kind: OperationKind,
    /// The name of the company that the SIMs are in.
    pub company: String,
    /// How many SIMs are selected.
    pub selected: i64,
    /// The name of the company that was chosen.
    pub target: Option<String>,
    /// The name of the offer that was chosen.
    pub offer: Option<String>,
    /// The list that was made of a pasted text or of a file, and what is no SIM of it.
    pub list: Option<(SimList, Vec<LeftoverGroup>)>,
    /// The saved views whose SIMs could be chosen instead of a pasted list.
    pub views: Vec<SavedView>,
    /// Whether this person could hand SIMs over.
    pub may_hand_over: bool,
    /// Whether this person may take SIMs out as a file.
    pub may_export: bool,
    /// What the saved view that says which SIMs shows, as the grid's address has it, from the question mark on.
    pub view_shows: Option<String>,
    /// What an edit can change, for the dialog that asks.
    pub details: Option<DetailChoices>,
    /// What becomes of the first SIMs of a file that says so.
    pub first: Vec<NewDetails>,
    /// The unfinished operations of the company that another one could wait for.
    pub unfinished: Vec<Summary>,
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
    /// This.
    Preview(Box<Preview>, Box<NewOperation>),
    /// This can be launched, and changes something; how much was not asked.
    Able(Box<NewOperation>),
}

/// What a look is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be shown.
    Show,
    /// To be launched: how many SIMs would change, and why the others would not, is not asked where nothing
    /// depends on it. At a million SIMs that takes longer than all the rest.
    Launch,
}

impl Look {
    /// Looks at a draft. [`Error::Forbidden`] for a person who may never launch this kind here.
    pub fn at(
        conn: &mut PgConnection,
        scope: &CompanyScope,
        form: &DraftForm,
        kind: OperationKind,
        meant: Meant,
        purpose: Purpose,
    ) -> Result<Self> {
        for permission in kind.permissions() {
            scope.require(*permission)?;
        }
        let mut look = Self {
            kind,
            company: scope.company_name().to_owned(),
            selected: 0,
            target: form.target().and_then(|uid| operations::target_name(conn, scope, uid).ok()),
            offer: form.offer().and_then(|offer| operations::offer_name(conn, scope, offer).ok()),
            list: None,
            views: if form.is_pasted() { saved_views::list(conn, scope)? } else { Vec::new() },
            may_export: scope.allows(Permission::SimsExport),
            may_hand_over: scope.subaccounts_enabled() && scope.allows(Permission::SimsActivate),
            view_shows: None,
            details: match kind {
                OperationKind::Edit if !form.is_retry() && !form.is_by_file() => {
                    Some(DetailChoices::read(conn, scope, form)?)
                }
                _ => None,
            },
            first: Vec::new(),
            unfinished: unfinished(conn, scope)?,
            verdict: Verdict::Missing("identifiers", String::new()),
        };
        if form.is_of_tasks() {
            require_source(conn, scope, form, kind)?;
        }
        let selection = match meant.resolve(conn, scope) {
            Ok((selection, None)) => selection,
            Ok((selection, Some(list))) => {
                let leftovers = LeftoverGroup::read(conn, scope, &list)?;
                if form.is_by_file() {
                    look.first = sim_lists::first_details(conn, scope, &list, FIRST)?;
                }
                look.list = Some((list, leftovers));
                selection
            }
            Err(Error::Invalid { field, message }) => {
                look.verdict = Verdict::Missing(field, message.into_owned());
                return Ok(look);
            }
            Err(other) => return Err(other),
        };
        if let (true, Selection::Matching { filter, .. }) = (form.is_by_view(), &selection) {
            look.view_shows = Some(format!("?{}", filter.to_query()));
        }
        look.verdict = look.judge(conn, scope, form, &selection, purpose)?;
        look.selected = match (&look.verdict, &look.list) {
            (Verdict::Able(_), _) => return Ok(look),
            (Verdict::Preview(preview, _), _) => preview.total(),
            (_, Some((list, _))) => list.found.into(),
            (_, None) => selection.count(conn, scope)?,
        };
        let lacks_view = matches!(look.verdict, Verdict::Missing("view", _));
        if look.selected == 0 && !form.is_pasted() && !lacks_view && !scope.is_suspended() {
            let sentence = match form.selection.as_str() {
                "failed" => "No SIM has failed for this reason.",
                "changed" => "The operation has changed no SIM: there is nothing to recall.",
                "file" => "None of these is a SIM of this company.",
                "view" => "The view shows no SIM now.",
                _ => "No SIM is selected. Close this, select some and try again.",
            };
            look.verdict = Verdict::Refused(sentence.to_owned());
        }
        Ok(look)
    }

    /// Whether somebody has changed the view since its preview was made for `form`.
    pub fn shows_other_sims(&self, form: &DraftForm) -> bool {
        !form.view_showed.is_empty()
            && self.view_shows.as_ref().is_some_and(|shows| *shows != form.view_showed)
    }

    /// What could be launched.
    pub fn launchable(&self) -> Option<&NewOperation> {
        match &self.verdict {
            Verdict::Preview(_, new) | Verdict::Able(new) => Some(new),
            Verdict::Missing(..) | Verdict::Refused(_) => None,
        }
    }

    fn judge(
        &self,
        conn: &mut PgConnection,
        scope: &CompanyScope,
        form: &DraftForm,
        selection: &Selection,
        purpose: Purpose,
    ) -> Result<Verdict> {
        if scope.is_suspended() {
            return Ok(Verdict::Refused(format!(
                "{} is suspended: nothing can be launched in it until its parent company lifts the suspension.",
                self.company
            )));
        }
        if form.is_by_view() {
            if !form.identifiers.trim().is_empty() {
                let words = "Choose either a view or a list: empty one of the two.";
                return Ok(Verdict::Missing("view", words.to_owned()));
            }
            if let Some(gone) = gone_in(conn, scope, selection)? {
                return Ok(Verdict::Missing("view", gone));
            }
        } else if form.is_pasted() {
            match &self.list {
                None => {
                    let or_view = if self.views.is_empty() { "" } else { " or a view" };
                    let words =
                        format!("Paste the SIMs that are to be transferred, or choose a file{or_view}.");
                    return Ok(Verdict::Missing("identifiers", words));
                }
                Some((list, _)) if list.found == 0 => {
                    let words = "None of these is a SIM of this company.";
                    return Ok(Verdict::Missing("identifiers", words.to_owned()));
                }
                Some(_) => {}
            }
        }
        let act = match form.act(self.kind) {
            Ok(act) => act,
            Err(field) => return Ok(Verdict::Missing(field, missing(field).to_owned())),
        };
        let new = NewOperation::new(act, selection.clone());
        // A termination is confirmed by its number.
        let counts = purpose == Purpose::Show || self.kind == OperationKind::Terminate;
        match judge(conn, scope, &new, counts) {
            Ok(Some(preview)) => Ok(Verdict::Preview(Box::new(preview), Box::new(new))),
            Ok(None) => Ok(Verdict::Able(Box::new(new))),
            Err(Error::Refused(sentence)) => Ok(Verdict::Refused(sentence.into_owned())),
            Err(Error::Invalid { field, message }) => Ok(Verdict::Missing(field, message.into_owned())),
            // The operation that is recalled is no field that could be chosen anew.
            Err(Error::NotFound) if matches!(new.act, Act::Recall { .. }) => Err(Error::NotFound),
            Err(Error::NotFound) => Ok(self.out_of_reach(&new.act)),
            Err(Error::Forbidden(Permission::OffersAssign)) => Ok(Verdict::Refused(format!(
                "{} does not have {} yet, and you may not assign offers here. Ask an administrator, or choose another offer.",
                self.target.as_deref().unwrap_or("The target"),
                self.offer.as_deref().unwrap_or("the offer"),
            ))),
            Err(other) => Err(other),
        }
    }

    /// Which of the two that an act names is not there to be chosen.
    fn out_of_reach(&self, act: &Act) -> Verdict {
        let needs_target = matches!(act, Act::Transfer { .. } | Act::HandOver { .. });
        let field = if needs_target && self.target.is_none() { "target" } else { "offer" };
        Verdict::Missing(field, missing(field).to_owned())
    }
}

/// What a view names that is gone: what it then shows is not what it was saved for.
fn gone_in(conn: &mut PgConnection, scope: &CompanyScope, selection: &Selection) -> Result<Option<String>> {
    let Selection::Matching { filter, .. } = selection else { return Ok(None) };
    let gone = Gone::of(conn, scope, [filter])?.in_filter(filter);
    let company = scope.company_name();
    Ok(gone.map(|what| format!("The view names {what} that {company} does not have any more. Save it anew.")))
}

/// What `new` would do; none where something would change and nobody wants it counted.
fn judge(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    new: &NewOperation,
    counts: bool,
) -> Result<Option<Preview>> {
    if !counts && operations::would_change_any(conn, scope, new)? {
        return Ok(None);
    }
    operations::preview(conn, scope, new).map(Some)
}

/// How many SIMs of a file are shown with what becomes of them.
const FIRST: i64 = 10;

/// The most operations that can be chosen to be waited for: the newest ones.
const UNFINISHED: i64 = 50;

fn unfinished(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Vec<Summary>> {
    let mut running = operations::unfinished(conn, scope, UNFINISHED)?;
    running.retain(|summary| summary.is_own && summary.state != OperationState::Cancelling);
    Ok(running)
}

/// Fails unless the operation whose SIMs are meant is there, and what is meant may be done with it.
fn require_source(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    form: &DraftForm,
    kind: OperationKind,
) -> Result<()> {
    operations::again(conn, scope, form.operation.parse().map_err(|_| Error::NotFound)?)?;
    match form.act(kind) {
        Ok(act @ Act::Recall { .. }) => match act.check(conn, scope) {
            // To be said in the dialog.
            Err(Error::Refused(_)) => Ok(()),
            other => other,
        },
        _ => Ok(()),
    }
}

/// What to do about a field that an act lacks.
pub(crate) fn missing(field: &str) -> &'static str {
    match field {
        "target" => "Choose the company that the SIMs go to.",
        "add_label" | "remove_label" => "A label that was chosen is not there any more. Choose again.",
        "fields" => "A field that was filled in is not there any more. Open the dialog again.",
        "both" => "Something is filled in and to be cleared at once: choose one of the two.",
        "changes" => "The form does not say which operation is tried again.",
        "recalls" => "The form does not say which operation is recalled.",
        _ => "Choose an offer.",
    }
}
