//! Exports of SIMs of several accounts of a tree: one file, with the main account, and a record in each account whose
//! SIMs are in it.
//!
//! Of each account, SIMs are exported under the right that the person has there: when it is asked for, when the file is
//! made, and when it is downloaded, whoever does that.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer};
use uuid::Uuid;

use super::ask::{self, Asked};
use super::{Export, NewExport};
use crate::audit::{Action, Note};
use crate::error::{Error, Result};
use crate::ids::{CompanyId, CompanyUid, ExportId};
use crate::schema::{companies, exports};
use crate::sims::{self, Selection};
use crate::tenancy::{self, CompanyScope, Permission, TREE_LIMIT, TreeScope};

/// The selected SIMs of one account.
#[derive(Debug, Clone)]
pub struct Share {
    /// The account.
    pub account: CompanyScope,
    /// How many of its SIMs are selected.
    pub selected: i64,
    selection: Selection,
}

impl Share {
    /// Whether the person may export them.
    pub fn is_allowed(&self) -> bool {
        self.account.allows(Permission::SimsExport)
    }
}

/// The selected SIMs of each account of the tree that has some, whether they may be exported or not.
///
/// [`Error::Refused`] where there are too many accounts at once.
pub fn shares(conn: &mut PgConnection, tree: &TreeScope, selection: &Selection) -> Result<Vec<Share>> {
    // The file is the main account's.
    tree.main().require(Permission::SimsExport)?;
    if tree.is_too_wide() {
        return Err(Error::refused(format!(
            "You have {} accounts here. At most {TREE_LIMIT} are exported at once: choose some first.",
            tree.size()
        )));
    }
    let mut shares = Vec::new();
    for (id, selection) in sims::split(conn, tree, selection)? {
        let Some(account) = tree.account(id) else { continue };
        let selected = selection.count(conn, account)?;
        if selected > 0 {
            shares.push(Share { account: account.clone(), selected, selection });
        }
    }
    Ok(shares)
}

/// Notes an export of SIMs of several accounts, in each of these. Accounts that the person may not export from are
/// left out.
///
/// The errors are those of [`super::ask()`] and of [`shares`].
pub fn ask_in_tree(conn: &mut PgConnection, tree: &TreeScope, new: &NewExport) -> Result<Export> {
    let main = tree.main();
    ask::require_room(conn, main)?;
    let mut shares = shares(conn, tree, &new.selection)?;
    if !shares.is_empty() && !shares.iter().any(Share::is_allowed) {
        return Err(Error::refused(
            "You may not export SIMs of any of these accounts. Nothing was exported.",
        ));
    }
    shares.retain(Share::is_allowed);
    let words = format!("{}, in {}", new.words, named(&shares));
    let expected = shares.iter().map(|share| share.selected).sum();
    let own = shares.iter().position(|share| share.account.company_id() == main.company_id());
    let own = own.map_or(Selection::Sims(Vec::new()), |own| shares.remove(own).selection);
    let whole = Asked { selection: &own, words: &words, expected, of_tree: true };
    conn.transaction(|conn| {
        let export = ask::note(conn, main, new, whole)?;
        let words = format!("{}, exported from {}", new.words, main.company_name());
        let parts: Vec<_> = shares
            .iter()
            .map(|share| {
                Ok((
                    exports::uid.eq(Uuid::now_v7()),
                    exports::company_id.eq(share.account.company_id()),
                    exports::asked_by.eq(main.user()),
                    exports::selection.eq(ask::written(&share.selection)?),
                    exports::selection_words.eq(&words),
                    exports::shown_columns.eq(new.columns.to_text()),
                    exports::format.eq(new.format),
                    exports::expected.eq(i32::try_from(share.selected).unwrap_or(i32::MAX)),
                    // The file is not there: a record has nothing to be made, downloaded or removed.
                    exports::in_background.eq(false),
                    exports::expires_at.eq(export.asked_at),
                    exports::part_of.eq(export.id),
                ))
            })
            .collect::<Result<_>>()?;
        diesel::insert_into(exports::table).values(parts).execute(conn)?;
        for share in &shares {
            Note::of(Action::ExportAsked, &words).with("SIMs", share.selected).write(conn, &share.account)?;
        }
        Ok(export)
    })
}

/// SIMs of one account that are in a file.
pub(super) struct Source {
    pub(super) account: CompanyScope,
    pub(super) selection: Selection,
    /// The record in that account.
    pub(super) record: ExportId,
    pub(super) words: String,
    pub(super) expected: i32,
}

impl Source {
    fn of(account: &CompanyScope, record: &Export) -> Result<Self> {
        let selection = serde_json::from_value(record.selection.clone())
            .map_err(|error| Error::Internal(format!("the selection of an export: {error}")))?;
        Ok(Self {
            account: account.clone(),
            selection,
            record: record.id,
            words: record.selection_words.clone(),
            expected: record.expected,
        })
    }
}

/// Where the SIMs of an export of the active company come from, as far as the person who acts may export from there.
///
/// [`Error::Refused`] where that is not everywhere any more.
pub(super) fn sources(conn: &mut PgConnection, scope: &CompanyScope, export: &Export) -> Result<Vec<Source>> {
    let mut sources = vec![Source::of(scope, export)?];
    if !export.of_tree {
        return Ok(sources);
    }
    let parts = exports::table
        .inner_join(companies::table)
        .filter(exports::part_of.eq(export.id))
        .order(exports::id)
        .select((Export::as_select(), companies::id, companies::uid));
    // Which accounts they are of has to be known before the person's rights there can be read.
    let parts: Vec<(Export, CompanyId, CompanyUid)> = tenancy::beyond(conn, |conn| parts.load(conn))?;
    if parts.is_empty() {
        return Ok(sources);
    }
    let uids: Vec<_> = parts.iter().map(|(_, _, uid)| *uid).collect();
    let tree = match tenancy::tree(conn, scope, &uids) {
        Err(Error::NotFound | Error::Forbidden(_)) => return Err(not_all()),
        other => other?,
    };
    for (part, company, _) in parts {
        let account = tree.account(company).filter(|account| account.allows(Permission::SimsExport));
        let account = account.ok_or_else(not_all)?;
        sources.push(Source::of(account, &part)?);
    }
    Ok(sources)
}

fn not_all() -> Error {
    Error::refused(
        "SIMs of accounts are in this file that you may not export from, or not any more. Export those that you may.",
    )
}

/// Notes in the records of the parts how many SIMs of each are in the file.
pub(super) fn note_rows(conn: &mut PgConnection, rows: &[(ExportId, i32)]) -> Result<()> {
    const SQL: &str = "UPDATE exports e SET rows = made.rows FROM unnest($1, $2) AS made (id, rows) \
         WHERE e.id = made.id AND e.part_of IS NOT NULL";
    if rows.len() > 1 {
        let (ids, rows): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
        diesel::sql_query(SQL).bind::<Array<BigInt>, _>(ids).bind::<Array<Integer>, _>(rows).execute(conn)?;
    }
    Ok(())
}

/// Whose SIMs these are: the first few accounts by name, and how many more.
fn named(shares: &[Share]) -> String {
    /// More would not be read.
    const NAMED: usize = 5;
    let names: Vec<_> = shares.iter().take(NAMED).map(|share| share.account.company_name()).collect();
    match (shares.len() - names.len(), names.split_last()) {
        (_, None) => "no account".to_owned(),
        (0, Some((last, []))) => (*last).to_owned(),
        (0, Some((last, others))) => format!("{} and {last}", others.join(", ")),
        (more, _) => format!("{} and {more} more", names.join(", ")),
    }
}
