//! Carrying out one operation, for a command that ends with it.

use std::sync::Arc;
use std::thread;

use diesel::prelude::*;

use super::turns::Lane;
use super::{LISTENING, Settings, advance};
use crate::db::Pool;
use crate::error::Result;
use crate::ids::OperationId;
use crate::network::Network;
use crate::operations::{Counters, OperationState};
use crate::schema::{operation_companies, operations};

/// Carries one operation out beside the workers that there are, and says what came of it; told how far it is after each
/// step. For commands that end.
pub fn run_one(
    pool: &Pool,
    network: &Arc<dyn Network>,
    settings: &Settings,
    id: OperationId,
    mut progress: impl FnMut(&Counters),
) -> Result<Counters> {
    let conn = &mut **pool.get()?;
    loop {
        let mut worked = false;
        for lane in [Lane::Database, Lane::Network] {
            worked |= advance(conn, network, settings, lane, id)?;
        }
        let (state, counters): (OperationState, Counters) = operations::table
            .inner_join(operation_companies::table)
            .filter(operations::id.eq(id))
            .filter(operation_companies::company_id.eq(operations::company_id))
            .select((operations::state, Counters::as_select()))
            .first(conn)?;
        progress(&counters);
        if matches!(state, OperationState::Finished | OperationState::Paused) {
            return Ok(counters);
        }
        if !worked {
            thread::park_timeout(LISTENING);
        }
    }
}
