//! Why a SIM was not changed: the code, the sentence, and what can be done about it.

use super::OperationKind;
use crate::ids::OperationId;
use crate::labels;
use crate::sims::SimState;
use crate::words::word;

word! {
    /// Why a task failed.
    FailureCode: FailureCode {
        /// The SIM is not in a state that allows it.
        WrongState = "wrong_state", "Wrong state";
        /// The SIM is in another unfinished operation.
        Busy = "busy", "Busy";
        /// The company that the SIM is in, or goes to, lacks the offer.
        OfferNotAssigned = "offer_not_assigned", "Offer not assigned";
        /// The offer does not accept this type of SIM.
        SimTypeExcluded = "sim_type_excluded", "SIM type excluded";
        /// There is nothing to change.
        AlreadyThere = "already_there", "Already there";
        /// The company that the SIM goes to is suspended.
        CompanySuspended = "company_suspended", "Company suspended";
        /// The network has refused.
        NetworkRejected = "network_rejected", "Rejected by the network";
        /// The network has not answered: whether it is done isn't known.
        NetworkUnreachable = "network_unreachable", "No answer from the network";
        /// The SIM is not in the company any more.
        NotFound = "not_found", "Not found";
        /// A SIM with one of its identifiers is in a fleet already; whose is not said.
        AlreadyLoaded = "already_loaded", "Already in a fleet";
        /// Another operation has changed the SIM since the one that was to be undone.
        ChangedSince = "changed_since", "Changed since";
        /// The offer is of another network than the one that the SIM is in service in.
        OtherNetwork = "other_network", "Another network";
        /// In service here, and the network does not know it.
        AbsentThere = "absent_there", "Absent in the network";
        /// Not in service here, and the network has it.
        PresentThere = "present_there", "Left in the network";
        /// Active here, and the network serves nothing.
        SilentThere = "silent_there", "Not served by the network";
        /// Suspended here, and the network serves it.
        ServedThere = "served_there", "Served by the network";
        /// The network serves other services than the offer has.
        ServicesDiffer = "services_differ", "Other services in the network";
        /// The network has another number for it, or none.
        NumberDiffers = "number_differs", "Another number in the network";
        /// The network is of a kind that does not say what it holds.
        CannotTell = "cannot_tell", "The network does not tell";
        /// The SIM would have more labels than it may.
        TooManyLabels = "too_many_labels", "Too many labels";
    }
}

impl FailureCode {
    /// Those that a reconciliation finds, and a mending puts right.
    pub const DIFFERENCES: &'static [Self] = &[
        Self::AbsentThere,
        Self::PresentThere,
        Self::SilentThere,
        Self::ServedThere,
        Self::ServicesDiffer,
        Self::NumberDiffers,
    ];

    /// Whether it is one of [`Self::DIFFERENCES`].
    pub fn is_difference(self) -> bool {
        Self::DIFFERENCES.contains(&self)
    }
}

/// A failure with all that is known around it; for a group of SIMs, what they have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reason<'a> {
    pub(super) kind: OperationKind,
    pub(super) code: FailureCode,
    /// Where the SIM was to go.
    pub(super) target: Option<&'a str>,
    /// The offer that the SIM was to go on.
    pub(super) offer: Option<&'a str>,
    /// The state that the SIM was in.
    pub(super) state: Option<SimState>,
    /// The offer that the SIM was on.
    pub(super) sim_offer: Option<&'a str>,
    /// The operation that held the SIM, or has changed it.
    pub(super) blocking: Option<OperationId>,
    /// What the network said.
    pub(super) network_message: Option<&'a str>,
    /// The SIM was moved before the failure.
    pub(super) moved: bool,
    /// What was to be undone, for a recall; the target is then where SIMs were to be taken from.
    pub(super) undone: Option<OperationKind>,
}

impl<'a> Reason<'a> {
    pub(super) const fn new(kind: OperationKind, code: FailureCode) -> Self {
        Self {
            kind,
            code,
            target: None,
            offer: None,
            state: None,
            sim_offer: None,
            blocking: None,
            network_message: None,
            moved: false,
            undone: None,
        }
    }

