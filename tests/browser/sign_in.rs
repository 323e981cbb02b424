//! Signing in and out.

use std::time::{SystemTime, UNIX_EPOCH};

use fleet::passwords::DEMO_PASSWORD;
use totp_rs::{Builder, Secret};

use crate::support::journey;

const OMAR: &str = "omar@meridian.example";

#[actix_web::test]
async fn a_person_signs_in_wrongly_rightly_and_out_again() {
    journey(async |journey| {
        let ada = journey.somebody().await;
        for (email, password) in
            [("ada@meridian.example", "wrong"), ("nobody@meridian.example", DEMO_PASSWORD)]
        {
            ada.sign_in(email, password).await;
            ada.sees("The e-mail or the password is wrong").await;
            assert_eq!(ada.value_of("E-mail").await, email);
            assert_eq!(ada.value_of("Password").await, "");
        }
        ada.looks_at("sign-in").await;

        ada.sign_in("ada@meridian.example", DEMO_PASSWORD).await;
        ada.sees_heading("Start").await;
        ada.sees("Meridian IoT").await;
        ada.looks_at("start").await;

        ada.click("User menu:*").await;
        ada.click("Sign out").await;
        ada.sees_heading("Sign in").await;
        ada.client.back().await.expect("the page before");
        ada.go("/operations").await;
        ada.sees_heading("Sign in").await;
    })
    .await;
}

/// What an authenticator app with this key shows, so many half minutes from now.
fn code(key: &str, steps: u64) -> String {
    let secret = Secret::try_from_base32(key).expect("a key");
    let app = Builder::new().with_secret(secret).build().expect("an app");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    app.generate(now + 30 * steps).to_string()
}

#[actix_web::test]
async fn a_person_sets_up_an_app_and_signs_in_with_its_code_and_with_a_recovery_code() {
    journey(async |journey| {
        let omar = journey.demo_person(OMAR).await;
        omar.click("User menu:*").await;
        omar.click("My profile").await;
        omar.sees_heading("My profile").await;
        omar.looks_at("profile").await;
        omar.click("Second factor").await;
        omar.sees("Authenticator app").await;
        omar.looks_at("second-factor-none").await;
        omar.click("Set up an authenticator app").await;
        omar.sees("Scan this").await;
        let key = omar.ask("return document.getElementById('app-key').textContent").await;
        let key = key.as_str().expect("a key").to_owned();
        omar.looks_at("second-factor-set-up").await;
        omar.fill("Code", "000000").await;
        omar.fill("Your password", DEMO_PASSWORD).await;
        omar.click("Set up").await;
        omar.sees("This is not the code").await;
        omar.fill("Code", &code(&key, 0)).await;
        omar.fill("Your password", DEMO_PASSWORD).await;
        omar.click("Set up").await;
        omar.sees("Your authenticator app is set up").await;
        let first = omar.ask("return document.querySelector('.recovery-codes code').textContent").await;
        let second =
            omar.ask("return document.querySelectorAll('.recovery-codes code')[1].textContent").await;
        omar.looks_at("recovery-codes").await;
        omar.click("I have kept them").await;
        omar.sees("8 left").await;
        omar.looks_at("second-factor").await;

        let phone = journey.somebody().await;
        phone.sign_in(OMAR, DEMO_PASSWORD).await;
        phone.sees_heading("Second factor").await;
        phone.looks_at("sign-in-second-factor").await;
        phone.fill("Code", "000000").await;
        phone.click("Sign in").await;
        phone.sees("This code is wrong").await;
        phone.go("/fleet").await;
        phone.sees_heading("Sign in").await;
        phone.go("/sign-in/second-factor").await;
        phone.fill("Code", &code(&key, 1)).await;
        phone.click("Sign in").await;
        phone.sees_heading("Start").await;

        let office = journey.somebody().await;
        office.sign_in(OMAR, DEMO_PASSWORD).await;
        office.fill("Code", first.as_str().expect("a code")).await;
        office.click("Sign in").await;
        office.sees_heading("Start").await;
        office.sees("7 recovery codes left").await;

        office.go("/profile/second-factor/proofs/new?next=/profile/second-factor").await;
        office.sees("counts for 10 minutes").await;
        office.fill("Code", "000000").await;
        office.click("Continue").await;
        office.sees("This code is wrong").await;
        office.looks_at("second-factor-proof").await;
        office.fill("Code", second.as_str().expect("a code")).await;
        office.click("Continue").await;
        office.sees("6 recovery codes left").await;
        office.is_at("/profile/second-factor").await;
    })
    .await;
}

