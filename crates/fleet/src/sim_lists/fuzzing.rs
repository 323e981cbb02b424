//! What people paste, from bytes alone: for the targets in `fuzz/`. Only built with the feature `fuzzing`.

use super::Layout;
use super::split;

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
