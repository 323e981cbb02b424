//! A text as a browser sends it: a file, which goes to the disk first, or what was typed or pasted.
//!
//! Files are large, and come for as long as a client likes to send. So nothing is read before the right to send it was looked at;
//! of each person few come at a time; and what comes too slowly has an end.

use std::fs::File;
use std::future::{Ready, ready};
use std::io::{self, Cursor, Read, Seek};
use std::sync::Arc;
use std::time::Duration;

use actix_multipart::MultipartError;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::{MultipartCollect, MultipartForm};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpRequest};
use fleet::ids::UserId;
use fleet::tenancy::CompanyScope;
use futures_util::{Stream, StreamExt as _, stream};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::active_company::ActiveCompany;
use super::error::AppError;
use super::query::FormBody;
use super::turns::{Turn, Turns};
use crate::app::State;

/// Files that come at a time, of one person and of all together.
const OF_PERSON: usize = 2;
const AT_ONCE: usize = 16;
/// What somebody is told to wait who sends one more.
const SECONDS_TO_WAIT: u64 = 10;
/// So many bytes must come each time that the patience is over.
const LEAST: usize = 512 * 1024;

/// What was sent.
pub enum Upload {
    /// A file with its name.
    File(File, String),
    /// What was typed or pasted, sent beside a file that is none.
    Pasted(File),
    /// What was typed or pasted.
    Typed(String),
    /// Both a file and a text: neither is passed over silently.
    Both,
}

/// A text that can be read again from its beginning.
pub trait Text: Read + Seek + Send {}

impl<T: Read + Seek + Send> Text for T {}

impl Upload {
    /// The parts of a form with a file and a field, of which one may have something in it.
    pub fn of(file: Option<TempFile>, field: Option<TempFile>) -> Self {
        let has_text = |part: &TempFile| part.size > 0;
        match (file.filter(has_text), field) {
            (Some(_), Some(text)) if has_text(&text) => Self::Both,
            (Some(file), _) => {
                let name = file.file_name.filter(|name| !name.trim().is_empty());
                Self::File(file.file.into_file(), name.unwrap_or_else(|| "File".to_owned()))
            }
            (None, Some(text)) => Self::Pasted(text.file.into_file()),
            (None, None) => Self::Typed(String::new()),
        }
    }

    /// The text, and the name of its file if it comes from one; [`fleet::Error::Refused`] where it is not said which is meant.
    pub fn open(self) -> fleet::Result<(Box<dyn Text>, Option<String>)> {
        Ok(match self {
            Self::File(file, name) => (Box::new(file), Some(name)),
            Self::Pasted(file) => (Box::new(file), None),
            Self::Typed(text) => (Box::new(Cursor::new(text)), None),
            Self::Both => {
                let words = "There are both a file and a text, and nothing was done with either. Send one: empty the field, or take the file back.";
                return Err(fleet::Error::refused(words));
            }
        })
    }
}

/// Who may send a file now.
pub struct Uploads {
    of_person: Turns<UserId>,
    all: Arc<Semaphore>,
    patience: Duration,
}

impl Uploads {
    /// Nobody sends anything. `patience`: in how long some of a file must come.
    pub fn new(patience: Duration) -> Self {
        Self { of_person: Turns::new(OF_PERSON), all: Arc::new(Semaphore::new(AT_ONCE)), patience }
    }

    fn turn(&self, user: UserId) -> Result<(Turn, Turn), AppError> {
        let own = self.of_person.try_take(user).ok_or(AppError::TooFast { wait: SECONDS_TO_WAIT })?;
        let any = Arc::clone(&self.all).try_acquire_owned().map_err(|_| AppError::Busy)?;
        Ok((own, any))
    }
}

/// A form that nobody has read yet.
pub struct Unread {
    request: HttpRequest,
    body: Payload,
}

/// A form that was read.
pub enum Form<Parts, Fields> {
    /// With files.
    Parts(Parts),
    /// Without.
    Fields(Fields),
}

impl FromRequest for Unread {
    type Error = AppError;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self { request: request.clone(), body: payload.take() }))
    }
}

impl Unread {
    /// Reads it, if the person `may` send it to the company in focus.
    pub async fn read<Parts, Fields>(
        mut self,
        company: &ActiveCompany,
        state: &State,
        may: fn(&CompanyScope) -> fleet::Result<()>,
    ) -> Result<Form<Parts, Fields>, AppError>
    where
        Parts: MultipartCollect + 'static,
        Fields: DeserializeOwned + 'static,
    {
        company.run(move |_, scope| may(scope)).await?;
        if !brings_files(self.request.headers()) {
            let fields = FormBody::from_request(&self.request, &mut self.body).await?;
            return Ok(Form::Fields(fields.0));
        }
        let _turn = state.uploads.turn(company.user())?;
        let body = Box::pin(in_time(self.body, state.uploads.patience));
        match MultipartForm::from_request(&self.request, &mut Payload::Stream { payload: body }).await {
            Ok(MultipartForm(parts)) => Ok(Form::Parts(parts)),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// Whether a request with these headers may bring files.
pub fn brings_files(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

/// The same body, broken off where less than [`LEAST`] bytes come in the time.
fn in_time(body: Payload, patience: Duration) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let due = move || Instant::now() + patience;
    stream::try_unfold((body, due(), LEAST), move |(mut body, mut until, mut missing)| async move {
        let slow = |_| PayloadError::Io(io::ErrorKind::TimedOut.into());
        let Some(bytes) = timeout_at(until, body.next()).await.map_err(slow)?.transpose()? else {
            return Ok(None);
        };
        missing = missing.saturating_sub(bytes.len());
        if missing == 0 {
            (until, missing) = (due(), LEAST);
        }
        Ok(Some((bytes, (body, until, missing))))
    })
}

fn failed(error: &Error) -> AppError {
    match error.as_error() {
        Some(MultipartError::Payload(PayloadError::Overflow)) => AppError::TooLarge,
        Some(MultipartError::Payload(PayloadError::Io(error))) if error.kind() == io::ErrorKind::TimedOut => {
            AppError::TooSlow
        }
        _ => AppError::BadRequest("The upload could not be read. Nothing was done. Send it again.".into()),
    }
}
