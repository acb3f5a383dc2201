//! A few more sessions of a server, connected when they are needed.

use crate::db::{DbError, Session, Url, connect};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many. Making a database keeps a processor busy, and the connections of a server are for the tests.
const N: usize = 4;

#[derive(Default)]
pub(super) struct Helpers {
    sessions: [Mutex<Option<Session>>; N],
    next: AtomicUsize,
}

impl Helpers {
    /// Runs a statement in one that is free, or behind others in the next one; nothing where there is no connection to be had.
    pub(super) fn execute(&self, url: &Url, sql: &str) -> Option<Result<(), DbError>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let free = (0..N).find_map(|n| self.sessions[(first + n) % N].try_lock().ok());
        let mut slot = free.unwrap_or_else(|| self.sessions[first % N].lock().unwrap_or_else(PoisonError::into_inner));
        if slot.is_none() {
            *slot = connect(url).ok();
        }
        let result = slot.as_mut()?.execute(sql);
        if matches!(result, Err(DbError::Connection(_))) {
            *slot = None;
        }
        Some(result)
    }
}
