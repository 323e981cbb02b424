//! The file that the demo's SIM vendor sends: valid identifiers in the shape that any vendor's file has.

use std::io;

use super::cast::DELIVERY_LABELS;
use super::layout::PlannedSim;
use crate::identifiers::{eid_check_digits, luhn_check_digit};
use crate::sims::SimType;

/// Writes a line for each SIM, in the order of their ICCIDs.
///
/// Two issuers, one with ICCIDs of 20 digits and one with 19. Network 999-70 is for private use (ITU-T E.212), country code
/// 883 belongs to no country (ITU-T E.164.1): nobody's real numbers are hit.
pub(super) fn write_file(sims: &[PlannedSim], seed: u64) -> io::Result<Vec<u8>> {
    let mut file = csv::Writer::from_writer(Vec::with_capacity(sims.len() * 96));
    file.write_record(["iccid", "imsi", "msisdn", "eid", "type", "label"])?;
    for (index, sim) in sims.iter().enumerate() {
        let number = seed % 1_000 * 10_000_000 + index as u64;
        let body = if index < sims.len() / 4 {
            format!("893107{number:013}")
        } else {
            format!("894915{number:012}")
        };
        let check = luhn_check_digit(body.as_bytes()).map_or(' ', char::from);
        // Some data-only SIMs have no telephone number.
        let msisdn = if number % 11 == 3 { String::new() } else { format!("88399{number:010}") };
        let eid = if sim.sim_type == SimType::Euicc { eid(number) } else { String::new() };
        let label = if index % 5 < 2 { DELIVERY_LABELS[index / 700 % DELIVERY_LABELS.len()] } else { "" };
        file.write_record([
            format!("{body}{check}").as_str(),
            &format!("99970{number:010}"),
            &msisdn,
            &eid,
            sim.sim_type.as_str(),
            label,
        ])?;
    }
    file.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn eid(number: u64) -> String {
    let body = format!("89049032{number:022}");
    let check = body.as_bytes().try_into().ok().and_then(eid_check_digits);
    check.map(|[tens, units]| format!("{body}{}{}", char::from(tens), char::from(units))).unwrap_or_default()
}

/// A valid device number for the SIM at `index`.
pub(super) fn imei(index: usize) -> String {
    let body = format!("35209900{:06}", index % 1_000_000);
    let check = luhn_check_digit(body.as_bytes()).map_or(' ', char::from);
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim_files::{DuplicateFinder, Entry, ReadOptions, SimFile};

    #[test]
    fn every_line_is_valid_unique_and_in_order() {
        let types = SimType::ALL;
        let sims: Vec<PlannedSim> = (0..5_000)
            .map(|index| PlannedSim { account: 0, batch: 0, sim_type: types[index % types.len()] })
            .collect();
        let file = write_file(&sims, 4_242).unwrap();
        let mut duplicates = DuplicateFinder::default();
        let mut last = String::new();
        let mut rows = 0;
        for entry in SimFile::open(file.as_slice(), ReadOptions::default()).unwrap() {
            let Entry::Sim(row) = entry.unwrap() else { panic!("a bad line") };
            assert!(row.iccid.as_str() > last.as_str());
            assert_eq!(row.eid.is_some(), row.sim_type == SimType::Euicc);
            last = row.iccid.to_string();
            duplicates.note(&row);
            rows += 1;
        }
        assert_eq!(rows, sims.len());
        assert_eq!(duplicates.finish(), []);
        assert!(imei(123).parse::<crate::identifiers::Imei>().is_ok());
    }
}
