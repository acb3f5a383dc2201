//! The history: which migrations a database has, in the table `xtask.history`; or which ones a schema has, in a table of its own.
//!
//! `position` counts the migrations in the order in which they were applied; whoever applies the next one inserts the next position first, so
//! that of two runners one waits, and is then refused by the primary key. That insertion is the lock that correctness rests on.

use super::{DbError, Row, Session};
use crate::migration::MigrationSet;
use crate::sql::quote::{literal, name};
use std::fmt;
use std::time::Duration;

/// The number of the advisory lock that one runner at a time holds. It only makes others wait politely; correctness rests on the claim.
const LOCK: i64 = 7_815_696_960_124_714;

/// Where a history is kept: one for the whole database, or one for each of many schemas that get the same migrations.
///
/// A schema's history stands in that schema, not in `xtask`: it is dropped, dumped, renamed and restored with what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    schema: Option<String>,
}

impl Table {
    /// The history of one schema.
    #[must_use]
    pub fn of_schema(schema: &str) -> Table {
        Table { schema: Some(schema.to_owned()) }
    }

    /// The number of its migration lock, as an SQL expression.
    #[must_use]
    pub fn lock(&self) -> String {
        self.number(LOCK)
    }

    fn number(&self, number: i64) -> String {
        let of_schema = |schema: &String| format!("pg_catalog.hashtextextended({}, {number})", literal(schema));
        self.schema.as_ref().map_or_else(|| number.to_string(), of_schema)
    }

    /// The statements that make it where it is missing, without semicolons. Two runners may do this at once; the lock keeps them apart and is
    /// gone with the transaction.
    #[must_use]
    pub fn create(&self) -> Vec<String> {
        let schema = self.schema.is_none().then(|| "CREATE SCHEMA IF NOT EXISTS xtask".to_owned());
        let whose = if self.schema.is_some() { "schema" } else { "database" };
        let about = format!("Which migrations this {whose} has. Written by cargo xtask db; do not edit by hand.");
        let lock = format!("SELECT pg_catalog.pg_advisory_xact_lock({})", self.number(LOCK + 1));
        let head = ["BEGIN".to_owned(), lock].into_iter().chain(schema);
        let comment = format!("COMMENT ON TABLE {self} IS {}", literal(&about));
        head.chain([format!("CREATE TABLE IF NOT EXISTS {self} ({DEFINITION})"), comment, "COMMIT".to_owned()]).collect()
    }
}

impl fmt::Display for Table {
    /// As SQL names it, always with its schema.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            None => f.write_str("xtask.history"),
            Some(schema) => write!(f, "{}.xtask_history", name(schema)),
        }
    }
}

const DEFINITION: &str = "
    position bigint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    checksum text NOT NULL,
    sql text NOT NULL,
    steps_done integer NOT NULL DEFAULT 0 CONSTRAINT history_is_at_the_expected_step CHECK (steps_done >= 0),
    step_running boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    finished_at timestamptz,
    applied_by text NOT NULL,
    tool text NOT NULL
";

/// One migration that the database has, or has in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the order of application, from 1.
    pub position: i64,
    /// The migration's full name without `.sql`.
    pub name: String,
    /// The checksum of the text that was applied.
    pub checksum: String,
    /// Whether all of it is done.
    pub finished: bool,
    /// How many steps of a journalled migration are done.
    pub steps_done: usize,
    /// Whether a step without a transaction was begun and its end not recorded.
    pub step_running: bool,
    /// When, as the server writes it.
    pub started_at: String,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Who.
    pub applied_by: String,
    /// The text that was applied, where it was loaded; see [`load_texts_of_edited`].
    pub sql: Option<String>,
}

/// What a database says it has, in the order of application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The rows.
    pub rows: Vec<Applied>,
    /// Whether the table exists.
    pub exists: bool,
    /// Where it is kept.
    pub table: Table,
}

impl History {
    /// The row of the migration called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Applied> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The position that the next migration takes.
    #[must_use]
    pub fn next_position(&self) -> i64 {
        self.rows.iter().map(|row| row.position).max().unwrap_or(0) + 1
    }
}

/// The columns that [`from_row`] reads. The text only of what is not finished: the plan needs it to go on.
pub(super) const COLUMNS: &str = "position, name, checksum, finished_at IS NOT NULL, steps_done, step_running, started_at::timestamptz(0), \
     extract(epoch FROM finished_at - started_at), applied_by, CASE WHEN finished_at IS NULL THEN sql END";

pub(super) fn from_row(row: &Row) -> Applied {
    Applied {
        position: row.parse(0).unwrap_or_default(),
        name: row.text(1),
        checksum: row.text(2),
        finished: row.get(3) == Some("t"),
        steps_done: row.parse(4).unwrap_or_default(),
        step_running: row.get(5) == Some("t"),
        started_at: row.text(6),
        duration: row.parse::<f64>(7).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        applied_by: row.text(8),
        sql: row.get(9).map(str::to_owned),
    }
}

/// Loads into `history` the applied texts of the migrations that were edited since: what tells how.
///
/// # Errors
/// What the server says.
pub fn load_texts_of_edited(session: &mut Session, history: &mut History, set: &MigrationSet) -> Result<(), DbError> {
    let names: Vec<String> = crate::plan::edited(set, history).iter().map(|name| literal(name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let rows = session.rows(&format!("SELECT name, sql FROM {} WHERE name IN ({})", history.table, names.join(", ")))?;
    for row in rows {
        if let Some(applied) = history.rows.iter_mut().find(|applied| Some(applied.name.as_str()) == row.get(0)) {
            applied.sql = row.get(1).map(str::to_owned);
        }
    }
    Ok(())
}
