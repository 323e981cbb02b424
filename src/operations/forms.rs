//! What the dialogs send: which SIMs, what to do with them, and what was chosen so far.

use std::fmt::Write as _;

use fleet::ids::{CompanyUid, OfferId, OperationId, SavedViewUid, SimId, SimListUid};
use fleet::operations::{Act, Again, FailureCode, OperationKind, SimGroup};
use fleet::saved_views;
use fleet::sim_lists::{self, SimList};
use fleet::sims::{Selection, SimFilter};
use fleet::tenancy::CompanyScope;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::edit_form;
use crate::sim_lists::Sent;
use crate::web::error::AppError;
use crate::web::upload::Upload;

/// The most SIMs that a browser may name one by one: more are meant by a filter or a pasted list.
const TICKS: usize = 1_000;

/// The fields of the dialogs, as they were sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DraftForm {
    /// What to do: the word of an [`OperationKind`].
    pub kind: String,
    /// How the SIMs are meant: `list`, `matching`, `pasted`, `file`, `failed` or `changed`.
    pub selection: String,
    /// `list`: the SIMs.
    pub sim: Vec<String>,
    /// `matching`: those that were unticked.
    pub except: Vec<String>,
    /// `matching`: the query string of the grid.
    pub filter: String,
    /// `pasted`: the identifiers.
    pub identifiers: String,
    /// `failed`, `changed`: the operation whose tasks are meant.
    pub operation: String,
    /// `failed`: the reason that they failed for; any, if it is empty.
    pub code: String,
    /// `pasted`: the list that was made of them, or of a file. `file`: the list that says what becomes of its SIMs.
    pub list: String,
    /// `pasted`: what the list was made of, as [`list_of`] writes it.
    pub list_of: String,
    /// `pasted`: the saved view whose SIMs are meant instead.
    pub view: String,
    /// A recall: the operation that is undone.
    pub recalls: String,
    /// An edit: the pattern of the names; empty: as they are.
    pub name: String,
    /// Set by the box *Clear the names*.
    pub clear_name: Option<String>,
    /// An edit: the note; empty: as it is.
    pub note: String,
    /// Set by the box *Clear the note*.
    pub clear_note: Option<String>,
    /// An edit: labels to be added.
    pub add_label: Vec<String>,
    /// An edit: the name of a label to be added, which may be new.
    pub new_label: String,
    /// An edit: labels to be taken off.
    pub remove_label: Vec<String>,
    /// An edit: the custom fields that were shown, and what was typed for each; empty: as it is.
    pub field: Vec<String>,
    /// See [`Self::field`].
    pub field_value: Vec<String>,
    /// Set by the boxes *Clear* beside custom fields.
    pub clear_field: Vec<String>,
    /// `file`: set by the box *An empty cell takes away what the SIM has*.
    pub clear_empty: Option<String>,
    /// The company that SIMs go to.
    pub target: String,
    /// The offer that SIMs go on.
    pub offer: String,
    /// Set by the box *Keep name, note, labels and custom fields*.
    pub keep_labels: Option<String>,
    /// Set by the box *and activate*.
    pub hand_over: Option<String>,
    /// Set by the box *E-mail me when it has ended*.
    pub notify_by_email: Option<String>,
    /// The number of SIMs that a termination asks for.
    pub confirm: String,
    /// The group of the preview that is to be shown.
    pub group: String,
    /// The group of the preview that is to be a file.
    pub csv: String,
    /// When it begins: `now`, `at` or `after`.
    pub start: String,
    /// `at`: day and time.
    pub start_at: String,
    /// `at`: the time zone that they are meant in.
    pub zone: String,
    /// `after`: the operation to wait for.
    pub after: String,
    /// When it pauses: `percent`, `failures` or `never`.
    pub pause: String,
    /// `percent`: how many of a hundred.
    pub pause_percent: String,
    /// `failures`: how many.
    pub pause_failures: String,
    /// In several accounts: those in which the preview has shown that something changes.
    pub into: Vec<String>,
    /// Made with the dialog: it launches once.
    pub launch_key: String,
}

/// Which SIMs a form means, before the database is asked.
#[derive(Debug, Clone)]
pub enum Meant {
    /// As the engine takes it.
    Selection(Selection),
    /// A pasted list.
    Pasted(Pasted),
    /// All that a saved view shows.
    View(SavedViewUid),
}

/// A pasted list, and what was made of it already.
#[derive(Debug, Clone, Default)]
pub struct Pasted {
    text: String,
    /// The list that was made of this very text, or of a file where there is no text.
    made: Option<SimListUid>,
}

