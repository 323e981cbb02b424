//! The batch files that SIM vendors send: comma-, semicolon- or tab-separated text with a header line, and the classic
//! `.out` layouts.
//!
//! [`SimFile`] reads one line at a time, whatever the size of the file, and gives for each either a [`SimRow`] in which
//! every identifier has been checked, or a [`BadRow`] with all that is wrong with it. Keys and codes (Ki, OPc, ADM, PIN, PUK)
//! that vendors put into the same file are read past; the keys alone can be asked for, by [`sim_keys`](crate::sim_keys).
//! [`DuplicateFinder`] and [`RoundedFinder`] look across lines.

mod announced;
mod classic;
mod columns;
mod duplicates;
mod fields;
mod header;
mod lines;
mod opening;
mod problem;
mod reader;
mod rounded;
mod row;
mod shape;
#[cfg(test)]
mod tests;

pub use columns::Column;
pub use duplicates::DuplicateFinder;
pub(crate) use fields::Fields;
pub use header::{FoundColumn, Layout};
pub(crate) use lines::{LineRead, Lines};
pub use opening::columns;
pub(crate) use opening::look_at_start;
pub use problem::{FileProblem, LineProblem, RowProblem};
pub use reader::{Cell, Entry, IgnoredColumn, ReadOptions, SimFile};
pub use rounded::RoundedFinder;
pub use row::{BadRow, LabelName, SimRow};
