//! Makes answers small on their way: pages and their parts, with gzip.
//!
//! Not `actix_web`'s own middleware: that one is for bodies of any length, hands each to another thread
//! and sets up to 8 MB aside for a window that a page of 60 kB has no use for. Pages are complete and
//! small, so they are done in one go; what streams passes as it is. Static files come compressed already.

use std::io::Write as _;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    AcceptEncoding, CONTENT_ENCODING, CONTENT_TYPE, ContentEncoding, Encoding, Header as _, HeaderMap,
};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Less fits in one packet anyway, in bytes.
const WORTHWHILE: usize = 1_400;
/// The next one costs half as much time again and saves a fifteenth of the size.
const LEVEL: u32 = 2;

/// Compresses the answer if that is worthwhile and the client takes it.
pub async fn answers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let takes_gzip = takes_gzip(&request);
    let answer = next.call(request).await?;
    Ok(answer.map_body(|head, body| match body.try_into_bytes() {
        Ok(bytes) if takes_gzip && bytes.len() >= WORTHWHILE && is_text(&head.headers) => {
            head.headers.insert(CONTENT_ENCODING, ContentEncoding::Gzip.to_header_value());
            BoxBody::new(gzip(&bytes))
        }
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => body.boxed(),
    }))
}

fn takes_gzip(request: &ServiceRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok();
    accepted.and_then(|accepted| accepted.negotiate(offered.iter())) == Some(Encoding::gzip())
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    !headers.contains_key(CONTENT_ENCODING)
        && (kind.starts_with("text/") || kind.starts_with("application/json"))
}

fn gzip(bytes: &Bytes) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::new(LEVEL));
    // Writing to memory does not fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_or_else(|_| Bytes::new(), Bytes::from)
}
