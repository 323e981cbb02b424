//! What both interfaces of osmo-hlr need of TCP.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// The shortest time that a socket can be told to wait.
const LEAST: Duration = Duration::from_millis(1);
/// How long a connection may take to come about: the register is near.
const CONNECTING: Duration = Duration::from_secs(3);

/// Connects to `address`, a host with a port.
pub(super) fn connect(address: &str, deadline: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the address names no host");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?.min(CONNECTING)) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What is read from and written to, each time no longer than until a deadline.
pub(super) trait Stream: Read + Write {
    /// Has the next read or write wait no longer than until `deadline`.
    fn until(&self, deadline: Instant) -> io::Result<()>;

    /// Fills `bytes`, however small the pieces are that it comes in.
    fn fill(&mut self, mut bytes: &mut [u8], deadline: Instant) -> io::Result<()> {
        while !bytes.is_empty() {
            self.until(deadline)?;
            match self.read(bytes)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => bytes = &mut bytes[read..],
            }
        }
        Ok(())
    }
}

impl Stream for TcpStream {
    fn until(&self, deadline: Instant) -> io::Result<()> {
        let left = Some(left(deadline)?);
        self.set_read_timeout(left)?;
        self.set_write_timeout(left)
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left < LEAST { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Something came that the protocol does not know.
pub(super) fn odd(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
