//! Removing the second factor of a user who has lost it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use fleet::ids::UserId;
use fleet::second_factor;

use super::asked::Deed;
use super::views::SecondFactorRemoval;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;

const REMOVAL: Deed<SecondFactorRemoval> = Deed {
    act: second_factor::reset,
    done: "signs in with the password alone now.",
    dialog: |user, errors| SecondFactorRemoval { user, errors },
};

pub async fn new_removal(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    REMOVAL.ask(company, *id).await
}

pub async fn destroy(company: ActiveCompany, id: Path<UserId>) -> Result<HttpResponse, AppError> {
    REMOVAL.carry_out(company, *id).await
}
