//! Simyard: the web portal, and what starts it.

pub mod cluster;
pub mod web;
