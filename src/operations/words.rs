//! What operations, previews and selections are called on the screen.

use fleet::operations::{FailureCode, OperationKind, Preview, PreviewGroup, Undone};
use fleet::sims::SimState;

use crate::web::display::{count, counted};

/// The title of a dialog: `Transfer 312 SIMs from Meridian IoT`.
pub fn title(kind: OperationKind, sims: i64, company: &str) -> String {
    let sims = counted(sims, "SIM", "SIMs");
    match kind {
        OperationKind::Import => format!("Import {sims} into {company}"),
        OperationKind::Transfer | OperationKind::HandOver => format!("Transfer {sims} from {company}"),
        OperationKind::Activate => format!("Activate {sims} of {company}"),
        OperationKind::Suspend => format!("Suspend {sims} of {company}"),
        OperationKind::Resume => format!("Resume {sims} of {company}"),
        OperationKind::ChangeOffer => format!("Change the offer of {sims} of {company}"),
        OperationKind::Edit => format!("Edit {sims} of {company}"),
        OperationKind::Terminate => format!("Terminate {sims} of {company}"),
        OperationKind::Recall => format!("Recall {sims} of {company}"),
        OperationKind::Reconcile => format!("Reconcile {sims} of {company} with their network"),
        OperationKind::Mend => format!("Mend {sims} of {company} in their network"),
    }
}

/// The words of the button that launches: `Transfer 309 SIMs`; without a number while there is none.
pub fn button(kind: OperationKind, sims: Option<i64>) -> String {
    let sims = sims.map_or_else(|| "SIMs".to_owned(), |sims| counted(sims, "SIM", "SIMs"));
    match kind {
        OperationKind::Import => format!("Import {sims}"),
        OperationKind::Transfer => format!("Transfer {sims}"),
        OperationKind::HandOver => format!("Transfer and activate {sims}"),
        OperationKind::Activate => format!("Activate {sims}"),
        OperationKind::Suspend => format!("Suspend {sims}"),
        OperationKind::Resume => format!("Resume {sims}"),
        OperationKind::ChangeOffer => format!("Change the offer of {sims}"),
        OperationKind::Edit => format!("Edit {sims}"),
        OperationKind::Terminate => format!("Terminate {sims}"),
        OperationKind::Recall => format!("Recall {sims}"),
        OperationKind::Reconcile => format!("Reconcile {sims}"),
        OperationKind::Mend => format!("Mend {sims}"),
    }
}

/// What happens to SIMs, after their number.
pub const fn will(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Import => "will be loaded",
        OperationKind::Transfer => "will move",
        OperationKind::HandOver => "will move and be activated",
        OperationKind::Activate => "will be activated",
        OperationKind::Suspend => "will be suspended",
        OperationKind::Resume => "will be resumed",
        OperationKind::ChangeOffer => "will change offer",
        OperationKind::Edit => "will be edited",
        OperationKind::Terminate => "will be terminated",
        OperationKind::Recall => "can be recalled",
        OperationKind::Reconcile => "will be compared with what their network holds",
        OperationKind::Mend => "will be compared again, and mended where they differ",
    }
}

/// The first sentence of a preview: `309 will move.`
pub fn will_change(preview: &Preview) -> String {
    let act = will(preview.kind);
    match preview.will_change {
        0 => format!("None {act}."),
        sims => format!("{} {act}.", count(sims)),
    }
}

