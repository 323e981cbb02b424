//! Help.

use std::collections::HashMap;

use fleet::tenancy::Role;
use reqwest::StatusCode;

use crate::support::TestApp;

#[actix_web::test]
async fn each_topic_of_the_list_is_there_and_leads_to_no_missing_page() {
    let app = TestApp::start().await;
    let (company, _) = app.db.company(None, "Meridian IoT");
    app.db.member("vera@meridian.example", company, Role::Viewer);
    let vera = app.sign_in("vera@meridian.example").await;
    let list = vera.get("/help").await;
    let topics = list.attributes("main a[href^='/help/']", "href");
    assert_eq!(topics.len(), 21, "{topics:?}");
    let mut articles = HashMap::new();
    for topic in &topics {
        let page = vera.get(topic).await;
        assert_eq!(page.status, StatusCode::OK, "{topic}");
        assert!(page.texts("article li").len() > 2, "{topic}");
        assert_eq!(
            articles.insert(page.texts("article"), topic),
            None,
            "{topic} shows an article of its own"
        );
        for address in page.attributes("article a", "href") {
            assert_ne!(vera.get(&address).await.status, StatusCode::NOT_FOUND, "{topic}: {address}");
        }
    }
    assert_eq!(vera.get("/help/nothing").await.status, StatusCode::NOT_FOUND);
}
