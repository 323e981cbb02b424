//! A client that behaves as a browser: keeps cookies, and sends what each page tells it to send.

use std::sync::Arc;

use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use serde::Serialize;

/// A person's browser.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    jar: Arc<Jar>,
    address: String,
    /// The token and the company of the last whole page, sent back with every request.
    pub(crate) csrf_token: String,
    /// The company that the last whole page was drawn for.
    pub(crate) account: String,
}

/// An answer, read to its end.
pub(crate) struct Page {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: reqwest::header::HeaderMap,
    /// Its body.
    pub(crate) body: String,
    /// The bytes of its body as they came, compressed or not.
    pub(crate) bytes: Vec<u8>,
}

impl Client {
    /// Not signed in.
    pub(crate) fn new(address: &str) -> Self {
        let jar = Arc::new(Jar::default());
        let http = reqwest::Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(Policy::none())
            // Between two requests the portal may well have closed a connection that was kept.
            .pool_max_idle_per_host(0)
            .build()
            .expect("an HTTP client");
        Self { http, jar, address: address.to_owned(), csrf_token: String::new(), account: String::new() }
    }

    /// Signs in through the form, and opens the Start page.
    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) {
        let answer = self.try_sign_in(email, password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "sign-in of {email}: {}", answer.body);
        self.open("/").await;
    }

    /// Sends the sign-in form and gives the answer.
    pub(crate) async fn try_sign_in(&mut self, email: &str, password: &str) -> Page {
        let form = self.get("/sign-in").await;
        let token = form.value_of("input[name=_csrf]");
        self.send_form(
            "/sign-in",
            &[("_csrf", token.as_str()), ("email", email), ("password", password), ("next", "")],
        )
        .await
    }

    /// The header with all cookies, for requests that are written by hand.
    pub(crate) fn cookies(&self) -> String {
        let cookies = self.jar.cookies(&self.address.parse().expect("an address"));
        cookies.and_then(|cookies| cookies.to_str().ok().map(str::to_owned)).unwrap_or_default()
    }

    /// Loads a whole page, and remembers what it tells to send back.
    pub(crate) async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        if let Some(headers) = page.attribute("body", "hx-headers") {
            let headers: serde_json::Value = serde_json::from_str(&headers).expect("hx-headers is JSON");
            let text = |name: &str| headers[name].as_str().unwrap_or_default().to_owned();
            (self.csrf_token, self.account) = (text("X-CSRF-Token"), text("X-Account-Focus"));
        }
        page
    }

    /// Loads an address as the browser's address bar does.
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, |request| request).await
    }

    /// Loads an address as htmx does, from the last page opened.
    pub(crate) async fn fragment(&self, path: &str) -> Page {
        self.send(Method::GET, path, |request| self.as_htmx(request)).await
    }

    /// Loads an address as a program does.
    pub(crate) async fn json(&self, path: &str) -> serde_json::Value {
        let page = self.send(Method::GET, path, |request| request.header("accept", "application/json")).await;
        serde_json::from_str(&page.body).unwrap_or_else(|error| panic!("{path}: {error}: {}", page.body))
    }

    /// Posts a form as htmx does, from the last page opened.
    pub(crate) async fn post(&self, path: &str, form: &(impl Serialize + ?Sized)) -> Page {
        let body = serde_html_form::to_string(form).expect("a form");
        self.send(Method::POST, path, |request| {
            self.as_htmx(request).header("content-type", "application/x-www-form-urlencoded").body(body)
        })
        .await
    }

    /// Posts a form as it is, as a page without scripts does.
    pub(crate) async fn send_form(&self, path: &str, form: &(impl Serialize + ?Sized)) -> Page {
        let body = serde_html_form::to_string(form).expect("a form");
        self.send(Method::POST, path, |request| {
            request.header("content-type", "application/x-www-form-urlencoded").body(body)
        })
        .await
    }

    /// Sends any request.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        prepare: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Page {
        let request = self.http.request(method, format!("{}{path}", self.address));
        let answer = prepare(request).send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.expect("a body");
        Page { status, headers, body: String::from_utf8_lossy(&body).into_owned(), bytes: body.into() }
    }

    fn as_htmx(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request
            .header("hx-request", "true")
            .header("x-csrf-token", &self.csrf_token)
            .header("x-account-focus", &self.account)
    }
}

impl Page {
    /// The text of each element that matches `selector`, white space folded.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        self.select(selector, |element| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        })
    }

    /// The attribute of the first element that matches `selector`.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.select(selector, |element| element.attr(name).map(str::to_owned)).into_iter().flatten().next()
    }

    /// The attribute of each element that matches `selector` and has it.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.select(selector, |element| element.attr(name).map(str::to_owned)).into_iter().flatten().collect()
    }

    /// The value of the first field that matches `selector`.
    pub(crate) fn value_of(&self, selector: &str) -> String {
        self.attribute(selector, "value").unwrap_or_else(|| panic!("no {selector} in {}", self.body))
    }

    /// A header as text; empty if it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn select<T>(&self, selector: &str, read: impl Fn(ElementRef<'_>) -> T) -> Vec<T> {
        let selector = Selector::parse(selector).expect("a CSS selector");
        Html::parse_document(&self.body).select(&selector).map(read).collect()
    }
}
