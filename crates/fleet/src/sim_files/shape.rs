//! What a cell looks like, where nothing says what it is. Its contents are not repeated: they may be a key.

use super::columns::Column;
use super::fields::Fields;

/// Whether this is a row rather than the names of columns.
pub(super) fn is_data(fields: &Fields) -> bool {
    fields.iter().any(|cell| digits(cell) >= 10)
}

/// What stands in a cell, in words.
pub(super) fn shape(cell: &[u8]) -> String {
    let cell = cell.trim_ascii();
    match (digits(cell), cell.len()) {
        (_, 0) => "empty".to_owned(),
        (0, length) if cell.iter().all(u8::is_ascii_hexdigit) => format!("{length} hexadecimal digits"),
        (0, length) => format!("{length} characters"),
        (1, _) => "1 digit".to_owned(),
        (digits, _) => format!("{digits} digits"),
    }
}

/// What the cells of a row can be: the first that looks like an ICCID is one, then the first that looks like an IMSI,
/// and the last that looks like an EID.
pub(super) fn guess(fields: &Fields) -> Vec<Option<Column>> {
    let cells: Vec<&[u8]> = fields.iter().map(<[u8]>::trim_ascii).collect();
    let mut guessed = vec![None; cells.len()];
    let mut take = |place: Option<usize>, column| {
        if let Some(slot) = place.and_then(|place| guessed.get_mut(place)) {
            *slot = Some(column);
        }
    };
    take(cells.iter().position(|cell| is_iccid(cell)), Column::Iccid);
    take(cells.iter().position(|cell| matches!(digits(cell), 14 | 15)), Column::Imsi);
    take(cells.iter().rposition(|cell| digits(cell) == 32), Column::Eid);
    guessed
}

/// How many digits a cell has; none if it has anything else.
fn digits(cell: &[u8]) -> usize {
    let cell = cell.trim_ascii();
    if cell.iter().all(u8::is_ascii_digit) { cell.len() } else { 0 }
}

/// As it is written, or as it stands on the card: the digits of each pair swapped.
fn is_iccid(cell: &[u8]) -> bool {
    let bare = cell.strip_suffix(b"F").or_else(|| cell.strip_suffix(b"f")).unwrap_or(cell);
    let is_written = (18..=20).contains(&digits(bare)) && bare.starts_with(b"89");
    let is_swapped =
        cell.len() == 20 && cell.starts_with(b"98") && digits(cell.get(..18).unwrap_or_default()) == 18;
    is_written || is_swapped
}
