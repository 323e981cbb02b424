//! Looking at a screen as a whole: what axe-core finds, light and dark, and pictures for people.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::person::{Person, WINDOW};

const AXE: &str = include_str!("../vendor/axe-core-4.14.1/axe.min.js");
/// What axe-core is asked for: each violation, with where it is and why.
const RUN: &str = "const done = arguments[arguments.length - 1]; \
    axe.run(document, { resultTypes: ['violations'] }).then( \
        (result) => done(result.violations.map((v) => \
            `${v.id} (${v.help}): ` + v.nodes.map((n) => `${n.target.join(' ')} [${n.failureSummary}] ${n.html.slice(0, 200)}`).join(' | '))), \
        (error) => done([String(error)]));";
/// When this is set, a picture of each screen is written to `target/screenshots/`.
const PICTURES: &str = "SIMYARD_SCREENSHOTS";
const WIDTHS: [u32; 3] = [360, 1280, 2560];
const HEIGHT: u32 = 1000;

impl Person {
    /// Looks at the screen as it is now: no axe-core violation, light or dark.
    pub(crate) async fn looks_at(&self, screen: &str) {
        self.settled().await;
        let is_there = "const awaited = document.querySelector('link[rel=expect][blocking=render]'); \
             return document.querySelector(awaited.getAttribute('href')) !== null";
        assert_eq!(self.ask(is_there).await, true, "{screen} has what it is not drawn before");
        for theme in ["light", "dark"] {
            self.finds_no_violation(screen, theme).await;
            if std::env::var_os(PICTURES).is_some() {
                self.take_pictures(screen, theme).await;
            }
        }
        self.in_theme("light").await;
    }

    /// The same on the narrowest screen, where the page does not scroll sideways either.
    pub(crate) async fn looks_at_narrow(&self, screen: &str) {
        self.client.set_window_size(WIDTHS[0], HEIGHT).await.expect("a size");
        self.settled().await;
        let beyond = self.ask("return document.documentElement.scrollWidth - innerWidth").await;
        assert!(beyond.as_i64().is_some_and(|pixels| pixels <= 0), "{screen} scrolls sideways: {beyond}");
        for theme in ["light", "dark"] {
            self.finds_no_violation(&format!("{screen}, narrow"), theme).await;
        }
        self.in_theme("light").await;
        self.client.set_window_size(WINDOW.0, WINDOW.1).await.expect("a size");
    }

    async fn finds_no_violation(&self, screen: &str, theme: &str) {
        self.in_theme(theme).await;
        self.client.execute(AXE, Vec::new()).await.expect("axe-core loads");
        let found = self.client.execute_async(RUN, Vec::new()).await.expect("axe-core answers");
        assert_eq!(found, json!([]), "axe-core on {screen}, {theme}: {found:#}");
    }

    /// Waits until htmx and the type-aheads have nothing under way.
    async fn settled(&self) {
        let busy = "return document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .loading') === null \
             && document.readyState === 'complete'";
        self.until("the screen stands still", async || (self.ask(busy).await == true).then_some(())).await;
    }

    async fn in_theme(&self, theme: &str) {
        // Colours change gradually: what is looked at is how they end up.
        let script = "document.documentElement.dataset.bsTheme = arguments[0]; \
             document.dispatchEvent(new CustomEvent('theme-changed')); \
             const done = arguments[arguments.length - 1]; \
             const ending = () => document.getAnimations() \
                 .filter((a) => a.effect.getComputedTiming().endTime !== Infinity).map((a) => a.finished); \
             requestAnimationFrame(() => requestAnimationFrame(() => Promise.allSettled(ending()).then(() => done())));";
        self.client.execute_async(script, vec![Value::from(theme)]).await.expect("a theme");
    }

    async fn take_pictures(&self, screen: &str, theme: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        fs::create_dir_all(&folder).expect("a folder for the pictures");
        for width in WIDTHS {
            self.client.set_window_size(width, HEIGHT).await.expect("a size");
            let picture = self.client.screenshot().await.expect("a picture");
            fs::write(folder.join(format!("{screen}-{theme}-{width}.png")), picture).expect("a file");
        }
        self.client.set_window_size(WINDOW.0, WINDOW.1).await.expect("a size");
    }
}
