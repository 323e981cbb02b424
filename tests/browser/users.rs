//! Inviting users to a subaccount, and what they do who are invited.

use crate::account_focus::switch_to;
use crate::support::journey;

#[actix_web::test]
async fn somebody_new_accepts_an_invitation_to_a_subaccount() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        switch_to(&ada, "Clienticity").await;
        ada.go("/administration/users").await;
        ada.looks_at("users").await;
        ada.click("Invite user").await;
        ada.sees_dialog("Invite a user to Clienticity").await;
        ada.looks_at("invite-user").await;
        ada.fill("E-mail", "pia@clienticity.example").await;
        ada.pick("Role", "Operator").await;
        ada.click("Invite").await;
        let link = ada.value_of("Link of the invitation").await;
        ada.looks_at("invitation-link").await;
        ada.click("Done").await;
        ada.click("Invitations").await;
        assert!(ada.row("pia@clienticity.example").await.contains("Operator Waiting"));
        ada.looks_at("invitations").await;
        journey.demo.app.db.run(|conn| {
            let refused = "WITH refused AS (INSERT INTO outbox (uid, to_address, subject, text, html, attempts, last_error, given_up_at) \
                 VALUES (gen_random_uuid(), 'pia@clienticity.example', 'x', '', '', 1, 'permanent error (550): 5.1.1 … \
                 The email account that you tried to reach does not exist', now()) RETURNING uid) \
                 UPDATE invitations SET letter = refused.uid FROM refused WHERE email = 'pia@clienticity.example'";
            Ok(diesel::RunQueryDsl::execute(diesel::sql_query(refused), conn)?)
        });
        ada.go("/administration/invitations").await;
        ada.sees("Letter not delivered").await;
        ada.looks_at("invitation-not-delivered").await;

        let pia = journey.somebody().await;
        let path = &link[link.find("/invitations/").expect("a path")..];
        pia.go(path).await;
        pia.sees_heading("An invitation to Clienticity").await;
        pia.looks_at("invitation").await;
        pia.fill("Your name", "Pia Sund").await;
        pia.fill("Password", "too short").await;
        pia.fill("Repeat", "too short").await;
        pia.click("Accept, and make my sign-in").await;
        pia.sees("at least 12").await;
        assert_eq!(pia.value_of("Your name").await, "Pia Sund");
        pia.fill("Password", "a few words of mine").await;
        pia.fill("Repeat", "a few words of mine").await;
        pia.click("Accept, and make my sign-in").await;
        pia.is_at("/sign-in").await;
        pia.fill("E-mail", "pia@clienticity.example").await;
        pia.fill("Password", "a few words of mine").await;
        pia.click("Sign in").await;
        pia.sees_heading("Start").await;
        pia.works_for("Clienticity").await;
        assert!(!pia.has("Administration").await, "an operator administers nothing");
        pia.go("/administration/users").await;
        pia.sees("Not allowed").await;
        pia.go(path).await;
        pia.sees_heading("Start").await;
        ada.go(path).await;
        ada.sees("leads nowhere").await;
        ada.go("/administration/users").await;
        assert!(ada.row("pia@clienticity.example").await.contains("Pia Sund"));
        ada.click_in_row("pia@clienticity.example", "Actions for Pia Sund").await;
        ada.click("End sessions").await;
        ada.sees_dialog("End the sessions of Pia Sund").await;
        ada.looks_at("end-sessions").await;
        ada.click("End sessions").await;
        ada.sees("Pia Sund is signed out everywhere").await;
        pia.go("/fleet").await;
        pia.is_at("/sign-in").await;
    })
    .await;
}

