//! Passkeys, with a device that the browser makes up.

use fleet::passwords::DEMO_PASSWORD;

use crate::support::{Authenticator, journey};

const OMAR: &str = "omar@meridian.example";

#[actix_web::test]
async fn a_person_adds_a_passkey_signs_in_with_it_and_removes_it() {
    journey(async |journey| {
        let omar = journey.somebody_at_localhost().await;
        let device = Authenticator::insert(&omar).await;
        omar.sign_in(OMAR, DEMO_PASSWORD).await;
        omar.sees_heading("Start").await;
        omar.go("/profile/second-factor").await;
        omar.click("Add a passkey").await;
        omar.fill("Name", "Work laptop").await;
        omar.fill("Your password", "not mine").await;
        omar.click("Continue").await;
        omar.sees("This is not your present password").await;
        assert_eq!(omar.value_of("Name").await, "Work laptop");
        omar.looks_at("passkey-new").await;
        omar.fill("Your password", DEMO_PASSWORD).await;
        omar.click("Continue").await;
        omar.sees("Your browser now asks").await;
        omar.looks_at("passkey-make").await;
        device.recognises(false).await;
        omar.click("Create the passkey").await;
        omar.sees("No passkey was made").await;
        omar.looks_at("passkey-cancelled").await;
        device.recognises(true).await;
        omar.click("Create the passkey").await;
        omar.sees("Your passkey is set up").await;
        assert_eq!(device.passkeys().await, 1);
        omar.click("I have kept them").await;
        omar.sees("Work laptop, set up").await;
        omar.looks_at("second-factor-passkey").await;

        omar.click("User menu:*").await;
        omar.click("Sign out").await;
        omar.sign_in(OMAR, DEMO_PASSWORD).await;
        omar.sees_heading("Second factor").await;
        omar.looks_at("sign-in-second-factor-passkey").await;
        device.recognises(false).await;
        omar.click("Use a passkey").await;
        omar.sees("No passkey was used").await;
        omar.looks_at("sign-in-passkey-cancelled").await;
        device.recognises(true).await;
        omar.click("Use a passkey").await;
        omar.sees_heading("Start").await;

        omar.click("User menu:*").await;
        omar.click("Sign out").await;
        omar.click("Sign in with a passkey").await;
        omar.sees_heading("Sign in with a passkey").await;
        omar.looks_at("sign-in-passkey").await;
        omar.click("Continue").await;
        omar.sees_heading("Start").await;

        omar.go("/profile/second-factor").await;
        omar.sees("last used").await;
        omar.fill("Your password", DEMO_PASSWORD).await;
        omar.click("Remove Work laptop").await;
        omar.sees("Your passkey is removed").await;
        omar.click("User menu:*").await;
        omar.click("Sign out").await;
        omar.sign_in(OMAR, DEMO_PASSWORD).await;
        omar.sees_heading("Start").await;
    })
    .await;
}

#[actix_web::test]
async fn a_person_at_another_address_or_without_a_device_reads_what_to_do() {
    journey(async |journey| {
        let omar = journey.demo_person(OMAR).await;
        omar.go("/profile/second-factor/passkeys/new").await;
        omar.sees("Passkeys of this portal work at http://localhost").await;
        omar.find("button", "http://localhost:*").await;
        omar.looks_at("passkey-elsewhere").await;
        omar.fill("Name", "Work laptop").await;
        omar.fill("Your password", DEMO_PASSWORD).await;
        omar.click("Continue").await;
        omar.click("Create the passkey").await;
        omar.sees("Passkeys of this portal work at http://localhost").await;
    })
    .await;
}

#[actix_web::test]
async fn a_long_name_of_a_passkey_makes_no_narrow_screen_wider() {
    journey(async |journey| {
        let omar = journey.demo_person(OMAR).await;
        journey.demo.app.db.run(|conn| {
            let passkey = "INSERT INTO passkeys (user_id, credential_id, name, credential, counter) \
                 SELECT id, 'a', repeat('W', 100), '{}', 0 FROM users WHERE email = 'omar@meridian.example'";
            diesel::RunQueryDsl::execute(diesel::sql_query(passkey), conn)?;
            Ok(())
        });
        omar.client.set_window_size(360, 900).await.expect("a size");
        omar.go("/profile/second-factor").await;
        omar.sees(&format!("Remove {}", "W".repeat(100))).await;
        let wider = "const button = document.querySelector('[formaction$=removals]'); \
             return [document.documentElement.scrollWidth - innerWidth, button.scrollWidth - button.clientWidth]";
        let beyond = omar.ask(wider).await;
        assert!(beyond[0].as_i64().is_some_and(|pixels| pixels <= 0), "the page: {beyond}");
        assert!(beyond[1].as_i64().is_some_and(|pixels| pixels <= 0), "the button: {beyond}");
        omar.looks_at("second-factor-long").await;
    })
    .await;
}
