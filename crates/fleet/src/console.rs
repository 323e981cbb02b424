//! The way in for whoever owns the machine: what no member of any company may do from a browser.
//!
//! A few functions serve an installation rather than one of its companies: the founding, the demo fleet, a vendor's file for
//! any company. They take a [`Console`], as the others take a [`CompanyScope`](crate::tenancy::CompanyScope). It is opened with the
//! address of the database, which requests know nothing of: they are lent connections of a pool.

use std::ops::{Deref, DerefMut};

use diesel::{Connection as _, ConnectionResult, PgConnection};

/// A connection of the command line.
pub struct Console(PgConnection);

impl Console {
    /// Connects to the database at `url`, a libpq URL. For the command line alone: see `clippy.toml`.
    pub fn open(url: &str) -> ConnectionResult<Self> {
        PgConnection::establish(url).map(Self)
    }
}

impl Deref for Console {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Console {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}
