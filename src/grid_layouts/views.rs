//! What the dialog *Columns* shows.

use askama::Template;
use fleet::custom_fields::Field;
use fleet::grid_layouts::{Change, Density, Layout, WIDTHS};
use fleet::sims::{Column, Columns};

use crate::fleet::GridAddress;
use crate::web::forms::FieldErrors;

/// The dialog *Columns*.
#[derive(Template)]
#[template(path = "grid_layouts/edit.html")]
pub struct Edit {
    layout: Layout,
    columns: Columns,
    /// The custom fields of the company.
    fields: Vec<Field>,
    /// The query string of the grid that is shown.
    grid: String,
    errors: FieldErrors,
}

/// A column in the dialog.
struct Entry {
    word: String,
    label: String,
    /// Whether it can be neither moved nor left out.
    is_fixed: bool,
    is_shown: bool,
    /// The width that it was given; empty for the usual one.
    width: String,
}

impl Edit {
    /// The dialog for this grid.
    pub fn new(layout: Layout, fields: Vec<Field>, grid: &GridAddress) -> Self {
        let columns = grid.columns.clone().unwrap_or_else(|| layout.columns.clone());
        Self { columns, fields, layout, grid: grid.to_query(), errors: FieldErrors::default() }
    }

    /// The dialog with what was typed, and what is wrong with it.
    pub fn refused(
        layout: Layout,
        fields: Vec<Field>,
        grid: &GridAddress,
        change: &Change,
        errors: FieldErrors,
    ) -> Self {
        let mut edit = Self { errors, ..Self::new(layout, fields, grid) };
        for (column, width) in &change.widths {
            match width {
                Some(width) => edit.layout.widths.insert(*column, *width),
                None => edit.layout.widths.remove(column),
            };
        }
        edit.layout.density = change.density.unwrap_or(edit.layout.density);
        if let Some(columns) = &change.columns {
            edit.columns = columns.clone();
        }
        edit
    }

    fn entries(&self) -> Vec<Entry> {
        let width = |column| self.layout.widths.get(&column).map_or_else(String::new, u16::to_string);
        let entry = |column: Column| Entry {
            word: column.to_string(),
            label: column.label(&self.fields).to_owned(),
            is_fixed: column == Column::Iccid,
            is_shown: self.columns.has(column),
            width: width(column),
        };
        self.columns.then_others(&self.fields).into_iter().map(entry).collect()
    }

    /// Whether the columns are those of the address, so that the person's own stay as they are.
    fn is_of_address(&self) -> bool {
        form_urlencoded::parse(self.grid.as_bytes()).any(|(key, _)| key == "columns")
    }

    fn densities() -> &'static [Density] {
        Density::ALL
    }

    fn least() -> u16 {
        *WIDTHS.start()
    }

    fn most() -> u16 {
        *WIDTHS.end()
    }
}

/// How many pixels wide a column is.
pub(crate) fn width(layout: &Layout, column: Column) -> u16 {
    layout.widths.get(&column).copied().unwrap_or_else(|| usual_width(column))
}

/// Wide enough for what usually stands in it: nothing of an identifier may be hidden.
fn usual_width(column: Column) -> u16 {
    match column {
        Column::Iccid => 190,
        Column::Name | Column::Labels => 180,
        Column::State | Column::Imsi | Column::Msisdn | Column::Imei | Column::Field(_) => 150,
        Column::Offer => 170,
        Column::Eid => 290,
        Column::Type => 140,
        Column::Note => 240,
        Column::Activated | Column::Changed | Column::Seen => 130,
    }
}
