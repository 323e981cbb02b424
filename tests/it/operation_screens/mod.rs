//! The screens of operations, over real HTTP, with the real engine.

mod fixture;
mod fuzz;
mod launching;
mod pages;
mod pasting;
