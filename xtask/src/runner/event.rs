//! What a run tells while it works. Only the user interface prints.

use std::time::Duration;

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A plan is made: these migrations will be applied.
    Planned {
        /// Their names, in order.
        pending: Vec<String>,
    },
    /// Another runner has the migration lock.
    WaitingForLock {
        /// Who, where the server says.
        holder: Option<String>,
    },
    /// A migration begins that is not part of a longer message.
    Started {
        /// Its name.
        name: String,
    },
    /// A migration is done and recorded.
    Applied {
        /// Its name.
        name: String,
        /// How long the server took.
        duration: Duration,
    },
    /// Something that the user should know, for example that a file runs without a transaction.
    Note {
        /// The migration.
        name: String,
        /// What.
        text: String,
    },
    /// A notice or warning of the server's.
    Notice {
        /// The migration that was running.
        name: Option<String>,
        /// `NOTICE`, `WARNING`, …
        severity: String,
        /// What the server said.
        text: String,
    },
    /// An attempt was given up and will be made again.
    Retry {
        /// The migration.
        name: String,
        /// Why.
        reason: String,
        /// Who stood in the way.
        blockers: Vec<Blocker>,
        /// How long until the next attempt.
        pause: Duration,
    },
}

/// A session that holds a lock which a migration needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its process number on the server.
    pub pid: i32,
    /// Its `application_name`.
    pub application: String,
    /// `active`, `idle in transaction`, …
    pub state: String,
    /// How long its transaction has been open.
    pub age: Duration,
    /// The lock that it holds, for example `AccessShareLock on users`.
    pub holds: String,
}

impl std::fmt::Display for Blocker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let age = crate::units::show_duration(self.age);
        write!(f, "pid {} (app \"{}\", {}, transaction open for {age}", self.pid, self.application, self.state)?;
        if self.holds.is_empty() { write!(f, ")") } else { write!(f, ", holds {})", self.holds) }
    }
}
