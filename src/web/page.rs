//! What the frame around every screen shows: who is signed in, for which company, and where in the menu this is.
//!
//! Plain data for `templates/layout/`: nothing here asks the database.

use fleet::tenancy::{Permission, Permissions};
use serde::Serialize;

/// The entry of the menu bar that a screen belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The widgets.
    Start,
    /// The SIM grid and the SIM pages.
    Fleet,
    /// The operations list and the operation pages.
    Operations,
    /// The subaccounts of the active company.
    Subaccounts,
    /// Account details, users, offers, security, audit.
    Administration,
    /// A screen that the menu bar does not lead to: help, profile, an error.
    Elsewhere,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// As shown at the upper right.
    pub name: String,
    /// The sign-in.
    pub email: String,
    /// Whether they have set a password.
    pub has_password: bool,
    /// Whether they have a second factor that they have not shown of late.
    pub needs_proof: bool,
}

impl Person {
    /// At most two letters for the avatar.
    pub fn initials(&self) -> String {
        let mut words = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let first = words.next();
        let last = words.next_back();
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }
}

/// The company that the page was drawn for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FocusCompany {
    /// Sent back with every request from the page, so that a changed focus is noticed.
    pub uid: String,
    /// The company's name.
    pub name: String,
    /// The colour of the bar, in CSS notation.
    pub colour: String,
}

/// How serious a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToastKind {
    /// It was done.
    Success,
    /// Worth knowing.
    Info,
    /// It was not done.
    Error,
}

/// A short message at the edge of the page, with one link at most. Never the only way to anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Toast {
    /// How serious it is.
    pub kind: ToastKind,
    /// One sentence.
    pub text: String,
    /// Where it leads: address and words.
    pub link: Option<(String, String)>,
}

impl Toast {
    /// A toast without a link.
    pub fn new(kind: ToastKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), link: None }
    }

    /// The same toast with a link.
    #[must_use]
    pub fn with_link(mut self, address: impl Into<String>, words: impl Into<String>) -> Self {
        self.link = Some((address.into(), words.into()));
        self
    }

    /// The word that `static/js/toast.js` and the style sheet know the kind by.
    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            ToastKind::Success => "success",
            ToastKind::Info => "info",
            ToastKind::Error => "error",
        }
    }
}

/// The frame of a signed-in screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The screen's name: the h1 and the first part of the window title.
    pub title: String,
    /// The active menu entry.
    pub section: Section,
    /// Who is signed in.
    pub person: Person,
    /// The company in focus.
    pub company: FocusCompany,
    /// Whether the option *subaccounts* is on for the company in focus.
    pub subaccounts_enabled: bool,
    /// What the person may do in the company in focus.
    pub permissions: Permissions,
    /// Whether the active company is a main account.
    pub is_main_account: bool,
    /// The session's token against forged requests.
    pub csrf_token: String,
    /// Messages left by the request before this one.
    pub toasts: Vec<Toast>,
}

/// The screens of Administration that main accounts alone have.
const OF_MAIN_ACCOUNTS: [&str; 2] = [NETWORKS, SINGLE_SIGN_ON];
const NETWORKS: &str = "/administration/networks";
const SINGLE_SIGN_ON: &str = "/administration/single-sign-on";
/// The screens of Administration: address, name, and all that it takes.
const ADMINISTRATION: [(&str, &str, &[Permission]); 12] = [
    ("/administration", "Account details", &[Permission::AccountManage]),
    ("/administration/users", "Users", &[Permission::PeopleManage]),
    ("/administration/invitations", "Invitations", &[Permission::PeopleManage]),
    ("/administration/profiles", "Profiles", &[Permission::PeopleManage]),
    ("/administration/offers", "Offers", &[Permission::OffersAssign]),
    ("/administration/labels", "Labels and fields", &[Permission::FleetView, Permission::FleetConfigure]),
    (
        "/administration/exports",
        "Exports",
        &[Permission::FleetView, Permission::SimsExport, Permission::ExportsManage],
    ),
    ("/administration/security", "Security", &[Permission::SecurityManage]),
    ("/administration/api-tokens", "API tokens", &[Permission::TokensManage]),
    (SINGLE_SIGN_ON, "Single sign-on", &[Permission::SecurityManage]),
    (NETWORKS, "Networks", &[Permission::NetworksView]),
    ("/administration/audit", "Audit", &[Permission::AuditView]),
];

