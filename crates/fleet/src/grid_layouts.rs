//! How a person likes the grid of SIMs: columns and their widths, rows per page, density.
//!
//! It is the person's and not a company's, so that it is the same after a change of focus.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use diesel::prelude::*;
use serde_json::Value;

use crate::custom_fields;
use crate::error::{Error, Result};
use crate::schema::grid_layouts;
use crate::sims::{Column, Columns, GridRequest, PAGE_SIZES};
use crate::tenancy::{CompanyScope, Permission};
use crate::words::word;

/// The widths that a column can have, in pixels.
pub const WIDTHS: RangeInclusive<u16> = 60..=900;

word! {
    /// How close to each other rows are.
    Density: GridDensity {
        /// Easy on the eye.
        Comfortable = "comfortable", "Comfortable";
        /// As many rows as fit.
        Compact = "compact", "Compact";
    }
}

/// How the grid looks for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The columns that are shown.
    pub columns: Columns,
    /// The widths that columns were given, in pixels.
    pub widths: BTreeMap<Column, u16>,
    /// Rows per page.
    pub size: u16,
    /// How close rows are.
    pub density: Density,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            columns: Columns::default(),
            widths: BTreeMap::new(),
            size: GridRequest::default().size,
            density: Density::Comfortable,
        }
    }
}

/// What a person changes of it; the rest stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The columns that are shown.
    pub columns: Option<Columns>,
    /// Whether custom fields stay as they are, whatever the columns say: where none was to be chosen.
    pub keeps_fields: bool,
    /// The widths of columns, in pixels; none: the usual one.
    pub widths: BTreeMap<Column, Option<u16>>,
    /// Rows per page.
    pub size: Option<u16>,
    /// How close rows are.
    pub density: Option<Density>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = grid_layouts, check_for_backend(diesel::pg::Pg))]
struct Kept {
    shown: Vec<String>,
    widths: Value,
    page_size: i16,
    density: Density,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = grid_layouts)]
struct Written {
    shown: Vec<String>,
    widths: Value,
    page_size: i16,
    density: Density,
}

/// The layout of the person who acts; the usual one for who has changed nothing.
pub fn find(conn: &mut PgConnection, scope: &CompanyScope) -> Result<Layout> {
    read(conn, scope, false)
}

/// Changes the layout of the person who acts, and gives it back.
pub fn update(conn: &mut PgConnection, scope: &CompanyScope, change: &Change) -> Result<Layout> {
    scope.require(Permission::FleetView)?;
    check(change)?;
    conn.transaction(|conn| {
        let mut layout = read(conn, scope, true)?;
        let fields = custom_fields::list(conn, scope)?;
        if let Some(columns) = &change.columns {
            layout.columns = if change.keeps_fields {
                columns.around_fields(&layout.columns)
            } else {
                columns.keeping_others(&layout.columns, &fields)
            };
        }
        for (column, width) in change.widths.iter().filter(|(column, _)| column.is_among(&fields)) {
            match width {
                Some(width) => layout.widths.insert(*column, *width),
                None => layout.widths.remove(column),
            };
        }
        layout.size = change.size.unwrap_or(layout.size);
        layout.density = change.density.unwrap_or(layout.density);
        write(conn, scope, &layout)?;
        Ok(layout)
    })
}

/// Gives the person who acts the usual layout again.
pub fn reset(conn: &mut PgConnection, scope: &CompanyScope) -> Result<()> {
    diesel::delete(grid_layouts::table.find(scope.user())).execute(conn)?;
    Ok(())
}

fn check(change: &Change) -> Result<()> {
    if change.size.is_some_and(|size| !PAGE_SIZES.contains(&size)) {
        return Err(Error::invalid("size", "A page has 25, 50, 100 or 250 rows."));
    }
    if change.widths.values().flatten().any(|width| !WIDTHS.contains(width)) {
        let (least, most) = (WIDTHS.start(), WIDTHS.end());
        return Err(Error::invalid("width", format!("A column is {least} to {most} pixels wide.")));
    }
    Ok(())
}

fn read(conn: &mut PgConnection, scope: &CompanyScope, to_change: bool) -> Result<Layout> {
    let own = grid_layouts::table.find(scope.user()).select(Kept::as_select());
    let kept = if to_change { own.for_update().first(conn) } else { own.first(conn) };
    let Some(kept) = kept.optional()? else { return Ok(Layout::default()) };
    let width = |(word, width): (&String, &Value)| {
        let width = u16::try_from(width.as_u64()?).ok().filter(|width| WIDTHS.contains(width))?;
        Some((word.parse().ok()?, width))
    };
    Ok(Layout {
        columns: Columns::of(kept.shown.iter().map(String::as_str)),
        widths: kept.widths.as_object().into_iter().flatten().filter_map(width).collect(),
        size: kept.page_size.try_into().unwrap_or(Layout::default().size),
        density: kept.density,
    })
}

fn write(conn: &mut PgConnection, scope: &CompanyScope, layout: &Layout) -> Result<()> {
    let widths = layout.widths.iter().map(|(column, width)| (column.to_string(), (*width).into()));
    let written = || Written {
        shown: layout.columns.as_slice().iter().map(ToString::to_string).collect(),
        widths: Value::Object(widths.clone().collect()),
        // One of PAGE_SIZES.
        page_size: layout.size.try_into().unwrap_or(50),
        density: layout.density,
    };
    diesel::insert_into(grid_layouts::table)
        .values((grid_layouts::user_id.eq(scope.user()), written()))
        .on_conflict(grid_layouts::user_id)
        .do_update()
        .set(written())
        .execute(conn)?;
    Ok(())
}
