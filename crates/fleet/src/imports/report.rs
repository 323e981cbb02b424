//! What an import tells when it is over.

use crate::sim_files::{IgnoredColumn, LineProblem};

/// The outcome of an import. `rows` is always `loaded + bad` unless the import was [`refused`](Self::refused).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// Lines of the file with something on them, without the header.
    pub rows: u64,
    /// Lines with nothing on them.
    pub blank_lines: u64,
    /// SIMs that are now in the inventory of the company.
    pub loaded: u64,
    /// Lines that could not be taken.
    pub bad: u64,
    /// Whether nothing was loaded because of the bad lines.
    pub refused: bool,
    /// The first bad lines, in the order of the file, as many as were asked for.
    pub problems: Vec<LineProblem>,
    /// Columns of the file that are not kept.
    pub ignored_columns: Vec<IgnoredColumn>,
}

/// Problems as they come in: all counted, the first ones kept.
pub(super) struct Problems {
    first: Vec<LineProblem>,
    count: u64,
    limit: usize,
}

impl Problems {
    pub(super) fn up_to(limit: usize) -> Self {
        Self { first: Vec::new(), count: 0, limit }
    }

    pub(super) fn push(&mut self, problem: LineProblem) {
        self.count += 1;
        if self.first.len() < self.limit {
            self.first.push(problem);
        }
    }

    /// Adds problems that were found in another pass over the same lines.
    pub(super) fn add(&mut self, more: Vec<LineProblem>) {
        self.count += more.len() as u64;
        self.first.extend(more);
        self.first.sort_by_key(|problem| problem.line);
        self.first.truncate(self.limit);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn into_first(self) -> Vec<LineProblem> {
        self.first
    }
}
