//! A text as a browser sends it: a file, which goes to the disk first, or what was typed or pasted.

use std::fs::File;
use std::io::{Cursor, Read, Seek};

use actix_multipart::form::tempfile::TempFile;
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;

/// What was sent.
pub enum Upload {
    /// A file with its name.
    File(File, String),
    /// What was typed or pasted, sent beside a file that is none.
    Pasted(File),
    /// What was typed or pasted.
    Typed(String),
}

/// A text that can be read again from its beginning.
pub trait Text: Read + Seek + Send {}

impl<T: Read + Seek + Send> Text for T {}

impl Upload {
    /// The parts of a form with a file and a field: the file if there is one.
    pub fn of(file: Option<TempFile>, field: Option<TempFile>) -> Self {
        if let Some(file) = file.filter(|part| part.size > 0) {
            let name = file.file_name.filter(|name| !name.trim().is_empty());
            return Self::File(file.file.into_file(), name.unwrap_or_else(|| "File".to_owned()));
        }
        match field {
            Some(text) => Self::Pasted(text.file.into_file()),
            None => Self::Typed(String::new()),
        }
    }

    /// The text, and the name of its file if it comes from one.
    pub fn open(self) -> (Box<dyn Text>, Option<String>) {
        match self {
            Self::File(file, name) => (Box::new(file), Some(name)),
            Self::Pasted(file) => (Box::new(file), None),
            Self::Typed(text) => (Box::new(Cursor::new(text)), None),
        }
    }
}

/// Whether a form may bring files.
pub fn is_multipart(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/form-data"))
}
