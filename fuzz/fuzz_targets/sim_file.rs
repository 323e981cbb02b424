//! The files of SIM vendors.

#![no_main]

use fleet::identifiers::IccidForm;
use fleet::sim_files::{DuplicateFinder, Entry, ReadOptions, SimFile, columns};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let _ = columns(file);
    for iccid_form in [IccidForm::Complete, IccidForm::WithoutCheckDigit, IccidForm::Swapped] {
        let options = ReadOptions { iccid_form, columns: None };
        let Ok(entries) = SimFile::open(file, options) else { continue };
        let mut duplicates = DuplicateFinder::default();
        for entry in entries {
            match entry {
                Ok(Entry::Sim(row)) => duplicates.note(&row),
                Ok(Entry::Problem(row)) => {
                    duplicates.note_bad(&row);
                    row.problems.iter().for_each(|problem| drop(problem.to_string()));
                }
                Err(problem) => drop(problem.to_string()),
            }
        }
        duplicates.finish();
    }
});
