//! The terminal interface of osmo-hlr: lines of text, over telnet.
//!
//! Only what is changed here is told to the network nodes that are attached: what the control interface changes,
//! they learn with the subscriber's next location update.

use std::io;
use std::net::TcpStream;
use std::time::Instant;

use super::line::{self, Stream};

/// How many commands may be under way.
const WINDOW: usize = 32;
/// More than any answer to what is asked here.
const LONGEST: usize = 256 * 1024;
/// Interpret As Command (RFC 854): begins three bytes that are not text.
const IAC: u8 = 0xff;

/// A connection to the terminal, in its enabled mode.
pub(super) struct Vty<S = TcpStream> {
    stream: S,
    heard: Vec<u8>,
    prompt: String,
}

impl Vty {
    /// Connects to `address`.
    pub(super) fn connect(address: &str, deadline: Instant) -> io::Result<Self> {
        Self::over(line::connect(address, deadline)?, deadline)
    }
}

impl<S: Stream> Vty<S> {
    /// Signs on over what is connected already.
    pub(super) fn over(stream: S, deadline: Instant) -> io::Result<Self> {
        let mut vty = Self { stream, heard: Vec::new(), prompt: String::new() };
        let host = vty.hear_until(deadline, |text| text.strip_suffix("> ").map(last_line))?;
        vty.prompt = format!("{host}# ");
        vty.say("enable\nterminal length 0\n", deadline)?;
        for _ in 0..2 {
            vty.answer(deadline)?;
        }
        Ok(vty)
    }

    /// Gives `commands`, and the answer to each, in the same order; empty where nothing was said against it. After an
    /// error the connection is of no use.
    pub(super) fn tell(&mut self, commands: &[String], deadline: Instant) -> io::Result<Vec<String>> {
        let mut answers = Vec::with_capacity(commands.len());
        for window in commands.chunks(WINDOW) {
            if window.iter().any(|command| command.contains(char::is_control)) {
                return Err(line::odd("a command of several lines"));
            }
            self.say(&(window.join("\n") + "\n"), deadline)?;
            for command in window {
                let answer = self.answer(deadline)?;
                let Some(answer) = answer.trim_start().strip_prefix(command.as_str()) else {
                    return Err(line::odd("the answer to another command"));
                };
                answers.push(answer.trim().to_owned());
            }
        }
        Ok(answers)
    }

    fn say(&mut self, text: &str, deadline: Instant) -> io::Result<()> {
        self.stream.until(deadline)?;
        self.stream.write_all(text.as_bytes())
    }

    /// What stands before the next prompt: the command, and what was answered.
    fn answer(&mut self, deadline: Instant) -> io::Result<String> {
        let prompt = self.prompt.clone();
        self.hear_until(deadline, |text| {
            let end = text.match_indices(&prompt).find(|(at, _)| text[..*at].ends_with('\n'))?.0;
            Some(text[..end].to_owned())
        })
    }

    /// Listens until `find` has found something in what was said, which is then forgotten up to the next prompt.
    fn hear_until(&mut self, deadline: Instant, find: impl Fn(&str) -> Option<String>) -> io::Result<String> {
        loop {
            let text = readable(&self.heard);
            if let Some(found) = find(&text) {
                let rest = text.get(found.len() + self.prompt.len()..).filter(|_| !self.prompt.is_empty());
                self.heard = rest.unwrap_or_default().as_bytes().to_vec();
                return Ok(found);
            }
            if self.heard.len() > LONGEST {
                return Err(line::odd("an answer without an end"));
            }
            let mut bytes = [0; 4096];
            self.stream.until(deadline)?;
            match self.stream.read(&mut bytes)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.heard.extend_from_slice(&bytes[..read]),
            }
        }
    }
}

fn last_line(text: &str) -> String {
    text.rsplit(['\n', '\r']).next().unwrap_or_default().to_owned()
}

/// The text among what was heard, without telnet's commands and what is not ASCII.
fn readable(heard: &[u8]) -> String {
    let mut text = String::with_capacity(heard.len());
    let mut bytes = heard.iter();
    while let Some(&byte) = bytes.next() {
        if byte == IAC {
            bytes.next();
            bytes.next();
        } else if byte.is_ascii() {
            text.push(char::from(byte));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_of_telnet_are_not_text() {
        assert_eq!(
            readable(b"law.\r\n\xff\xfb\x01\xff\xfb\x03\xff\xfe\"\xff\xfd\x1fOsmoHLR> "),
            "law.\r\nOsmoHLR> "
        );
        assert_eq!(last_line("law.\r\nOsmoHLR"), "OsmoHLR");
    }

    proptest! {
        #[test]
        fn nothing_heard_is_too_odd(heard in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = last_line(&readable(&heard));
        }
    }
}
