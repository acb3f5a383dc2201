//! Applying a plan: the one loop that changes a database.
//!
//! [`migrate()`] reads the state, plans, and sends; whatever stops it (a lock, a second runner, a lost connection) leads back to reading the
//! state, so that it always goes on from what the database says, never from what it believes.

mod event;
mod failure;
mod index;
mod journal;
mod leg;
mod migrate;
mod recover;
mod reply;
mod watch;

pub use event::{Blocker, Event};
pub use migrate::{Settings, Summary, migrate};

/// What the trace shares with the loop: it runs the same statements, but looks at the server between two of them.
pub(crate) mod parts {
    pub(crate) use super::failure::{hint, place};
    pub(crate) use super::leg::{CLEAN, limits, unlock};
}

use std::time::Duration;

/// How long statements may wait and run. Zero is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a statement waits for a lock before it is given up and retried.
    pub lock_timeout: Duration,
    /// How long a statement may run; nothing: whatever the server says.
    pub statement_timeout: Option<Duration>,
}
