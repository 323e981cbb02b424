//! The control interface of osmo-hlr: requests and replies in frames, in order, over TCP.
//!
//! A frame is its length in two bytes, two bytes that say what is in it, and a text (Osmocom CTRL protocol,
//! `control_if` in the user manual of osmo-hlr). Nobody vouches for what comes: what does not fit ends the connection.

use std::io;
use std::net::TcpStream;
use std::time::Instant;

use super::line::{self, Stream};

/// An IPA frame of the Osmocom extension, with a CTRL text in it.
const CONTROL: [u8; 2] = [0xee, 0x00];
/// How many requests may be under way: osmo-hlr answers one after the other.
const WINDOW: usize = 64;
/// Longer requests get the connection reset.
const LONGEST: usize = 1_000;

/// A connection to the control interface.
pub(super) struct Ctrl<S = TcpStream> {
    stream: S,
    asked: u32,
}

/// What was answered to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// The value that was set or asked for.
    Value(String),
    /// Why not, in the register's words.
    Error(String),
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// What a variable holds.
    Get(String),
    /// To set a variable.
    Set(String, String),
}

impl Ctrl {
    /// Connects to `address`.
    pub(super) fn connect(address: &str, deadline: Instant) -> io::Result<Self> {
        Ok(Self::over(line::connect(address, deadline)?))
    }
}

impl<S: Stream> Ctrl<S> {
    /// Speaks over what is connected already.
    pub(super) fn over(stream: S) -> Self {
        Self { stream, asked: 0 }
    }

    /// Asks all of it, and gives the replies in the same order. After an error the connection is of no use.
    pub(super) fn ask(&mut self, asks: &[Ask], deadline: Instant) -> io::Result<Vec<Reply>> {
        let mut replies = Vec::with_capacity(asks.len());
        for window in asks.chunks(WINDOW) {
            let first = self.asked.wrapping_add(1);
            let mut frames = Vec::new();
            for ask in window {
                self.asked = self.asked.wrapping_add(1);
                frame(&ask.text(self.asked), &mut frames)?;
            }
            self.stream.until(deadline)?;
            self.stream.write_all(&frames)?;
            for (offset, _) in (0_u32..).zip(window) {
                replies.push(self.reply(first.wrapping_add(offset), deadline)?);
            }
        }
        Ok(replies)
    }

    /// The reply to the request `id`; notices that nobody asked for are passed over.
    fn reply(&mut self, id: u32, deadline: Instant) -> io::Result<Reply> {
        loop {
            let mut head = [0; 3];
            self.stream.fill(&mut head, deadline)?;
            let length = usize::from(u16::from_be_bytes([head[0], head[1]]));
            let mut body = vec![0; length];
            self.stream.fill(&mut body, deadline)?;
            if let Some(reply) = read(head[2], &body, id)? {
                return Ok(reply);
            }
        }
    }
}

impl Ask {
    fn text(&self, id: u32) -> String {
        match self {
            Self::Get(variable) => format!("GET {id} {variable}"),
            Self::Set(variable, value) => format!("SET {id} {variable} {value}"),
        }
    }
}

/// Puts a text into a frame.
fn frame(text: &str, into: &mut Vec<u8>) -> io::Result<()> {
    let length = u16::try_from(text.len() + 1).ok().filter(|_| text.len() <= LONGEST);
    let Some(length) = length else { return Err(line::odd("a request that is too long")) };
    into.extend(length.to_be_bytes());
    into.extend(CONTROL);
    into.extend(text.as_bytes());
    Ok(())
}

/// Reads a frame: the reply to the request `id`, or none if it is a notice.
fn read(kind: u8, body: &[u8], id: u32) -> io::Result<Option<Reply>> {
    let Some((&extension, text)) = body.split_first() else { return Err(line::odd("an empty frame")) };
    if [kind, extension] != CONTROL {
        return Ok(None);
    }
    let text = std::str::from_utf8(text).map_err(|_| line::odd("a reply that is no text"))?;
    let mut words = text.splitn(3, ' ');
    let (verb, named, rest) = (words.next(), words.next(), words.next().unwrap_or_default());
    // What it could not parse is answered without the id.
    let is_ours = named == Some(&id.to_string()) || (verb == Some("ERROR") && named == Some("err"));
    match verb {
        Some("TRAP") => Ok(None),
        Some("ERROR") if is_ours => Ok(Some(Reply::Error(rest.trim().to_owned()))),
        Some("GET_REPLY" | "SET_REPLY") if is_ours => {
            let value = rest.split_once(' ').map_or("", |(_, value)| value);
            Ok(Some(Reply::Value(value.to_owned())))
        }
        _ => Err(line::odd("a reply to something else")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replies_are_read_as_they_were_seen() {
        let read = |text: &str| super::read(0xee, &[&[0], text.as_bytes()].concat(), 7).ok().flatten();
        let value = |text: &str| Some(Reply::Value(text.to_owned()));
        assert_eq!(read("SET_REPLY 7 subscriber.create 12"), value("12"));
        assert_eq!(read("GET_REPLY 7 subscriber.by-imsi-1.info \nid\t1"), value("\nid\t1"));
        assert_eq!(read("GET_REPLY 7 subscriber.by-imsi-1.msisdn"), value(""));
        let error = Some(Reply::Error("Subscriber already exists.".to_owned()));
        assert_eq!(read("ERROR 7 Subscriber already exists."), error);
        assert_eq!(
            read("ERROR err Command parser error."),
            Some(Reply::Error("Command parser error.".to_owned()))
        );
        assert_eq!(read("TRAP 0 something 1"), None);
        assert!(super::read(0xee, b"\0SET_REPLY 8 subscriber.create 12", 7).is_err(), "of another request");
    }

    proptest! {
        #[test]
        fn no_reply_is_too_odd(kind: u8, body in prop::collection::vec(any::<u8>(), 0..200), id: u32) {
            let _ = read(kind, &body, id);
        }

        #[test]
        fn a_frame_holds_its_text(text in "[ -~]{0,900}") {
            let mut frames = Vec::new();
            frame(&text, &mut frames).unwrap();
            prop_assert_eq!(usize::from(u16::from_be_bytes([frames[0], frames[1]])), frames.len() - 3);
            prop_assert_eq!(&frames[4..], text.as_bytes());
        }
    }
}
