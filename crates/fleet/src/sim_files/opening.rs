//! The beginning of a file, up to its first line that has anything in it.

use std::io::Read;

use super::classic;
use super::columns::Column;
use super::header::{FoundColumn, columns_to_choose, named_delimiter, names_columns};
use super::lines::{LineRead, Lines};
use super::problem::FileProblem;

/// The most lines of comments and sections before the rows.
pub(super) const HEADER_LINES: u32 = 1_000;

/// The columns of a file that does not say by itself what they are, with a guess, for somebody to choose: those that
/// [`ReadOptions`](super::ReadOptions) then name, one after the other, whatever its layout.
pub fn columns<R: Read>(source: R) -> Result<Vec<FoundColumn>, FileProblem> {
    let mut begun = begin(source)?;
    if let Some(classic) = classic::read(&mut begun)? {
        return classic.into_choices(&mut begun.lines);
    }
    let first = begun.lines.line().to_vec();
    let below = row_below(&mut begun.lines, is_blank)?;
    columns_to_choose(&first, &below, begun.delimiter)
}

/// The next line that has anything in it; empty where there is none.
pub(super) fn row_below<R: Read>(
    lines: &mut Lines<R>,
    is_blank: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, FileProblem> {
    while lines.read()? == LineRead::Taken {
        if !is_blank(lines.line()) {
            return Ok(lines.line().to_vec());
        }
    }
    Ok(Vec::new())
}

/// A file of which the first line has been read that has anything in it and is no comment.
pub(super) struct Begun<R> {
    pub(super) lines: Lines<R>,
    /// The number of that line.
    pub(super) line: u32,
    /// How many lines before it have nothing in them.
    pub(super) blank_lines: u32,
    /// What a line before it says that columns are parted by.
    pub(super) delimiter: Option<u8>,
    /// What comments stand before it.
    pub(super) comments: Comments,
}

/// What comments stand above the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    /// None.
    None,
    /// Some with `#`, as above tables.
    Hashes,
    /// Some with `*`, as in files with sections.
    Stars,
}

pub(super) fn begin<R: Read>(source: R) -> Result<Begun<R>, FileProblem> {
    let mut lines = Lines::new(source);
    let byte_order_mark = look_at_start(lines.peek()?)?;
    lines.skip(byte_order_mark);
    lines.take_lone_returns()?;
    let (mut blank_lines, mut count, mut delimiter) = (0, 0, None);
    let mut comments = Comments::None;
    for line in 1..=u32::MAX {
        match lines.read()? {
            LineRead::End if count > 0 => return Err(FileProblem::NoHeader),
            LineRead::End => return Err(FileProblem::Empty),
            LineRead::TooLong => return Err(FileProblem::HeaderTooLong),
            LineRead::Taken if is_blank(lines.line()) => blank_lines += 1,
            LineRead::Taken if is_comment(lines.line(), delimiter) => {
                count += 1;
                if count > HEADER_LINES {
                    return Err(FileProblem::NoHeader);
                }
                if lines.line().starts_with(b"*") {
                    comments = Comments::Stars;
                } else if comments == Comments::None {
                    comments = Comments::Hashes;
                }
            }
            LineRead::Taken => match named_delimiter(lines.line()) {
                named @ Some(_) if delimiter.is_none() => delimiter = named,
                _ => return Ok(Begun { lines, line, blank_lines, delimiter, comments }),
            },
        }
    }
    Err(FileProblem::TooManyLines)
}

/// Whether a line above the rows says something of the file to people. A first column may be called `#`, or stand behind one.
fn is_comment(line: &[u8], delimiter: Option<u8>) -> bool {
    let is_first_column = |rest: &[u8]| {
        let cell = rest.split(|byte| b",;\t|".contains(byte)).next().unwrap_or_default();
        cell.trim_ascii().is_empty()
            || str::from_utf8(cell).is_ok_and(|cell| Column::from_header(cell).is_some())
    };
    match line {
        [b'*', ..] => true,
        [b'#', rest @ ..] => !(is_first_column(rest) && names_columns(line, delimiter)),
        _ => false,
    }
}

/// Whether a line of a table has nothing in it.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|'))
}

/// The length of the byte-order mark; an error for what is not UTF-8 text.
pub(crate) fn look_at_start(bytes: &[u8]) -> Result<usize, FileProblem> {
    match bytes {
        [] => Err(FileProblem::Empty),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(FileProblem::Utf16),
        [first, 0, ..] if first.is_ascii_graphic() => Err(FileProblem::Utf16),
        [0, first, ..] if first.is_ascii_graphic() => Err(FileProblem::Utf16),
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(FileProblem::Workbook),
        [0x1f, 0x8b, ..] => Err(FileProblem::Compressed),
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        _ => Ok(0),
    }
}
