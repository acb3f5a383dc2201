//! One proxied connection: a thread for each direction.

use super::framing::{Next, Side, asks_for_encryption, length};
use super::{Shared, lock};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the two directions of a connection know of each other.
pub(super) struct Line {
    shared: Arc<Shared>,
    next: Mutex<[Next; 2]>,
    last: Mutex<Side>,
}

impl Line {
    /// Carries messages between `client` and `server` until either closes.
    pub fn start(client: TcpStream, server: TcpStream, shared: &Arc<Shared>) {
        let line =
            Arc::new(Line { shared: Arc::clone(shared), next: Mutex::new([Next::Untyped, Next::Typed]), last: Mutex::new(Side::Server) });
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("a TCP socket");
        }
        let (to_client, to_server) = (client.try_clone().expect("it can be shared"), server.try_clone().expect("it can be shared"));
        let other = Arc::clone(&line);
        std::thread::spawn(move || line.carry(Side::Client, client, to_server));
        std::thread::spawn(move || other.carry(Side::Server, server, to_client));
    }

    fn carry(&self, side: Side, mut from: TcpStream, mut to: TcpStream) {
        let (mut pending, mut buffer) = (Vec::new(), [0; 1 << 16]);
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            pending.extend_from_slice(&buffer[..n]);
            while let Some(length) = length(self.next(side), &pending) {
                let message: Vec<u8> = pending.drain(..length).collect();
                self.wait_while_held();
                self.turn(side);
                self.follow(side, &message);
                if to.write_all(&message).is_err() {
                    break;
                }
                self.shared.passed();
            }
        }
        // The other side learns of the end, and what it still says is carried.
        drop(to.shutdown(Shutdown::Write));
    }

    fn next(&self, side: Side) -> Next {
        lock(&self.next)[side as usize]
    }

    /// What `message` means for those behind it.
    fn follow(&self, side: Side, message: &[u8]) {
        let mut next = lock(&self.next);
        *next = match (side, *next) {
            (Side::Client, [Next::Untyped, _]) if asks_for_encryption(message) => [Next::Untyped, Next::Byte],
            (Side::Client, [Next::Untyped, server]) => [Next::Typed, server],
            (Side::Server, [_, Next::Byte]) if message == b"S" => [Next::Opaque; 2],
            (Side::Server, [client, Next::Byte]) => [client, Next::Typed],
            (_, same) => same,
        };
    }

    /// Counts round trips, and makes each as long as it shall be.
    fn turn(&self, side: Side) {
        let turned = std::mem::replace(&mut *lock(&self.last), side) != side;
        if turned && side == Side::Server {
            self.shared.round_trips.fetch_add(1, Ordering::SeqCst);
            let latency = *lock(&self.shared.latency);
            if !latency.is_zero() {
                std::thread::sleep(latency);
            }
        }
    }

    fn wait_while_held(&self) {
        while self.shared.held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
