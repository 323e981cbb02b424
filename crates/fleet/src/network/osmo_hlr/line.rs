//! What both interfaces of osmo-hlr need of TCP.

use std::io::{self, ErrorKind};
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

/// Has `stream` wait no longer than until `deadline`.
pub(super) fn until(stream: &TcpStream, deadline: Instant) -> io::Result<()> {
    let left = Some(left(deadline)?);
    stream.set_read_timeout(left)?;
    stream.set_write_timeout(left)
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left < LEAST { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Something came that the protocol does not know.
pub(super) fn odd(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