/// Says which text a list was made of.
pub fn list_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl DraftForm {
    /// A blank form for the transfer of a pasted list.
    pub fn pasted() -> Self {
        Self { kind: "transfer".to_owned(), selection: "pasted".to_owned(), ..Self::default() }
    }

    /// A form for a retry of the tasks of operation `number` that failed, for a reason or for any.
    pub fn failed_of(number: OperationId, code: Option<FailureCode>, again: &Again) -> Self {
        let on = |set: bool| set.then(|| "on".to_owned());
        Self {
            kind: again.kind.to_string(),
            selection: "failed".to_owned(),
            operation: number.to_string(),
            code: code.map_or_else(String::new, |code| code.to_string()),
            target: again.target.map_or_else(String::new, |uid| uid.to_string()),
            offer: again.offer.map_or_else(String::new, |id| id.to_string()),
            keep_labels: on(again.keep_labels),
            hand_over: on(again.kind == OperationKind::HandOver),
            recalls: again.recalls.map_or_else(String::new, |number| number.to_string()),
            ..Self::default()
        }
    }

    /// A form for the edit that goes by `list`.
    pub fn by_file(list: SimListUid) -> Self {
        Self {
            kind: OperationKind::Edit.to_string(),
            selection: "file".to_owned(),
            list: list.to_string(),
            ..Self::default()
        }
    }

    /// A form for the recall of operation `number`.
    pub fn recall_of(number: OperationId) -> Self {
        Self {
            kind: OperationKind::Recall.to_string(),
            selection: "changed".to_owned(),
            operation: number.to_string(),
            recalls: number.to_string(),
            ..Self::default()
        }
    }

    /// What to do. A transfer with the box *and activate* is a hand-over.
    pub fn kind(&self) -> Result<OperationKind, AppError> {
        match self.kind.parse() {
            Ok(OperationKind::Transfer) if self.hand_over.is_some() => Ok(OperationKind::HandOver),
            Ok(OperationKind::Import) | Err(_) => {
                Err(AppError::BadRequest("The form does not say what to do. Nothing was done.".into()))
            }
            Ok(kind) => Ok(kind),
        }
    }

    /// Whether the SIMs come from a pasted list: the form is then a widget, not a dialog.
    pub fn is_pasted(&self) -> bool {
        self.selection == "pasted"
    }

    /// Whether a saved view says which SIMs, instead of a pasted list.
    pub fn is_by_view(&self) -> bool {
        self.is_pasted() && !self.view.trim().is_empty()
    }

    /// Whether the SIMs, and what becomes of each, come from a file.
    pub fn is_by_file(&self) -> bool {
        self.selection == "file"
    }

    /// Whether it is a retry: what is done, and with which SIMs, is given then.
    pub fn is_retry(&self) -> bool {
        self.selection == "failed"
    }

    /// Whether it takes its SIMs from an earlier operation.
    pub fn is_of_tasks(&self) -> bool {
        self.is_retry() || self.selection == "changed"
    }

    /// Whether name, note, labels and custom fields go along.
    pub fn keeps_labels(&self) -> bool {
        self.keep_labels.is_some()
    }

    /// Whether the SIMs are to be activated where they go.
    pub fn hands_over(&self) -> bool {
        self.hand_over.is_some() || self.kind == "hand_over"
    }

    /// Whether the person wants an e-mail when it has ended.
    pub fn wants_mail(&self) -> bool {
        self.notify_by_email.is_some()
    }

    /// Which SIMs.
    pub fn meant(&self) -> Result<Meant, AppError> {
        Ok(match self.selection.as_str() {
            "list" => Meant::Selection(Selection::Sims(ids(&self.sim)?)),
            "matching" => {
                let filter = SimFilter::from_query(&self.filter)?;
                Meant::Selection(Selection::Matching { filter, except: ids(&self.except)? })
            }
            "changed" => {
                let operation = self.operation.parse().map_err(|_| no_operation())?;
                Meant::Selection(Selection::ChangedBy { operation })
            }
            "failed" => {
                let operation = self.operation.parse().map_err(|_| no_operation())?;
                let code = match self.code.as_str() {
                    "" => None,
                    code => Some(code.parse().map_err(|_| no_operation())?),
                };
                Meant::Selection(Selection::FailedOf { operation, code })
            }
            "file" => {
                let list = self.list.parse().map_err(|_| fleet::Error::NotFound)?;
                Meant::Pasted(Pasted { text: String::new(), made: Some(list) })
            }
            "pasted" if self.is_by_view() => Meant::View(self.view.trim().parse().map_err(|_| no_view())?),
            "pasted" => Meant::Pasted(Pasted {
                made: self.list.parse().ok().filter(|_| self.list_of == list_of(&self.identifiers)),
                text: self.identifiers.clone(),
            }),
            _ => {
                return Err(AppError::BadRequest(
                    "The form does not say which SIMs. Nothing was done.".into(),
                ));
            }
        })
    }

    /// The company chosen so far; none for one that can't be.
    pub fn target(&self) -> Option<CompanyUid> {
        self.target.trim().parse().ok()
    }

    /// The offer chosen so far; none for one that can't be.
    pub fn offer(&self) -> Option<OfferId> {
        self.offer.trim().parse().ok()
    }

    /// The group of the preview that is asked for, and whether as a file.
    pub fn group(&self) -> Result<(SimGroup, bool), AppError> {
        let (word, is_file) = if self.csv.is_empty() { (&self.group, false) } else { (&self.csv, true) };
        let group = word.parse().map_err(|_| {
            AppError::BadRequest("The form does not say which SIMs to show. Open it again.".into())
        })?;
        Ok((group, is_file))
    }

    /// The key of the dialog; none if it has none.
    pub fn key(&self) -> Result<Option<Uuid>, AppError> {
        match self.launch_key.trim() {
            "" => Ok(None),
            key => key.parse().map(Some).map_err(|_| {
                AppError::BadRequest(
                    "The form was damaged on its way. Nothing was done. Open it again.".into(),
                )
            }),
        }
    }

    /// The number that was typed to confirm a termination.
    pub fn confirmed(&self) -> Option<i64> {
        let digits: String = self.confirm.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
        digits.parse().ok()
    }

    /// The act, or the field that is still missing for it.
    pub fn act(&self, kind: OperationKind) -> Result<Act, &'static str> {
        let keep_labels = self.keeps_labels();
        Ok(match kind {
            OperationKind::Transfer | OperationKind::Import => {
                Act::Transfer { target: self.target().ok_or("target")?, keep_labels }
            }
            OperationKind::HandOver => Act::HandOver {
                target: self.target().ok_or("target")?,
                offer: self.offer().ok_or("offer")?,
                keep_labels,
            },
            OperationKind::Activate => Act::Activate { offer: self.offer().ok_or("offer")? },
            OperationKind::ChangeOffer => Act::ChangeOffer { offer: self.offer().ok_or("offer")? },
            OperationKind::Suspend => Act::Suspend,
            OperationKind::Resume => Act::Resume,
            OperationKind::Edit if self.is_retry() => {
                Act::EditAgain { operation: self.operation.parse().map_err(|_| "changes")? }
            }
            OperationKind::Edit => Act::Edit(edit_form::changes(self)?),
            OperationKind::Terminate => Act::Terminate,
            OperationKind::Reconcile => Act::Reconcile,
            OperationKind::Mend => Act::Mend,
            OperationKind::Recall => Act::Recall { operation: self.recalls.parse().map_err(|_| "recalls")? },
        })
    }
}

