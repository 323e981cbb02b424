//! What the screens lead to: whoever is shown a link, a button or a form may use it.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::dev::ResourceDef;
use fleet::tenancy::{Permission, Permissions, Role};
use reqwest::{Method, StatusCode};

use super::rights::member_called;
use super::{Entry, HOME, Lowest, World, posts, sign_in, table};
use crate::support::{Client, Page};

/// The menu bar, the menu of the person, and the tabs of Administration and of My profile.
const FRAME: &str = "header a, main nav a";

/// Forms that take other rights for each kind of operation: `operations::rights` goes through these.
const TAKES_WHAT_IS_CHOSEN: [&str; 2] = ["/operations/drafts", "/operations"];

/// The routes, each with its pattern.
fn routes() -> Vec<(ResourceDef, Entry)> {
    table().into_iter().map(|entry| (ResourceDef::new(entry.pattern), entry)).collect()
}

/// What a page leads to: where a link goes, what is loaded into a part of the page, and what is sent.
fn leads_to(page: &Page, here: &str) -> Vec<(Method, bool, String)> {
    let own = here.split('?').next().unwrap_or_default();
    let address = |link: String| {
        let link = link.split('#').next().unwrap_or_default();
        match link.chars().next()? {
            '/' => Some(link.to_owned()),
            '?' => Some(format!("{own}{link}")),
            _ => None,
        }
    };
    let all = [
        (Method::GET, false, page.attributes("a", "href")),
        (Method::GET, false, page.attributes("form[method=get]", "action")),
        (Method::GET, true, page.attributes("[hx-get]", "hx-get")),
        (Method::GET, true, page.attributes("[data-url]", "data-url")),
        (Method::POST, true, page.attributes("[hx-post]", "hx-post")),
        (Method::POST, false, page.attributes("form[method=post]:has(button[type=submit])", "action")),
        (Method::POST, false, page.attributes("[formaction]", "formaction")),
    ];
    let one = |(method, in_part, links): (Method, bool, Vec<String>)| {
        let links = links.into_iter().filter_map(address).collect::<BTreeSet<_>>();
        links.into_iter().map(move |link| (method.clone(), in_part, link)).collect::<Vec<_>>()
    };
    all.into_iter().flat_map(one).collect()
}

/// The screens that the frame leads to from one to the next, each with what it shows.
async fn screens(client: &Client) -> BTreeMap<String, Page> {
    let mut found = BTreeMap::new();
    let mut ahead = vec!["/".to_owned()];
    while let Some(here) = ahead.pop() {
        let page = client.get(&here).await;
        ahead.extend(page.attributes(FRAME, "href"));
        found.insert(here, page);
        ahead.retain(|address| address.starts_with('/') && !found.contains_key(address));
    }
    found
}

