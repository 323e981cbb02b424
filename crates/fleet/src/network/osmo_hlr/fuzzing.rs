//! What a register may say, from bytes alone: for the targets in `fuzz/`, and for the properties below.
//!
//! Only built for tests and with the feature `fuzzing`.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::ctrl::{Ask, Ctrl, Reply};
use super::line::Stream;
use super::look;
use super::vty::Vty;
use crate::network::{Look, Subject};

/// The subscriber that is asked for.
const IMSI: &str = "901700000000001";

/// A peer that says what it was given, in pieces of these sizes, one after the other and again; it ends with what it has to
/// say, or after some reads, as at a deadline.
struct Script<'a> {
    says: &'a [u8],
    /// What is left of a greeting, up to its prompt: a terminal says no more before it is spoken to.
    greeting: usize,
    pieces: &'a [usize],
    reads: usize,
    at_most: usize,
}

impl<'a> Script<'a> {
    fn new(says: &'a [u8], pieces: &'a [usize]) -> Self {
        let prompt = says.windows(2).position(|two| two == b"> ");
        Self { says, greeting: prompt.map_or(0, |at| at + 2), pieces, reads: 0, at_most: usize::MAX }
    }
}

impl Read for Script<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.reads >= self.at_most {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let piece = self.pieces.get(self.reads % self.pieces.len().max(1)).map_or(bytes.len(), |size| *size);
        self.reads += 1;
        let piece = piece.max(1).min(bytes.len());
        let piece = if self.greeting > 0 { piece.min(self.greeting) } else { piece };
        let read = self.says.read(&mut bytes[..piece])?;
        self.greeting = self.greeting.saturating_sub(read);
        Ok(read)
    }
}

impl Write for Script<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Script<'_> {
    fn until(&self, _deadline: Instant) -> io::Result<()> {
        Ok(())
    }
}

fn far() -> Instant {
    Instant::now() + Duration::from_hours(1)
}

/// Asks for a few variables of a control interface that says `says`, cut into `pieces`.
pub fn ctrl(says: &[u8], pieces: &[usize]) -> bool {
    asked(Script::new(says, pieces)).is_ok()
}

fn asked(script: Script<'_>) -> io::Result<Vec<Reply>> {
    let asks: Vec<Ask> = (0..3).map(|n| Ask::Get(format!("subscriber.by-imsi-{n}.info"))).collect();
    let replies = Ctrl::over(script).ask(&asks, far())?;
    assert_eq!(replies.len(), asks.len());
    Ok(replies)
}

/// Gives a few commands to a terminal that says `says`, cut into `pieces`.
pub fn vty(says: &[u8], pieces: &[usize]) -> bool {
    let commands = ["show a", "show b"].map(str::to_owned);
    let answers = Vty::over(Script::new(says, pieces), far()).and_then(|mut vty| vty.tell(&commands, far()));
    answers.is_ok_and(|answers| answers.len() == commands.len())
}