impl Meant {
    /// The SIMs as the engine takes them, and for a pasted list that list.
    pub fn resolve(
        self,
        conn: &mut diesel::PgConnection,
        scope: &CompanyScope,
    ) -> fleet::Result<(Selection, Option<SimList>)> {
        match self {
            Self::Selection(selection) => Ok((selection, None)),
            Self::Pasted(pasted) => match pasted.list(conn, scope)? {
                Some(list) => Ok((Selection::List(list.uid), Some(list))),
                None => Ok((Selection::Sims(Vec::new()), None)),
            },
            Self::View(uid) => {
                let view = match saved_views::find(conn, scope, uid) {
                    Err(fleet::Error::NotFound) => return Err(no_view()),
                    found => found?,
                };
                Ok((Selection::Matching { filter: view.filter()?, except: Vec::new() }, None))
            }
        }
    }
}

impl Pasted {
    /// The list that is meant, made anew if the text has changed; none of nothing.
    fn list(self, conn: &mut diesel::PgConnection, scope: &CompanyScope) -> fleet::Result<Option<SimList>> {
        if let Some(uid) = self.made {
            match sim_lists::find(conn, scope, uid) {
                Err(fleet::Error::NotFound) if !self.text.is_empty() => {}
                found => return found.map(Some),
            }
        }
        if self.text.trim().is_empty() {
            return Ok(None);
        }
        Sent(Upload::Typed(self.text)).into_list(conn, scope).map(Some)
    }
}

fn no_view() -> fleet::Error {
    fleet::Error::invalid("view", "This view is not there any more. Choose another one.")
}

fn no_operation() -> AppError {
    AppError::BadRequest("The form does not say which operation is meant. Nothing was done.".into())
}

fn ids(written: &[String]) -> Result<Vec<SimId>, AppError> {
    if written.len() > TICKS {
        return Err(AppError::BadRequest(
            "Too many SIMs were ticked one by one. Nothing was done. Use a filter, or paste a list on the Start page."
                .into(),
        ));
    }
    let parsed: Result<Vec<SimId>, _> = written.iter().map(|id| id.parse()).collect();
    parsed.map_err(|_| {
        AppError::BadRequest("A SIM in the form is none. Nothing was done. Reload the page.".into())
    })
}
