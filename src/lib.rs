//! Simyard: the web portal, and what starts it.

pub mod cli;
pub mod cluster;
pub mod telemetry;
pub mod web;
