//! One line into its fields.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::problem::RowProblem;

/// The most columns of a line.
const COLUMN_LIMIT: usize = 256;

/// Splits lines at a delimiter, with the quoting of RFC 4180, into a buffer that is used again.
///
/// A quoted field must end on its line: otherwise one forgotten mark would swallow the rest of the file.
pub(crate) struct Fields {
    parser: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Fields {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            text: Vec::new(),
            ends: vec![0; COLUMN_LIMIT],
            count: 0,
        }
    }

    pub(crate) fn split(&mut self, line: &[u8]) -> Result<(), RowProblem> {
        self.parser.reset();
        self.count = 0;
        if self.text.len() < line.len() + 1 {
            self.text.resize(line.len() + 1, 0);
        }
        let (read, _, written, ended) = self.parser.read_record(line, &mut self.text, &mut self.ends);
        if !matches!(read, ReadRecordResult::InputEmpty) {
            // The output is as long as the input: only the ends can run out, or a lone CR has ended the record.
            return Err(match read {
                ReadRecordResult::Record => RowProblem::StrayReturn,
                _ => RowProblem::TooManyColumns,
            });
        }
        let text = self.text.get_mut(written..).unwrap_or_default();
        let ends = self.ends.get_mut(ended..).unwrap_or_default();
        let (read, _, _, last) = self.parser.read_record(b"\n", text, ends);
        match read {
            ReadRecordResult::Record => {
                self.count = ended + last;
                Ok(())
            }
            ReadRecordResult::OutputEndsFull => Err(RowProblem::TooManyColumns),
            _ => Err(RowProblem::OpenQuote),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The field at `index`; empty when there is none.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        match self.ends.get(index) {
            Some(end) if index < self.count => self.text.get(start..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.count).map(|index| self.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<String>, RowProblem> {
        let mut fields = Fields::new(b',');
        fields.split(line.as_bytes())?;
        Ok(fields.iter().map(|field| String::from_utf8(field.to_vec()).unwrap()).collect())
    }

    #[test]
    fn quotes_hold_delimiters_and_quotes() {
        assert_eq!(split("a,,c").unwrap(), ["a", "", "c"]);
        assert_eq!(split(r#""a,b","say ""hi""",c"#).unwrap(), ["a,b", "say \"hi\"", "c"]);
        assert_eq!(split(",").unwrap(), ["", ""]);
    }

    #[test]
    fn an_open_quote_does_not_reach_the_next_line() {
        let mut fields = Fields::new(b',');
        assert_eq!(fields.split(b"a,\"b,c"), Err(RowProblem::OpenQuote));
        assert_eq!(fields.split(b"d,e"), Ok(()));
        assert_eq!(fields.get(1), b"e");
        assert_eq!(fields.get(2), b"");
    }

    #[test]
    fn columns_are_bounded() {
        assert_eq!(split(&",".repeat(COLUMN_LIMIT)), Err(RowProblem::TooManyColumns));
        assert_eq!(split(&",".repeat(COLUMN_LIMIT - 1)).unwrap().len(), COLUMN_LIMIT);
        assert_eq!(split("a,b\rc,d"), Err(RowProblem::StrayReturn));
    }
}
