//! A list as a browser sends it: a file or a text.

use std::pin::Pin;

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use diesel::PgConnection;
use fleet::sim_lists::{self, Layout, SimList, Source};
use fleet::tenancy::CompanyScope;
use serde::Deserialize;

use crate::web::query::FormBody;
use crate::web::upload::{Upload, is_multipart};

/// What was sent: a file if there is one, else a text, which may be empty.
pub(crate) struct Sent(pub(crate) Upload);

impl Sent {
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
        let (text, name) = self.0.open();
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

impl FromRequest for Sent {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if is_multipart(request) {
            let parts = MultipartForm::<Parts>::from_request(request, payload);
            return Box::pin(async move {
                let Parts { file, identifiers } = parts.await?.into_inner();
                Ok(Self(Upload::of(file, identifiers)))
            });
        }
        let typed = FormBody::<Typed>::from_request(request, payload);
        Box::pin(async move { Ok(Self(Upload::Typed(typed.await?.0.identifiers))) })
    }
}
