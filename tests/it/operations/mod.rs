//! Operations, from launch to the last task, against a real PostgreSQL.

mod fixture;
mod transfer;
