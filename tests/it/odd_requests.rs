//! Requests that no page of the portal makes.

use fleet::tenancy::Role;
use reqwest::{Method, StatusCode};

use crate::support::{Client, TestApp};

/// Binding the application keeps it running.
async fn ada() -> (TestApp, Client) {
    let app = TestApp::start().await;
    let (meridian, _) = app.db.company(None, "Meridian IoT");
    app.db.member("ada@meridian.example", meridian, Role::Administrator);
    let ada = app.sign_in("ada@meridian.example").await;
    (app, ada)
}

#[actix_web::test]
async fn what_can_be_read_can_be_asked_after_without_its_body() {
    let (_app, ada) = ada().await;
    for path in ["/health/live", "/sign-in", "/fleet", "/operations"] {
        let got = ada.get(path).await;
        let asked = ada.send(Method::HEAD, path, |request| request).await;
        assert_eq!(asked.status, got.status, "{path}");
        assert_eq!(asked.bytes.len(), 0, "{path}");
    }
}

#[actix_web::test]
async fn an_address_says_which_methods_it_takes() {
    let (_app, ada) = ada().await;
    let answer = ada.send(Method::OPTIONS, "/fleet", |request| request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET");
    let answer = ada.send(Method::OPTIONS, "/subaccounts", |request| request).await;
    assert_eq!(answer.header("allow"), "GET, POST");
    let answer = ada.send(Method::OPTIONS, "/nowhere", |request| request).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_form_that_asks_for_another_protocol_is_refused_at_once() {
    let (_app, ada) = ada().await;
    let answer = ada
        .send(Method::POST, "/sign-in", |request| {
            request.header("connection", "upgrade").header("upgrade", "websocket").body("email=a")
        })
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn a_name_cannot_turn_the_words_around_it() {
    let (app, ada) = ada().await;
    let answer = ada.post("/subaccounts", &[("name", "Depot \u{202e}gnp.exe")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("control characters"), "{}", answer.body);
    let answer = ada.post("/subaccounts", &[("name", "Depot"), ("administrators", "1")]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    drop(app);
}

#[actix_web::test]
async fn a_dialog_that_is_asked_for_by_its_address_comes_in_a_whole_page() {
    let (app, ada) = ada().await;
    for (address, title) in [("/imports/new", "Import SIMs"), ("/subaccounts/new", "Create a subaccount")] {
        let page = ada.get(address).await;
        assert!(page.body.starts_with("<!doctype html>"), "{address}: {}", page.body);
        assert_eq!(page.texts("dialog[open] #dialog-body #dialog-title"), [title]);
        assert_eq!(page.texts("[data-company]"), ["Meridian IoT"], "{address} in the frame");
        let part = ada.fragment(address).await;
        assert!(
            !part.body.contains("<html") && part.body.contains("dialog-title"),
            "{address}: {}",
            part.body
        );
    }
    let whole = ada.get("/fleet").await;
    assert_eq!((whole.texts("dialog[open]").len(), whole.texts("h1").len()), (0, 1));
    assert!(!ada.get("/start/operations").await.body.contains("<html"), "a part that is no dialog");
    app.db.run(|conn| {
        let change = "UPDATE memberships SET role = 'viewer'";
        diesel::RunQueryDsl::execute(diesel::sql_query(change), conn)?;
        Ok(())
    });
    assert_eq!(ada.get("/imports/new").await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn a_name_has_no_letters_that_nobody_sees() {
    let (_app, ada) = ada().await;
    for unseen in ['\u{200b}', '\u{200f}', '\u{2060}', '\u{feff}'] {
        for (path, field) in [
            ("/subaccounts", "#error-name"),
            ("/administration/profiles", "#error-name"),
            ("/profile", "#error-name"),
        ] {
            let typed = format!("Dep{unseen}ot");
            let answer = ada.post(path, &[("name", typed.as_str()), ("permissions", "fleet.view")]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert!(answer.texts(field)[0].contains("nobody sees"), "{path}: {}", answer.body);
        }
    }
}

#[actix_web::test]
async fn a_name_is_counted_as_it_is_kept() {
    let (_app, ada) = ada().await;
    // Unicode writes this letter as two, once it is composed.
    let typed = |letters| "\u{958}".repeat(letters);
    for (path, letters) in
        [("/subaccounts", 60), ("/administration/profiles", 60), ("/administration/labels", 30)]
    {
        let form = [
            ("name", typed(letters)),
            ("permissions", "fleet.view".to_owned()),
            ("colour", "teal".to_owned()),
        ];
        let answer = ada.post(path, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.body);
        assert!(answer.texts("#error-name")[0].contains("at most"), "{path}: {}", answer.body);
    }
    let answer = ada.post("/profile", &[("name", typed(50))]).await;
    assert!(!answer.status.is_client_error() && !answer.status.is_server_error(), "{}", answer.body);
}

#[actix_web::test]
async fn what_there_can_be_one_of_is_not_taken_twice() {
    let (_app, ada) = ada().await;
    for address in [
        "/fleet?q=a&q=b",
        "/fleet?sort=imsi&sort=iccid",
        "/fleet/selection/count?q=a&q=b",
        "/operations?kind=import&kind=edit",
        "/subaccounts?q=a&q=b",
        "/administration/users?q=a&q=b",
        "/administration/audit?person=a&person=b",
    ] {
        assert_eq!(ada.get(address).await.status, StatusCode::BAD_REQUEST, "{address}");
    }
    for address in ["/fleet?q=a&q=a", "/fleet?q=&q=a", "/fleet?state=active&state=suspended"] {
        assert_eq!(ada.get(address).await.status, StatusCode::OK, "{address}");
    }
    let (token, account) = (ada.csrf_token.as_str(), ada.account.as_str());
    let named = [("_csrf", token), ("_account", account), ("name", "Ada")];
    for twice in [("_csrf", "another"), ("_account", account), ("name", "Eve")] {
        let form: Vec<_> = named.into_iter().chain([twice]).collect();
        let answer = ada.send_form("/profile", &form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", twice.0);
    }
    assert_eq!(ada.send_form("/profile", &named).await.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn forms_with_more_entries_than_there_can_be_are_refused_or_cut_at_once() {
    let (_app, ada) = ada().await;
    let many = |prefix: &str| {
        let numbers: Vec<String> =
            (0..1_900_000 / (prefix.len() + 6)).map(|number| format!("{number:06}")).collect();
        format!("{prefix}{}", numbers.join(prefix))
    };
    let (columns, view) = (many("&column=field-"), many(".field-"));
    let filter = many("%26label%3D");
    let accounts = many("%26in%3D00000000-0000-7000-8000-000000");
    let edit = "kind=edit&selection=list&sim=1";
    for (path, form) in [
        ("/grid-layout", format!("grid={columns}")),
        ("/saved-views", format!("name=Many&query=columns%3Diccid{view}")),
        ("/exports/drafts", format!("filter=&shown=columns%3Diccid{view}")),
        ("/operations/preview", format!("kind=suspend&selection=matching&filter={filter}")),
        ("/operations/preview", format!("{edit}{}", many("&add_label="))),
        (
            "/operations/preview",
            format!("{edit}{}{}", many("&clear_field="), "&field=1&field_value=".repeat(1_001)),
        ),
        ("/tree/preview", format!("kind=suspend&selection=matching&filter=tree%3D1{accounts}")),
    ] {
        assert!(form.len() < 4_000_000, "{path}: {}", form.len());
        let form = format!("_csrf={}&_account={}&{form}", ada.csrf_token, ada.account);
        let answer = ada
            .send(Method::POST, path, |request| {
                request
                    .header("hx-request", "true")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form)
            })
            .await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.body);
        assert_ne!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}
