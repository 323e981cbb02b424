//! What a load balancer asks: does the process live, and can it serve.

use actix_web::{HttpResponse, web};
use diesel::RunQueryDsl as _;

use crate::app::State;
use crate::routes::Routes;
use crate::web::db;

/// The routes of this noun.
pub fn routes(routes: &mut Routes<'_>) {
    routes.get("/health/live", live).get("/health/ready", ready);
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
