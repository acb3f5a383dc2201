//! Knows the first words of PostgreSQL's protocol: whether a server listens on a port, and which one it is.
//!
//! A server that answers is not yet ours: after a reboot another one may have our old port. In SCRAM the server sends
//! the salt of the role's password before the client proves anything, and our role's salt is random and stays. So one
//! short exchange, without a client library and without the password, recognises our server.
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::state::USER;

const PROTOCOL_3_0: i32 = 196_608;
const SASL: i32 = 10;
const SASL_CONTINUE: i32 = 11;

/// A server of this machine answers in a few milliseconds; another program may never say anything.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a port answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A server that accepts connections. The salt is empty where it asks for no SCRAM password.
    Up { salt: String },
    /// A server that says it cannot be used, with its SQLSTATE: 57P03 while it starts.
    Refused { sqlstate: String },
    /// Nothing that speaks PostgreSQL.
    Nothing,
}

/// Asks the server on `port` of this machine's loopback.
pub(super) fn ask(port: u16) -> Answer {
    // Every failure to talk (refused, closed, timed out, other protocol) means the same: no server of ours.
    converse(port).unwrap_or(Answer::Nothing)
}

/// Waits until the server on `port` accepts connections and returns its salt; `check` may end the wait with a cause.
pub(super) fn wait(port: u16, limit: Duration, check: &mut dyn FnMut() -> Result<()>) -> Result<String> {
    let begun = Instant::now();
    loop {
        if let Answer::Up { salt } = ask(port) {
            return Ok(salt);
        }
        if begun.elapsed() > limit {
            bail!("the server on port {port} did not accept connections within {} s", limit.as_secs());
        }
        check()?;
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A port that nothing listens on: `preferred` where it is free, so that the URL stays the same between runs.
pub(super) fn free_port(preferred: Option<u16>) -> Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = match preferred.map(bind) {
        Some(Ok(listener)) => listener,
        _ => bind(0).context("failed to find a free port on 127.0.0.1")?,
    };
    Ok(listener.local_addr().context("failed to read the port of a socket")?.port())
}

fn converse(port: u16) -> io::Result<Answer> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    stream.write_all(&startup())?;
    let first = receive(&mut stream)?;
    if !matches!(first, Message::Authentication { kind: SASL, .. }) {
        return Ok(first.answer());
    }
    stream.write_all(&client_first())?;
    Ok(receive(&mut stream)?.answer())
}

enum Message {
    Authentication { kind: i32, body: String },
    Error { sqlstate: String },
}

impl Message {
    fn answer(self) -> Answer {
        match self {
            Message::Error { sqlstate } => Answer::Refused { sqlstate },
            Message::Authentication { kind: SASL_CONTINUE, body } => Answer::Up { salt: salt(&body) },
            Message::Authentication { .. } => Answer::Up { salt: String::new() },
        }
    }
}

fn receive(stream: &mut TcpStream) -> io::Result<Message> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    // Something that is no PostgreSQL server may announce anything here.
    if !(8..=64 * 1024).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length - 4];
    stream.read_exact(&mut body)?;
    parse(head[0], &body).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn parse(tag: u8, body: &[u8]) -> Option<Message> {
    match tag {
        b'R' => {
            let (kind, rest) = body.split_first_chunk::<4>()?;
            let body = String::from_utf8_lossy(rest).into_owned();
            Some(Message::Authentication { kind: i32::from_be_bytes(*kind), body })
        }
        b'E' => {
            let field = body.split(|&byte| byte == 0).find(|field| field.first() == Some(&b'C'))?;
            Some(Message::Error { sqlstate: String::from_utf8_lossy(&field[1..]).into_owned() })
        }
        _ => None,
    }
}

/// The `s=` of a server's first SCRAM message.
fn salt(body: &str) -> String {
    body.split(',').find_map(|it| it.strip_prefix("s=")).unwrap_or_default().to_owned()
}

fn startup() -> Vec<u8> {
    let mut body = PROTOCOL_3_0.to_be_bytes().to_vec();
    body.extend(format!("user\0{USER}\0database\0postgres\0\0").bytes());
    framed(None, &body)
}

/// The nonce only has to be there: the exchange ends before anything is proved.
fn client_first() -> Vec<u8> {
    let message = b"n,,n=,r=migrate-first";
    let mut body = b"SCRAM-SHA-256\0".to_vec();
    body.extend(length(message.len()));
    body.extend(message);
    framed(Some(b'p'), &body)
}

fn framed(tag: Option<u8>, body: &[u8]) -> Vec<u8> {
    let mut message: Vec<u8> = tag.into_iter().collect();
    message.extend(length(body.len() + 4));
    message.extend(body);
    message
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).expect("our messages are short").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_startup_message_is_framed() {
        let message = startup();
        assert_eq!(message[..8], [0, 0, 0, 41, 0, 3, 0, 0]);
        assert_eq!(message.len(), 41);
        assert_eq!(&message[8..], b"user\0postgres\0database\0postgres\0\0");
    }

    #[test]
    fn the_first_scram_message_says_its_lengths() {
        let message = client_first();
        assert_eq!(message[0], b'p');
        assert_eq!(message[1..5], [0, 0, 0, 43]);
        assert_eq!(message.len(), 44);
    }

    #[test]
    fn a_starting_server_is_told_from_a_ready_one() {
        let starting = parse(b'E', b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0");
        assert_eq!(starting.map(Message::answer), Some(Answer::Refused { sqlstate: "57P03".into() }));
        let trusting = parse(b'R', &[0, 0, 0, 0]);
        assert_eq!(trusting.map(Message::answer), Some(Answer::Up { salt: String::new() }));
        let scram = parse(b'R', b"\0\0\0\x0br=abc,s=c2FsdA==,i=4096");
        assert_eq!(scram.map(Message::answer), Some(Answer::Up { salt: "c2FsdA==".into() }));
        assert!(parse(b'H', b"TTP/1.1 400").is_none());
    }

    #[test]
    fn a_port_that_nothing_has_answers_nothing() {
        let port = free_port(None).expect("a free port");
        assert_eq!(ask(port), Answer::Nothing);
    }

    #[test]
    fn a_taken_port_is_not_chosen() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken.local_addr().expect("it is bound").port();
        assert_ne!(free_port(Some(port)).expect("a free port"), port);
        drop(taken);
        assert_eq!(free_port(Some(port)).expect("a free port"), port);
    }

    #[test]
    fn another_protocol_is_nothing() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let talker = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the probe connects");
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        assert_eq!(ask(port), Answer::Nothing);
        talker.join().expect("it ends");
    }
}