/// The screens of Administration that are open to whoever has `permissions`: address and name.
pub fn administration(permissions: Permissions) -> impl Iterator<Item = (&'static str, &'static str)> {
    ADMINISTRATION
        .into_iter()
        .filter(move |(_, _, takes)| permissions.contains_all(takes))
        .map(|(address, name, _)| (address, name))
}

impl Page {
    /// The entries of the menu bar that are open to the person: name, address, and whether this screen belongs to it.
    pub fn menu(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let administration = self.administration().first().map(|(address, _)| *address);
        let entries = [
            ("Start", Some("/"), Section::Start),
            ("Monitor my fleet", self.sees_fleet().then_some("/fleet"), Section::Fleet),
            ("Operations", self.sees_fleet().then_some("/operations"), Section::Operations),
            ("Subaccounts", self.sees_subaccounts().then_some("/subaccounts"), Section::Subaccounts),
            ("Administration", administration, Section::Administration),
        ];
        let here = self.section;
        entries
            .into_iter()
            .filter_map(move |(name, address, section)| Some((name, address?, section == here)))
    }

    /// Whether SIMs and operations are open to the person.
    pub fn sees_fleet(&self) -> bool {
        self.permissions.contains(Permission::FleetView)
    }

    /// Whether subaccounts are.
    pub fn sees_subaccounts(&self) -> bool {
        self.subaccounts_enabled && self.permissions.contains(Permission::SubaccountsView)
    }

    /// The screens of Administration that are open to the person.
    pub fn administration(&self) -> Vec<(&'static str, &'static str)> {
        let is_here = |address: &str| self.is_main_account || !OF_MAIN_ACCOUNTS.contains(&address);
        administration(self.permissions).filter(|(address, _)| is_here(address)).collect()
    }

    /// The window title: screen, company, product.
    pub fn window_title(&self) -> String {
        format!("{} · {} · Simyard", self.title, self.company.name)
    }

    /// The value of `hx-headers` on the body: what every htmx request from this page sends along.
    pub fn htmx_headers(&self) -> String {
        serde_json::json!({ "X-CSRF-Token": self.csrf_token, "X-Account-Focus": self.company.uid })
            .to_string()
    }
}

/// The frame of a screen without a person: sign-in, a one-time link, an error before sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnonymousPage {
    /// The screen's name: the h1 and the first part of the window title.
    pub title: String,
    /// The session's token against forged requests.
    pub csrf_token: String,
    /// Messages left by the request before this one.
    pub toasts: Vec<Toast>,
}

impl AnonymousPage {
    /// The window title: screen, product.
    pub fn window_title(&self) -> String {
        format!("{} · Simyard", self.title)
    }

    /// The value of `hx-headers` on the body.
    pub fn htmx_headers(&self) -> String {
        serde_json::json!({ "X-CSRF-Token": self.csrf_token }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use fleet::tenancy::Role;

    use super::*;

    #[derive(Template)]
    #[template(
        source = "{% extends \"layout/base.html\" %}{% block content %}<p>Here</p>{% endblock %}",
        ext = "html"
    )]
    struct Screen {
        page: Page,
    }

    #[derive(Template)]
    #[template(source = "{% extends \"layout/anonymous.html\" %}", ext = "html")]
    struct AnonymousScreen {
        page: AnonymousPage,
    }