/// Why some SIMs of a preview will not change, up to the operation that it may name: `2 are Retired`.
pub fn reason(preview: &Preview, group: &PreviewGroup) -> String {
    let sims = count(group.sims);
    let one = group.sims == 1;
    let are = if one { "is" } else { "are" };
    let target = preview.target.as_deref().unwrap_or("the target");
    let offer = preview.offer.as_deref().unwrap_or("the offer");
    if let Some(reason) = preview.undone.as_ref().and_then(|undone| not_recalled(undone, group)) {
        return reason;
    }
    match (group.code, group.state) {
        (FailureCode::WrongState, Some(SimState::Inventory)) => {
            format!("{sims} {are} in Inventory")
        }
        (FailureCode::WrongState, Some(state)) => format!("{sims} {are} {}", state.label()),
        (FailureCode::WrongState, None) => format!("{sims} {are} in another state"),
        (FailureCode::Busy, _) if group.blocking.is_some() => format!("{sims} {are} busy in"),
        (FailureCode::Busy, _) => format!("{sims} {are} busy in other operations"),
        (FailureCode::OfferNotAssigned, _) if preview.kind == OperationKind::Transfer => {
            format!("{sims} {are} in service on an offer that {target} does not have")
        }
        (FailureCode::OfferNotAssigned, _) => format!("{sims} {are} in a company that does not have {offer}"),
        (FailureCode::SimTypeExcluded, _) => format!("{sims} {are} of a type that {offer} does not accept"),
        (FailureCode::AlreadyThere, _) => format!("{sims} {are} on {offer} already"),
        (FailureCode::OtherNetwork, _) => {
            format!("{sims} {are} in service in another network than that of {offer}")
        }
        (FailureCode::CompanySuspended, _) => format!("{sims} cannot enter {target}, which is suspended"),
        (FailureCode::NetworkRejected | FailureCode::NetworkUnreachable | FailureCode::CannotTell, _) => {
            format!("{sims} {are} out of the network's reach")
        }
        (FailureCode::AlreadyLoaded, _) => format!("{sims} {are} in a fleet already"),
        (FailureCode::TooManyLabels, _) => format!("{sims} would have too many labels"),
        (FailureCode::ChangedSince, _) => {
            format!("{sims} {} been changed since", if one { "has" } else { "have" })
        }
        (
            FailureCode::AbsentThere
            | FailureCode::PresentThere
            | FailureCode::SilentThere
            | FailureCode::ServedThere
            | FailureCode::ServicesDiffer
            | FailureCode::NumberDiffers,
            _,
        ) => format!("{sims} {are} not as the network has them"),
        (FailureCode::NotFound, _) => format!("{sims} {are} not in the company any more"),
    }
}

/// What the SIMs of a recall go back to.
pub fn brings_back(undone: &Undone) -> String {
    match (undone.kind, undone.source.as_deref()) {
        (OperationKind::Transfer, Some(source)) => {
            format!(
                "The SIMs come back from {source} without name, note, labels and custom fields: those that they have \
                 there are dropped, and those that they had before do not return."
            )
        }
        (OperationKind::Suspend, _) => "The SIMs are resumed.".to_owned(),
        (OperationKind::Resume, _) => "The SIMs are suspended again.".to_owned(),
        (OperationKind::ChangeOffer, _) => {
            "Each SIM goes back to the offer that it was on before.".to_owned()
        }
        _ => String::new(),
    }
}

/// Why some SIMs can't be recalled; none for what keeps other kinds of operations as well.
fn not_recalled(undone: &Undone, group: &PreviewGroup) -> Option<String> {
    let sims = count(group.sims);
    let one = group.sims == 1;
    let (are, were, have) = if one { ("is", "was", "has") } else { ("are", "were", "have") };
    let source = undone.source.as_deref().unwrap_or("the company");
    Some(match (group.code, undone.kind) {
        (FailureCode::AlreadyThere, OperationKind::Transfer) => format!("{sims} {are} back already"),
        (FailureCode::AlreadyThere, _) => format!("{sims} {are} as before already"),
        (FailureCode::NotFound, _) => format!("{sims} {have} left {source} since"),
        (FailureCode::WrongState, OperationKind::Transfer) => match (group.was, group.state) {
            (Some(SimState::Inventory), Some(SimState::Active | SimState::Suspended)) => {
                format!("{sims} {were} already activated by {source}")
            }
            (_, state) => format!("{sims} {are} {}", state.map_or("in service", SimState::label)),
        },
        (FailureCode::WrongState, kind) => match (group.state, kind) {
            (Some(SimState::Active), OperationKind::Resume | OperationKind::ChangeOffer)
            | (Some(SimState::Suspended), OperationKind::Suspend) => {
                format!("{sims} {have} changed offer since")
            }
            (state, _) => {
                format!("{sims} {are} {} by now", state.map_or("in another state", SimState::label))
            }
        },
        (FailureCode::OfferNotAssigned, _) => {
            format!("{sims} {were} on an offer that the company does not have any more")
        }
        _ => return None,
    })
}
