//! The headers that every answer carries.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use actix_web::middleware::Next;
use actix_web::web;

use crate::app::State;

/// Scripts, styles, fonts and connections from here alone; nothing inline; no frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

/// The hosts that browsers ask by nothing but HTTPS for a year, where they reach the portal by it (RFC 6797).
#[derive(Debug, Clone, Copy, Default)]
pub enum HttpsHosts {
    /// The portal's own.
    #[default]
    Own,
    /// Also those below it: the installation says that all of them speak it.
    AndBelow,
}

impl HttpsHosts {
    fn policy(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Own => "max-age=31536000",
            Self::AndBelow => "max-age=31536000; includeSubDomains",
        })
    }
}

const ALWAYS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), clipboard-read=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), \
         payment=(), serial=(), usb=(), \
         publickey-credentials-create=(self), publickey-credentials-get=(self)",
    ),
];

/// Adds the headers; what a handler set itself stays.
pub async fn add(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let settings = request.app_data::<web::Data<State>>().map(|state| &state.settings);
    let https =
        settings.filter(|settings| settings.secure_cookies).map(|settings| settings.https_hosts.policy());
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(https) = https {
        headers.insert(STRICT_TRANSPORT_SECURITY, https);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        // Pages hold a tenant's data: no cache may keep them, the browser's own included.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // The same address answers whole pages and parts of them.
    headers.insert(
        HeaderName::from_static("vary"),
        HeaderValue::from_static("HX-Request, Accept, Accept-Encoding"),
    );
    Ok(response)
}