/// Looks at a subscriber of a terminal that answers with `answer`, cut into `pieces`.
pub fn look(answer: &[u8], pieces: &[usize]) -> Option<Look> {
    let prompt = b"\r\nH# ";
    let command = format!("subscriber imsi {IMSI} show\r\n");
    let says = [b"H> ", &prompt[..], prompt, command.as_bytes(), answer, prompt].concat();
    let subject = Subject { iccid: String::new(), imsi: IMSI.to_owned(), network: "lab".to_owned() };
    let mut vty = Vty::over(Script::new(&says, pieces), far()).ok()?;
    look::look(&mut vty, &[&subject], far()).ok()?.pop()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHOWN: &str = "ID: 1\r\n    IMSI: 901700000000001\r\n    MSISDN: 12345\r\n    \
        last LU seen on CS: 2026-11-25T22:00:00+00:00 (1 hour ago)\r\n    PS disabled";

    fn reply(id: u32) -> Vec<u8> {
        framed(0xee, format!("\0GET_REPLY {id} x y").as_bytes())
    }

    fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&length, &[kind][..], body].concat()
    }

    fn pieces() -> impl Strategy<Value = Vec<usize>> {
        prop::collection::vec(1_usize..5_000, 0..8)
    }

    /// Mostly a few bytes, at times more than a frame holds.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            3 => prop::collection::vec(any::<u8>(), 0..300),
            1 => prop::collection::vec(any::<u8>(), 0..=70_000),
        ]
    }

    /// One after the other of what a register says and what none does.
    fn conversation(parts: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
        let part =
            prop_oneof![3 => prop::sample::select(parts), 1 => prop::collection::vec(any::<u8>(), 0..40)];
        prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    fn frames() -> Vec<Vec<u8>> {
        let notice = framed(0xee, b"\0TRAP 0 something 1");
        let longest = framed(0xee, format!("\0TRAP 0 {}", "x".repeat(65_000)).as_bytes());
        vec![reply(1), reply(2), reply(3), notice, longest, framed(0xfe, b"\x01"), framed(0xee, b"")]
    }

    fn screens() -> Vec<Vec<u8>> {
        [&b"H> "[..], b"\r\nH# ", b"show a", b"show b", b"\xff\xfb\x01", b"\xff", b"\r\n", b"# ", b"> "]
            .map(<[u8]>::to_vec)
            .to_vec()
    }

    #[test]
    fn replies_are_read_however_they_are_cut() {
        let says = [reply(1), frames()[4].clone(), reply(2), reply(3)].concat();
        for pieces in [&[][..], &[1], &[2, 1, 3], &[4_096, 1]] {
            assert!(ctrl(&says, pieces), "{pieces:?}");
        }
        assert!(!ctrl(&says[..says.len() - 1], &[]), "the last one is not whole");
    }

    #[test]
    fn a_reply_that_trickles_ends_with_the_deadline() {
        let says = frames()[4].clone();
        let script = Script { at_most: 50, ..Script::new(&says, &[1]) };
        assert_eq!(asked(script).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_terminal_is_understood_however_its_words_are_cut() {
        let says = b"Welcome\r\nH> enable\r\nH# terminal length 0\r\nH# show a\r\n1\r\nH# show b\r\n\r\nH# ";
        for pieces in [&[][..], &[1], &[2, 1, 3]] {
            assert!(vty(says, pieces), "{pieces:?}");
            assert!(matches!(look(SHOWN.as_bytes(), pieces), Some(Look::Present(_))), "{pieces:?}");
        }
        assert!(!vty(&vec![b'x'; 300_000], &[]), "without an end");
    }

    proptest! {
        #[test]
        fn any_bytes_end_a_conversation_with_the_control_interface(says in bytes(), pieces in pieces()) {
            ctrl(&says, &pieces);
        }

        #[test]
        fn frames_in_any_order_are_replies_or_an_end(says in conversation(frames()), pieces in pieces()) {
            ctrl(&says, &pieces);
        }

        #[test]
        fn a_frame_of_any_length_is_read_or_refused(
            kind: u8, body in prop::collection::vec(any::<u8>(), 0..=65_535), pieces in pieces()
        ) {
            ctrl(&[framed(kind, &body), reply(1)].concat(), &pieces);
        }

        #[test]
        fn any_bytes_end_a_conversation_with_the_terminal(says in bytes(), pieces in pieces()) {
            vty(&says, &pieces);
        }

        #[test]
        fn screens_in_any_order_are_answers_or_an_end(says in conversation(screens()), pieces in pieces()) {
            vty(&says, &pieces);
        }

        #[test]
        fn any_bytes_about_a_subscriber_are_read_or_refused(answer in bytes(), pieces in pieces()) {
            look(&answer, &pieces);
        }

        #[test]
        fn what_is_known_of_a_subscriber_may_be_spoilt(
            at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..8)
        ) {
            let mut answer = SHOWN.as_bytes().to_vec();
            let at = at.index(answer.len());
            answer.splice(at..(at + with.len()).min(SHOWN.len()), with);
            look(&answer, &[]);
        }
    }
}
