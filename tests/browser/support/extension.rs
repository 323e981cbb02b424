//! What chromedriver can do beyond `WebDriver` itself.

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::person::Person;

#[derive(Debug)]
struct Extension {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}

/// Asks for what is at `path` below the person's session.
pub(crate) async fn send(person: &Person, method: Method, path: &str, body: Option<Value>) -> Value {
    let command = Extension { method, path: path.to_owned(), body };
    let answer = person.client.issue_cmd(command).await;
    answer.unwrap_or_else(|error| panic!("chromedriver does not do {path}: {error}"))
}

/// From now on the person's machine is so many times slower.
pub(crate) async fn slow_down(person: &Person, times: u8) {
    let command = json!({ "cmd": "Emulation.setCPUThrottlingRate", "params": { "rate": times } });
    send(person, Method::POST, "goog/cdp/execute", Some(command)).await;
}
