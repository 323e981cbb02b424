//! What the dialog *Columns*, the handles between columns and the page sizes send.

use fleet::grid_layouts::{Change, WIDTHS};
use fleet::sims::Columns;

use crate::fleet::GridAddress;
use crate::web::error::AppError;

/// A form, as it was sent.
pub struct LayoutForm {
    /// What is to change.
    pub change: Change,
    /// Whether everything is to be as usual again.
    pub resets: bool,
    /// The grid that is shown meanwhile; none for a form that needs no answer.
    pub grid: Option<GridAddress>,
}

impl LayoutForm {
    /// Reads the fields. Columns come in their order, one field each; columns that there are not are passed over.
    pub fn parse(fields: &[(String, String)]) -> Result<Self, AppError> {
        let one = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let columns = fields.iter().filter(|(key, _)| key == "column").map(|(_, word)| word.as_str());
        let mut change = Change {
            columns: one("column").map(|_| Columns::of(columns)),
            size: one("size").map(|size| size.parse().unwrap_or(0)),
            density: one("density").and_then(|density| density.parse().ok()),
            ..Change::default()
        };
        for (key, value) in fields {
            if let Some(column) = key.strip_prefix("width-").and_then(|word| word.parse().ok()) {
                change.widths.insert(column, width(value)?);
            }
        }
        let resets = one("reset").is_some();
        let grid = one("grid").map(GridAddress::parse).transpose()?;
        // A head that is carried sends those in sight, and over all accounts no custom field is.
        change.keeps_fields =
            one("carried").is_some() && grid.as_ref().is_some_and(|grid| grid.tree.is_some());
        Ok(Self { change, resets, grid })
    }
}

/// A width as it was typed; none for the usual one.
fn width(typed: &str) -> Result<Option<u16>, AppError> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(|_| {
            let sentence = format!("A column is {} to {} pixels wide.", WIDTHS.start(), WIDTHS.end());
            AppError::BadRequest(sentence.into())
        }),
    }
}
