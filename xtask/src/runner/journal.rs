//! Migrations that cannot run in one transaction: step by step, each recorded when it is done.
//!
//! A step in a transaction is recorded in that transaction, so it is done exactly once. A statement that PostgreSQL forbids in a transaction is announced
//! before and recorded behind; when a crash falls in between, the next run cannot know how far it came, and takes "already exists" or
//! "does not exist" from the server for done.

use super::event::Event;
use super::leg::{CLEAN, Leg, Mark, claim, finish, limits, unlock};
use super::reply::{Stop, send};
use super::{Limits, index};
use crate::db::history::Table;
use crate::db::{DbError, Reply, ServerError, Session};
use crate::migration::steps::MayRunBare;
use crate::migration::{Migration, Run, Step, StepKind};
use crate::plan::Pending;
use crate::sql::Class;
use crate::sql::quote::literal;
use std::ops::Range;
use std::time::Duration;

/// Longer than a runner takes between two messages.
const MOMENT: Duration = Duration::from_secs(1);

/// One journalled migration on its way.
pub(super) struct Journal<'a> {
    pub session: &'a mut Session,
    pub pending: &'a [Pending<'a>],
    /// Which of the pending ones.
    pub number: usize,
    pub limits: Limits,
    pub applied_by: &'a str,
    /// Where the history is.
    pub table: &'a Table,
    /// Whether a pooler stands in between: settings of a session would stay behind in the pool.
    pub pooled: bool,
    pub emit: &'a mut dyn FnMut(Event),
}

impl<'a> Journal<'a> {
    /// Runs the migration from where it stands, and gives how long it took since it was begun.
    pub fn run(mut self) -> Result<Duration, Stop> {
        let Run::Journalled(steps) = &self.migration().run else { unreachable!("only journalled migrations come here") };
        let done = self.pending[self.number].resume.map_or(0, |row| row.steps_done);
        self.claim()?;
        self.set_limits()?;
        self.repeat_settings(steps, done)?;
        for (step, at) in steps.iter().zip(0..).skip(done) {
            self.step(step, at)?;
        }
        self.finish()
    }

