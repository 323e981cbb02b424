//! Whole addresses of the portal, for people to open or to copy.

use actix_web::http::header::HOST;
use actix_web::{HttpRequest, web};

use crate::app::State;

/// That of `path`, which begins with `/`: below the address that the installation goes by, else below the one that this request asked
/// for. What headers say of proxies is not asked: anybody can say it.
pub fn link(request: &HttpRequest, path: &str) -> String {
    let settings = request.app_data::<web::Data<State>>().map(|state| &state.settings);
    if let Some(base_url) = settings.and_then(|settings| settings.base_url.as_ref()) {
        return format!("{base_url}{path}");
    }
    let scheme = if settings.is_some_and(|settings| settings.secure_cookies) { "https" } else { "http" };
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| request.uri().authority().map(actix_web::http::uri::Authority::as_str));
    format!("{scheme}://{}{path}", host.unwrap_or_else(|| request.app_config().host()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_link_does_not_go_where_a_header_of_a_proxy_says() {
        let request = TestRequest::default()
            .insert_header((HOST, "sims.example.com"))
            .insert_header(("x-forwarded-host", "elsewhere.example"))
            .insert_header(("forwarded", "host=elsewhere.example;proto=https"))
            .to_http_request();
        assert_eq!(link(&request, "/sims"), "http://sims.example.com/sims");
    }
}
