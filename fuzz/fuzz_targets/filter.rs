//! The filter of the grid, as it stands in an address.

#![no_main]

use fleet::sims::SimFilter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|query: &str| {
    if let Ok(filter) = SimFilter::from_query(query) {
        assert_eq!(SimFilter::from_query(&filter.to_query()).ok(), Some(filter));
    }
});
