//! What is wrong with a row, in sentences for whoever sent it.

use crate::sim_files::{Cell, Column, LineProblem, RowProblem};

/// What stands in a cell, to be kept.
pub(super) fn written(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Written(text) => Some(text),
        Cell::Empty | Cell::Withheld => None,
    }
}

/// All that is wrong with a row whose cells are `cells`, and what of it is not kept.
pub(super) fn all(problems: &[LineProblem], cells: &[(Column, Cell)]) -> String {
    let mut sentences: Vec<String> = problems.iter().map(sentence).collect();
    let withheld: Vec<Column> =
        cells.iter().filter(|(_, cell)| *cell == Cell::Withheld).map(|(column, _)| *column).collect();
    if withheld.len() == cells.len() {
        sentences.push("Take the line from your file: its cells are not kept.".to_owned());
        return sentences.join(" ");
    }
    if problems.iter().any(|problem| is_too_wide(&problem.reason)) {
        sentences.push("Those beyond the header are not kept.".to_owned());
    }
    let may_be_key = |column| format!("Column {column}: It may be a key and is not kept.");
    sentences.extend(withheld.into_iter().map(may_be_key));
    sentences.join(" ")
}

/// What is wrong, with the column where the sentence does not name it.
fn sentence(problem: &LineProblem) -> String {
    match (&problem.reason, problem.column) {
        (RowProblem::OutsideHeader | RowProblem::NotUtf8, Some(column)) => {
            format!("Column {column}: {}", problem.reason)
        }
        _ => problem.reason.to_string(),
    }
}

const fn is_too_wide(problem: &RowProblem) -> bool {
    matches!(problem, RowProblem::ColumnCount { found, expected } if *found > *expected)
}

/// What is wrong with a row beside others, as where an identifier stands that it repeats.
pub(super) fn across_lines(problem: &LineProblem) -> String {
    let column = problem.column.map_or("value", Column::label);
    match problem.reason {
        RowProblem::Duplicate { first_line } => {
            let order = if first_line < problem.line { "already" } else { "as well" };
            format!("The same {column} stands in line {first_line} {order}.")
        }
        _ => problem.reason.to_string(),
    }
}
