//! Ending all sessions of a user.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::UserId;
use fleet::sessions;

use super::asked::Deed;
use super::views::SessionsEnding;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;

const ENDING: Deed<SessionsEnding> = Deed {
    act: sessions::end_of_user,
    done: "is signed out everywhere.",
    dialog: |user, errors| SessionsEnding { user, errors },
};

pub async fn new_ending(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    ENDING.ask(company, *id).await
}

pub async fn end(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    ENDING.carry_out(company, *id).await
}
