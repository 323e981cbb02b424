//! What the launching dialogs, and the widget *Transfer SIMs*, show.

use askama::Template;
use fleet::operations::{FailureCode, OperationKind, Preview, PreviewGroup, SimGroup};
use fleet::saved_views::SavedView;
use fleet::sim_lists::{NewDetail, NewDetails, SimList};
use uuid::Uuid;

use super::conduct::WhenAndHow;
use super::draft::{Look, Verdict};
use super::edit_form::DetailChoices;
use super::forms::DraftForm;
use super::meant::list_of;
use super::words;
use crate::sim_lists::LeftoverGroup;
use crate::web::display::count;
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
    /// The saved views, for the widget.
    views: Vec<Choice>,
    may_hand_over: bool,
    /// What an edit can change.
    details: Option<DetailChoices>,
    /// Whether an e-mail at the end can be had.
    sends_mail: bool,
    errors: FieldErrors,
    when: WhenAndHow,
    part: DraftPart,
}

impl Draft {
    /// The dialog as it was sent, with what is wrong with it.
    pub fn new(mut form: DraftForm, look: Look, errors: FieldErrors, sends_mail: bool) -> Self {
        if form.key().ok().flatten().is_none() {
            form.launch_key = Uuid::now_v7().to_string();
        }
        let chosen = |value: &str, name: &Option<String>| {
            name.iter().map(|name| Choice::new(value, name.as_str())).collect()
        };
        let title = words::title(look.kind, look.selected, &look.company);
        Self {
            title: match form.selection.as_str() {
                "failed" if look.kind == OperationKind::Mend => title,
                "failed" => format!("Retry #{}: {title}", form.operation),
                "changed" => format!("Recall operation #{}", form.operation),
                _ => title,
            },
            target: chosen(&form.target, &look.target),
            offer: chosen(&form.offer, &look.offer),
            views: view_choices(&look.views),
            company: look.company.clone(),
            when: WhenAndHow::new(&form, &look.unfinished, &errors),
            may_hand_over: look.may_hand_over,
            details: look.details.clone(),
            sends_mail,
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

    /// The file that the SIMs are taken from, instead of a pasted text.
    fn file(&self) -> Option<&SimList> {
        self.part.list.as_ref().filter(|_| self.form.identifiers.is_empty())
    }

    fn has_choices(&self) -> bool {
        self.needs_offer()
            || self.details.is_some()
            || self.form.is_by_file()
            || (self.moves() && !self.form.is_retry())
    }

    fn needs_offer(&self) -> bool {
        match self.part.kind {
            OperationKind::Activate | OperationKind::ChangeOffer => true,
            OperationKind::HandOver => self.form.is_retry(),
            _ => false,
        }
    }
}

/// The saved views to choose from, after the choice of none; empty if there are none.
fn view_choices(views: &[SavedView]) -> Vec<Choice> {
    if views.is_empty() {
        return Vec::new();
    }
    let views = views.iter().map(|view| Choice::new(view.uid.to_string(), &view.name));
    std::iter::once(Choice::new("", "None")).chain(views).collect()
}

/// The part that is drawn again with each choice: the preview, and the button that launches.
#[derive(Template)]
#[template(path = "operations/draft_part.html")]
#[expect(clippy::struct_excessive_bools, reason = "a template asks for each of them by its name")]
pub struct DraftPart {
    kind: OperationKind,
    is_widget: bool,
    /// What is to be filled in, or forbids it.
    hint: String,
    is_refused: bool,
    preview: Option<Preview>,
    list: Option<SimList>,
    /// What the list was made of.
    list_of: String,
    groups: Vec<LeftoverGroup>,
    /// What the view shows that says which SIMs.
    view_shows: Option<String>,
    /// What becomes of the first SIMs of a file.
    first: Vec<FirstSim>,
    /// Whether the person may take the SIMs out as a file.
    may_export: bool,
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
            Verdict::Able(_) => (String::new(), None),
        };
        let (list, groups) = look.list.map_or((None, Vec::new()), |(list, groups)| (Some(list), groups));
        Self {
            kind: look.kind,
            list,
            list_of: list_of(&form.identifiers),
            groups,
            view_shows: look.view_shows,
            first: look.first.into_iter().map(|sim| FirstSim::new(sim, form.clear_empty.is_some())).collect(),
            may_export: look.may_export,
            is_widget: form.is_pasted(),
            hint,
            is_refused,
            preview,
            target: look.target,
            offer: look.offer,
            confirm: form.confirm.clone(),
            confirm_error: String::new(),
            redraws_hand_over: look.may_hand_over
                && moves(look.kind)
                && !form.is_pasted()
                && !form.is_of_tasks(),
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

    /// How the list was read, where it can be read in several ways.
    fn notes(&self) -> &[String] {
        self.list.as_ref().map_or(&[], |list| &list.notes)
    }

    /// The groups of the preview that have SIMs: what they are called, and how they are written in forms.
    fn sim_groups(&self) -> Vec<(String, String)> {
        let Some(preview) = &self.preview else { return Vec::new() };
        if preview.undone.as_ref().is_some_and(|undone| undone.source.is_some()) {
            return Vec::new();
        }
        let able = (preview.will_change > 0)
            .then(|| (words::will_change(preview).replace('.', ""), SimGroup::WillChange.to_string()));
        // SIMs of other companies are not shown.
        let own = preview.will_not.iter().filter(|group| group.code != FailureCode::NotFound);
        let unable = own.map(|group| {
            let number = group.blocking.map(|number| format!(" operation #{number}")).unwrap_or_default();
            (format!("{}{number}", words::reason(preview, group)), group.key().to_string())
        });
        able.into_iter().chain(unable).collect()
    }

    /// What a recall brings back.
    fn brings_back(&self) -> String {
        self.preview
            .as_ref()
            .and_then(|preview| preview.undone.as_ref())
            .map(words::brings_back)
            .unwrap_or_default()
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
}

/// A SIM of a file, and what changes of it.
struct FirstSim {
    iccid: String,
    line: String,
    changes: Vec<NewDetail>,
}

impl FirstSim {
    /// `clears`: an empty cell takes away what there is.
    fn new(sim: NewDetails, clears: bool) -> Self {
        let changes =
            sim.details.into_iter().filter(|one| one.old != one.new && (clears || !one.new.is_empty()));
        let line = sim.line.map(|line| format!("Line {}", count(line))).unwrap_or_default();
        Self { iccid: sim.iccid, line, changes: changes.collect() }
    }
}

fn moves(kind: OperationKind) -> bool {
    matches!(kind, OperationKind::Transfer | OperationKind::HandOver)
}
