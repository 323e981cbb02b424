//! What a provisioning service answers later. It has no session: its signature says who it is.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Utc;
use fleet::network::answers;
use fleet::network::http::{Callback, Refusal, signature};

use crate::app::State;
use crate::web::client::peer;
use crate::web::db;
use crate::web::error::AppError;

/// Takes what is signed, and says nothing of which keys somebody waits for.
pub async fn create(
    request: HttpRequest,
    state: Data<State>,
    name: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let signed = request.headers().get(signature::HEADER).and_then(|value| value.to_str().ok());
    match Callback::read(&state.networks, &name, signed.unwrap_or_default(), &body, Utc::now()) {
        Ok(callback) => {
            db::run(&state.pool, move |conn| answers::keep(conn, &callback)).await?;
            Ok(HttpResponse::Accepted().json(serde_json::json!({})))
        }
        Err(Refusal::Forged) => {
            state.limits.count_forged(peer(&request))?;
            Ok(HttpResponse::Unauthorized()
                .json(said("This is not signed as it should be. Nothing was done.")))
        }
        Err(Refusal::Unreadable) => {
            Ok(HttpResponse::BadRequest().json(said("This is not what a callback says. Nothing was done.")))
        }
    }
}

fn said(sentence: &str) -> serde_json::Value {
    serde_json::json!({ "error": sentence })
}
