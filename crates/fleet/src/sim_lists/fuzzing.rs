//! What people paste, from bytes alone: for the targets in `fuzz/`. Only built with the feature `fuzzing`.

use super::{Detail, Layout, detail_rows, split};
use crate::custom_fields::Field;

/// Reads `text` as a paste or as a file, and says how much stands in it.
pub fn entries(text: &[u8], layout: Layout) -> Option<u64> {
    let mut found = 0;
    split::entries(text, layout, |_, _| {
        found += 1;
        Ok(())
    })
    .ok()?;
    Some(found)
}

/// Reads `text` as a table that says what becomes of the details of SIMs, in a company with these fields, and says how many rows it has.
pub fn details(text: &[u8], fields: Vec<Field>) -> Option<u64> {
    let known: Vec<_> =
        [Detail::Name, Detail::Note].into_iter().chain(fields.into_iter().map(Detail::Field)).collect();
    let mut found = 0;
    detail_rows::rows(text, &known, |_, _| {
        found += 1;
        Ok(())
    })
    .ok()?;
    Some(found)
}
