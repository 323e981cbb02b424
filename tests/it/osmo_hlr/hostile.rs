//! Registers that answer anything but what they should.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use fleet::network::osmo_hlr::{Address, OsmoHlr};
use fleet::network::{Action, Network, Outcome, Request, Services};

/// What a bad register says to whatever it hears.
type Says = fn(&mut TcpStream) -> std::io::Result<()>;

fn listen(says: Says) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let mut heard = [0; 512];
                while stream.read(&mut heard).is_ok_and(|read| read > 0) && says(&mut stream).is_ok() {}
            });
        }
    });
    address
}

/// A terminal that is polite, so that the control interface is reached.
fn terminal() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let _ = stream.write_all(b"OsmoHLR> ");
                let mut heard = [0; 512];
                while let Ok(read @ 1..) = stream.read(&mut heard) {
                    let text = String::from_utf8_lossy(&heard[..read]).into_owned();
                    for line in text.lines() {
                        let _ = stream.write_all(format!("{line}\r\nOsmoHLR# ").as_bytes());
                    }
                }
            });
        }
    });
    address
}

fn request(action: Action) -> Request {
    Request {
        key: "1-1".to_owned(),
        action,
        attempt: 0,
        iccid: "8949000000000000001".to_owned(),
        imsi: "262010000000001".to_owned(),
        msisdn: Some("49150000001".to_owned()),
        offer: None,
        network: "lab".to_owned(),
        services: Services { packet: true, circuit: true },
    }
}

/// Nothing is believed, and it does not take longer than the deadline.
fn is_not_believed(control: String, terminal: String, action: Action) {
    let register = OsmoHlr::new(Address { control, terminal, connections: 1 });
    let until = Instant::now() + Duration::from_millis(500);
    assert_eq!(register.carry_out(&[request(action)], until), [Outcome::Unreachable]);
}

#[test]
fn replies_that_no_register_gives_end_the_connection() {
    let odd: [Says; 8] = [
        |stream| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        |stream| stream.write_all(&vec![0xff; 70_000]),
        |stream| stream.write_all(&[0, 0, 0xee]),
        |stream| stream.write_all(&[0, 9, 0xee, 0, 0xff, 0xfe, 0, 0x80, 1, 2, 3, 4]),
        |stream| stream.write_all(b"\0\x12\xee\0SET_REPLY 99999 x"),
        |stream| stream.write_all(b"\xff\xff\xee\0SET_REPLY 1 "),
        |_| Ok(()),
        |_| Err(std::io::ErrorKind::BrokenPipe.into()),
    ];
    for says in odd {
        is_not_believed(listen(says), terminal(), Action::Activate);
    }
}

#[test]
fn a_terminal_that_talks_without_an_end_or_of_something_else_is_left() {
    let odd: [Says; 3] = [
        |stream| loop {
            stream.write_all(&[b'x'; 4096])?;
        },
        |stream| stream.write_all(b"something else\r\nOsmoHLR# "),
        |stream| stream.write_all(b"\xff\xff\xff\xff"),
    ];
    for says in odd {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.write_all(b"OsmoHLR> ");
                let mut heard = [0; 512];
                while stream.read(&mut heard).is_ok_and(|read| read > 0) && says(&mut stream).is_ok() {}
            }
        });
        is_not_believed(listen(|_| Ok(())), address, Action::Suspend);
    }
}
