//! Signing in and out.

use fleet::passwords::DEMO_PASSWORD;

use crate::support::journey;

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
