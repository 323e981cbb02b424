//! Nonsense in forms and addresses: refused with a 4xx, never a 500.

use super::fixture::World;

const VALUES: [&str; 14] = [
    "",
    "-1",
    "0",
    "99999999999999999999",
    "9223372036854775807",
    "2147483648",
    "\0",
    "é",
    "%",
    "' OR 1=1 --",
    "<script>",
    "0190ffff-ffff-7fff-bfff-ffffffffffff",
    "9999-12-31",
    "in_progress",
];

#[actix_web::test]
async fn nonsense_in_addresses_is_never_a_500() {
    let world = World::new().await;
    for name in ["kind", "status", "from", "to", "person", "before", "after", "state", "code", "iccid"] {
        for value in VALUES {
            let query = serde_html_form::to_string([(name, value), (name, value)]).expect("a query");
            let query_once = serde_html_form::to_string([(name, value)]).expect("a query");
            for path in [
                format!("/operations?{query}"),
                format!("/operations?{query_once}"),
                format!("/operations/1?{query_once}"),
                format!("/operations/{query_once}"),
            ] {
                let status = world.ada.get(&path).await.status;
                assert!(!status.is_server_error(), "{path}: {status}");
            }
        }
    }
}

#[actix_web::test]
async fn nonsense_in_forms_is_never_a_500() {
    let world = World::new().await;
    world.sims(2, fleet::sims::SimState::Inventory);
    let kinds = ["transfer", "hand_over", "activate", "terminate", "import", ""];
    let fields =
        ["selection", "sim", "except", "filter", "identifiers", "target", "offer", "confirm", "launch_key"];
    for kind in kinds {
        for selection in ["list", "matching", "pasted"] {
            for field in fields {
                for value in VALUES {
                    let form =
                        [("kind", kind), ("selection", selection), ("hand_over", "on"), (field, value)];
                    for path in ["/operations/drafts", "/operations/preview", "/operations"] {
                        let answer = world.ada.post(path, &form).await;
                        assert!(!answer.status.is_server_error(), "{path} {form:?}: {}", answer.status);
                    }
                }
            }
        }
    }
    assert_eq!(world.number("SELECT count(*) AS number FROM operations WHERE kind <> 'terminate'"), 0);
}
