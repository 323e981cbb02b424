//! Which group of problems one belongs to.

use super::ImportProblem;
use crate::identifiers::IdentifierProblem as P;
use crate::sim_files::RowProblem;

impl From<&RowProblem> for ImportProblem {
    fn from(problem: &RowProblem) -> Self {
        match problem {
            RowProblem::Identifier(error) => match error.problem {
                P::ScientificNotation
                | P::TooNarrow
                | P::Rounded
                | P::LostZeros { .. }
                | P::Decimals
                | P::HiddenSpace
                | P::Quoted
                | P::Apostrophe => Self::Spreadsheet,
                P::WrongCheckDigit { .. } | P::WrongCheckDigits => Self::CheckDigit,
                P::Empty
                | P::NotADigit { .. }
                | P::WrongLength { .. }
                | P::WrongPrefix
                | P::NotInternational => Self::Malformed,
            },
            RowProblem::RoundedAsOthers => Self::Spreadsheet,
            RowProblem::OutsideHeader => Self::OutOfRange,
            RowProblem::Duplicate { .. } => Self::Duplicate,
            RowProblem::AlreadyLoaded => Self::AlreadyLoaded,
            RowProblem::UnknownType
            | RowProblem::LabelTooLong
            | RowProblem::LabelWithControls
            | RowProblem::ColumnCount { .. }
            | RowProblem::TooManyColumns
            | RowProblem::StrayReturn
            | RowProblem::OpenQuote
            | RowProblem::TooLong
            | RowProblem::NotUtf8 => Self::Malformed,
        }
    }
}
