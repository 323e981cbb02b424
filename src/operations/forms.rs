//! What the dialogs send: which SIMs, what to do with them, and what was chosen so far.

use fleet::ids::{CompanyUid, OfferId, OperationId, SimListUid};
use fleet::operations::{Act, Again, FailureCode, OperationKind, SimGroup};
use serde::Deserialize;
use uuid::Uuid;

use super::edit_form;
use crate::web::error::AppError;

/// The fields of the dialogs, as they were sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DraftForm {
    /// What to do: the word of an [`OperationKind`].
    pub kind: String,
    /// How the SIMs are meant: `list`, `kept`, `matching`, `view`, `pasted`, `file`, `failed` or `changed`.
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
    /// `pasted`: the list that was made of them, or of a file. `file`: the list that says what becomes of its SIMs. `kept`:
    /// that list.
    pub list: String,
    /// `pasted`: what the list was made of, as [`super::meant::list_of`] writes it.
    pub list_of: String,
    /// `view`: the saved view whose SIMs are meant. `pasted`: the one whose SIMs are meant instead.
    pub view: String,
    /// A view: what it showed when the preview was made, see [`super::draft::Look::view_shows`]. `none` where it was made
    /// of other SIMs; empty from who has seen no preview.
    pub view_showed: String,
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

    /// Whether a saved view says which SIMs, be it instead of a pasted list.
    pub fn is_by_view(&self) -> bool {
        self.selection == "view" || (self.is_pasted() && !self.view.trim().is_empty())
    }

    /// Whether the SIMs are those that are selected in the grid.
    pub fn is_of_grid(&self) -> bool {
        matches!(self.selection.as_str(), "list" | "matching" | "kept")
    }

    /// Whether the SIMs are those of a list that was kept when the dialog was opened.
    pub fn is_kept(&self) -> bool {
        self.selection == "kept"
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
