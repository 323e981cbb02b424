//! The beginning of a file, up to its first line that has anything in it.

use std::io::Read;

use super::header::{FoundColumn, columns_to_choose, named_delimiter};
use super::lines::{LineRead, Lines};
use super::problem::FileProblem;

/// The columns of a file whose first line does not say what they are, with a guess, for somebody to choose.
pub fn columns<R: Read>(source: R) -> Result<Vec<FoundColumn>, FileProblem> {
    let Begun { mut lines, delimiter, .. } = begin(source)?;
    let first = lines.line().to_vec();
    while lines.read()? == LineRead::Taken {
        if !is_blank(lines.line()) {
            return columns_to_choose(&first, lines.line(), delimiter);
        }
    }
    columns_to_choose(&first, &[], delimiter)
}

/// A file of which the first line that has anything in it has been read.
pub(super) struct Begun<R> {
    pub(super) lines: Lines<R>,
    /// The number of that line.
    pub(super) line: u32,
    /// How many lines before it have nothing in them.
    pub(super) blank_lines: u32,
    /// What a line before it says that columns are parted by.
    pub(super) delimiter: Option<u8>,
}

pub(super) fn begin<R: Read>(source: R) -> Result<Begun<R>, FileProblem> {
    let mut lines = Lines::new(source);
    let byte_order_mark = look_at_start(lines.peek()?)?;
    lines.skip(byte_order_mark);
    lines.take_lone_returns()?;
    let (mut blank_lines, mut delimiter) = (0, None);
    for line in 1..=u32::MAX {
        match lines.read()? {
            LineRead::End => return Err(FileProblem::Empty),
            LineRead::TooLong => return Err(FileProblem::HeaderTooLong),
            LineRead::Taken if is_blank(lines.line()) => blank_lines += 1,
            LineRead::Taken => match named_delimiter(lines.line()) {
                named @ Some(_) if delimiter.is_none() => delimiter = named,
                _ => return Ok(Begun { lines, line, blank_lines, delimiter }),
            },
        }
    }
    Err(FileProblem::TooManyLines)
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
