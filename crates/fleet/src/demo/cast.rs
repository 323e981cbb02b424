//! Who plays in the demo: accounts, offers and people. All names are invented.

use crate::custom_fields::FieldKind;
use crate::sims::SimType;
use crate::tenancy::Role;

/// An account of the demo. They stand in the order of their size.
pub(super) struct Account {
    pub(super) name: &'static str,
    pub(super) external_id: Option<&'static str>,
    /// The account above it, by its place in [`ACCOUNTS`].
    pub(super) parent: Option<usize>,
    pub(super) subaccounts: bool,
    /// What it has, by the place in [`OFFERS`].
    pub(super) offers: &'static [usize],
    /// How its SIMs are built: so many plug-in cards to so many MFF2 chips to so many eUICCs.
    pub(super) mix: [u32; 3],
    /// How many of a hundred SIMs that can be activated have been.
    pub(super) in_service: u32,
    pub(super) labels: &'static [&'static str],
    /// What its devices are called, before their number.
    pub(super) device: &'static str,
}

/// The main account first, then twelve subaccounts of two levels.
pub(super) const ACCOUNTS: [Account; 13] = [
    Account {
        name: "Meridian IoT",
        external_id: None,
        parent: None,
        subaccounts: true,
        offers: &[0, 1, 2],
        mix: [5, 3, 3],
        in_service: 34,
        labels: &[],
        device: "Gateway",
    },
    Account {
        name: "Clienticity",
        external_id: Some("C-1001"),
        parent: Some(0),
        subaccounts: true,
        offers: &[0, 2],
        mix: [6, 2, 3],
        in_service: 72,
        labels: &["Street lights", "Parking", "Air quality", "Spare"],
        device: "City sensor",
    },
    Account {
        name: "Northwind Metering",
        external_id: Some("NWM-77"),
        parent: Some(0),
        subaccounts: false,
        offers: &[1],
        mix: [1, 8, 3],
        in_service: 84,
        labels: &["Electricity", "Heat", "Roll-out north", "Roll-out south"],
        device: "Meter",
    },
    Account {
        name: "Harbourline Logistics",
        external_id: Some("HL-0420"),
        parent: Some(0),
        subaccounts: true,
        offers: &[0, 2],
        mix: [7, 1, 3],
        in_service: 78,
        labels: &["Containers", "Trailers", "Test bench"],
        device: "Tracker",
    },
    Account {
        name: "Brightmoor Energy",
        external_id: Some("BM-12"),
        parent: Some(0),
        subaccounts: true,
        offers: &[0, 1],
        mix: [2, 6, 2],
        in_service: 69,
        labels: &["Wind", "Solar", "Substations"],
        device: "RTU",
    },
    Account {
        name: "Alpenrad E-Bikes",
        external_id: None,
        parent: Some(0),
        subaccounts: false,
        offers: &[0],
        mix: [1, 2, 8],
        in_service: 81,
        labels: &["Rental", "Sold", "Season 2"],
        device: "Bike",
    },
    Account {
        name: "Clienticity Nordics",
        external_id: Some("C-1001-N"),
        parent: Some(1),
        subaccounts: false,
        offers: &[0],
        mix: [6, 2, 3],
        in_service: 60,
        labels: &["Parking", "Ferries"],
        device: "City sensor",
    },
    Account {
        name: "Polder Water Works",
        external_id: Some("PWW"),
        parent: Some(0),
        subaccounts: false,
        offers: &[1],
        mix: [1, 7, 2],
        in_service: 88,
        labels: &["Pumps", "Levels"],
        device: "Pump",
    },
    Account {
        name: "Harbourline Cold Chain",
        external_id: Some("HL-0421"),
        parent: Some(3),
        subaccounts: false,
        offers: &[0, 2],
        mix: [4, 1, 5],
        in_service: 74,
        labels: &["Reefers", "Warehouses"],
        device: "Reefer",
    },
    Account {
        name: "Castellan Alarms",
        external_id: Some("CAST-9"),
        parent: Some(0),
        subaccounts: false,
        offers: &[2],
        mix: [8, 1, 2],
        in_service: 91,
        labels: &["Homes", "Shops"],
        device: "Panel",
    },
    Account {
        name: "Brightmoor Charging",
        external_id: Some("BM-12-C"),
        parent: Some(4),
        subaccounts: false,
        offers: &[0, 1],
        mix: [2, 4, 4],
        in_service: 66,
        labels: &["Motorway", "City"],
        device: "Charger",
    },
    Account {
        name: "Harbourline Rail",
        external_id: Some("HL-0422"),
        parent: Some(3),
        subaccounts: false,
        offers: &[2],
        mix: [6, 1, 3],
        in_service: 55,
        labels: &["Wagons"],
        device: "Wagon",
    },
    // New: it has its first SIMs and no offer yet.
    Account {
        name: "Greenacre Robotics",
        external_id: None,
        parent: Some(0),
        subaccounts: false,
        offers: &[],
        mix: [3, 3, 3],
        in_service: 0,
        labels: &[],
        device: "Robot",
    },
];

/// An offer of the main account.
pub(super) struct Offer {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) accepts: &'static [SimType],
}

