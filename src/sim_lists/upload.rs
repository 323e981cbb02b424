//! A list as a browser sends it: a file, which goes to the disk first, or a text.

use std::fs::File;
use std::io::{Cursor, Read};
use std::pin::Pin;

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{Error, FromRequest, HttpRequest};
use diesel::PgConnection;
use fleet::sim_lists::{self, Layout, SimList, Source};
use fleet::tenancy::CompanyScope;
use serde::Deserialize;

use crate::web::query::FormBody;

/// What was sent: a file if there is one, else a text, which may be empty.
pub(crate) enum Upload {
    /// A file with its name.
    File(File, String),
    /// What was typed or pasted, sent beside a file that is none.
    Pasted(File),
    /// What was typed or pasted.
    Typed(String),
}

impl Upload {
    /// Makes the list.
    pub(crate) fn into_list(self, conn: &mut PgConnection, scope: &CompanyScope) -> fleet::Result<SimList> {
        let (text, layout, origin): (Box<dyn Read>, _, _) = match self {
            Self::File(file, name) => (Box::new(file), Layout::Table, name),
            Self::Pasted(file) => (Box::new(file), Layout::Words, PASTED.to_owned()),
            Self::Typed(text) => (Box::new(Cursor::new(text)), Layout::Words, PASTED.to_owned()),
        };
        sim_lists::create(conn, scope, Source { text, layout, origin })
    }
}

/// The origin of a list that was typed or pasted.
pub(crate) const PASTED: &str = "Pasted";

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

impl From<Parts> for Upload {
    fn from(parts: Parts) -> Self {
        let sent = |part: &TempFile| part.size > 0;
        if let Some(file) = parts.file.filter(sent) {
            let name = file.file_name.filter(|name| !name.trim().is_empty());
            return Self::File(file.file.into_file(), name.unwrap_or_else(|| "File".to_owned()));
        }
        match parts.identifiers {
            Some(text) => Self::Pasted(text.file.into_file()),
            None => Self::Typed(String::new()),
        }
    }
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_multipart = request
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("multipart/form-data")));
        if is_multipart {
            let parts = MultipartForm::<Parts>::from_request(request, payload);
            return Box::pin(async move { Ok(parts.await?.into_inner().into()) });
        }
        let typed = FormBody::<Typed>::from_request(request, payload);
        Box::pin(async move { Ok(Self::Typed(typed.await?.0.identifiers)) })
    }
}
