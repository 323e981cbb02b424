//! Which SIMs a dialog means, and how the engine is told.

use std::fmt::Write as _;

use fleet::ids::{SavedViewUid, SimId, SimListUid};
use fleet::saved_views;
use fleet::sim_lists::{self, SimList};
use fleet::sims::{LIST_LIMIT, Selection, SimFilter};
use fleet::tenancy::CompanyScope;
use sha2::{Digest as _, Sha256};

use super::forms::DraftForm;
use crate::sim_lists::Sent;
use crate::web::active_company::ActiveCompany;
use crate::web::display::count;
use crate::web::error::AppError;
use crate::web::upload::Upload;

/// The most ids that go along from one step of a dialog to the next. More become a list, which has a short name.
const CARRIED: usize = 1_000;

/// Which SIMs a form means, before the database is asked.
#[derive(Debug, Clone)]
pub enum Meant {
    /// As the engine takes it.
    Selection(Selection),
    /// A pasted list.
    Pasted(Pasted),
    /// A list that was kept when the dialog was opened.
    Kept(SimListUid),
    /// All that a saved view shows.
    View(SavedViewUid),
}

/// A pasted list, and what was made of it already.
#[derive(Debug, Clone, Default)]
pub struct Pasted {
    text: String,
    /// The list that was made of this very text, or of a file where there is no text.
    made: Option<SimListUid>,
}

/// Says which text a list was made of.
pub fn list_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl DraftForm {
    /// Which SIMs.
    pub fn meant(&self) -> Result<Meant, AppError> {
        Ok(match self.selection.as_str() {
            "list" => Meant::Selection(Selection::Sims(ids(&self.sim)?)),
            "matching" => {
                let filter = SimFilter::from_query(&self.filter)?;
                Meant::Selection(Selection::Matching { filter, except: ids(&self.except)? })
            }
            "changed" => {
                let operation = self.operation.parse().map_err(|_| no_operation())?;
                Meant::Selection(Selection::ChangedBy { operation })
            }
            "failed" => {
                let operation = self.operation.parse().map_err(|_| no_operation())?;
                let code = match self.code.as_str() {
                    "" => None,
                    code => Some(code.parse().map_err(|_| no_operation())?),
                };
                Meant::Selection(Selection::FailedOf { operation, code })
            }
            "file" => Meant::Pasted(Pasted { text: String::new(), made: Some(self.kept_list()?) }),
            "kept" => Meant::Kept(self.kept_list()?),
            "view" | "pasted" if self.is_by_view() => {
                Meant::View(self.view.trim().parse().map_err(|_| no_view())?)
            }
            "pasted" => Meant::Pasted(Pasted {
                made: self.list.parse().ok().filter(|_| self.list_of == list_of(&self.identifiers)),
                text: self.identifiers.clone(),
            }),
            _ => {
                return Err(AppError::BadRequest(
                    "The form does not say which SIMs. Nothing was done.".into(),
                ));
            }
        })
    }

    fn kept_list(&self) -> Result<SimListUid, AppError> {
        Ok(self.list.parse().map_err(|_| fleet::Error::NotFound)?)
    }
}

impl Meant {
    /// The SIMs as the engine takes them, and for a pasted list that list.
    pub fn resolve(
        self,
        conn: &mut diesel::PgConnection,
        scope: &CompanyScope,
    ) -> fleet::Result<(Selection, Option<SimList>)> {
        match self {
            Self::Selection(selection) => Ok((selection, None)),
            Self::Pasted(pasted) => match pasted.list(conn, scope)? {
                Some(list) => Ok((Selection::List(list.uid), Some(list))),
                None => Ok((Selection::Sims(Vec::new()), None)),
            },
            Self::Kept(uid) => Ok((Selection::List(sim_lists::find(conn, scope, uid)?.uid), None)),
            Self::View(uid) => {
                let view = match saved_views::find(conn, scope, uid) {
                    Err(fleet::Error::NotFound) => return Err(no_view()),
                    found => found?,
                };
                Ok((Selection::Matching { filter: view.filter()?, except: Vec::new() }, None))
            }
        }
    }
}

impl Pasted {
    /// The list that is meant, made anew if the text has changed; none of nothing.
    fn list(self, conn: &mut diesel::PgConnection, scope: &CompanyScope) -> fleet::Result<Option<SimList>> {
        if let Some(uid) = self.made {
            match sim_lists::find(conn, scope, uid) {
                Err(fleet::Error::NotFound) if !self.text.is_empty() => {}
                found => return found.map(Some),
            }
        }
        if self.text.trim().is_empty() {
            return Ok(None);
        }
        Sent(Upload::Typed(self.text)).into_list(conn, scope).map(Some)
    }
}

fn no_view() -> fleet::Error {
    fleet::Error::invalid("view", "This view is not there any more. Choose another one.")
}

fn no_operation() -> AppError {
    AppError::BadRequest("The form does not say which operation is meant. Nothing was done.".into())
}

/// Keeps the SIMs of a dialog that is opened as a list where many were ticked, and says how they are meant from then on.
pub async fn kept(
    company: &ActiveCompany,
    selection: &mut String,
    sims: &mut Vec<String>,
) -> Result<Option<SimListUid>, AppError> {
    if selection != "list" || sims.len() <= CARRIED {
        return Ok(None);
    }
    let ids = ids(&std::mem::take(sims))?;
    let list = company.run(move |conn, scope| sim_lists::keep_ticked(conn, scope, &ids)).await?;
    "kept".clone_into(selection);
    Ok(Some(list.uid))
}

fn ids(written: &[String]) -> Result<Vec<SimId>, AppError> {
    if written.len() > LIST_LIMIT {
        return Err(AppError::BadRequest(
            format!(
                "At most {} SIMs can be ticked one by one. Nothing was done. Use a filter, or paste a list of identifiers.",
                count(LIST_LIMIT)
            )
            .into(),
        ));
    }
    let parsed: Result<Vec<SimId>, _> = written.iter().map(|id| id.parse()).collect();
    parsed.map_err(|_| {
        AppError::BadRequest("A SIM in the form is none. Nothing was done. Reload the page.".into())
    })
}
