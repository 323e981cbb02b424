//! What is said between the portal and a provisioning service is what `docs/openapi/provisioning.yaml` says.

use fleet::operations::Act;
use serde_json::{Value, json};

use super::service::{Manner, SECRET, call_back};
use super::{Lab, callbacks};

fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi/provisioning.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is not as the document says of this schema.
fn wrong(document: &Value, schema: &str, value: &Value) -> Vec<String> {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{schema}"),
        "components": document["components"],
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

fn assert_is(document: &Value, schema: &str, value: &Value) {
    assert_eq!(wrong(document, schema, value), Vec::<String>::new(), "{value}");
}

#[test]
fn requests_and_answers_are_as_documented() {
    let lab = Lab::new(12);
    let document = document();
    lab.does(Act::Activate { offer: lab.fleet.global });
    lab.does(Act::Suspend);
    lab.fleet.run("UPDATE sims SET msisdn = NULL WHERE iccid IN (SELECT min(iccid) FROM sims)");
    lab.service.is(Manner::Later);
    lab.launch(Act::Resume);
    lab.work();
    lab.networks
        .get("own")
        .unwrap()
        .test(std::time::Instant::now() + std::time::Duration::from_mins(1))
        .unwrap();
    let (asked, answered) = (lab.service.asked(), lab.service.answered());
    assert_eq!((asked.len(), answered.len()), (7, 7));
    asked.iter().for_each(|batch| assert_is(&document, "Batch", batch));
    answered.iter().for_each(|results| assert_is(&document, "Results", results));
}

#[actix_web::test]
async fn callbacks_that_are_as_documented_are_taken() {
    let lab = Lab::new(1);
    let portal = lab.portal().await;
    let document = document();
    let examples = |pointer: &str| {
        let found =
            document.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).as_object().unwrap().clone();
        found.into_iter().map(|(_, example)| example["value"].clone()).collect::<Vec<_>>()
    };
    let content = "content/application~1json/examples";
    for batch in examples(&format!("/paths/~1batches/post/requestBody/{content}")) {
        assert_is(&document, "Batch", &batch);
    }
    let answers = examples(&format!("/paths/~1batches/post/responses/200/{content}"));
    let later = examples(&format!("/paths/~1networks~1{{network}}~1callbacks/post/requestBody/{content}"));
    for results in answers.iter().chain(&later) {
        assert_is(&document, "Results", results);
        assert_eq!(call_back(&callbacks(&portal), SECRET, serde_json::to_vec(results).unwrap()).await, 202);
    }
}

#[test]
fn the_document_refuses_what_is_something_else() {
    let document = document();
    for odd in
        [json!({}), json!({ "results": [{ "key": "1", "outcome": "perhaps" }] }), json!({ "results": [{}] })]
    {
        assert_ne!(wrong(&document, "Results", &odd), Vec::<String>::new(), "{odd}");
    }
    assert_ne!(wrong(&document, "Batch", &json!({ "network": "own" })), Vec::<String>::new());
}
