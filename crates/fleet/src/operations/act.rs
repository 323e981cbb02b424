//! What an operation is to do, and whether this person may have it done here.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid};

use super::changes::{self, Changes, Edit};
use super::recall::{self, Undone};
use super::{Conduct, OperationKind};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, OfferId, OperationId};
use crate::schema::{offer_assignments, offers};
use crate::sims::Selection;
use crate::tenancy::{CompanyScope, Permission};

/// What an operation is to do with its SIMs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Move them to a subaccount at any depth, or back to the parent.
    Transfer {
        /// Where to.
        target: CompanyUid,
        /// Take name, note, labels and custom fields along; they are dropped otherwise.
        keep_labels: bool,
    },
    /// Move them to a subaccount and activate them there on an offer, which is assigned to
    /// the subaccount if it lacks it.
    HandOver {
        /// Where to.
        target: CompanyUid,
        /// The offer to be activated on.
        offer: OfferId,
        /// Take name, note, labels and custom fields along; they are dropped otherwise.
        keep_labels: bool,
    },
    /// Put them in service on an offer.
    Activate {
        /// The offer.
        offer: OfferId,
    },
    /// Take them out of service for a time.
    Suspend,
    /// Put them back in service.
    Resume,
    /// Put them on another offer.
    ChangeOffer {
        /// The new offer.
        offer: OfferId,
    },
    /// Change what the company writes on them.
    Edit(Changes),
    /// Do to them what an earlier edit of the active company does.
    EditAgain {
        /// That operation.
        operation: OperationId,
    },
    /// End them for good.
    Terminate,
    /// Undo what an operation of the active company has done with them.
    Recall {
        /// That operation.
        operation: OperationId,
    },
    /// Compare them with what their network holds.
    Reconcile,
    /// Have the network hold what they are here.
    Mend,
}

/// What is launched: an act, and the SIMs of the active company it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperation {
    /// What to do.
    pub act: Act,
    /// With which SIMs.
    pub selection: Selection,
    /// When it begins, and when it pauses.
    pub conduct: Conduct,
}

impl NewOperation {
    /// An act on these SIMs that begins at once, and pauses as operations do if nothing else is said.
    pub fn new(act: Act, selection: Selection) -> Self {
        Self { act, selection, conduct: Conduct::default() }
    }
}

impl Act {
    /// The kind of operation that does this.
    pub const fn kind(&self) -> OperationKind {
        match self {
            Self::Transfer { .. } => OperationKind::Transfer,
            Self::HandOver { .. } => OperationKind::HandOver,
            Self::Activate { .. } => OperationKind::Activate,
            Self::Suspend => OperationKind::Suspend,
            Self::Resume => OperationKind::Resume,
            Self::ChangeOffer { .. } => OperationKind::ChangeOffer,
            Self::Edit(_) | Self::EditAgain { .. } => OperationKind::Edit,
            Self::Terminate => OperationKind::Terminate,
            Self::Recall { .. } => OperationKind::Recall,
            Self::Reconcile => OperationKind::Reconcile,
            Self::Mend => OperationKind::Mend,
        }
    }

    fn recalls(&self) -> Option<OperationId> {
        match self {
            Self::Recall { operation } => Some(*operation),
            _ => None,
        }
    }

    /// The act of operation `number`, from how it is stored; none for a kind that does not wait.
    pub(super) fn stored(
        number: OperationId,
        kind: OperationKind,
        target: Option<CompanyUid>,
        offer: Option<OfferId>,
        keep_labels: bool,
        recalls: Option<OperationId>,
    ) -> Option<Self> {
        Some(match kind {
            OperationKind::Import => return None,
            OperationKind::Transfer => Self::Transfer { target: target?, keep_labels },
            OperationKind::HandOver => Self::HandOver { target: target?, offer: offer?, keep_labels },
            OperationKind::Activate => Self::Activate { offer: offer? },
            OperationKind::Suspend => Self::Suspend,
            OperationKind::Resume => Self::Resume,
            OperationKind::ChangeOffer => Self::ChangeOffer { offer: offer? },
            OperationKind::Edit => Self::EditAgain { operation: number },
            OperationKind::Terminate => Self::Terminate,
            OperationKind::Recall => Self::Recall { operation: recalls? },
            OperationKind::Reconcile => Self::Reconcile,
            OperationKind::Mend => Self::Mend,
        })
    }

    pub(super) fn target(&self) -> Option<CompanyUid> {
        match self {
            Self::Transfer { target, .. } | Self::HandOver { target, .. } => Some(*target),
            _ => None,
        }
    }

    pub(super) fn offer(&self) -> Option<OfferId> {
        match self {
            Self::HandOver { offer, .. } | Self::Activate { offer } | Self::ChangeOffer { offer } => {
                Some(*offer)
            }
            _ => None,
        }
    }

    fn keep_labels(&self) -> bool {
        matches!(self, Self::Transfer { keep_labels: true, .. } | Self::HandOver { keep_labels: true, .. })
    }
}

impl OperationKind {
    /// What a person must be allowed to do in a company to launch this kind in it. A recall needs what the
    /// kind that it undoes needs.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Import => &[Permission::SimsImport],
            Self::Transfer => &[Permission::SimsTransfer],
            Self::HandOver => &[Permission::SimsTransfer, Permission::SimsActivate],
            Self::Activate => &[Permission::SimsActivate],
            Self::Suspend | Self::Resume | Self::ChangeOffer | Self::Reconcile => &[Permission::SimsManage],
            // What it finds may have to be ended there.
            Self::Mend => &[Permission::SimsManage, Permission::SimsTerminate],
            Self::Edit => &[Permission::SimsEdit],
            Self::Terminate => &[Permission::SimsTerminate],
            Self::Recall => &[Permission::FleetView],
        }
    }
}

