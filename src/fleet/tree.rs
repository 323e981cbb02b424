//! The grid over several accounts: the switch, the filter by account, and whose each SIM is.

use fleet::sims::{Row, SimFilter, Start};
use fleet::tenancy::TREE_LIMIT;

use super::address::GridAddress;
use super::filter_bar::FilterChip;
use super::views::Index;
use crate::tree::TreeQuery;
use crate::web::display;

/// One side of the switch between the company in focus and all accounts.
pub struct Side {
    /// What it is called.
    pub words: String,
    /// Where it leads.
    pub address: String,
    /// Whether it is shown now.
    pub on: bool,
}

/// The account of a row.
pub struct Account<'a> {
    /// Its public id.
    pub uid: String,
    /// Its name.
    pub name: &'a str,
    /// Its colour, in CSS notation.
    pub colour: &'static str,
}

impl Index {
    pub(super) fn is_tree(&self) -> bool {
        self.tree.is_some()
    }

    /// The switch; nothing for a person with one account, or who may not look at several.
    pub(super) fn sides(&self) -> Vec<Side> {
        let Some(size) = self.tree_size.filter(|size| *size > 1) else { return Vec::new() };
        let to = |tree: Option<TreeQuery>| {
            let mut address = GridAddress { tree, view: None, ..self.address.first_page() };
            // These belong to one account.
            let filter = &mut address.request.filter;
            *filter = SimFilter { labels: Vec::new(), list: None, ..std::mem::take(filter) };
            let address = address.to_address();
            if address == "/fleet" { "/fleet?view=none".to_owned() } else { address }
        };
        let on = self.is_tree();
        vec![
            Side { words: self.page.company.name.clone(), address: to(None), on: !on },
            Side {
                words: format!("All my accounts ({})", display::count(size)),
                address: to(Some(TreeQuery::default())),
                on,
            },
        ]
    }

    /// Why no SIM is shown, where there are too many accounts.
    pub(super) fn too_wide(&self) -> Option<String> {
        let tree = self.tree.as_ref().filter(|tree| tree.is_too_wide())?;
        let size = display::count(tree.size());
        Some(format!(
            "You have {size} accounts here. At most {TREE_LIMIT} are shown at once: choose some by the filter Account."
        ))
    }

    /// The account of a row; none where all are of the company in focus.
    pub(super) fn account(&self, row: &Row) -> Option<Account<'_>> {
        let account = self.tree.as_ref()?.account(row.company)?;
        Some(Account {
            uid: account.company_uid().to_string(),
            name: account.company_name(),
            colour: display::company_colour(account.company_colour()),
        })
    }

    /// What an address of a row's company ends with, so that it is opened there.
    pub(super) fn there(&self, row: &Row) -> String {
        self.account(row).map_or_else(String::new, |account| format!("?account={}", account.uid))
    }

    /// The accounts that are filtered by.
    pub(super) fn account_chips(&self) -> Vec<FilterChip> {
        let (Some(query), Some(tree)) = (&self.address.tree, &self.tree) else { return Vec::new() };
        let chosen = tree.accounts().iter().filter(|account| query.accounts.contains(&account.company_uid()));
        chosen
            .map(|account| {
                let mut address = self.address.with(|request| request.start = Start::First);
                if let Some(tree) = &mut address.tree {
                    tree.accounts.retain(|uid| *uid != account.company_uid());
                }
                FilterChip {
                    words: format!("Account: {}", account.company_name()),
                    address: address.to_address(),
                }
            })
            .collect()
    }

    /// Whose SIMs the table shows.
    pub(super) fn whose(&self) -> String {
        match &self.tree {
            None => self.page.company.name.clone(),
            Some(tree) => display::counted(tree.accounts().len(), "account", "accounts"),
        }
    }
}
