//! Logging: to standard error, for people at a terminal, as JSON where a machine reads it.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts logging; the environment variable `SIMYARD_LOG` chooses what is logged, as in `info` or `fleet=debug`.
pub fn start() {
    let filter = EnvFilter::try_from_env("SIMYARD_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // That another logger is there already, as in tests, is fine.
    let _ = if io::stderr().is_terminal() {
        logger.with_target(false).try_init()
    } else {
        logger.json().try_init()
    };
}