#[actix_web::test]
async fn somebody_who_signs_in_here_accepts_and_loses_the_membership_in_the_midst_of_work() {
    journey(async |journey| {
        let (nora, vera) = (
            journey.demo_person("nora@northwind.example").await,
            journey.demo_person("vera@meridian.example").await,
        );
        nora.go("/administration/invitations").await;
        nora.click("Invite user").await;
        nora.fill("E-mail", "omar@meridian.example").await;
        nora.click("Invite").await;
        let link = nora.value_of("Link of the invitation").await;
        let path = &link[link.find("/invitations/").expect("a path")..];
        nora.click("Done").await;

        vera.go(path).await;
        vera.sees("You are signed in as vera@meridian.example").await;
        vera.looks_at("invitation-of-another").await;
        vera.click("Sign out").await;
        vera.sees_heading("Sign in").await;
        let omar = vera;
        omar.fill("E-mail", "omar@meridian.example").await;
        omar.fill("Password", fleet::passwords::DEMO_PASSWORD).await;
        omar.click("Sign in").await;
        omar.sees_heading("An invitation to Northwind Metering").await;
        omar.click("Accept").await;
        omar.sees_heading("Start").await;
        omar.works_for("Northwind Metering").await;
        omar.go("/fleet").await;

        nora.go("/administration/users").await;
        nora.click_in_row("omar@meridian.example", "Actions*").await;
        nora.click_in_row("omar@meridian.example", "Remove").await;
        nora.sees_dialog("Remove Omar Haddad from Northwind Metering").await;
        nora.click("Remove").await;
        nora.sees("is no longer a user").await;

        // What was on the screen leads nowhere, and the way back to the other company is open.
        omar.go("/operations").await;
        omar.sees("no user of the company in focus any more").await;
        omar.looks_at("membership-revoked").await;
        omar.go("/account-focus").await;
        omar.click("Meridian IoT*").await;
        omar.works_for("Meridian IoT").await;
        omar.go("/account-focus").await;
        omar.sees("Meridian IoT").await;
        assert!(!omar.text().await.contains("Northwind Metering"), "it is no company to switch to");
    })
    .await;
}

#[actix_web::test]
async fn a_profile_is_made_looked_at_and_given() {
    journey(async |journey| {
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go("/administration/profiles").await;
        ada.sees("Administrator (built in)").await;
        ada.click("Create profile").await;
        ada.sees_dialog("Create a profile").await;
        ada.fill("Name", "Shipping desk").await;
        ada.tick("Transfer SIMs*").await;
        ada.tick("Export SIMs*").await;
        ada.looks_at("profile").await;
        ada.click("Create").await;
        assert!(ada.row("Shipping desk").await.contains("Transfer SIMs, Export SIMs 0 users"));
        ada.looks_at("profiles").await;

        ada.go("/administration/users").await;
        ada.click_in_row("vera@meridian.example", "Actions*").await;
        ada.click_in_row("vera@meridian.example", "Change role").await;
        ada.sees_dialog("Change role of Vera Lindqvist").await;
        ada.click("What can this person do?").await;
        let transfer = "return [...document.querySelectorAll('#grant-rights li')] \
             .find((entry) => entry.textContent.includes('Transfer SIMs')).querySelector('s') === null";
        assert_eq!(ada.ask(transfer).await, false, "a viewer transfers nothing");
        ada.tick("Shipping desk").await;
        ada.until("what the profile adds", async || (ada.ask(transfer).await == true).then_some(())).await;
        ada.looks_at("change-role").await;
        ada.click("Change role").await;
        ada.sees("Vera Lindqvist is now Viewer, Shipping desk of Meridian IoT").await;
        ada.click_in_row("vera@meridian.example", "Actions*").await;
        ada.click_in_row("vera@meridian.example", "What can they do?").await;
        ada.sees_dialog("What can Vera Lindqvist do?").await;
        ada.looks_at("user-rights").await;
        ada.click("Done").await;

        let vera = journey.demo_person("vera@meridian.example").await;
        vera.go("/exports").await;
        vera.sees_heading("Exports").await;

        ada.go("/subaccounts/administrators").await;
        assert!(ada.row("nora@northwind.example").await.contains("Northwind Metering Nora Eide"));
        ada.looks_at("subaccount-administrators").await;
    })
    .await;
}
