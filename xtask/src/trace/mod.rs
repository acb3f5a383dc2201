//! What a migration really does: its statements run one by one on a scratch database that has a few rows in every table, and between two of
//! them the server is asked what they hold, read, rewrote and destroyed.
//!
//! The linter guesses from the text, the trace decides from what it saw: [`merge`] brings both together.

mod bare;
mod candidates;
mod content;
mod fill;
mod findings;
mod html;
mod json;
mod markdown;
mod merge;
mod mode;
mod observe;
mod run;
mod table;
mod transaction;

pub use findings::{RULES, findings};
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use merge::merge;
pub use mode::{MODES, Mode};
pub use run::trace;

use crate::diagnostic::Location;

/// What was seen of the judged migrations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// `server_version_num`, such as 180003.
    pub server_version: u32,
    /// The judged migrations, in order.
    pub files: Vec<FileTrace>,
    /// Tables that no row could be made for.
    pub unfilled: Vec<Unfilled>,
    /// What could not be observed as a whole, in sentences.
    pub unobserved: Vec<String>,
}

/// A table without rows, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled {
    /// The table.
    pub table: String,
    /// What the server said against every row that was tried.
    pub why: String,
}

/// One migration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTrace {
    /// Its full name.
    pub migration: String,
    /// Its file, as the user would name it.
    pub file: String,
    /// It runs as one transaction.
    pub whole: bool,
    /// Its statements, as far as they ran.
    pub statements: Vec<StatementTrace>,
    /// What programs that were written for the schema before do not find any more.
    pub broken: Vec<Broken>,
    /// Settings that were left changed in the session.
    pub leaks: Vec<String>,
    /// A fault that shows with rows only: the statement that failed on them. What is said of it and of those behind it was seen without rows.
    pub failed_on_rows: Option<Failed>,
}

/// A statement that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Which statement of the file.
    pub statement: usize,
    /// PostgreSQL's code.
    pub sqlstate: String,
    /// PostgreSQL's message.
    pub message: String,
    /// More of what it said.
    pub notes: Vec<String>,
    /// What to do.
    pub hint: Option<String>,
    /// What it is about.
    pub place: Location,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTrace {
    /// Its number in the file, from 0.
    pub index: usize,
    /// Where it stands.
    pub location: Location,
    /// Its text.
    pub sql: String,
    /// The number of the transaction that it ran in; nothing where it ran without one.
    pub transaction: Option<usize>,
    /// The tables held rows.
    pub with_rows: bool,
    /// Microseconds, with the few rows that there were: only good for comparing.
    pub microseconds: u64,
    /// The locks on relations that existed before the migration, which the transaction held behind this statement.
    pub locks: Vec<Lock>,
    /// Tables whose storage was written anew.
    pub rewritten: Vec<String>,
    /// Indexes that were built anew.
    pub rebuilt: Vec<String>,
    /// Existing tables and their indexes that were read.
    pub scans: Vec<Scan>,
    /// Rows of existing tables that were changed.
    pub changes: Vec<Change>,
    /// Data that was destroyed, in words.
    pub lost: Vec<String>,
    /// Whose statements another session would have had to wait with.
    pub waits: Vec<Wait>,
    /// Bytes that it added to the write-ahead log, which all databases of a server share.
    pub wal_bytes: u64,
    /// Why it failed, if it did.
    pub failed: Option<Failed>,
    /// What could not be observed of it, and why.
    pub unobserved: Option<String>,
}

/// A lock on an existing relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The relation.
    pub relation: String,
    /// For an index, its table.
    pub table: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The strongest mode that is held.
    pub mode: Mode,
    /// The statement of the same transaction that took this mode.
    pub taken_by: usize,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A table or partition.
    Table,
    /// A materialized view.
    MaterializedView,
    /// A view.
    View,
    /// An index.
    Index,
}

/// Reads of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The table, whose indexes count as well.
    pub relation: String,
    /// How often it was read, by `pg_stat_get_xact_numscans`.
    pub times: u64,
    /// It was read from end to end rather than looked up.
    pub whole: bool,
}

/// Rows of one table that were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The table.
    pub relation: String,
    /// Rows updated.
    pub updated: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// There was no row that was not.
    pub all: bool,
}

/// What another session could not do with one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The table.
    pub relation: String,
    /// `SELECT` waits.
    pub select: bool,
    /// `INSERT` waits.
    pub insert: bool,
    /// `UPDATE` and `DELETE` wait: of every row by the lock, or of the rows that were changed.
    pub update: bool,
}

/// Something that old programs miss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The statement that took it away.
    pub statement: usize,
    /// In words.
    pub what: String,
}