#[actix_web::test]
async fn a_person_ends_a_session_that_runs_elsewhere() {
    journey(async |journey| {
        let (here, phone) = (journey.demo_person(OMAR).await, journey.demo_person(OMAR).await);
        here.go("/profile/sessions").await;
        here.sees("(this one)").await;
        here.looks_at("sessions").await;
        here.fill("Your password", "not mine").await;
        here.click("End Chrome on Linux").await;
        here.sees("This is not your present password").await;
        here.fill("Your password", DEMO_PASSWORD).await;
        here.click("End Chrome on Linux").await;
        here.sees("1 session has ended").await;
        here.sees("You are signed in nowhere else").await;
        phone.go("/fleet").await;
        phone.sees_heading("Sign in").await;
    })
    .await;
}

#[actix_web::test]
async fn a_company_asks_for_a_second_factor_and_its_people_set_one_up() {
    journey(async |journey| {
        let (ada, vera) = (
            journey.demo_person("ada@meridian.example").await,
            journey.demo_person("vera@meridian.example").await,
        );
        ada.go("/administration/security").await;
        ada.looks_at("security").await;
        ada.pick("Second factor", "Required at once").await;
        ada.click("Save").await;
        ada.sees("Set up your own second factor first").await;
        ada.go("/profile/second-factor/app/new").await;
        let key = ada.ask("return document.getElementById('app-key').textContent").await;
        ada.fill("Code", &code(key.as_str().expect("a key"), 0)).await;
        ada.fill("Your password", DEMO_PASSWORD).await;
        ada.click("Set up").await;
        ada.sees("Your authenticator app is set up").await;
        ada.go("/administration/security").await;
        ada.pick("Second factor", "Required at once").await;
        ada.click("Save").await;
        ada.sees("The rules are saved").await;
        ada.go("/administration/users").await;
        ada.looks_at("users-second-factor").await;

        vera.go("/fleet").await;
        vera.sees_heading("Set up a second factor").await;
        vera.looks_at("second-factor-missing").await;
        vera.click("Set it up").await;
        vera.sees("Authenticator app").await;
        vera.sees_no_dialog().await;
    })
    .await;
}

#[actix_web::test]
async fn a_person_who_signs_out_in_one_tab_leaves_nothing_in_the_others() {
    journey(async |journey| {
        let omar = journey.demo_person(OMAR).await;
        omar.go("/fleet").await;
        omar.works_for("Meridian IoT").await;
        let first = omar.client.window().await.expect("a tab");
        let second = omar.client.new_window(true).await.expect("a tab").handle;
        omar.client.switch_to_window(second).await.expect("the second tab");
        omar.go("/operations").await;
        omar.sees_heading("Operations").await;
        omar.click("User menu:*").await;
        omar.click("Sign out").await;
        omar.sees_heading("Sign in").await;
        omar.client.switch_to_window(first).await.expect("the first tab");
        omar.sees_heading("Sign in").await;
        omar.is_at("/sign-in").await;
        assert!(!omar.text().await.contains("Omar"));
    })
    .await;
}

#[actix_web::test]
async fn a_person_who_has_forgotten_the_password_reads_whom_to_ask() {
    journey(async |journey| {
        let ada = journey.somebody().await;
        ada.go("/sign-in").await;
        ada.click("Forgotten your password?").await;
        ada.sees_heading("Forgotten password").await;
        ada.sees("Ask an administrator of your company").await;
        ada.looks_at("forgotten-password").await;
    })
    .await;
}
