//! The linter: what can be said about migrations from their text alone.
//!
//! Every statement of every migration is read in order into a schema model; rules judge the statements of the migrations that are asked
//! about, knowing the types, what earlier migrations proved, and which tables nobody uses yet. Nothing here talks to a server, reads a
//! file or starts a process.

mod allow;
mod ast;
mod case;
mod effects;
mod emptied;
mod fold;
mod judge;
mod known;
mod parse;
mod read;
mod rule;
mod rules;
mod run;
mod schema;
mod selectivity;
mod typechange;
mod volatility;
mod world;

pub use rule::{EXAMPLE_BREAK, Rule, explain, render_page};
pub use rules::{RULES, find};

use crate::diagnostic::Diagnostic;
use crate::migration::MigrationSet;
use std::collections::BTreeSet;
use std::time::Duration;

/// What is judged, and under which circumstances it will run.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The migrations to judge by full name; nothing for all. The others only define the schema.
    pub judged: Option<BTreeSet<String>>,
    /// How long the runner lets a statement wait for a lock.
    pub lock_timeout: Option<Duration>,
    /// The server's major version, where it is known.
    pub server_version: Option<u32>,
    /// Every migration could be read: what is not defined does not exist.
    pub complete: bool,
}

impl Scope {
    /// Whether the migration with this full name is judged.
    #[must_use]
    pub fn judges(&self, stem: &str) -> bool {
        self.judged.as_ref().is_none_or(|it| it.contains(stem))
    }
}

/// Judges the migrations of `set` that `scope` names, in order of file and place.
#[must_use]
pub fn lint(set: &MigrationSet, scope: &Scope) -> Vec<Diagnostic> {
    let migrations: Vec<_> = set.migrations.iter().map(|it| (it, scope.judges(&it.name.stem))).collect();
    // What stands behind the last judged migration has no say.
    let end = migrations.iter().rposition(|(_, judged)| *judged).map_or(0, |it| it + 1);
    read::read_all(&migrations[..end], |files| judge::judge(&migrations[..end], files, scope))
}

/// What the comments of `migration` allow with a reason: the rule, and the bytes that it is allowed for.
#[must_use]
pub fn allowed(migration: &crate::migration::Migration) -> Vec<(String, std::ops::Range<usize>)> {
    allow::allowed(migration)
}

#[cfg(test)]
mod tests;
