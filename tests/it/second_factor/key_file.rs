//! The secrets of people's apps, which the key file alone opens.

use data_encoding::HEXLOWER as HEX;
use fleet::sealing::Sealer;
use reqwest::StatusCode;
use simyard::app::{Settings, State};

use super::{ADA, World, begin, enter, is_signed_in, run, says, set_up, user, world};
use crate::support::{TestApp, sealer, test_settings};

/// What a portal says that is started on this database, with this key.
fn started(app: &TestApp, sealer: Option<Sealer>) -> Result<(), String> {
    let settings = Settings { sealer, ..test_settings() };
    State::new(app.db.pool.clone(), settings).map(drop).map_err(|error| format!("{error:#}"))
}

/// Opens the one secret that is stored, which is Ada's.
fn stored_secret(app: &TestApp, by: &Sealer) -> Option<Vec<u8>> {
    let sealed = says(app, "SELECT encode(sealed, 'hex') FROM totp_secrets");
    by.open(&format!("the app of {}", user(app, ADA)), &HEX.decode(sealed.as_bytes()).expect("hex"))
}

#[actix_web::test]
async fn a_copy_of_the_database_gives_nobody_a_second_factor() {
    let World { app, .. } = world().await;
    let (phone, _) = set_up(&app.sign_in(ADA).await).await;
    assert_eq!(stored_secret(&app, &sealer()).as_deref(), Some(phone.0.as_bytes()));
    let secrets = says(&app, "SELECT string_agg(encode(value, 'hex'), ' ') FROM installation_secrets");
    let tried: Vec<_> = secrets
        .split(' ')
        .flat_map(|secret| {
            HEX.decode(secret.as_bytes())
                .expect("hex")
                .windows(Sealer::KEY)
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(tried.len() > 60, "the secrets of the installation are there");
    for key in tried {
        let key = key.first_chunk().expect("a key");
        assert_eq!(stored_secret(&app, &Sealer::new(key)), None);
    }
}

#[actix_web::test]
async fn a_portal_with_another_key_or_none_does_not_start() {
    let World { app, .. } = world().await;
    assert_eq!(started(&app, None), Ok(()), "nobody has an app yet");
    set_up(&app.sign_in(ADA).await).await;
    assert_eq!(started(&app, Some(sealer())), Ok(()));
    let other = started(&app, Some(Sealer::new(&[8; Sealer::KEY]))).unwrap_err();
    assert!(other.contains("the key file is not the one"), "{other}");
    let none = started(&app, None).unwrap_err();
    assert!(none.contains("name it with --key-file"), "{none}");
}

#[actix_web::test]
async fn a_portal_that_was_given_its_key_later_lets_nobody_in_without_it() {
    let World { app, .. } = world().await;
    let without = TestApp::start_on(app.db.again(), Settings { sealer: None, ..test_settings() }).await;
    let ada = without.sign_in(ADA).await;
    let page = ada.get("/profile/second-factor").await;
    assert!(page.body.contains("None can be set up here yet"), "{}", page.body);
    assert_eq!(ada.get("/profile/second-factor/app/new").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (phone, _) = set_up(&app.sign_in(ADA).await).await;
    let mut browser = without.nobody();
    begin(&mut browser, ADA).await;
    assert_eq!(enter(&browser, &phone.code(1)).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!is_signed_in(&browser.get("/").await));
}

#[actix_web::test]
async fn secrets_under_a_key_in_the_database_are_put_under_the_key_file() {
    let World { app, .. } = world().await;
    let (phone, _) = set_up(&app.sign_in(ADA).await).await;
    let former = [3; 64];
    let purpose = format!("the app of {}", user(&app, ADA));
    let as_before = Sealer::new(former.first_chunk().expect("a key")).seal(&purpose, phone.0.as_bytes());
    let as_before = HEX.encode(&as_before.expect("a secret"));
    run(&app, "DELETE FROM installation_secrets WHERE name = 'key file'");
    run(&app, &format!("UPDATE totp_secrets SET sealed = decode('{as_before}', 'hex')"));
    let former = HEX.encode(&former);
    run(
        &app,
        &format!("INSERT INTO installation_secrets VALUES ('second factors', decode('{former}', 'hex'))"),
    );

    assert!(started(&app, None).is_err());
    assert_eq!(started(&app, Some(sealer())), Ok(()));
    assert_eq!(stored_secret(&app, &sealer()).as_deref(), Some(phone.0.as_bytes()));
    assert_eq!(says(&app, "SELECT count(*) FROM installation_secrets WHERE name = 'second factors'"), "0");
    let mut browser = app.nobody();
    begin(&mut browser, ADA).await;
    assert_eq!(enter(&browser, &phone.code(1)).await.status, StatusCode::SEE_OTHER);
}
