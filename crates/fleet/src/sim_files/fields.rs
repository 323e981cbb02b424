//! One line into its fields.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::problem::RowProblem;

/// The most columns of a line.
pub(super) const COLUMN_LIMIT: usize = 256;

/// Splits lines at a delimiter, with the quoting of RFC 4180, into a buffer that is used again.
///
/// A quoted field must end on its line: otherwise one forgotten mark would swallow the rest of the file.
pub(crate) struct Fields {
    /// None for words: those of a line with slashes are what stands between these, of any other what stands between blanks.
    parser: Option<Reader>,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Fields {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { parser: Some(ReaderBuilder::new().delimiter(delimiter).build()), ..Self::words() }
    }

    /// Splits lines at slashes or blanks, without quotes: the classic layouts of vendors.
    pub(crate) fn words() -> Self {
        Self { parser: None, text: Vec::new(), ends: vec![0; COLUMN_LIMIT], count: 0 }
    }

    pub(crate) fn split(&mut self, line: &[u8]) -> Result<(), RowProblem> {
        self.count = 0;
        let Some(parser) = &mut self.parser else { return self.split_words(line) };
        parser.reset();
        if self.text.len() < line.len() + 1 {
            self.text.resize(line.len() + 1, 0);
        }
        let (read, _, written, ended) = parser.read_record(line, &mut self.text, &mut self.ends);
        if !matches!(read, ReadRecordResult::InputEmpty) {
            // The output is as long as the input: only the ends can run out, or a lone CR has ended the record.
            return Err(match read {
                ReadRecordResult::Record => RowProblem::StrayReturn,
                _ => RowProblem::TooManyColumns,
            });
        }
        let text = self.text.get_mut(written..).unwrap_or_default();
        let ends = self.ends.get_mut(ended..).unwrap_or_default();
        let (read, _, _, last) = parser.read_record(b"\n", text, ends);
        match read {
            ReadRecordResult::Record => {
                self.count = ended + last;
                Ok(())
            }
            ReadRecordResult::OutputEndsFull => Err(RowProblem::TooManyColumns),
            _ => Err(RowProblem::OpenQuote),
        }
    }

    fn split_words(&mut self, line: &[u8]) -> Result<(), RowProblem> {
        self.text.clear();
        let has_slashes = line.contains(&b'/');
        let between = |byte: &u8| if has_slashes { *byte == b'/' } else { byte.is_ascii_whitespace() };
        for word in line.split(between).map(<[u8]>::trim_ascii).filter(|word| has_slashes || !word.is_empty())
        {
            self.text.extend_from_slice(word);
            *self.ends.get_mut(self.count).ok_or(RowProblem::TooManyColumns)? = self.text.len();
            self.count += 1;
        }
        Ok(())
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
    fn words_are_between_blanks_or_between_slashes() {
        let mut fields = Fields::words();
        for (line, words) in [("a  b\tc ", ["a", "b", "c"]), ("a b//c", ["a b", "", "c"])] {
            fields.split(line.as_bytes()).unwrap();
            assert_eq!(fields.iter().collect::<Vec<_>>(), words.map(str::as_bytes));
        }
        assert_eq!(fields.split("x ".repeat(COLUMN_LIMIT + 1).as_bytes()), Err(RowProblem::TooManyColumns));
    }

    #[test]
    fn columns_are_bounded() {
        assert_eq!(split(&",".repeat(COLUMN_LIMIT)), Err(RowProblem::TooManyColumns));
        assert_eq!(split(&",".repeat(COLUMN_LIMIT - 1)).unwrap().len(), COLUMN_LIMIT);
        assert_eq!(split("a,b\rc,d"), Err(RowProblem::StrayReturn));
    }
}