/// An act that has been checked: allowed here, and its target and offer are what they must be.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) kind: OperationKind,
    pub(super) company: CompanyId,
    pub(super) target: Option<Target>,
    pub(super) offer: Option<(OfferId, String)>,
    pub(super) keep_labels: bool,
    /// The target lacks the offer: it is assigned as part of the operation.
    pub(super) assigns_offer: bool,
    /// What is undone, for a recall.
    pub(super) undone: Option<Undone>,
    /// What is changed, for an edit.
    pub(super) edit: Option<Edit>,
}

/// The company that SIMs are moved to.
#[derive(Debug, QueryableByName)]
pub(super) struct Target {
    #[diesel(sql_type = BigInt)]
    pub(super) id: CompanyId,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Bool)]
    suspended: bool,
    #[diesel(sql_type = Bool)]
    below: bool,
    #[diesel(sql_type = Bool)]
    has_offer: bool,
}

impl Order {
    pub(super) fn target_id(&self) -> Option<CompanyId> {
        self.target.as_ref().map(|target| target.id)
    }

    pub(super) fn offer_id(&self) -> Option<OfferId> {
        self.offer.as_ref().map(|(id, _)| *id)
    }

    pub(super) fn recall_of(&self) -> Option<OperationId> {
        self.undone.as_ref().map(|undone| undone.operation)
    }

    pub(super) fn undone_kind(&self) -> Option<OperationKind> {
        self.undone.as_ref().map(|undone| undone.kind)
    }
}

/// Checks that `act` may be launched in the active company by this person.
pub(super) fn check(conn: &mut PgConnection, scope: &CompanyScope, act: &Act) -> Result<Order> {
    let kind = act.kind();
    let undone = act.recalls().map(|number| recall::check(conn, scope, number)).transpose()?;
    for permission in undone.as_ref().map_or(kind, |undone| undone.kind).permissions() {
        scope.require_to_launch(*permission)?;
    }
    let offer = act.offer().map(|offer| offer_of(conn, scope, offer)).transpose()?;
    let target = act.target().map(|uid| target_of(conn, scope, uid, act.offer())).transpose()?;
    if let Some(target) = &target {
        if target.suspended {
            return Err(Error::refused(format!(
                "{} is suspended: no SIM can be moved into it until the suspension is lifted.",
                target.name
            )));
        }
        if kind == OperationKind::HandOver && !target.below {
            return Err(Error::refused(format!(
                "{} is not a subaccount of {}: SIMs can be transferred to it, but not handed over.",
                target.name,
                scope.company_name()
            )));
        }
    }
    let assigns_offer =
        kind == OperationKind::HandOver && target.as_ref().is_some_and(|target| !target.has_offer);
    if assigns_offer {
        scope.require(Permission::OffersAssign)?;
    }
    let edit = match act {
        Act::Edit(changes) => Some(changes::check(conn, scope, changes)?),
        Act::EditAgain { operation } => Some(changes::again(conn, scope, *operation)?),
        _ => None,
    };
    Ok(Order {
        kind,
        company: scope.company_id(),
        target,
        offer,
        keep_labels: act.keep_labels(),
        assigns_offer,
        undone,
        edit,
    })
}

/// The name of the company `uid`, if SIMs of the active company may be moved to it.
pub fn target_name(conn: &mut PgConnection, scope: &CompanyScope, uid: CompanyUid) -> Result<String> {
    Ok(target_of(conn, scope, uid, None)?.name)
}

/// The name of an offer that the active company has.
pub fn offer_name(conn: &mut PgConnection, scope: &CompanyScope, offer: OfferId) -> Result<String> {
    Ok(offer_of(conn, scope, offer)?.1)
}

/// The offer, if the active company has it.
fn offer_of(conn: &mut PgConnection, scope: &CompanyScope, offer: OfferId) -> Result<(OfferId, String)> {
    Ok(offer_assignments::table
        .inner_join(offers::table)
        .filter(offer_assignments::company_id.eq(scope.company_id()))
        .filter(offer_assignments::offer_id.eq(offer))
        .select((offers::id, offers::name))
        .first(conn)?)
}

/// The company that SIMs of the active company may be moved to: below it at any depth, or its parent.
fn target_of(
    conn: &mut PgConnection,
    scope: &CompanyScope,
    uid: CompanyUid,
    offer: Option<OfferId>,
) -> Result<Target> {
    const SQL: &str = "SELECT c.id, c.name, c.suspended_at IS NOT NULL AS suspended, \
             c.lineage @> ARRAY[$2] AS below, \
             EXISTS (SELECT FROM offer_assignments a WHERE a.company_id = c.id AND a.offer_id = $4) AS has_offer \
         FROM companies c WHERE c.uid = $1 AND c.id <> $2 AND (c.lineage @> ARRAY[$2] OR c.id = $3)";
    Ok(diesel::sql_query(SQL)
        .bind::<Uuid, _>(uid)
        .bind::<BigInt, _>(scope.company_id())
        .bind::<Nullable<BigInt>, _>(scope.parent_id())
        .bind::<Nullable<BigInt>, _>(offer)
        .get_result(conn)?)
}
