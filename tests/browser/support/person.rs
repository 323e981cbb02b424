//! A person at a browser: what can be seen, pointed at and typed, by the words on the screen.

use std::time::{Duration, Instant};

use fantoccini::elements::{Element, ElementRef};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a person looks at suggestions before they take one.
const LOOK: Duration = Duration::from_millis(400);
/// How long a person waits for what should come. The machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often to look whether it has come.
const GLANCE: Duration = Duration::from_millis(40);
/// The key, as `WebDriver` names it.
const BACKSPACE: &str = "\u{e003}";
const FIND: &str = include_str!("find.js");
/// The window, unless a screen is looked at in other sizes.
pub(crate) const WINDOW: (u32, u32) = (1280, 900);

/// A browser session of its own, with its own profile.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) client: Client,
    portal: String,
    profile: std::sync::Arc<TempDir>,
}

impl Person {
    /// Opens a browser.
    pub(crate) async fn new(driver: &str, portal: &str) -> Self {
        let profile = tempfile::tempdir().expect("a directory for the browser's profile");
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--force-prefers-reduced-motion",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.push(format!("--window-size={},{}", WINDOW.0, WINDOW.1));
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let Value::Object(capabilities) = json!({ "goog:chromeOptions": { "args": arguments } }) else {
            unreachable!("an object is one");
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(driver)
            .await
            .expect("Chromium starts: on Debian, apt-get install chromium chromium-driver");
        Self { client, portal: portal.to_owned(), profile: std::sync::Arc::new(profile) }
    }

    /// Opens an address of the portal, as from the address bar.
    pub(crate) async fn go(&self, path: &str) {
        // On a busy machine the driver may say that a page is there while the one before is still shown.
        self.ask("window.isOfBefore = true").await;
        self.client.goto(&format!("{}{path}", self.portal)).await.expect("a page");
        let is_there = "return !window.isOfBefore && document.readyState === 'complete'";
        self.until("the page", async || (self.ask(is_there).await == true).then_some(())).await;
    }

    /// The path and query of the page shown.
    pub(crate) async fn address(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        url.as_str().trim_start_matches(&self.portal).to_owned()
    }

    /// Signs in through the form.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) {
        self.go("/sign-in").await;
        self.fill("E-mail", email).await;
        self.fill("Password", password).await;
        self.click("Sign in").await;
    }

