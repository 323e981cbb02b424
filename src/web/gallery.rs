//! Every shared macro on one page, as the screens use them: with literals and with fields.

use askama::Template;
use chrono::{DateTime, Utc};
use scraper::{Html, Selector};

use super::display::StackedBar;
use super::forms::{Choice, FieldErrors};
use super::page::{FocusCompany, Page, Person, Section, Toast, ToastKind};

#[derive(Template)]
#[template(path = "shared/gallery.html")]
struct Gallery {
    page: Page,
    name: String,
    errors: FieldErrors,
    people: Vec<Choice>,
    roles: Vec<Choice>,
    role: String,
    state: String,
    at: DateTime<Utc>,
    total: i64,
    bar: StackedBar,
    states: StackedBar,
    rows: Vec<(String, &'static str)>,
    next: Option<String>,
}

fn gallery() -> Gallery {
    let mut errors = FieldErrors::default();
    errors.add("external_id", "Another subaccount has this external ID.");
    Gallery {
        page: Page {
            title: "Monitor my fleet".into(),
            section: Section::Fleet,
            person: Person {
                name: "Ada Lovelace".into(),
                email: "ada@meridian.example".into(),
                has_password: true,
                needs_proof: false,
            },
            company: FocusCompany {
                uid: "0199".into(),
                name: "Meridian IoT".into(),
                colour: "#c2410c".into(),
            },
            subaccounts_enabled: true,
            permissions: fleet::tenancy::Permissions::ALL,
            is_main_account: true,
            csrf_token: "token".into(),
            toasts: vec![
                Toast::new(ToastKind::Success, "Transfer of 309 SIMs launched.")
                    .with_link("/operations/7", "Operation #7"),
            ],
        },
        name: "Clienticity".into(),
        errors,
        people: vec![
            Choice::new("1", "Ada Lovelace").with_hint("ada@meridian.example"),
            Choice::new("2", "Omar"),
        ],
        roles: vec![Choice::new("administrator", "Administrator"), Choice::new("viewer", "Viewer")],
        role: "viewer".into(),
        state: "active".into(),
        at: Utc::now() - chrono::TimeDelta::minutes(5),
        total: 12_310,
        bar: StackedBar::of_tasks(12_310, 9_000, 27, 10, 300),
        states: StackedBar::of_states(500, 400, 30, 5),
        rows: (0..60)
            .map(|index| {
                let state = ["inventory", "active", "suspended", "retired"][index % 4];
                (format!("89490200000000{index:05}"), state)
            })
            .collect(),
        next: Some("/fleet?after=1".into()),
    }
}

#[test]
fn every_macro_keeps_labels_ids_and_the_content_policy() {
    let html = gallery().render().unwrap();
    if let Some(path) = std::env::var_os("SIMYARD_GALLERY") {
        std::fs::write(path, &html).unwrap();
    }
    assert!(!html.contains(" style="));
    let page = Html::parse_document(&html);
    let all = |selector: &str| page.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>();
    let ids: Vec<_> = all("[id]").iter().filter_map(|element| element.attr("id")).collect();
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "id {id} twice");
    }
    for label in all("label[for]") {
        assert!(ids.contains(&label.attr("for").unwrap()));
    }
    for described in all("[aria-describedby]") {
        for id in described.attr("aria-describedby").unwrap().split(' ') {
            assert!(ids.contains(&id), "no {id}");
        }
    }
    assert_eq!(all("[aria-invalid=true]").len(), 1);
    assert_eq!(all("#field-role option[selected]")[0].attr("value"), Some("viewer"));
}

#[derive(Template)]
#[template(
    source = "{% import \"shared/frame.html\" as frame %}{{ frame::bell(running, paused, scheduled, unread) }}",
    ext = "html"
)]
struct Bell {
    running: i64,
    paused: i64,
    scheduled: i64,
    unread: i64,
}

#[test]
fn the_bell_asks_often_while_something_runs_and_seldom_while_all_waits() {
    let quiet = || Bell { running: 0, paused: 0, scheduled: 0, unread: 0 };
    let drawn = |bell: Bell| bell.render().unwrap();
    let busy = drawn(Bell { running: 3, paused: 1, unread: 1, ..quiet() });
    let words = "3 operations are running, 1 operation is paused, 1 message is unread";
    assert!(busy.contains("every 3s") && busy.contains(words), "{busy}");
    let paused = drawn(Bell { paused: 2, ..quiet() });
    assert!(paused.contains("every 30s") && paused.contains("Messages: 2 operations are paused"), "{paused}");
    let scheduled = drawn(Bell { scheduled: 1, ..quiet() });
    assert!(scheduled.contains("every 30s") && scheduled.contains("no operation is running"), "{scheduled}");
    let quiet = drawn(quiet());
    assert!(!quiet.contains("every") && !quiet.contains("load"));
}
