//! More SIMs chosen one by one than a dialog carries along.

use super::{other_rows, says, thousands};
use crate::operations::{MARK, assert_succeeded, finished, launched, more_sims};
use crate::support::journey;

#[actix_web::test]
async fn many_ticks_on_several_pages_are_what_is_launched() {
    journey(async |journey| {
        more_sims(journey, 1_300);
        let ada = journey.demo_person("ada@meridian.example").await;
        ada.go(&format!("/fleet?q={MARK}&state=inventory&size=250")).await;
        let mut before = Vec::new();
        for page in 1..=5 {
            before = other_rows(&ada, &before).await;
            ada.tick("Select this page").await;
            says(
                &ada,
                &match page * 250 {
                    many @ 1_000.. => format!("{} of 1,300 selected", thousands(many)),
                    few => format!("{few} of 1,300 selected"),
                },
            )
            .await;
            ada.click("Next").await;
        }
        other_rows(&ada, &before).await;
        ada.click("Activate").await;
        ada.sees_dialog("Activate 1,250 SIMs of Meridian IoT").await;
        ada.choose("Offer", "Flex", "Flex 100 MB").await;
        ada.sees("1,250 will").await;
        ada.looks_at("activate-many-ticks").await;
        ada.click("Activate 1,250 SIMs").await;
        let number = launched(&ada).await;
        assert_succeeded(&finished(&ada, &number).await, "activate", 1_250);
    })
    .await;
}