    /// Replaces what stands in a field.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.find("field", label).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("typing");
    }

    /// Says a day and a time, as `2026-11-24T02:00`: how they are typed depends on the browser's language.
    pub(crate) async fn says_when(&self, label: &str, moment: &str) {
        let field = serde_json::to_value(self.find("field", label).await).expect("an element");
        let script = "arguments[0].value = arguments[1]; \
             arguments[0].dispatchEvent(new Event('change', { bubbles: true }))";
        self.client.execute(script, vec![field, json!(moment)]).await.expect("a moment");
    }

    /// What stands in a field.
    pub(crate) async fn value_of(&self, label: &str) -> String {
        let field = self.find("field", label).await;
        field.prop("value").await.expect("a value").unwrap_or_default()
    }

    /// Chooses in a type-ahead: types, and takes the suggestion that begins so.
    pub(crate) async fn choose(&self, label: &str, typed: &str, suggestion: &str) {
        self.find("field", label).await.click().await.expect("a click");
        // A list may become a type-ahead only now.
        let is_ready = async |field: &Element| field.tag_name().await.is_ok_and(|tag| tag == "input");
        let field = self
            .until("a type-ahead", async || {
                let field = self.look("field", label, None).await?;
                is_ready(&field).await.then_some(field)
            })
            .await;
        // A list that changed where it stands would be clicked where the field was: somebody else would get the SIMs.
        let placed = async || Some(field.rectangle().await.ok()?.1);
        let was = placed().await;
        field.send_keys(typed).await.expect("typing");
        // The list changes when the answer comes: not before it shows what was asked for alone.
        let wanted = serde_json::to_string(&typed.to_lowercase()).expect("a text");
        let settled = format!(
            "if (document.querySelector('[role=listbox][aria-busy=true]')) return false; \
             const shown = [...document.querySelectorAll('[role=option]')].filter((o) => o.checkVisibility()); \
             return shown.length > 0 && shown.every((o) => o.textContent.toLowerCase().includes({wanted}))"
        );
        self.until("the suggestions", async || (self.ask(&settled).await == true).then_some(())).await;
        assert_eq!(placed().await, was, "{label:?} moved when its suggestions came");
        self.reads().await;
        self.point("option", &format!("{suggestion}*"), None).await;
    }

    /// Reads suggestions: one that has only just come is not taken, as something else may have been meant.
    pub(crate) async fn reads(&self) {
        tokio::time::sleep(LOOK).await;
    }

    /// Takes away what was chosen last in a type-ahead.
    pub(crate) async fn takes_away(&self, label: &str) {
        let field = self.find("field", label).await;
        field.click().await.expect("a click");
        field.send_keys(BACKSPACE).await.expect("a key");
    }

    /// Chooses in a short list.
    pub(crate) async fn pick(&self, label: &str, entry: &str) {
        let list = self.find("field", label).await;
        list.select_by_label(entry).await.expect("an entry of the list");
    }

    /// Clicks a button, link or menu entry: in the dialog, if one is open.
    pub(crate) async fn click(&self, name: &str) {
        self.point("button", name, None).await;
    }

    /// Ticks or unticks a box, or clicks whatever else has this label.
    pub(crate) async fn tick(&self, label: &str) {
        self.point("field", label, None).await;
    }

    /// Clicks a button, link or menu entry in the row that shows `text`.
    pub(crate) async fn click_in_row(&self, text: &str, name: &str) {
        self.point("button", name, Some(text)).await;
    }

    /// Waits for the row that shows `text`, and reads it.
    pub(crate) async fn row(&self, text: &str) -> String {
        // A list that is live is drawn again at any moment.
        let read = async || self.look("row", text, None).await?.text().await.ok();
        let row = self.until(&format!("the row of {text:?}"), read).await;
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Waits for a dialog of this name.
    pub(crate) async fn sees_dialog(&self, name: &str) {
        self.find("dialog", name).await;
    }

    /// Waits until no dialog is open.
    pub(crate) async fn sees_no_dialog(&self) {
        self.until("no dialog is open", async || {
            (self.ask("return document.querySelector('dialog[open]') === null").await == true).then_some(())
        })
        .await;
    }

    /// Waits until this company stands under the person's name.
    pub(crate) async fn works_for(&self, company: &str) {
        let shown = "return document.querySelector('[data-company]')?.innerText ?? ''";
        self.until(&format!("{company} is in focus"), async || {
            (self.ask(shown).await == company).then_some(())
        })
        .await;
    }

    /// Waits for the page's heading.
    pub(crate) async fn sees_heading(&self, name: &str) {
        self.find("heading", name).await;
    }

    /// Waits until `text` is on the screen, in the dialog if one is open.
    pub(crate) async fn sees(&self, text: &str) {
        let wanted = text.to_lowercase();
        self.until(&format!("{text:?} is seen"), async || {
            self.text().await.to_lowercase().contains(&wanted).then_some(())
        })
        .await;
    }

    /// Waits until `text` is gone.
    pub(crate) async fn sees_no_more(&self, text: &str) {
        let wanted = text.to_lowercase();
        self.until(&format!("{text:?} is gone"), async || {
            (!self.text().await.to_lowercase().contains(&wanted)).then_some(())
        })
        .await;
    }

    /// Waits until a screen reader is told of `text`.
    pub(crate) async fn is_told(&self, text: &str) {
        let told = "return document.getElementById('announcements').textContent";
        self.until(&format!("{text:?} is told"), async || {
            self.ask(told).await.as_str()?.contains(text).then_some(())
        })
        .await;
    }

    /// Waits until the address holds `part`.
    pub(crate) async fn is_at(&self, part: &str) {
        self.until(&format!("the address holds {part:?}"), async || {
            self.address().await.contains(part).then_some(())
        })
        .await;
    }

    /// Whether there is such a button, link or menu entry now.
    pub(crate) async fn has(&self, name: &str) -> bool {
        self.look("button", name, None).await.is_some()
    }

    /// The words on the screen.
    pub(crate) async fn text(&self) -> String {
        let text = "const open = document.querySelector('dialog[open]'); \
             const toasts = document.getElementById('toasts'); \
             return (open ? open.innerText + ' ' + (toasts?.innerText ?? '') : document.body.innerText)";
        let text = self.ask(text).await;
        text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What a script answers.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or(Value::Null)
    }

    /// Waits for an element.
    pub(crate) async fn find(&self, kind: &str, name: &str) -> Element {
        self.until(&format!("{kind} {name:?}"), async || self.look(kind, name, None).await).await
    }

    async fn look(&self, kind: &str, name: &str, within: Option<&Element>) -> Option<Element> {
        let within = within.map_or(Value::Null, |row| serde_json::to_value(row).unwrap_or_default());
        let found = self.client.execute(FIND, vec![json!(kind), json!(name), within]).await.ok()?;
        let found = found.as_object()?.values().next()?.as_str()?.to_owned();
        Some(Element::from_element_id(self.client.clone(), ElementRef::from(found)))
    }

    /// Waits until an element is there and can be clicked, and clicks it.
    async fn point(&self, kind: &str, name: &str, row: Option<&str>) {
        self.until(&format!("a click on {kind} {name:?}"), async || {
            let within = match row {
                Some(text) => Some(self.look("row", text, None).await?),
                None => None,
            };
            let element = self.look(kind, name, within.as_ref()).await?;
            if !element.is_enabled().await.unwrap_or(false) {
                return None;
            }
            // What has moved or is covered for a moment is tried again: nothing was clicked then.
            element.click().await.ok()
        })
        .await;
    }

    /// Waits until `look` finds something; after [`PATIENCE`] says what is on the screen instead.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            let late = Instant::now() > deadline;
            assert!(
                !late,
                "waited for {what} at {}; the screen says: {}",
                self.address().await,
                self.text().await
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Closes the browser.
    pub(crate) async fn leave(self) {
        let _ = self.client.close().await;
        drop(self.profile);
    }
}
