//! A list as a browser sends it: a file or a text.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use diesel::PgConnection;
use fleet::sim_lists::{self, Layout, SimList, Source};
use fleet::tenancy::CompanyScope;
use serde::Deserialize;

use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::upload::{Form, Unread, Upload};

/// What was sent: a file, or a text, which may be empty.
pub(crate) struct Sent(pub(crate) Upload);

impl Sent {
    /// Reads what somebody sends who `may`.
    pub(crate) async fn read(
        unread: Unread,
        company: &ActiveCompany,
        state: &State,
        may: fn(&CompanyScope) -> fleet::Result<()>,
    ) -> Result<Self, AppError> {
        Ok(Self(match unread.read(company, state, may).await? {
            Form::Parts(Parts { file, identifiers }) => Upload::of(file, identifiers),
            Form::Fields(Typed { identifiers }) => Upload::Typed(identifiers),
        }))
    }

    /// Makes the list.
    pub(crate) fn into_list(self, conn: &mut PgConnection, scope: &CompanyScope) -> fleet::Result<SimList> {
        let is_file = matches!(self.0, Upload::File(..));
        self.into(if is_file { Layout::Table } else { Layout::Words }, conn, scope)
    }

    /// Makes the list of a table with details.
    pub(super) fn into_details(
        self,
        conn: &mut PgConnection,
        scope: &CompanyScope,
    ) -> fleet::Result<SimList> {
        self.into(Layout::Details, conn, scope)
    }

    fn into(self, layout: Layout, conn: &mut PgConnection, scope: &CompanyScope) -> fleet::Result<SimList> {
        let (text, name) = self.0.open()?;
        let origin = name.unwrap_or_else(|| "Pasted".to_owned());
        sim_lists::create(conn, scope, Source { text, layout, origin })
    }
}

#[derive(MultipartForm)]
struct Parts {
    file: Option<TempFile>,
    identifiers: Option<TempFile>,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    identifiers: String,
}
