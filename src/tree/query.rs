//! Which accounts are meant, in the query string: `tree=1` all of them, `tree=1&in=<uid>&in=<uid>` these.

use diesel::PgConnection;
use fleet::ids::CompanyUid;
use fleet::tenancy::{self, CompanyScope, TreeScope};
use form_urlencoded::{Serializer, parse};

use crate::web::error::AppError;

/// The accounts of the tree that are meant; all, if there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeQuery {
    /// Those that were chosen.
    pub accounts: Vec<CompanyUid>,
}

impl TreeQuery {
    /// Reads it off a query string; none of one that means the company in focus alone.
    pub fn parse(query: &str) -> Result<Option<Self>, AppError> {
        let (mut is_tree, mut accounts) = (false, Vec::new());
        for (key, value) in parse(query.as_bytes()) {
            match &*key {
                "tree" => is_tree = value == "1",
                "in" if !value.trim().is_empty() => {
                    let account: CompanyUid = value
                        .trim()
                        .parse()
                        .map_err(|_| AppError::BadRequest("There is no such account.".into()))?;
                    if !accounts.contains(&account) {
                        accounts.push(account);
                        tenancy::require_few(&accounts)?;
                    }
                }
                _ => {}
            }
        }
        Ok(is_tree.then_some(Self { accounts }))
    }

    /// The scopes of these accounts.
    pub fn scope(&self, conn: &mut PgConnection, main: &CompanyScope) -> fleet::Result<TreeScope> {
        tenancy::tree(conn, main, &self.accounts)
    }

    /// As fields of a form.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let accounts = self.accounts.iter().map(|uid| ("in", uid.to_string()));
        std::iter::once(("tree", "1".to_owned())).chain(accounts)
    }

    /// The query string that [`Self::parse`] reads.
    pub fn to_query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(self.fields()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_an_account_counts_once() {
        let uid = CompanyUid(uuid::Uuid::from_u128(7));
        let query = TreeQuery { accounts: vec![uid] };
        assert_eq!(TreeQuery::parse(&query.to_query()).unwrap(), Some(query.clone()));
        let twice = format!("state=active&in={uid}&tree=1&in={uid}&in=");
        assert_eq!(TreeQuery::parse(&twice).unwrap(), Some(query));
        assert_eq!(TreeQuery::parse("state=active").unwrap(), None);
        assert!(TreeQuery::parse("tree=1&in=7").is_err());
    }
}
