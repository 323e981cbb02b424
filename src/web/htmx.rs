//! The htmx headers, read and written in this one place.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};

use super::bearer;
use super::page::Toast;

/// Asks htmx to put the answer elsewhere than the element said.
pub const RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
/// Asks htmx to swap the answer in another way, or not at all.
pub const RESWAP: HeaderName = HeaderName::from_static("hx-reswap");
/// Asks htmx to load another page.
pub const REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
/// Asks htmx to load another address, into a part of the page.
pub const LOCATION: HeaderName = HeaderName::from_static("hx-location");
/// Sets the address that the browser shows.
pub const PUSH_URL: HeaderName = HeaderName::from_static("hx-push-url");
/// Raises events in the page.
pub const TRIGGER: HeaderName = HeaderName::from_static("hx-trigger");

/// Raises events once the answer is part of the page.
pub const TRIGGER_AFTER_SETTLE: HeaderName = HeaderName::from_static("hx-trigger-after-settle");

/// What kind of answer a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// A whole page: a navigation, also a boosted one or a restored history entry.
    Page,
    /// A part of a page, for htmx.
    Fragment,
    /// JSON, for a program: whoever comes with an API token, or says so.
    Json,
}

impl Wants {
    /// Reads it off the request's headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let is = |name: &str| headers.get(name).is_some_and(|value| value == "true");
        let accepts_json = headers
            .get("accept")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|accept| accept.starts_with("application/json"));
        if accepts_json || bearer::sent(headers).is_some() {
            Self::Json
        } else if is("hx-request") && !is("hx-boosted") && !is("hx-history-restore-request") {
            Self::Fragment
        } else {
            Self::Page
        }
    }
}

impl FromRequest for Wants {
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request.headers())))
    }
}

/// The address of the page that asked, without the host.
pub fn came_from(headers: &HeaderMap) -> String {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    header("hx-current-url")
        .or_else(|| header("referer"))
        .and_then(|url| url.parse::<actix_web::http::Uri>().ok())
        .and_then(|uri| uri.path_and_query().map(ToString::to_string))
        .unwrap_or_else(|| "/".into())
}

/// The answer to a dialog that has done its work: it closes, the toast says what was done, and
/// `event` lets the lists that are concerned look again.
pub fn done(toast: &Toast, event: &str) -> HttpResponse {
    let events = serde_json::json!({ "dialog-close": null, "toast": toast, event: null });
    HttpResponse::NoContent().insert_header((TRIGGER, json_header(&events))).finish()
}

/// The answer to something that was done and is shown by another page: the browser loads `address`.
pub fn shown_instead(wants: Wants, address: &str) -> HttpResponse {
    if wants == Wants::Fragment {
        return HttpResponse::NoContent().insert_header((REDIRECT, address)).finish();
    }
    super::html::see_other(address)
}

/// The answer to something after which the grid looks different: a dialog closes, the grid is loaded from
/// `address`, without the page around it, and a toast says what was done.
pub fn shown_in_grid(wants: Wants, address: &str, toast: Option<&Toast>) -> HttpResponse {
    if wants != Wants::Fragment {
        return super::html::see_other(address);
    }
    let grid = serde_json::json!({ "path": address, "target": "#grid" });
    let mut events = serde_json::json!({ "dialog-close": null });
    if let Some(toast) = toast {
        events["toast"] = serde_json::json!(toast);
    }
    HttpResponse::NoContent()
        .insert_header((LOCATION, json_header(&grid)))
        .insert_header((TRIGGER, json_header(&events)))
        .finish()
}

/// The same answer, after which the browser shows `address`: percent-encoded, as an address is. What is shown already is not
/// one more step to go back.
pub fn shown_at(mut answer: HttpResponse, asked: &HeaderMap, address: &str) -> HttpResponse {
    // That is htmx's word for none, also where the element asks for one.
    let address = if came_from(asked) == address { "false" } else { address };
    if let Ok(address) = HeaderValue::from_str(address) {
        answer.headers_mut().insert(PUSH_URL, address);
    }
    answer
}

/// Whether a part of a page asks by itself, time and again. Such parts have ids that begin with `poll-`.
pub fn is_poll(headers: &HeaderMap) -> bool {
    headers.get(&TRIGGER).and_then(|id| id.to_str().ok()).is_some_and(|id| id.starts_with("poll-"))
}

/// The answer to a poll that there is nothing to tell any more: htmx ends it. Nobody has clicked,
/// so nothing is shown.
pub fn stop_polling() -> HttpResponse {
    // The status that htmx ends polling by.
    let ended = StatusCode::from_u16(286).unwrap_or(StatusCode::NO_CONTENT);
    HttpResponse::build(ended).insert_header((RESWAP, "none")).finish()
}

/// An answer that leaves the page as it is, with all that was typed. A toast says why.
pub fn left_alone(status: StatusCode, toast: Option<&Toast>) -> HttpResponse {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((RESWAP, "none")).insert_header((RETARGET, "#toasts"));
    if let Some(toast) = toast {
        answer.insert_header((TRIGGER, json_header(&serde_json::json!({ "toast": toast }))));
    }
    answer.finish()
}

/// JSON as a header value: headers are ASCII, so everything else is escaped.
pub fn json_header(value: &serde_json::Value) -> HeaderValue {
    let text: String =
        value.to_string().chars().flat_map(|c| if c.is_ascii() { vec![c] } else { escaped(c) }).collect();
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("{}"))
}

fn escaped(c: char) -> Vec<char> {
    let mut units = [0_u16; 2];
    c.encode_utf16(&mut units)
        .iter()
        .flat_map(|unit| format!("\\u{unit:04x}").chars().collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_carry_any_text_as_ascii() {
        let header = json_header(&serde_json::json!({ "text": "Zoë 📶" }));
        assert_eq!(header, r#"{"text":"Zo\u00eb \ud83d\udcf6"}"#);
    }
}
