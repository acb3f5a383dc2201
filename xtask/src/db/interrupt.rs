//! The user's wish to stop: SIGINT (Ctrl-C) and SIGTERM (a container's end).

use std::task::{Context, Poll};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for both signals. From the first listener on, the process no longer dies of them by itself.
pub struct Interrupt {
    signals: [Signal; 2],
    seen: bool,
}

impl Interrupt {
    pub(super) fn listen(runtime: &Runtime) -> std::io::Result<Interrupt> {
        let _entered = runtime.enter();
        Ok(Interrupt { signals: [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?], seen: false })
    }

    /// Ready once a signal has come. A second one ends the process at once: whoever asks twice does not want to wait.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        for signal in &mut self.signals {
            while signal.poll_recv(context).is_ready() {
                if self.seen {
                    std::process::exit(130);
                }
                self.seen = true;
            }
        }
        if self.seen { Poll::Ready(()) } else { Poll::Pending }
    }
}