    fn target(&self) -> &'a str {
        self.target.unwrap_or("the other company")
    }

    fn offer(&self) -> &'a str {
        self.offer.unwrap_or("the offer")
    }

    /// The reason in plain words.
    pub(super) fn sentence(&self) -> String {
        let sentence = self.plain();
        if self.moved && self.kind == OperationKind::HandOver {
            return format!("Moved to {}, but not activated. {sentence}", self.target());
        }
        sentence
    }

    /// What keeps a recall from undoing something; none for what keeps other kinds as well.
    fn not_undone(&self) -> Option<String> {
        Some(match (self.code, self.undone?) {
            (FailureCode::WrongState, OperationKind::Transfer) => match self.state {
                Some(state) => {
                    format!(
                        "It was {}: only a SIM that is still in Inventory can be recalled.",
                        state.label()
                    )
                }
                None => "Only a SIM that is still in Inventory can be recalled.".to_owned(),
            },
            (FailureCode::WrongState, _) => "It is not as the operation left it any more.".to_owned(),
            (FailureCode::AlreadyThere, _) => "It is as it was before the operation already.".to_owned(),
            (FailureCode::NotFound, OperationKind::Transfer) => {
                format!("It has left {} since.", self.target())
            }
            (FailureCode::OfferNotAssigned, _) => {
                "The company does not have the offer any more that the SIM was on.".to_owned()
            }
            _ => return None,
        })
    }

    fn plain(&self) -> String {
        if let Some(sentence) = self.not_undone() {
            return sentence;
        }
        match self.code {
            FailureCode::TooManyLabels => match self.kind {
                OperationKind::Edit => {
                    format!("It would have more than {} labels: nothing of it was changed.", labels::OF_A_SIM)
                }
                OperationKind::Import => "The company has no room for its label any more.".to_owned(),
                _ => format!("{} has no room for one of its labels: it was not moved.", self.target()),
            },
            FailureCode::WrongState => self.wrong_state(),
            FailureCode::Busy => match self.blocking {
                Some(operation) => format!("Busy: operation #{operation} was working on it."),
                None => "Busy: another operation is working on it.".to_owned(),
            },
            FailureCode::ChangedSince => match self.blocking {
                Some(operation) => format!("It has been changed since by operation #{operation}."),
                None => "It has been changed since.".to_owned(),
            },
            FailureCode::OfferNotAssigned if self.kind == OperationKind::Transfer => format!(
                "It is in service on {}, which {} does not have.",
                self.sim_offer.unwrap_or("an offer"),
                self.target()
            ),
            FailureCode::OfferNotAssigned => format!("The company does not have {} any more.", self.offer()),
            FailureCode::SimTypeExcluded => format!("{} does not accept this type of SIM.", self.offer()),
            FailureCode::AlreadyThere => format!("It is on {} already.", self.offer()),
            FailureCode::OtherNetwork => {
                format!("{} is of another network than the offer of this SIM.", self.offer())
            }
            FailureCode::CompanySuspended => format!("{} is suspended.", self.target()),
            FailureCode::NetworkRejected => match self.network_message {
                Some(message) => format!("The network refused: {message}"),
                None => "The network refused.".to_owned(),
            },
            FailureCode::NetworkUnreachable if self.kind == OperationKind::Reconcile => {
                "The network did not answer.".to_owned()
            }
            FailureCode::NetworkUnreachable => {
                "The network did not answer: it may have been done all the same.".to_owned()
            }
            FailureCode::NotFound => "It is not in the company any more.".to_owned(),
            FailureCode::AlreadyLoaded => {
                "A SIM with the same ICCID, IMSI or MSISDN has come into a fleet since the file was checked."
                    .to_owned()
            }
            FailureCode::AbsentThere
            | FailureCode::PresentThere
            | FailureCode::SilentThere
            | FailureCode::ServedThere
            | FailureCode::ServicesDiffer
            | FailureCode::NumberDiffers
            | FailureCode::CannotTell => self.difference(),
        }
    }

    /// How the SIM and what the network holds do not fit together.
    fn difference(&self) -> String {
        let state = |any| match self.state {
            Some(SimState::Inventory) => "In Inventory",
            Some(state) => state.label(),
            None => any,
        };
        let sentence = match self.code {
            FailureCode::AbsentThere => format!("{} here, absent there", state("In service")),
            FailureCode::PresentThere => format!("{} here, still there", state("Not in service")),
            FailureCode::SilentThere => "Active here, not served there".to_owned(),
            FailureCode::ServedThere => "Suspended here, served there".to_owned(),
            FailureCode::ServicesDiffer => "Other services there than the offer has".to_owned(),
            FailureCode::NumberDiffers => "Another number there than here".to_owned(),
            _ => "Its network cannot say what it holds".to_owned(),
        };
        match self.network_message {
            Some(held) => format!("{sentence}: {held}"),
            None => format!("{sentence}."),
        }
    }

    fn wrong_state(&self) -> String {
        let rule = match self.kind {
            OperationKind::Import | OperationKind::Transfer => "a Retired SIM cannot be moved",
            OperationKind::HandOver => "only a SIM in Inventory can be handed over",
            OperationKind::Activate => "only a SIM in Inventory can be activated",
            OperationKind::Suspend => "only an Active SIM can be suspended",
            OperationKind::Resume => "only a Suspended SIM can be resumed",
            OperationKind::ChangeOffer => "only an Active SIM can change its offer",
            OperationKind::Edit => "a SIM can be edited in any state",
            OperationKind::Terminate => "only an Active or Suspended SIM can be terminated",
            OperationKind::Reconcile | OperationKind::Mend => "a SIM can be compared in any state",
            OperationKind::Recall => "only a SIM that is as the operation left it can be recalled",
        };
        match self.state {
            Some(SimState::Inventory) => format!("It was in Inventory: {rule}."),
            Some(state) => format!("It was {}: {rule}.", state.label()),
            None => {
                let mut letters = rule.chars();
                let first = letters.next().map(|letter| letter.to_uppercase().to_string());
                format!("{}{}.", first.unwrap_or_default(), letters.as_str())
            }
        }
    }

    /// What can be done about it, if anything. Screens offer a button only where this says something.
    pub(super) fn remedy(&self) -> Option<String> {
        Some(match self.code {
            FailureCode::Busy => "Launch it again when that operation has ended.".to_owned(),
            FailureCode::OfferNotAssigned if self.kind == OperationKind::Transfer => {
                format!("Assign the offer to {}, then transfer these SIMs again.", self.target())
            }
            FailureCode::OfferNotAssigned if self.kind == OperationKind::Recall => {
                "Have the offer assigned again, then retry.".to_owned()
            }
            FailureCode::OfferNotAssigned => {
                format!("Have {} assigned again, or choose another offer.", self.offer())
            }
            FailureCode::TooManyLabels => match self.kind {
                OperationKind::Edit => "Take labels off these SIMs, then retry.".to_owned(),
                OperationKind::Import => {
                    "Remove labels that are not used, then import these lines again.".to_owned()
                }
                _ => format!(
                    "Have labels removed in {} that are not used, then retry; or transfer these SIMs without their labels.",
                    self.target()
                ),
            },
            FailureCode::SimTypeExcluded => "Choose an offer that accepts this type.".to_owned(),
            FailureCode::OtherNetwork => {
                "Choose an offer of the network that these SIMs are in service in.".to_owned()
            }
            FailureCode::NetworkRejected | FailureCode::NetworkUnreachable if self.moved => {
                format!("Activate these SIMs from {}.", self.target())
            }
            FailureCode::NetworkUnreachable if self.kind == OperationKind::Reconcile => {
                "Compare these again when the network answers.".to_owned()
            }
            FailureCode::PresentThere => "Mend these: the network removes them.".to_owned(),
            FailureCode::ServedThere => "Mend these: the network bars them.".to_owned(),
            code if code.is_difference() => "Mend these: the network is told what they are here.".to_owned(),
            FailureCode::NetworkUnreachable => {
                "Retry these: what the network has done already is not done twice.".to_owned()
            }
            FailureCode::NetworkRejected => {
                "Put right what the network has named for each SIM, then retry.".to_owned()
            }
            FailureCode::CompanySuspended => {
                format!("Launch it again when {} is not suspended any more.", self.target())
            }
            FailureCode::AlreadyLoaded => {
                "Look at these lines in the file, then import those that are right.".to_owned()
            }
            FailureCode::NotFound if self.kind == OperationKind::HandOver => {
                format!("Those that have moved to {} can be activated from there.", self.target())
            }
            FailureCode::WrongState
            | FailureCode::AlreadyThere
            | FailureCode::NotFound
            | FailureCode::ChangedSince
            | FailureCode::CannotTell
            | FailureCode::AbsentThere
            | FailureCode::SilentThere
            | FailureCode::ServicesDiffer
            | FailureCode::NumberDiffers => return None,
        })
    }
}
