//! What SIMs authenticate with: Ki, and OPc with Milenage (3GPP TS 35.206).
//!
//! They are kept where the installation asks for it alone, encrypted with a key that is not in the database, and go to
//! a network that has to know them; no screen, list, export or log has them. They come from the vendor's file by the command line,
//! whose owner has the key: never through a browser.

use std::collections::HashMap;
use std::io::Read;
use std::sync::OnceLock;

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Integer, Text};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::console::Console;
use crate::db::{self, Pool};
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::schema::{sim_keys, sims};
use crate::sealing::Sealer;
use crate::sim_files::{Entry, SimFile};

/// The bytes of each key.
const LENGTH: usize = 16;
/// SIMs whose keys are written by one statement.
const AT_ONCE: usize = 10_000;

/// The keys of a SIM.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct SimKeys {
    ki: [u8; LENGTH],
    opc: Option<[u8; LENGTH]>,
}

/// Whoever prints one sees nothing of it.
impl std::fmt::Debug for SimKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SimKeys")
    }
}

impl SimKeys {
    /// Reads keys of 32 hexadecimal digits each; none where they are anything else. An `opc` of nothing is none.
    pub fn parse(ki: &[u8], opc: &[u8]) -> Option<Self> {
        let opc = match opc.trim_ascii() {
            b"" => None,
            opc => Some(key(opc)?),
        };
        Some(Self { ki: key(ki.trim_ascii())?, opc })
    }

    /// Ki as 32 hexadecimal digits.
    pub(crate) fn ki(&self) -> String {
        HEX.encode(&self.ki)
    }

    /// OPc as 32 hexadecimal digits, if there is one.
    pub(crate) fn opc(&self) -> Option<String> {
        self.opc.map(|opc| HEX.encode(&opc))
    }

    fn seal(&self, sealer: &Sealer, iccid: &str) -> Result<Vec<u8>> {
        let mut secret = self.ki.to_vec();
        secret.extend(self.opc.iter().flatten());
        let encrypted = sealer.seal(&purpose(iccid), &secret);
        secret.zeroize();
        encrypted
    }

    fn open(sealer: &Sealer, iccid: &str, encrypted: &[u8]) -> Option<Self> {
        let mut secret = sealer.open(&purpose(iccid), encrypted)?;
        let keys = secret.split_first_chunk().and_then(|(ki, rest)| {
            let opc = if rest.is_empty() { None } else { Some(rest.try_into().ok()?) };
            Some(Self { ki: *ki, opc })
        });
        secret.zeroize();
        keys
    }
}

fn key(digits: &[u8]) -> Option<[u8; LENGTH]> {
    let mut bytes = HEX.decode(digits).ok()?;
    let key = bytes.as_slice().try_into().ok();
    bytes.zeroize();
    key
}

fn purpose(iccid: &str) -> String {
    format!("the keys of {iccid}")
}

/// The keys that the portal has, for the networks that have to know them.
pub struct KeyStore {
    sealer: Sealer,
    pool: OnceLock<Pool>,
}

impl KeyStore {
    /// Those that `sealer` has encrypted. They can be had once the network is told of the database.
    pub const fn new(sealer: Sealer) -> Self {
        Self { sealer, pool: OnceLock::new() }
    }

    /// Says once in which database they are.
    pub(crate) fn open(&self, pool: &Pool) {
        self.pool.get_or_init(|| pool.clone());
    }

    fn pool(&self) -> Result<&Pool> {
        self.pool.get().ok_or_else(|| Error::Internal("nobody has said where the keys of SIMs are".into()))
    }

    /// The keys of the SIMs with these IMSIs, by IMSI; none of those that were encrypted with another key. SIMs that
    /// have no keys here are left out.
    pub(crate) fn of(&self, imsis: &[&str]) -> Result<HashMap<String, Option<SimKeys>>> {
        let kept: Vec<(String, String, Vec<u8>)> = db::with(self.pool()?, |conn| {
            Ok(sim_keys::table
                .inner_join(sims::table)
                .filter(sims::imsi.eq_any(imsis))
                .select((sims::imsi, sims::iccid, sim_keys::sealed))
                .load(conn)?)
        })?;
        let open = |(imsi, iccid, sealed): (_, String, Vec<u8>)| {
            (imsi, SimKeys::open(&self.sealer, &iccid, &sealed))
        };
        Ok(kept.into_iter().map(open).collect())
    }
}

/// Forgets the keys of the SIMs of these tasks of an operation, which end for good.
pub(crate) fn forget(
    conn: &mut PgConnection,
    operation: OperationId,
    (first, last): (i32, i32),
    positions: &[i32],
) -> Result<()> {
    const SQL: &str = "DELETE FROM sim_keys USING tasks WHERE sim_keys.sim_id = tasks.sim_id \
         AND tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 AND tasks.position = ANY($4)";
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation)
        .bind::<Integer, _>(first)
        .bind::<Integer, _>(last)
        .bind::<Array<Integer>, _>(positions)
        .execute(conn)?;
    Ok(())
}

/// What came of a file with keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// SIMs that have their keys now.
    pub stored: usize,
    /// Rows with a SIM that the portal does not have, or that is Retired.
    pub unknown: usize,
    /// Rows that could not be read, or whose keys are not 32 hexadecimal digits.
    pub bad: usize,
}

/// Reads the keys in a vendor's file, in columns named Ki and OPc, and keeps those of SIMs that are in a fleet: all of them, or after
/// an error none. Keys that a SIM had before are replaced.
///
/// [`Error::Invalid`] for a file that is no SIM file, or without a column Ki.
pub fn load<R: Read>(console: &mut Console, sealer: &Sealer, mut file: SimFile<R>) -> Result<Loaded> {
    if !file.has_secret("ki") {
        return Err(Error::invalid("file", "The file has no column named Ki."));
    }
    console.transaction(|conn| {
        let mut loaded = Loaded::default();
        let (mut iccids, mut encrypted) = (Vec::new(), Vec::new());
        loop {
            let entry =
                file.next().transpose().map_err(|problem| Error::invalid("file", problem.to_string()))?;
            match &entry {
                Some(Entry::Sim(row)) => match SimKeys::parse(file.secret("ki"), file.secret("opc")) {
                    Some(keys) => {
                        encrypted.push(keys.seal(sealer, row.iccid.as_str())?);
                        iccids.push(row.iccid.as_str().to_owned());
                    }
                    None => loaded.bad += 1,
                },
                Some(Entry::Problem(_)) => loaded.bad += 1,
                None => {}
            }
            if iccids.len() == AT_ONCE || entry.is_none() {
                let stored = store(conn, &iccids, &encrypted)?;
                loaded.stored += stored;
                loaded.unknown += iccids.len() - stored;
                iccids.clear();
                encrypted.clear();
            }
            if entry.is_none() {
                return Ok(loaded);
            }
        }
    })
}

fn store(conn: &mut PgConnection, iccids: &[String], sealed: &[Vec<u8>]) -> Result<usize> {
    const SQL: &str = "INSERT INTO sim_keys (sim_id, sealed) \
         SELECT DISTINCT ON (s.id) s.id, k.sealed FROM unnest($1, $2) AS k (iccid, sealed) \
         JOIN sims s ON s.iccid = k.iccid AND s.state <> 'retired' \
         ON CONFLICT (sim_id) DO UPDATE SET sealed = excluded.sealed";
    Ok(diesel::sql_query(SQL).bind::<Array<Text>, _>(iccids).bind::<Array<Bytea>, _>(sealed).execute(conn)?)
}
