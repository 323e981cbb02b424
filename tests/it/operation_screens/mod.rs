//! The screens of operations, over real HTTP, with the real engine.

pub(crate) mod fixture;
mod fuzz;
mod launching;
mod pages;
mod pasting;
mod remedies;
mod ticks;
mod timing;
mod waiting;
