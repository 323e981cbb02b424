//! What can be wrong with a file, and with one line of it.

use super::columns::Column;
use super::fields::COLUMN_LIMIT;
use super::lines::LINE_LIMIT;
use crate::identifiers::IdentifierError;
use crate::numbers::with_noun;

/// Why a file cannot be read at all. Each text is a sentence that can be shown as it is.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// The source failed.
    #[error("The file could not be read: {0}.")]
    Io(#[from] std::io::Error),
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// UTF-16, with or without byte-order mark.
    #[error("The file is in UTF-16, not UTF-8. Save it as “CSV UTF-8”.")]
    Utf16,
    /// The header line is in some other encoding.
    #[error("The header line is not UTF-8. Save the file as “CSV UTF-8”.")]
    HeaderNotUtf8,
    /// `.xlsx`, `.xls` or `.zip`.
    #[error("This is a spreadsheet’s workbook or a ZIP archive, not text. Export the sheet as “CSV UTF-8”.")]
    Workbook,
    /// Gzip.
    #[error("The file is compressed. Unpack it first.")]
    Compressed,
    /// Something else that is not text.
    #[error("This is not a text file.")]
    Binary,
    /// The first line is longer than any header.
    #[error("The first line is longer than {LINE_LIMIT} bytes: it is no header line.")]
    HeaderTooLong,
    /// The first line names none of the columns.
    #[error(
        "The first line does not name the columns. It must be a header such as \
         iccid,imsi,msisdn,eid,type,label (in any order, separated by comma, semicolon or tab)."
    )]
    NoHeader,
    /// The first line has far more columns than any header.
    #[error("The first line has more than {COLUMN_LIMIT} columns: it is no header line of a SIM file.")]
    TooManyColumns,
    /// Sections without the one that names the columns.
    #[error(
        "The file begins with sections or comments, as .out files do, but no line names the columns. Above the rows, put \
         a line such as “Var_Out: ICCID/IMSI/KI” in an .out file, or a header such as iccid,imsi,msisdn in a table."
    )]
    NoVarOut,
    /// A header without a row.
    #[error("There is no row below the header.")]
    NoRows,
    /// A column that must be there is not.
    #[error("The header has no column “{0}”.")]
    MissingColumn(Column),
    /// The header names a column twice.
    #[error("The header names the column “{0}” twice.")]
    ColumnTwice(Column),
    /// More lines than can be numbered.
    #[error("The file has more than {} lines. Split it.", u32::MAX)]
    TooManyLines,
}

/// Something that is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}", .column.map(|column| format!(", column {column}")).unwrap_or_default())]
pub struct LineProblem {
    /// The line's number in the file, the header being 1.
    pub line: u32,
    /// Where in the line, if the problem is in one column.
    pub column: Option<Column>,
    /// What is wrong.
    pub reason: RowProblem,
}

/// What can be wrong with a line. The texts never repeat what stands in the line: it may be a key in the wrong column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// An identifier that is missing or broken.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    /// A type that is not known.
    #[error("The type is not known: use plug_in, mff2 or euicc.")]
    UnknownType,
    /// A label that is too long.
    #[error("The label has more than 50 characters.")]
    LabelTooLong,
    /// A label with control characters.
    #[error("The label contains control characters.")]
    LabelWithControls,
    /// More or fewer columns than the header.
    #[error("The line has {}, the header has {expected}.", with_noun(.found, "column", "columns"))]
    ColumnCount {
        /// Columns in the line.
        found: usize,
        /// Columns in the header.
        expected: usize,
    },
    /// Far more columns than any header.
    #[error("The line has too many columns.")]
    TooManyColumns,
    /// A line end of old Macintosh files, or a broken one.
    #[error("A carriage return stands inside the line.")]
    StrayReturn,
    /// A quotation mark without its partner.
    #[error("A quotation mark is opened and not closed on the same line.")]
    OpenQuote,
    /// A line that no SIM file has.
    #[error("The line is longer than {LINE_LIMIT} bytes.")]
    TooLong,
    /// Another encoding.
    #[error("The text is not UTF-8.")]
    NotUtf8,
    /// Another batch than the header's.
    #[error("The value is outside the range that the header of the file announces.")]
    OutsideHeader,
    /// The same identifier stands in another line.
    #[error("The same value stands in line {first_line} already.")]
    Duplicate {
        /// Which one: the first that can be taken, or the first of all.
        first_line: u32,
    },
    /// An ICCID that would be good if it stood alone.
    #[error(
        "The ICCID has only zeros after the 15th digit, as others in the file that a spreadsheet has rounded: its last digits \
         are probably lost, although its check digit may fit. Export the column as text."
    )]
    RoundedAsOthers,
    /// The identifier belongs to a SIM that is loaded already. Whose it is, is not said.
    #[error("A SIM with this value is loaded already.")]
    AlreadyLoaded,
}
