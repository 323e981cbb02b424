//! Signing in with the company's own provider.

#[path = "../it/single_sign_on/provider.rs"]
#[expect(dead_code, reason = "shared with the tests without a browser, which use more of it")]
mod provider;

use fleet::single_sign_on::domains::{self, Domain};
use serde_json::json;

use crate::support::journey;
use provider::{CLIENT, Provider, SECRET, account};

#[actix_web::test]
async fn an_administrator_sets_a_provider_up_and_a_newcomer_signs_in_with_it() {
    journey(async |journey| {
        let accounts = json!({ "z1": account("zoe@meridian.example", true, "Zoe Zimmer") });
        let provider = Provider::start(&journey.demo.app.address, &accounts);
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.click("Administration").await;
        ada.click("Single sign-on").await;
        ada.sees("nobody can sign in this way before").await;
        ada.fill("Issuer", &provider.issuer).await;
        ada.click("Test the issuer").await;
        ada.sees("signs with one key").await;
        ada.fill("Client ID", CLIENT).await;
        ada.fill("Client secret", SECRET).await;
        ada.tick("Let people in who were not invited*").await;
        ada.click("Save").await;
        ada.sees("Single sign-on is saved").await;
        let domain = Domain::parse("meridian.example").expect("a domain");
        domains::grant(&mut journey.demo.app.db.console(), &domain, "Meridian IoT").expect("a grant");
        ada.go("/administration/single-sign-on").await;
        ada.sees("meridian.example").await;
        ada.looks_at("single-sign-on").await;

        let zoe = journey.somebody().await;
        zoe.go("/fleet").await;
        zoe.fill("E-mail", "zoe@elsewhere.example").await;
        zoe.click("Continue with single sign-on").await;
        zoe.sees("There is no single sign-on for elsewhere.example here").await;
        zoe.looks_at("sign-in-single-sign-on").await;
        zoe.fill("E-mail", "zoe@meridian.example").await;
        zoe.click("Continue with single sign-on").await;
        zoe.sees_heading("Provider").await;
        zoe.fill("Account", "z1").await;
        zoe.click("Sign in there").await;
        zoe.is_at("/fleet").await;
        zoe.works_for("Meridian IoT").await;
        zoe.sees("Zoe Zimmer").await;

        // Without a password, the sign-in of a moment ago is enough for a token.
        zoe.go("/profile").await;
        zoe.click("API tokens").await;
        zoe.click("Create token").await;
        zoe.sees_dialog("Create an API token of yours for Meridian IoT").await;
        zoe.sees("You have no password").await;
        zoe.looks_at("new-token-without-password").await;
        zoe.fill("Name", "Meter reader").await;
        zoe.fill("Valid for days", "30").await;
        zoe.click("Create").await;
        assert!(zoe.value_of("Key of the token").await.starts_with("simyard_pat_"));
        zoe.click("Done").await;
        zoe.go("/profile").await;
        zoe.click("Linked").await;
        zoe.sees("Providers that know you").await;
        zoe.looks_at("own-single-sign-on").await;
        zoe.click("Unlink Meridian IoT").await;
        zoe.sees("set a password or add a passkey first").await;
        ada.go("/administration/users?q=zoe").await;
        assert!(ada.row("zoe@meridian.example").await.contains("Can sign in with single sign-on"));
        ada.looks_at("users-single-sign-on").await;
    })
    .await;
}