    fn migration(&self) -> &'a Migration {
        self.pending[self.number].migration
    }

    fn position(&self) -> i64 {
        self.pending[self.number].position
    }

    fn note(&mut self, text: String) {
        let name = self.migration().name.stem.clone();
        (self.emit)(Event::Note { name, text });
    }

    fn ours(&mut self, sql: &str) -> Result<(), Stop> {
        self.session.execute(sql).map_err(|error| Stop::new(error, Mark::Claim(self.number)))
    }

    /// Takes the place in the history, or on the way again brings the row up to the file as it is now.
    fn claim(&mut self) -> Result<(), Stop> {
        let pending = &self.pending[self.number];
        let sql = match pending.resume {
            None => claim(pending, self.applied_by, self.table),
            Some(row) if row.checksum == pending.migration.checksum => return Ok(()),
            Some(row) => format!(
                "UPDATE {} SET sql = {}, checksum = {} WHERE position = {} AND finished_at IS NULL",
                self.table,
                literal(&pending.migration.text),
                literal(&pending.migration.checksum),
                row.position
            ),
        };
        self.ours(&sql)
    }

    fn set_limits(&mut self) -> Result<(), Stop> {
        if self.pooled {
            self.note("a pooler stands in between: lock_timeout and statement_timeout cannot be set for its statements".to_owned());
            return Ok(());
        }
        let settings: Vec<String> = limits(self.migration(), self.limits).map(|(name, value)| format!("SET {name} = {value}")).collect();
        self.ours(&settings.join("; "))
    }

    /// The settings among the steps that are done: the steps to come count on them.
    fn repeat_settings(&mut self, steps: &[Step], done: usize) -> Result<(), Stop> {
        let statements = steps.iter().take(done).flat_map(|step| step.statements.clone());
        let settings: Vec<usize> = statements.filter(|it| self.migration().script.statements[*it].class == Class::Setting).collect();
        settings.into_iter().try_for_each(|statement| self.bare_statement(statement))
    }

    fn bare_statement(&mut self, statement: usize) -> Result<(), Stop> {
        let mut leg = Leg::default();
        leg.push_statement(self.migration(), self.number, statement);
        self.send(&leg)
    }

    fn send(&mut self, leg: &Leg) -> Result<(), Stop> {
        let name = self.migration().name.stem.clone();
        let emit = &mut *self.emit;
        send(self.session, leg, self.pending, &mut |_, reply| {
            if let Reply::Notice { severity, notice } = reply {
                (emit)(Event::Notice { name: Some(name.clone()), severity, text: notice.message.clone() });
            }
        })
    }

    fn step(&mut self, step: &Step, at: usize) -> Result<(), Stop> {
        let inner = step.statements.start + 1..step.statements.end - 1;
        let ends = (step.statements.start, step.statements.end - 1);
        match step.kind {
            StepKind::Bare => self.bare(ends.0, at),
            StepKind::Wrapped(may) => match self.wrapped(step.statements.clone(), at) {
                Err(stop) if may == MayRunBare::Yes && refuses_transaction(&stop) => {
                    self.session.execute("ROLLBACK").map_err(|error| Stop::new(error, Mark::Ours))?;
                    self.bare(ends.0, at)
                }
                result => result,
            },
            StepKind::Own => self.own(ends, inner, Some(at)),
            StepKind::RolledBack => {
                self.own(ends, inner, None)?;
                let advance = self.advance(at);
                self.ours(&advance)
            }
        }
    }

    /// Records step `at` as done, where it is the next one; else the table's CHECK refuses, because another runner was here.
    fn advance(&self, at: usize) -> String {
        let (table, position) = (self.table, self.position());
        format!(
            "UPDATE {table} SET step_running = false, steps_done = CASE steps_done WHEN {at} THEN {at} + 1 ELSE -1 END \
             WHERE position = {position}"
        )
    }

    fn wrapped(&mut self, statements: Range<usize>, at: usize) -> Result<(), Stop> {
        let mut leg = Leg::default();
        leg.push(Mark::Ours, "BEGIN");
        if self.pooled {
            for (name, value) in limits(self.migration(), self.limits) {
                leg.push(Mark::Ours, &format!("SET LOCAL {name} = {value}"));
            }
        }
        leg.push(Mark::Claim(self.number), &self.advance(at));
        for statement in statements.clone() {
            leg.push_statement(self.migration(), self.number, statement);
        }
        leg.push(Mark::Commit(self.number), "COMMIT");
        self.send(&leg)
    }

    /// A transaction of the file's own, recorded at its end: its first statement may have to be its first.
    fn own(&mut self, ends: (usize, usize), inner: Range<usize>, record: Option<usize>) -> Result<(), Stop> {
        let mut leg = Leg::default();
        for statement in std::iter::once(ends.0).chain(inner) {
            leg.push_statement(self.migration(), self.number, statement);
        }
        if let Some(at) = record {
            leg.push(Mark::Claim(self.number), &self.advance(at));
        }
        leg.push_statement(self.migration(), self.number, ends.1);
        self.send(&leg)
    }

    /// A statement without a transaction.
    fn bare(&mut self, statement: usize, at: usize) -> Result<(), Stop> {
        let is_unsure = self.pending[self.number].resume.is_some_and(|row| row.step_running && row.steps_done == at);
        if is_unsure {
            self.check_abandoned(statement, at)?;
        }
        let build = index::build(self.migration().statement(statement));
        if is_unsure && self.has_built(build.as_ref())? {
            self.note("an interrupted run had already built this index".to_owned());
            let advance = self.advance(at);
            return self.ours(&advance);
        }
        self.announce(at, is_unsure)?;
        let mut before = self.invalid_indexes(build.as_ref())?;
        if build.as_ref().is_some_and(index::is_named) || is_unsure {
            self.remove_indexes(&std::mem::take(&mut before))?;
        }
        match self.bare_statement(statement) {
            Err(stop) if is_unsure && says_it_is_done(&stop) => {
                self.note(format!("an interrupted run had already done this: {}", stop.error));
            }
            Err(stop) => return Err(self.after_failure(stop, build.as_ref(), &before)),
            Ok(()) => {}
        }
        let advance = self.advance(at);
        self.ours(&advance)
    }

    /// Says that step `at` is about to run. Of two runners, which only a pooler lets come this far, one is told that the other was first.
    fn announce(&mut self, at: usize, is_unsure: bool) -> Result<(), Stop> {
        let (table, position) = (self.table, self.position());
        let alone = if is_unsure { "" } else { " AND NOT step_running" };
        let sql =
            format!("UPDATE {table} SET step_running = true WHERE position = {position} AND steps_done = {at}{alone} RETURNING position");
        let rows = self.session.rows(&sql).map_err(|error| Stop::new(error, Mark::Claim(self.number)))?;
        if rows.is_empty() { Err(self.is_elsewhere()) } else { Ok(()) }
    }

    /// That whoever announced the step is gone. Through a pooler only its statement shows that a runner lives, and between its
    /// statements there is a moment when nothing does: that is waited for.
    fn check_abandoned(&mut self, statement: usize, at: usize) -> Result<(), Stop> {
        if self.is_running_elsewhere(statement)? {
            return Err(self.is_elsewhere());
        }
        if !self.pooled {
            return Ok(());
        }
        self.session.sleep(MOMENT).map_err(|error| Stop::new(error, Mark::Claim(self.number)))?;
        let (table, position) = (self.table, self.position());
        let sql = format!("SELECT FROM {table} WHERE position = {position} AND steps_done = {at} AND step_running");
        let rows = self.session.rows(&sql).map_err(|error| Stop::new(error, Mark::Claim(self.number)))?;
        if rows.is_empty() || self.is_running_elsewhere(statement)? { Err(self.is_elsewhere()) } else { Ok(()) }
    }

    fn is_elsewhere(&self) -> Stop {
        Stop::new(DbError::Connection("another session is running this very statement".to_owned()), Mark::Claim(self.number))
    }

    /// Leaves nothing behind a statement that the server refused. A connection that is gone leaves it to the next run.
    fn after_failure(&mut self, stop: Stop, build: Option<&index::Build>, before: &[String]) -> Stop {
        if matches!(stop.error, DbError::Connection(_)) {
            return stop;
        }
        let (table, position) = (self.table, self.position());
        let cleaned = self.invalid_indexes(build).and_then(|names| {
            let new: Vec<String> = names.into_iter().filter(|name| !before.contains(name)).collect();
            self.remove_indexes(&new)?;
            self.ours(&format!("UPDATE {table} SET step_running = false WHERE position = {position}"))
        });
        if let Err(other) = cleaned {
            self.note(format!("what the failed statement left could not be removed: {}", other.error));
        }
        stop
    }

    fn invalid_indexes(&mut self, build: Option<&index::Build>) -> Result<Vec<String>, Stop> {
        let Some(build) = build else { return Ok(Vec::new()) };
        index::invalid(self.session, build).map_err(|error| Stop::new(error, Mark::Claim(self.number)))
    }

    /// Whether an interrupted run built an index that the server named: running again would build a second one. Asked before the step is
    /// announced again.
    fn has_built(&mut self, build: Option<&index::Build>) -> Result<bool, Stop> {
        let Some(build) = build else { return Ok(false) };
        let row = (self.table, self.position());
        index::is_built_since_announced(self.session, build, row).map_err(|error| Stop::new(error, Mark::Claim(self.number)))
    }

    fn remove_indexes(&mut self, names: &[String]) -> Result<(), Stop> {
        index::remove(self.session, names).map_err(|error| Stop::new(error, Mark::Claim(self.number)))?;
        if !names.is_empty() {
            self.note(format!("removed the INVALID index {} that a failed attempt left", names.join(", ")));
        }
        Ok(())
    }

    /// Whether the server still runs the statement for a client that is gone, or for another runner behind a pooler.
    fn is_running_elsewhere(&mut self, statement: usize) -> Result<bool, Stop> {
        let text = literal(self.migration().statement(statement));
        let sql = format!(
            "SELECT FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND pid <> pg_catalog.pg_backend_pid() \
             AND datname = pg_catalog.current_database() AND left(query, 500) = left({text}, 500)"
        );
        let rows = self.session.rows(&sql).map_err(|error| Stop::new(error, Mark::Claim(self.number)))?;
        Ok(!rows.is_empty())
    }

    /// Completes the row and leaves a clean session.
    fn finish(&mut self) -> Result<Duration, Stop> {
        self.ours("RESET SESSION AUTHORIZATION")?;
        let rows = self.session.rows(&finish(self.position(), self.table)).map_err(|error| Stop::new(error, Mark::Finish(self.number)))?;
        if rows.is_empty() {
            return Err(Stop::new(DbError::Server(Box::new(moved())), Mark::Claim(self.number)));
        }
        if let Some(unlock) = unlock(self.migration(), self.table) {
            self.ours(&unlock)?;
        }
        self.ours(&CLEAN.join("; "))?;
        let seconds = rows.first().and_then(|row| row.parse::<f64>(0)).unwrap_or_default();
        Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }
}

/// Another runner was faster, in the words with which the server says so of a step.
fn moved() -> ServerError {
    let message = "another runner finished this migration".to_owned();
    ServerError { sqlstate: "23514".to_owned(), message, ..ServerError::default() }
}

/// 25001: must not run in a transaction block; 2D000: a procedure or DO block ends a transaction itself.
fn refuses_transaction(stop: &Stop) -> bool {
    matches!(stop.error.sqlstate(), Some("25001" | "2D000"))
}

/// The codes for "already exists" and "does not exist", of relations, schemas, databases and other objects.
fn says_it_is_done(stop: &Stop) -> bool {
    matches!(stop.error.sqlstate(), Some("42P07" | "42710" | "42P04" | "42P06" | "42704" | "42P01" | "3D000"))
}
