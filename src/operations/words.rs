//! What operations, previews and selections are called on the screen.

use fleet::operations::{FailureCode, OperationKind, Preview, PreviewGroup};

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
        OperationKind::Terminate => format!("Terminate {sims} of {company}"),
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
        OperationKind::Terminate => format!("Terminate {sims}"),
    }
}

/// The first sentence of a preview: `309 will move.`
pub fn will_change(preview: &Preview) -> String {
    let act = match preview.kind {
        OperationKind::Import => "will be loaded",
        OperationKind::Transfer => "will move",
        OperationKind::HandOver => "will move and be activated",
        OperationKind::Activate => "will be activated",
        OperationKind::Suspend => "will be suspended",
        OperationKind::Resume => "will be resumed",
        OperationKind::ChangeOffer => "will change offer",
        OperationKind::Terminate => "will be terminated",
    };
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
    match (group.code, group.state) {
        (FailureCode::WrongState, Some(fleet::sims::SimState::Inventory)) => {
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
        (FailureCode::CompanySuspended, _) => format!("{sims} cannot enter {target}, which is suspended"),
        (FailureCode::NetworkRejected | FailureCode::NetworkUnreachable, _) => {
            format!("{sims} {are} out of the network's reach")
        }
        (FailureCode::NotFound, _) => format!("{sims} {are} not in the company any more"),
    }
}
