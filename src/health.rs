//! What a load balancer asks: does the process live, and can it serve.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use diesel::RunQueryDsl as _;

use crate::app::State;
use crate::web::db;

/// The routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/health/live", web::get().to(live)).route("/health/ready", web::get().to(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("live\n")
}

async fn ready(state: web::Data<State>) -> HttpResponse {
    let answer = db::run(&state.pool, |conn| Ok(diesel::sql_query("SELECT 1").execute(conn)?)).await;
    match answer {
        Ok(_) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"),
        Err(_) => HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body("the database can't be reached\n"),
    }
}
