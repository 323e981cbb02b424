//! Logging: to standard error, for people at a terminal, as JSON where a machine reads it.

use std::borrow::Cow;
use std::io::{self, IsTerminal};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage as _};
use tracing::{Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;

/// Starts logging; the environment variable `SIMYARD_LOG` chooses what is logged, as in `info` or `fleet=debug`.
pub fn start() {
    let filter = EnvFilter::try_from_env("SIMYARD_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // That another logger is there already, as in tests, is fine.
    let _ = if io::stderr().is_terminal() {
        logger.with_target(false).try_init()
    } else {
        logger.json().try_init()
    };
}

/// What the log says of each request: method, path, status and the id that error pages show.
/// Neither the query, which may name SIMs and people, nor a path that is a secret itself.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        tracing::info_span!(
            "request",
            method = %request.method(),
            path = %loggable(request.path()),
            id = id.as_deref(),
            status = field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}

/// A path as it may stand in a log: the token of a one-time link is left out.
pub fn loggable(path: &str) -> Cow<'_, str> {
    for links in ["/password-links/", "/invitations/"] {
        if path.starts_with(links) {
            return format!("{links}...").into();
        }
    }
    path.into()
}

#[cfg(test)]
mod tests {
    use super::loggable;

    #[test]
    fn no_log_holds_the_token_of_a_one_time_link() {
        assert_eq!(loggable("/password-links/s3cret"), "/password-links/...");
        assert_eq!(loggable("/invitations/s3cret/acceptance"), "/invitations/...");
        assert_eq!(loggable("/fleet"), "/fleet");
    }
}
