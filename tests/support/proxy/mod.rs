//! A TCP proxy in front of a server that knows PostgreSQL's messages: it counts them, delays them, and cuts the line after any of them.

mod framing;
mod pump;

use pump::Line;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The proxy. It ends with the process; its connections when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

/// What happens once so many messages have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Cut,
    Hold,
}

/// What all connections share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    messages: AtomicUsize,
    round_trips: AtomicUsize,
    latency: Mutex<Duration>,
    plan: Mutex<Option<(usize, Then)>>,
    held: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
    ended: AtomicBool,
}

impl Proxy {
    /// In front of the server on `port`.
    pub fn new(port: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, port, &for_thread));
        Proxy { port: address.port(), shared }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Adds this to each round trip.
    pub fn set_latency(&self, latency: Duration) {
        *lock(&self.shared.latency) = latency;
    }

    /// Cuts all connections right after message number `k`, counted from 1 over both directions. Later connections pass.
    pub fn cut_after(&self, k: usize) {
        *lock(&self.shared.plan) = Some((k, Then::Cut));
    }

    /// Lets nothing through after message number `k`, until [`Proxy::release`] or [`Proxy::cut`].
    pub fn hold_after(&self, k: usize) {
        *lock(&self.shared.plan) = Some((k, Then::Hold));
    }

    /// Whether it holds everything back.
    pub fn is_holding(&self) -> bool {
        self.shared.held.load(Ordering::SeqCst)
    }

    /// Whether what was planned has not happened yet.
    pub fn is_armed(&self) -> bool {
        lock(&self.shared.plan).is_some()
    }

    /// Lets through again what is held back.
    pub fn release(&self) {
        self.shared.held.store(false, Ordering::SeqCst);
    }

    /// Cuts all connections now.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// How many messages have passed.
    pub fn messages(&self) -> usize {
        self.shared.messages.load(Ordering::SeqCst)
    }

    /// How often the server answered something that the client had said.
    pub fn round_trips(&self) -> usize {
        self.shared.round_trips.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.cut();
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn cut(&self) {
        for stream in lock(&self.open).drain(..) {
            // It may be closed already.
            drop(stream.shutdown(Shutdown::Both));
        }
        self.held.store(false, Ordering::SeqCst);
    }

    /// Counts a message that has passed, and does what was planned for it.
    fn passed(&self) {
        let mut plan = lock(&self.plan);
        let n = self.messages.fetch_add(1, Ordering::SeqCst) + 1;
        let due = plan.take_if(|(k, _)| *k == n);
        drop(plan);
        match due {
            Some((_, Then::Cut)) => self.cut(),
            Some((_, Then::Hold)) => self.held.store(true, Ordering::SeqCst),
            None => {}
        }
    }
}

fn accept(listener: &TcpListener, port: u16, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        // A server that is down refuses; dropping the client says the same.
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
        let copies = [&client, &server].map(|it| it.try_clone().expect("a socket can be shared"));
        lock(&shared.open).extend(copies);
        Line::start(client, server, shared);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