    fn page() -> Page {
        Page {
            title: "Monitor my fleet".into(),
            section: Section::Fleet,
            person: Person {
                name: "Ada <b>".into(),
                email: "ada@meridian.example".into(),
                has_password: true,
                needs_proof: false,
            },
            company: FocusCompany { uid: "0199".into(), name: "A & \"B\"".into(), colour: "#1f63b8".into() },
            subaccounts_enabled: true,
            permissions: Permissions::from(Some(Role::Viewer)),
            is_main_account: true,
            csrf_token: "token'\"".into(),
            toasts: vec![
                Toast::new(ToastKind::Success, "Launched").with_link("/operations/7", "Operation #7"),
            ],
        }
    }

    #[test]
    fn the_frame_escapes_what_people_typed() {
        let html = Screen { page: page() }.render().unwrap();
        assert!(!html.contains("Ada <b>") && !html.contains("A & \"B\""));
        let page = scraper::Html::parse_document(&html);
        let select = |selector: &str| scraper::Selector::parse(selector).unwrap();
        let title = page.select(&select("title")).next().unwrap().text().collect::<String>();
        assert_eq!(title, "Monitor my fleet · A & \"B\" · Simyard");
        let body = page.select(&select("body")).next().unwrap();
        let headers: serde_json::Value = serde_json::from_str(body.attr("hx-headers").unwrap()).unwrap();
        assert_eq!(headers["X-CSRF-Token"], "token'\"");
        assert_eq!(headers["X-Account-Focus"], "0199");
        assert_eq!(page.select(&select("h1")).count(), 1);
        assert_eq!(
            page.select(&select("[aria-current=page]")).next().unwrap().inner_html(),
            "Monitor my fleet"
        );
        assert_eq!(page.select(&select(".toast a[href='/operations/7']")).count(), 1);
    }

    #[test]
    fn the_menu_has_what_the_person_may_see() {
        let entries = |page: Page| {
            let html = Screen { page }.render().unwrap();
            let selector = scraper::Selector::parse("nav[aria-label=Main] a").unwrap();
            scraper::Html::parse_document(&html)
                .select(&selector)
                .map(|link| link.inner_html())
                .collect::<Vec<_>>()
        };
        assert_eq!(entries(page()), ["Start", "Monitor my fleet", "Operations", "Subaccounts"]);
        let other = Page { subaccounts_enabled: false, permissions: Permissions::ALL, ..page() };
        assert_eq!(entries(other), ["Start", "Monitor my fleet", "Operations", "Administration"]);
        let with = |rights: &[Permission]| Page { permissions: rights.iter().copied().collect(), ..page() };
        assert_eq!(entries(with(&[])), ["Start"]);
        assert_eq!(entries(with(&[Permission::SubaccountsView])), ["Start", "Subaccounts"]);
        assert!(with(&[Permission::FleetConfigure]).administration().is_empty());
        let labels = with(&[Permission::FleetView, Permission::FleetConfigure]);
        assert_eq!(labels.administration(), [("/administration/labels", "Labels and fields")]);
    }

    #[test]
    fn a_screen_without_a_person_has_no_menu() {
        let page = AnonymousPage { title: "Sign in".into(), csrf_token: "t".into(), toasts: vec![] };
        let html = AnonymousScreen { page }.render().unwrap();
        assert!(html.contains("<title>Sign in · Simyard</title>") && !html.contains("Main"));
    }

    #[test]
    fn no_script_or_style_is_inline() {
        let html = Screen { page: page() }.render().unwrap();
        assert!(!html.contains(" style=") && !html.contains(" onclick=") && !html.contains("<style"));
        for script in html.split("<script").skip(1) {
            assert!(script.split('>').next().unwrap().contains("src="));
        }
    }

    #[test]
    fn initials_are_the_first_and_the_last_word() {
        let of = |name: &str| Person { name: name.into(), ..page().person }.initials();
        assert_eq!(of("Ada King Lovelace"), "AL");
        assert_eq!(of("omar"), "O");
        assert_eq!(of(""), "");
    }
}
