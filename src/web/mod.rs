//! What the screens share: assets, the frame, how values are shown.

pub mod assets;
pub mod badge;
pub mod display;
pub mod forms;
#[cfg(test)]
mod gallery;
pub mod page;
