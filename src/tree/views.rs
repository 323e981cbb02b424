//! What the dialogs that launch on SIMs of several accounts show.

use askama::Template;
use fleet::operations::{FailureCode, OperationKind, Outlook, Preview, PreviewGroup, Share};
use uuid::Uuid;

use super::TreeQuery;
use super::draft::{Look, Verdict};
use crate::operations::{DraftForm, WhenAndHow, words};
use crate::web::display::{company_colour, count, counted};
use crate::web::forms::{Choice, FieldErrors};

/// A launching dialog.
#[derive(Template)]
#[template(path = "tree/draft.html")]
pub struct Draft {
    form: DraftForm,
    title: String,
    /// The accounts that are meant, as the type-aheads send them.
    query: String,
    target: Vec<Choice>,
    offer: Vec<Choice>,
    sends_mail: bool,
    errors: FieldErrors,
    when: WhenAndHow,
    part: DraftPart,
}

impl Draft {
    /// The dialog as it was sent, with what is wrong with it.
    pub fn new(mut form: DraftForm, look: &Look, errors: FieldErrors, sends_mail: bool) -> Self {
        if form.key().ok().flatten().is_none() {
            form.launch_key = Uuid::now_v7().to_string();
        }
        let chosen = |value: &str, name: &Option<String>| {
            name.iter().map(|name| Choice::new(value, name.as_str())).collect()
        };
        let accounts = counted(look.accounts, "account", "accounts");
        Self {
            title: words::title(look.kind, look.selected, &accounts),
            query: TreeQuery::parse(&form.filter).ok().flatten().unwrap_or_default().to_query(),
            target: chosen(&form.target, &look.target),
            offer: chosen(&form.offer, &look.offer),
            when: WhenAndHow::of_several(&form, &errors),
            part: DraftPart { confirm_error: errors.of("confirm").to_owned(), ..DraftPart::new(&form, look) },
            sends_mail,
            errors,
            form,
        }
    }

    fn part(&self) -> &DraftPart {
        &self.part
    }

    fn moves(&self) -> bool {
        self.part.kind == OperationKind::Transfer
    }

    /// Where the type-ahead of `what` searches.
    fn choices(&self, what: &str) -> String {
        format!("/tree/{what}/choices?{}", self.query)
    }

    fn needs_offer(&self) -> bool {
        matches!(self.part.kind, OperationKind::Activate | OperationKind::ChangeOffer)
    }

    fn edits(&self) -> bool {
        self.part.kind == OperationKind::Edit
    }

    fn has_choices(&self) -> bool {
        self.moves() || self.needs_offer() || self.edits()
    }
}

/// The part that is drawn again with each choice: the preview, and the button that launches.
#[derive(Template)]
#[template(path = "tree/draft_part.html")]
pub struct DraftPart {
    kind: OperationKind,
    /// What is to be filled in, or forbids it.
    hint: String,
    is_refused: bool,
    rows: Vec<Row>,
    will_change: i64,
    confirm: String,
    confirm_error: String,
}

/// An account in the preview.
struct Row {
    uid: String,
    name: String,
    colour: &'static str,
    will_change: i64,
    will_not: i64,
    /// Why some would not change, each with the operation that is in the way: its number and its address.
    reasons: Vec<(String, Option<(i64, String)>)>,
    remedies: Vec<String>,
}

impl DraftPart {
    /// The part for a draft.
    pub fn new(form: &DraftForm, look: &Look) -> Self {
        let (hint, rows) = match &look.verdict {
            Verdict::Missing(_, sentence) | Verdict::Refused(sentence) => (sentence.clone(), Vec::new()),
            Verdict::Shares(shares) => (String::new(), shares.iter().map(Row::of).collect()),
        };
        Self {
            kind: look.kind,
            is_refused: matches!(look.verdict, Verdict::Refused(_)),
            hint,
            rows,
            will_change: look.will_change(),
            confirm: form.confirm.clone(),
            confirm_error: String::new(),
        }
    }

    fn part(&self) -> &Self {
        self
    }

    fn able(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.will_change > 0)
    }

    fn can_launch(&self) -> bool {
        self.will_change > 0
    }

    fn accounts(&self) -> String {
        counted(self.able().count(), "account", "accounts")
    }

    /// The first sentences of the preview.
    fn summary(&self) -> (String, String) {
        let will = words::will(self.kind);
        let first = match self.will_change {
            0 => format!("None {will}."),
            sims => format!("{} {will} in {}.", count(sims), self.accounts()),
        };
        let second = match self.rows.iter().map(|row| row.will_not).sum::<i64>() {
            0 => String::new(),
            1 => "1 stays as it is.".to_owned(),
            sims => format!("{} stay as they are.", count(sims)),
        };
        (first, second)
    }

    fn asks_number(&self) -> bool {
        self.kind == OperationKind::Terminate && self.can_launch()
    }

    fn button(&self) -> String {
        if !self.can_launch() {
            return words::button(self.kind, None);
        }
        let words = words::button(self.kind, Some(self.will_change));
        let from = if self.kind == OperationKind::Transfer { "from" } else { "in" };
        format!("{words} {from} {}", self.accounts())
    }

    fn button_class(&self) -> &'static str {
        if self.kind == OperationKind::Terminate { "btn-danger" } else { "btn-primary" }
    }
}

impl Row {
    fn of(share: &Share) -> Self {
        let account = &share.account;
        let (reasons, remedies) = match &share.outlook {
            Outlook::Stay(sentence) => (vec![(sentence.clone(), None)], Vec::new()),
            Outlook::Preview(preview) => (
                preview.will_not.iter().map(|group| reason(share, preview, group)).collect(),
                preview
                    .will_not
                    .iter()
                    .filter_map(|group| group.remedy.clone())
                    .chain(preview.caution())
                    .collect(),
            ),
        };
        Self {
            uid: account.company_uid().to_string(),
            name: account.company_name().to_owned(),
            colour: company_colour(account.company_colour()),
            will_change: share.will_change(),
            will_not: share.will_not(),
            reasons,
            remedies,
        }
    }
}

fn reason(share: &Share, preview: &Preview, group: &PreviewGroup) -> (String, Option<(i64, String)>) {
    let blocking = group
        .blocking
        .filter(|_| group.code == FailureCode::Busy)
        .map(|number| (number.0, format!("/operations/{number}?account={}", share.account.company_uid())));
    (words::reason(preview, group), blocking)
}
