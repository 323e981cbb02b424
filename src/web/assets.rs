//! The files under `static/`, packed into the binary by `build.rs` and served under names that change with their content.
//!
//! A browser may keep them for ever: a changed file has another name. Templates name a file by its path below `static/`:
//! `{{ crate::web::assets::url("css/simyard.css") }}`.

use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, ETag, Encoding, EntityTag, Header, IfNoneMatch,
};
use actix_web::{HttpRequest, HttpResponse, web};

struct Asset {
    name: &'static str,
    served: &'static str,
    hash: &'static str,
    content_type: &'static str,
    identity: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

mod packed {
    use super::Asset;

    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

/// Where the files are mounted; [`url()`] makes addresses below it.
pub const PREFIX: &str = "/static/";

/// The icon sprite's path below `static/`.
const ICONS: &str = "vendor/tabler-icons-3.51.0/icons.svg";

/// The address of a file of `static/`. A name that is not there gives an address that answers 404; a test reads the
/// templates for such names.
pub fn url(name: &str) -> String {
    let served = packed::ASSETS.iter().find(|asset| asset.name == name).map_or(name, |asset| asset.served);
    format!("{PREFIX}{served}")
}

/// The address of one icon inside the sprite, for `<use href>`.
pub fn icon_url(icon: &str) -> String {
    format!("{}#{icon}", url(ICONS))
}

/// `GET /static/{name:.*}`
pub async fn show(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(asset) = packed::ASSETS.iter().find(|asset| asset.served == name.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let (encoding, body) = negotiate(&request, asset);
    let tag = EntityTag::new_strong(format!("{}-{}", asset.hash, encoding.as_str()));
    let fresh = is_fresh(&request, &tag);
    let mut answer = if fresh { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    if fresh {
        return answer.finish();
    }
    answer.insert_header((header::CONTENT_TYPE, asset.content_type)).insert_header(encoding).body(body)
}

/// The smallest representation that the client takes.
fn negotiate(request: &HttpRequest, asset: &Asset) -> (ContentEncoding, &'static [u8]) {
    let supported = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
    match AcceptEncoding::parse(request).ok().and_then(|accepted| accepted.negotiate(supported.iter())) {
        Some(encoding) if encoding == Encoding::brotli() => (ContentEncoding::Brotli, asset.brotli),
        Some(encoding) if encoding == Encoding::gzip() => (ContentEncoding::Gzip, asset.gzip),
        _ => (ContentEncoding::Identity, asset.identity),
    }
}

fn is_fresh(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(items)) => items.iter().any(|item| item.weak_eq(tag)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;

    use actix_web::http::StatusCode;
    use actix_web::{App, test};
    use sha2::{Digest as _, Sha256};

    use super::*;

    async fn get(encoding: &str, tag: Option<&str>) -> actix_web::dev::ServiceResponse {
        let app = test::init_service(App::new().route("/static/{name:.*}", web::get().to(show))).await;
        let mut request = test::TestRequest::get()
            .uri(&url("css/simyard.css"))
            .insert_header(("Accept-Encoding", encoding));
        if let Some(tag) = tag {
            request = request.insert_header(("If-None-Match", tag));
        }
        test::call_service(&app, request.to_request()).await
    }

    #[actix_web::test]
    async fn the_encoding_that_the_client_takes_is_served() {
        for (accepted, served) in [("br, gzip", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
            let answer = get(accepted, None).await;
            assert_eq!(answer.status(), StatusCode::OK);
            let encoding = answer.headers().get("Content-Encoding").and_then(|value| value.to_str().ok());
            assert_eq!(encoding.filter(|value| *value != "identity"), served, "for {accepted}");
        }
    }

    #[actix_web::test]
    async fn a_known_tag_is_answered_without_a_body() {
        let first = get("br", None).await;
        let tag = first.headers().get("ETag").unwrap().to_str().unwrap().to_owned();
        assert_eq!(get("br", Some(&tag)).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("br", Some("\"other\"")).await.status(), StatusCode::OK);
    }

    #[actix_web::test]
    async fn an_unknown_name_is_not_found() {
        let app = test::init_service(App::new().route("/static/{name:.*}", web::get().to(show))).await;
        let request = test::TestRequest::get().uri("/static/css/simyard.css").to_request();
        assert_eq!(test::call_service(&app, request).await.status(), StatusCode::NOT_FOUND);
    }

    #[::core::prelude::v1::test]
    fn every_asset_and_icon_that_a_template_names_exists() {
        let sprite = packed::ASSETS.iter().find(|asset| asset.name == ICONS).unwrap();
        let sprite = std::str::from_utf8(sprite.identity).unwrap();
        let mut seen = 0;
        for template in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")) {
            let text = fs::read_to_string(&template).unwrap();
            for name in arguments(&text, "assets::url(\"") {
                assert!(
                    packed::ASSETS.iter().any(|asset| asset.name == name),
                    "{name} in {}",
                    template.display()
                );
                seen += 1;
            }
            for name in arguments(&text, "icon(\"") {
                let symbol = format!("<symbol id=\"{name}\"");
                assert!(sprite.contains(&symbol), "icon {name} in {}", template.display());
                seen += 1;
            }
        }
        assert!(seen > 10, "the templates were read");
    }

    #[::core::prelude::v1::test]
    fn vendored_files_are_what_was_vendored() {
        for folder in ["static/vendor", "tests/browser/vendor"] {
            assert_unchanged(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        }
    }

    fn assert_unchanged(vendor: &Path) {
        let sums = fs::read_to_string(vendor.join("SHA256SUMS")).unwrap();
        let named: Vec<(&str, &str)> = sums.lines().filter_map(|line| line.split_once("  ")).collect();
        for (sum, name) in &named {
            let mut found = String::new();
            for byte in Sha256::digest(fs::read(vendor.join(name)).unwrap()) {
                write!(found, "{byte:02x}").unwrap();
            }
            assert_eq!(found, *sum, "{name} has been changed");
        }
        assert_eq!(named.len(), files(vendor).len() - 1, "every file but the list itself is in the list");
    }

    fn files(folder: &Path) -> Vec<std::path::PathBuf> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
            .collect()
    }

    fn arguments<'a>(text: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(call).skip(1).filter_map(|rest| rest.split('"').next())
    }
}