pub(super) const OFFERS: [Offer; 3] = [
    Offer {
        name: "Flex 100 MB",
        description: "100 MB a month, pooled over all SIMs of the account",
        accepts: &[SimType::PlugIn, SimType::Mff2, SimType::Euicc],
    },
    Offer {
        name: "Meter 10 MB",
        description: "10 MB a month over LTE-M and NB-IoT, for devices that stay where they are",
        accepts: &[SimType::Mff2, SimType::Euicc],
    },
    Offer {
        name: "Roam 1 GB",
        description: "1 GB a month in 140 countries",
        accepts: &[SimType::PlugIn, SimType::Euicc],
    },
];

/// A custom field of an account.
pub(super) struct CustomField {
    /// The account, by its place in [`ACCOUNTS`].
    pub(super) account: usize,
    pub(super) name: &'static str,
    pub(super) kind: FieldKind,
    pub(super) choices: &'static [&'static str],
    /// What stands in it, in SQL over `demo_sims d`; NULL for nothing.
    pub(super) value: &'static str,
}

pub(super) const FIELDS: [CustomField; 4] = [
    CustomField {
        account: 1,
        name: "Installed on",
        kind: FieldKind::Date,
        choices: &[],
        value: "d.activated_at::date::text",
    },
    CustomField {
        account: 1,
        name: "District",
        kind: FieldKind::List,
        choices: &["Harbour", "Old town", "University"],
        value: "CASE WHEN d.name IS NOT NULL THEN (ARRAY['Harbour', 'Old town', 'University'])[1 + d.sim_id % 3] END",
    },
    CustomField {
        account: 2,
        name: "Serial number",
        kind: FieldKind::Text,
        choices: &[],
        value: "CASE WHEN d.name IS NOT NULL THEN 'NW-' || lpad((d.sim_id * 7919 % 1000000)::text, 6, '0') END",
    },
    CustomField {
        account: 2,
        name: "Floor",
        kind: FieldKind::Number,
        choices: &[],
        value: "CASE WHEN d.name IS NOT NULL AND d.sim_id % 4 > 0 THEN (d.sim_id % 9 - 1)::text END",
    },
];

/// Labels that the main account's deliveries came with.
pub(super) const DELIVERY_LABELS: [&str; 4] = ["Delivery A", "Delivery B", "Delivery C", "Samples"];

/// A person of the demo.
pub(super) struct Person {
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    /// Where, by the place in [`ACCOUNTS`], and as what.
    pub(super) roles: &'static [(usize, Role)],
}

use Role::{Administrator, Operator, Viewer};

pub(super) const PEOPLE: [Person; 15] = [
    Person {
        email: "ada@meridian.example",
        name: "Ada Winter",
        roles: &[(0, Administrator), (1, Administrator), (3, Administrator)],
    },
    Person { email: "omar@meridian.example", name: "Omar Haddad", roles: &[(0, Operator)] },
    Person { email: "vera@meridian.example", name: "Vera Lindqvist", roles: &[(0, Viewer)] },
    Person { email: "nora@northwind.example", name: "Nora Eide", roles: &[(2, Administrator)] },
    Person { email: "nils@northwind.example", name: "Nils Aune", roles: &[(2, Operator)] },
    Person { email: "ines@northwind.example", name: "Ines Carvalho", roles: &[(2, Viewer)] },
    Person {
        email: "clara@clienticity.example",
        name: "Clara Ngata",
        roles: &[(1, Administrator), (6, Administrator)],
    },
    Person { email: "cem@clienticity.example", name: "Cem Aydin", roles: &[(1, Operator), (6, Operator)] },
    Person {
        email: "hugo@harbourline.example",
        name: "Hugo Maas",
        roles: &[(3, Operator), (8, Administrator), (11, Administrator)],
    },
    Person {
        email: "bea@brightmoor.example",
        name: "Bea Thornton",
        roles: &[(4, Administrator), (10, Administrator)],
    },
    Person { email: "tom@brightmoor.example", name: "Tom Ashby", roles: &[(4, Viewer), (10, Operator)] },
    Person { email: "alois@alpenrad.example", name: "Alois Huber", roles: &[(5, Administrator)] },
    Person { email: "pia@polder.example", name: "Pia de Boer", roles: &[(7, Administrator)] },
    Person { email: "carlo@castellan.example", name: "Carlo Ricci", roles: &[(9, Administrator)] },
    Person { email: "gwen@greenacre.example", name: "Gwen Parry", roles: &[(12, Administrator)] },
];

/// The people, by their place in [`PEOPLE`], who may launch operations in `account`.
pub(super) fn launchers(account: usize) -> Vec<usize> {
    let may_launch =
        |person: &Person| person.roles.iter().any(|(at, role)| *at == account && *role != Viewer);
    PEOPLE.iter().enumerate().filter(|(_, person)| may_launch(person)).map(|(place, _)| place).collect()
}

/// The accounts from the main account down to `account`.
pub(super) fn path(account: usize) -> Vec<usize> {
    let mut path: Vec<usize> = std::iter::successors(Some(account), |at| ACCOUNTS[*at].parent).collect();
    path.reverse();
    path
}
