//! What the launching dialogs, and the widget *Transfer SIMs*, show.

use askama::Template;
use fleet::operations::{OperationKind, Preview, PreviewGroup};
use fleet::sims::Resolved;
use uuid::Uuid;

use super::draft::{Look, Verdict};
use super::forms::DraftForm;
use super::words;
use crate::web::forms::{Choice, FieldErrors};

/// A launching dialog; for a pasted list, the widget.
#[derive(Template)]
#[template(path = "operations/draft.html")]
pub struct Draft {
    form: DraftForm,
    title: String,
    company: String,
    target: Vec<Choice>,
    offer: Vec<Choice>,
    may_hand_over: bool,
    errors: FieldErrors,
    part: DraftPart,
}

impl Draft {
    /// The dialog as it was sent, with what is wrong with it.
    pub fn new(mut form: DraftForm, look: Look, errors: FieldErrors) -> Self {
        if form.key().ok().flatten().is_none() {
            form.launch_key = Uuid::now_v7().to_string();
        }
        let chosen = |value: &str, name: &Option<String>| {
            name.iter().map(|name| Choice::new(value, name.as_str())).collect()
        };
        let title = words::title(look.kind, look.selected, &look.company);
        Self {
            title: if form.is_retry() { format!("Retry #{}: {title}", form.operation) } else { title },
            target: chosen(&form.target, &look.target),
            offer: chosen(&form.offer, &look.offer),
            company: look.company.clone(),
            may_hand_over: look.may_hand_over,
            part: DraftPart {
                redraws_hand_over: false,
                confirm_error: errors.of("confirm").to_owned(),
                ..DraftPart::new(&form, look)
            },
            errors,
            form,
        }
    }

    fn part(&self) -> &DraftPart {
        &self.part
    }

    fn moves(&self) -> bool {
        self.part.moves()
    }

    fn has_choices(&self) -> bool {
        self.needs_offer() || (self.moves() && !self.form.is_retry())
    }

    fn needs_offer(&self) -> bool {
        match self.part.kind {
            OperationKind::Activate | OperationKind::ChangeOffer => true,
            OperationKind::HandOver => self.form.is_retry(),
            _ => false,
        }
    }
}

/// The part that is drawn again with each choice: the preview, and the button that launches.
#[derive(Template)]
#[template(path = "operations/draft_part.html")]
pub struct DraftPart {
    kind: OperationKind,
    is_widget: bool,
    /// What is to be filled in, or forbids it.
    hint: String,
    is_refused: bool,
    preview: Option<Preview>,
    resolved: Option<Resolved>,
    target: Option<String>,
    offer: Option<String>,
    confirm: String,
    confirm_error: String,
    /// Whether the words of the box *and activate*, which is outside this part, are drawn again with it.
    redraws_hand_over: bool,
}

impl DraftPart {
    /// The part for a draft.
    pub fn new(form: &DraftForm, look: Look) -> Self {
        let is_refused = matches!(look.verdict, Verdict::Refused(_));
        let (hint, preview) = match look.verdict {
            Verdict::Missing(_, sentence) | Verdict::Refused(sentence) => (sentence, None),
            Verdict::Preview(preview, _) => (String::new(), Some(*preview)),
        };
        Self {
            kind: look.kind,
            is_widget: form.is_pasted(),
            hint,
            is_refused,
            preview,
            resolved: look.resolved,
            target: look.target,
            offer: look.offer,
            confirm: form.confirm.clone(),
            confirm_error: String::new(),
            redraws_hand_over: look.may_hand_over
                && moves(look.kind)
                && !form.is_pasted()
                && !form.is_retry(),
        }
    }

    fn part(&self) -> &Self {
        self
    }

    fn moves(&self) -> bool {
        moves(self.kind)
    }

    fn asks_number(&self) -> bool {
        self.kind == OperationKind::Terminate && self.can_launch()
    }

    fn will_change(&self) -> String {
        self.preview.as_ref().map(words::will_change).unwrap_or_default()
    }

    fn reason(&self, group: &PreviewGroup) -> String {
        self.preview.as_ref().map(|preview| words::reason(preview, group)).unwrap_or_default()
    }

    fn has_remedies(&self) -> bool {
        self.preview.iter().flat_map(|preview| &preview.will_not).any(|group| group.remedy.is_some())
    }

    fn can_launch(&self) -> bool {
        self.preview.as_ref().is_some_and(|preview| preview.will_change > 0)
    }

    fn button(&self) -> String {
        words::button(self.kind, self.preview.as_ref().map(|preview| preview.will_change))
    }

    fn button_class(&self) -> &'static str {
        if self.kind == OperationKind::Terminate { "btn-danger" } else { "btn-primary" }
    }

    /// The words of the box that makes a transfer a hand-over.
    fn hand_over_words(&self) -> String {
        let offer = self.offer.as_deref().unwrap_or("an offer");
        match self.target.as_deref() {
            Some(target) => format!("and activate on {offer} in {target}"),
            None => format!("and activate on {offer} in the target"),
        }
    }

    /// The parts of a pasted list that name no SIM, those that are not empty.
    fn leftovers(&self) -> Vec<Leftover> {
        let Some(resolved) = &self.resolved else { return Vec::new() };
        let bare = |list: &'_ [String]| -> Vec<(String, String)> {
            list.iter().take(LISTED).map(|text| (text.clone(), String::new())).collect()
        };
        let malformed = resolved.malformed.iter().take(LISTED);
        let groups = [
            ("not found in this company", resolved.not_found.len(), bare(&resolved.not_found)),
            (
                "malformed",
                resolved.malformed.len(),
                malformed.map(|bad| (bad.text.clone(), bad.reason.clone())).collect(),
            ),
            ("listed more than once", resolved.duplicates.len(), bare(&resolved.duplicates)),
        ];
        groups
            .into_iter()
            .filter(|(_, total, _)| *total > 0)
            .map(|(words, total, entries)| Leftover { words, total, entries })
            .collect()
    }
}

/// The most entries of a pasted list that are shown back.
const LISTED: usize = 50;

/// Entries of a pasted list that name no SIM, for one reason.
struct Leftover {
    words: &'static str,
    total: usize,
    /// The entry, and what is wrong with it.
    entries: Vec<(String, String)>,
}

impl Leftover {
    fn more(&self) -> usize {
        self.total - self.entries.len()
    }
}

fn moves(kind: OperationKind) -> bool {
    matches!(kind, OperationKind::Transfer | OperationKind::HandOver)
}
