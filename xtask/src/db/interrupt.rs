//! The user's wish to stop: SIGINT (Ctrl-C) and SIGTERM (a container's end).

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether the process is somebody else's, such as a test's: then its signals are none of our business.
static DEAF: AtomicBool = AtomicBool::new(false);

/// Leaves the signals of this process alone from now on.
pub fn leave_signals_alone() {
    DEAF.store(true, Ordering::Relaxed);
}

/// Listens for both signals. From the first listener on, the process no longer dies of them by itself.
pub struct Interrupt {
    signals: Vec<Signal>,
    /// Whether a signal ever came.
    heard: bool,
    /// Whether one came that nobody has acted on.
    fresh: bool,
}

impl Interrupt {
    pub(super) fn listen(runtime: &Runtime) -> std::io::Result<Interrupt> {
        let _entered = runtime.enter();
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        let kinds = kinds.into_iter().filter(|_| !DEAF.load(Ordering::Relaxed));
        Ok(Interrupt { signals: kinds.map(signal).collect::<std::io::Result<_>>()?, heard: false, fresh: false })
    }

    /// Ready once a signal has come, until [`Interrupt::acted`]. A second signal ends the process at once: whoever asks twice does not
    /// want to wait.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        for signal in &mut self.signals {
            while signal.poll_recv(context).is_ready() {
                if self.heard {
                    std::process::exit(130);
                }
                (self.heard, self.fresh) = (true, true);
            }
        }
        if self.fresh { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The signal was acted on: what follows, such as tidying up, is not interrupted by it.
    pub(super) fn acted(&mut self) {
        self.fresh = false;
    }
}
