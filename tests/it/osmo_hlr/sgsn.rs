//! A network node that SIMs attach to, as far as the register is told of it: GSUP, over IPA.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::register::{PATIENCE, Register};

const CCM: u8 = 0xfe;
const OSMO: u8 = 0xee;
const GSUP: u8 = 0x05;

pub(super) struct Sgsn(TcpStream);

impl Sgsn {
    /// Connects, and says who it is when it is asked.
    pub(super) fn connect(register: &Register) -> Self {
        let stream = TcpStream::connect((register.host(), 4222)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut sgsn = Self(stream);
        assert_eq!(sgsn.hear(), (CCM, vec![4, 1, 8, 1, 7, 1, 2, 1, 3, 1, 4, 1, 5, 1, 1, 1, 0]));
        let names = [(8, "0/0/0"), (1, "SGSN-test"), (0, "SGSN-test")];
        let told = names.iter().flat_map(|(tag, name)| {
            let length = u16::try_from(name.len() + 2).unwrap().to_be_bytes();
            [&length[..], &[*tag], name.as_bytes(), &[0]].concat()
        });
        sgsn.say(CCM, &[vec![5], told.collect()].concat());
        sgsn
    }

    /// Whether the register admits the subscriber, and what it then hears of it.
    pub(super) fn attaches(&mut self, imsi: &str) -> bool {
        // Packet domain.
        self.gsup(0x04, imsi, &[0x28, 1, 1]);
        loop {
            let (protocol, body) = self.hear();
            match (protocol, &body[..]) {
                (CCM, [0, ..]) => self.say(CCM, &[1]),
                (OSMO, [GSUP, 0x10, ..]) => self.gsup(0x12, imsi, &[]),
                (OSMO, [GSUP, 0x06, ..]) => return true,
                (OSMO, [GSUP, 0x05, ..]) => return false,
                // Such as the cancelling of a subscriber that was cut off.
                _ => {}
            }
        }
    }

    fn gsup(&mut self, kind: u8, imsi: &str, rest: &[u8]) {
        let digits: Vec<u8> = imsi.bytes().map(|digit| digit - b'0').chain([0xf]).collect();
        let bcd: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[1] << 4 | pair[0]).collect();
        let length = u8::try_from(bcd.len()).unwrap();
        self.say(OSMO, &[&[GSUP, kind, 1, length][..], &bcd, rest].concat());
    }

    fn say(&mut self, protocol: u8, body: &[u8]) {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length[..], &[protocol], body].concat()).unwrap();
    }

    fn hear(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 3];
        self.0.read_exact(&mut head).unwrap();
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[0], head[1]]))];
        self.0.read_exact(&mut body).unwrap();
        (head[2], body)
    }
}
