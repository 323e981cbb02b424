//! Lists of SIMs: made of what people send, filtered by, launched on; and the files that come out.

mod details;
mod exports;
mod groups;
mod making;
mod pasting;
mod plans;
mod using;

use fleet::ids::SimId;
use reqwest::{Method, StatusCode};

use crate::operation_screens::fixture::World;
use crate::support::{Client, Page};

/// An identifier of a SIM.
pub(crate) fn column(world: &World, column: &str, sim: SimId) -> String {
    #[derive(diesel::QueryableByName)]
    struct Text {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let sql = format!("SELECT {column}::text AS text FROM sims WHERE id = {sim}");
    world.app.db.run(|conn| Ok(diesel::RunQueryDsl::get_result::<Text>(diesel::sql_query(sql), conn)?.text))
}

pub(crate) fn iccids(world: &World, sims: &[SimId]) -> Vec<String> {
    sims.iter().map(|sim| column(world, "iccid", *sim)).collect()
}

pub(crate) fn sql(world: &World, sql: &str) {
    world.app.db.run(|conn| {
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
}

/// Sends a file as the form with it does.
pub(crate) async fn upload(client: &Client, path: &str, name: &str, file: &[u8]) -> Page {
    upload_beside(client, path, "", name, file).await
}

/// The same beside what was pasted.
pub(crate) async fn upload_beside(
    client: &Client,
    path: &str,
    pasted: &str,
    name: &str,
    file: &[u8],
) -> Page {
    let mut body = format!(
        "--limit\r\nContent-Disposition: form-data; name=\"identifiers\"\r\n\r\n{pasted}\r\n\
         --limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--limit--\r\n");
    client
        .send(Method::POST, path, |request| {
            request
                .header("hx-request", "true")
                .header("x-csrf-token", &client.csrf_token)
                .header("x-account-focus", &client.account)
                .header("content-type", "multipart/form-data; boundary=limit")
                .body(body)
        })
        .await
}

/// Where the answer to a list that was made leads: the grid that shows it.
pub(crate) fn shown_at(answer: &Page) -> String {
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    answer.header("hx-redirect").to_owned()
}

/// The name of the list that an address shows.
pub(crate) fn uid(address: &str) -> &str {
    address.strip_prefix("/fleet?list=").unwrap_or_else(|| panic!("{address} shows no list"))
}

/// Makes a list of a text, and gives the address that shows it.
pub(crate) async fn listed(client: &Client, text: &str) -> String {
    shown_at(&client.post("/sim-lists", &[("identifiers", text)]).await)
}

/// The ICCIDs that the grid shows at an address.
pub(crate) async fn shown(client: &Client, address: &str) -> Vec<String> {
    let page = client.get(address).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.texts("a[data-row-link]")
}

/// A CSV as its lines, the first one being the names of the columns.
async fn lines(client: &Client, address: &str) -> Vec<String> {
    let page = client.get(address).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.header("content-type").starts_with("text/csv"));
    page.body.lines().map(str::to_owned).collect()
}