/// The screens of `client`, who holds `permissions`: those that do not open, and what they lead to that takes more.
async fn beyond(client: &Client, permissions: Permissions, routes: &[(ResourceDef, Entry)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (here, page) in &screens(client).await {
        if !page.status.is_success() {
            wrong.push(format!("{here} is in a menu: {}", page.status));
        }
        for (method, _, link) in leads_to(page, here) {
            let path = link.split('?').next().unwrap_or_default();
            let is_it =
                |(pattern, entry): &&(ResourceDef, Entry)| entry.method == method && pattern.is_match(path);
            let (_, entry) =
                routes.iter().find(is_it).unwrap_or_else(|| panic!("{here}: no {method} {link}"));
            if !TAKES_WHAT_IS_CHOSEN.contains(&path) || method == Method::GET {
                let missing = entry.takes.rights().iter().filter(|right| !permissions.contains(**right));
                wrong.extend(missing.map(|right| format!("{here}: {method} {link} takes {right}")));
            }
        }
    }
    wrong
}

/// With each right alone, and with each beside the one that opens most screens. What a route takes is what the table says,
/// which the other tests go through.
#[actix_web::test]
async fn no_screen_leads_anybody_to_what_they_may_not() {
    let world = World::get();
    let app = world.portal().await;
    let routes = routes();
    let alone = Permission::ALL.iter().map(|right| vec![*right]);
    let viewing = Permission::ALL.iter().map(|right| vec![Permission::FleetView, *right]);
    let mut wrong = Vec::new();
    for (number, rights) in alone.chain(viewing).chain([Vec::new()]).enumerate() {
        let permissions = rights.iter().copied().collect();
        let client = member_called(&app, world, &format!("somebody-{number}"), permissions).await;
        let found = beyond(&client, permissions, &routes).await;
        wrong.extend(found.into_iter().map(|what| format!("with {rights:?} alone: {what}")));
    }
    assert!(wrong.is_empty(), "{} dead ends:\n{}", wrong.len(), wrong.join("\n"));
}

/// In each role, also what the pages lead to is opened.
#[actix_web::test]
async fn every_link_of_every_screen_opens() {
    let world = World::get();
    let app = world.portal().await;
    let routes = routes();
    let mut wrong = Vec::new();
    for role in [Role::Viewer, Role::Operator, Role::Administrator] {
        let mut client = sign_in(&app, role, HOME).await;
        client.open("/").await;
        wrong.extend(beyond(&client, Some(role).into(), &routes).await);
        let mut tried = BTreeSet::new();
        let screens = screens(&client).await;
        assert!(screens.len() > 5, "the menus of a {} lead to {} screens", role.as_str(), screens.len());
        for (here, page) in &screens {
            let links = leads_to(page, here).into_iter().filter(|(method, ..)| *method == Method::GET);
            for (_, in_part, link) in links.filter(|link| tried.insert(link.clone())) {
                let answer = if in_part { client.fragment(&link).await } else { client.get(&link).await };
                if !(answer.status.is_success() || answer.status == StatusCode::SEE_OTHER) {
                    wrong.push(format!("{}: {here} leads to {link}: {}", role.as_str(), answer.status));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} dead ends:\n{}", wrong.len(), wrong.join("\n"));
}

/// Addresses of forms that no page stands above: what is signed, the way out, and what htmx alone sends.
const WITHOUT_PAGE: [&str; 8] = [
    "/networks/{name}/callbacks",
    "/sign-out",
    "/grid-layout",
    "/start/layout",
    "/start/layout/changes",
    "/tree/drafts",
    "/tree/preview",
    "/tree/operations",
];

#[actix_web::test]
async fn a_page_that_a_form_was_answered_with_leads_to_the_form_when_it_is_loaded_again() {
    let world = World::get();
    let app = world.portal().await;
    let (nobody, ada) = (app.nobody(), sign_in(&app, Role::Administrator, HOME).await);
    let mut wrong = Vec::new();
    for entry in posts() {
        let client = if entry.lowest == Lowest::Nobody { &nobody } else { &ada };
        let path = world.home.fill(entry.at);
        if simyard::routes::methods_at(&path).contains(&actix_web::http::Method::GET) {
            continue;
        }
        let status = client.get(&path).await.status;
        let leads = client.get(&path).await.header("location").to_owned();
        let shows = client.get(&leads).await.status;
        let expected = if WITHOUT_PAGE.contains(&entry.pattern) { 405 } else { 303 };
        if status != expected || expected == 303 && !(shows.is_success() || shows == StatusCode::SEE_OTHER) {
            wrong.push(format!("{path}: {status}, to {leads}, which answers {shows}"));
        }
        assert_eq!(client.fragment(&path).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (form, page) in [
        ("/password-resets", "/password-resets/new"),
        ("/profile/second-factor/passkeys", "/profile/second-factor"),
        ("/profile/second-factor/passkeys/removals", "/profile/second-factor"),
        ("/profile/second-factor/app/removal", "/profile/second-factor"),
        ("/profile/password", "/profile"),
        ("/operations/preview/lists", "/operations"),
        ("/administration/custom-fields/7", "/administration"),
    ] {
        assert_eq!(ada.get(form).await.header("location"), page, "{form}");
    }
}
