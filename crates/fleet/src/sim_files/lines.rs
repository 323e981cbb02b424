//! Lines of bounded length from any source.

use std::io::{self, BufRead, BufReader, Read};

/// The most bytes of a line; more than any vendor's, with all keys.
pub(super) const LINE_LIMIT: usize = 16 * 1024;

/// What the next line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineRead {
    /// It is in [`Lines::line`].
    Taken,
    /// It is longer than the limit; its start is in [`Lines::line`], the rest has been passed over.
    TooLong,
    /// There is none.
    End,
}

/// Reads lines that end in LF or CRLF, the last one also at the end of the source.
pub(crate) struct Lines<R> {
    input: BufReader<R>,
    end: u8,
    limit: usize,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self::with_limit(input, LINE_LIMIT)
    }

    /// As [`Self::new`], with another limit on the bytes of a line.
    pub(crate) fn with_limit(input: R, limit: usize) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input), end: b'\n', limit, line: Vec::new() }
    }

    /// The first bytes of the source, without taking them.
    pub(crate) fn peek(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    /// Where the lines at the beginning end in CR alone, as programs for old Macintoshes write them, all are read so.
    pub(super) fn take_lone_returns(&mut self) -> io::Result<()> {
        let begun = self.input.fill_buf()?;
        // One that is the last byte so far may be half of a CRLF.
        let is_lone = begun.iter().position(|byte| *byte == b'\r').is_some_and(|at| at + 1 < begun.len());
        if is_lone && !begun.contains(&b'\n') {
            self.end = b'\r';
        }
        Ok(())
    }

    /// The line that was read last, without its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    pub(crate) fn skip(&mut self, bytes: usize) {
        self.input.consume(bytes);
    }

    pub(crate) fn read(&mut self) -> io::Result<LineRead> {
        self.line.clear();
        let mut seen_any = false;
        let mut too_long = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                break;
            }
            seen_any = true;
            let end = chunk.iter().position(|byte| *byte == self.end);
            let part = end.and_then(|end| chunk.get(..end)).unwrap_or(chunk);
            let room = (self.limit + 1).saturating_sub(self.line.len());
            self.line.extend(part.iter().take(room));
            too_long |= part.len() > room;
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(match (seen_any, too_long || self.line.len() > self.limit) {
            (false, _) => LineRead::End,
            (true, true) => LineRead::TooLong,
            (true, false) => LineRead::Taken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_counted() {
        let long = "x".repeat(200_000);
        let full = "y".repeat(LINE_LIMIT);
        let text = format!("one\r\n\n{long}\n{full}\r\nlast");
        let mut lines = Lines::new(text.as_bytes());
        let mut seen = Vec::new();
        loop {
            let read = lines.read().unwrap();
            if read == LineRead::End {
                break;
            }
            assert!(lines.line().len() <= LINE_LIMIT + 1);
            seen.push((read, lines.line().first().copied()));
        }
        assert_eq!(
            seen,
            [
                (LineRead::Taken, Some(b'o')),
                (LineRead::Taken, None),
                (LineRead::TooLong, Some(b'x')),
                (LineRead::Taken, Some(b'y')),
                (LineRead::Taken, Some(b'l')),
            ]
        );
    }
}
