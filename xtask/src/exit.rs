//! How a command ends: one exit code a kind of ending, and what is said with it.

use crate::diagnostic::Diagnostic;
use std::fmt;

/// The exit codes; part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: the check says no: findings, drift, pending.
    No,
    /// 2: wrong usage, configuration or files.
    Usage,
    /// 3: no server, or cannot connect.
    NoServer,
    /// 4: a migration failed.
    Failed,
    /// 5: the migration lock was not obtained.
    LockBusy,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number that the process gives back.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::NoServer => 3,
            Exit::Failed => 4,
            Exit::LockBusy => 5,
            Exit::Interrupted => 130,
        }
    }
}

/// A command that could not do what it was asked, with everything that is known about why.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub exit: Exit,
    /// What to tell the user; never empty.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// A failure with one diagnostic.
    #[must_use]
    pub fn new(exit: Exit, diagnostic: Diagnostic) -> Failure {
        Failure { exit, diagnostics: vec![diagnostic] }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages: Vec<&str> = self.diagnostics.iter().map(|it| it.message.as_str()).collect();
        f.write_str(&messages.join("; "))
    }
}

impl std::error::Error for Failure {}
