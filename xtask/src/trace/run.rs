//! The judged migrations, run as the runner would run them, with a look at the server between two statements.

use super::bare;
use super::fill;
use super::observe::{RELATIONS, Relations, WAL, relations};
use super::transaction::{Open, blank, observe, statement};
use super::{Broken, Failed, FileTrace, StatementTrace, Trace};
use crate::db::history::Table;
use crate::db::{DbError, Session, Url, connect};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::steps::MayRunBare;
use crate::migration::{Migration, MigrationSet, Run, Step, StepKind};
use crate::runner::Limits;
use crate::runner::parts;
use crate::scratch::{Database, Server};
use std::collections::BTreeSet;
use std::ops::Range;

/// Traces the migrations of `set` with these indexes, which are in order. Those before the first are applied, from a template where one has
/// them; those between two of them run along.
///
/// # Errors
/// A migration before the first judged one does not apply, or the scratch server does not serve.
pub fn trace(server: &Server, set: &MigrationSet, judged: &[usize], limits: Limits) -> Result<Trace, Failure> {
    let mut trace = Trace { server_version: server.version, ..Trace::default() };
    let (Some(&first), Some(&last)) = (judged.first(), judged.last()) else { return Ok(trace) };
    let migrations = &set.migrations[first..=last];
    let filled = fill::filled(server, set, first)?;
    trace.unfilled = fill::unfilled(&filled)?;
    let mut files = Tracer::open(&filled, limits, true, server.version)?.files(migrations)?;
    if files.iter().any(FileTrace::failed) {
        let empty = server.migrated(set, first, &mut |_| {})?;
        let without = Tracer::open(&empty, limits, false, server.version)?.files(migrations)?;
        files = combine(files, without);
    }
    let names: BTreeSet<&str> = judged.iter().map(|it| set.migrations[*it].name.stem.as_str()).collect();
    trace.files = files.into_iter().filter(|it| names.contains(it.migration.as_str())).collect();
    if server.version < 150_000 {
        trace.unobserved.push(
            "PostgreSQL before 15 cannot be told to publish its counters at once: what statements outside of a transaction read was not seen"
                .to_owned(),
        );
    }
    Ok(trace)
}

impl FileTrace {
    fn failed(&self) -> bool {
        self.statements.iter().any(|it| it.failed.is_some())
    }
}

/// What was seen with rows, and where those stopped a migration, without.
fn combine(with: Vec<FileTrace>, without: Vec<FileTrace>) -> Vec<FileTrace> {
    let mut with = with.into_iter();
    without
        .into_iter()
        .map(|empty| match with.next() {
            Some(filled) if !filled.failed() => filled,
            Some(filled) => joined(filled, empty),
            None => empty,
        })
        .collect()
}

fn joined(filled: FileTrace, mut empty: FileTrace) -> FileTrace {
    let at = filled.statements.len() - 1;
    let failed = filled.statements[at].failed.clone();
    if empty.failed() && empty.statements.len() <= at + 1 {
        return filled;
    }
    let later = empty.statements.split_off(at.min(empty.statements.len()));
    empty.statements = filled.statements.into_iter().take(at).chain(later).collect();
    match failed {
        // A row that the migration brings met one that was made up.
        Some(failed) if failed.sqlstate == "23505" && failed.message.starts_with("duplicate key") => {
            if let Some(statement) = empty.statements.get_mut(at) {
                statement.unobserved = Some("its rows collide with those that were made up; it ran again without them".to_owned());
            }
        }
        failed => empty.failed_on_rows = failed,
    }
    empty
}

/// Why a file went no further.
enum Stop {
    /// It failed, and its trace says so.
    Failed,
    /// The server is gone.
    Lost(DbError),
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Stop {
        Stop::Lost(error)
    }
}

/// One pass over the migrations on one database.
struct Tracer<'a> {
    session: Session,
    url: Url,
    pid: i32,
    limits: Limits,
    rows: bool,
    version: u32,
    before: Relations,
    /// What was there before the first judged migration: who deploys them together has no rows in what they make.
    known: Option<BTreeSet<u32>>,
    file: FileTrace,
    n_transactions: usize,
    database: &'a Database,
}

impl<'a> Tracer<'a> {
    fn open(database: &'a Database, limits: Limits, rows: bool, version: u32) -> Result<Tracer<'a>, Failure> {
        let url = url(database, rows);
        let mut session = connect(&url).map_err(|error| lost(&format!("{error:#}")))?;
        let pid = session.rows("SELECT pg_catalog.pg_backend_pid()").map_err(|error| lost(&error.to_string()))?;
        let pid = pid.first().and_then(|row| row.parse(0)).unwrap_or_default();
        let (before, file) = (Relations::new(), FileTrace::default());
        Ok(Tracer { session, url, pid, limits, rows, version, before, known: None, file, n_transactions: 0, database })
    }

    /// Traces one migration after the other, up to the first that fails.
    fn files(mut self, migrations: &[Migration]) -> Result<Vec<FileTrace>, Failure> {
        let mut files = Vec::new();
        for migration in migrations {
            let result = self.one(migration);
            files.push(std::mem::take(&mut self.file));
            match result {
                Ok(()) => {}
                Err(Stop::Failed) => break,
                Err(Stop::Lost(error)) => return Err(lost(&error.to_string())),
            }
            if migration.alters_defaults() {
                let database = self.database;
                self = Tracer { known: self.known, ..Tracer::open(database, self.limits, self.rows, self.version)? };
            }
        }
        self.session.close();
        Ok(files)
    }

    fn one(&mut self, migration: &Migration) -> Result<(), Stop> {
        let whole = matches!(migration.run, Run::Whole { .. });
        let (name, file) = (migration.name.stem.clone(), migration.file.clone());
        self.file = FileTrace { migration: name, file, whole, ..FileTrace::default() };
        self.n_transactions = 0;
        self.before = self.relations()?;
        let at_start = self.before.clone();
        match &migration.run {
            Run::Whole { statements, begin } => {
                let begin = begin.map_or("BEGIN", |it| migration.statement(it));
                let settings = parts::limits(migration, self.limits).map(|(name, value)| format!("; SET LOCAL {name} = {value}"));
                let begin = format!("{begin}{}", settings.collect::<String>());
                self.transaction(migration, &begin, statements.clone(), "COMMIT")?;
            }
            Run::Journalled(steps) => {
                let settings: Vec<String> =
                    parts::limits(migration, self.limits).map(|(name, value)| format!("SET {name} = {value}")).collect();
                self.session.execute(&settings.join("; "))?;
                steps.iter().try_for_each(|step| self.step(migration, step))?;
            }
        }
        self.end(migration, &at_start)
    }

    fn step(&mut self, migration: &Migration, step: &Step) -> Result<(), Stop> {
        let (first, last) = (step.statements.start, step.statements.end - 1);
        match step.kind {
            StepKind::Bare => self.bare(migration, first),
            StepKind::Wrapped(may) => {
                let result = self.transaction(migration, "BEGIN", step.statements.clone(), "COMMIT");
                if matches!(result, Err(Stop::Failed)) && may == MayRunBare::Yes && self.refuses_transaction() {
                    self.file.statements.pop();
                    return self.bare(migration, first);
                }
                result
            }
            StepKind::Own | StepKind::RolledBack => {
                self.transaction(migration, migration.statement(first), first + 1..last, migration.statement(last))
            }
        }
    }

    /// The codes with which the server refuses a statement in a transaction.
    fn refuses_transaction(&self) -> bool {
        let failed = self.file.statements.last().and_then(|it| it.failed.as_ref());
        failed.is_some_and(|it| matches!(it.sqlstate.as_str(), "25001" | "2D000"))
    }

    fn transaction(&mut self, migration: &Migration, begin: &str, statements: Range<usize>, end: &str) -> Result<(), Stop> {
        let number = self.n_transactions;
        self.n_transactions += 1;
        let start = observe(&mut self.session, &format!("{begin}; {WAL}"), 0)?;
        let mut open = Open::new(number, &self.before, start.wal);
        let last = statements.end;
        for index in statements {
            let (trace, result) = statement(&mut self.session, migration, index, &mut open, &self.before, self.rows);
            self.file.statements.push(trace);
            if let Err(error) = result {
                return self.fails(migration, index, error);
            }
        }
        if let Err(error) = self.session.execute(end) {
            return self.fails(migration, last.saturating_sub(1), error);
        }
        if !self.file.whole {
            self.before = self.relations()?;
        }
        Ok(())
    }

    fn bare(&mut self, migration: &Migration, index: usize) -> Result<(), Stop> {
        if let Some(why) = bare::reaches_out(migration.statement(index)) {
            self.file.statements.push(StatementTrace { unobserved: Some(why.to_owned()), ..blank(migration, index, self.rows) });
            return Ok(());
        }
        let on = bare::On { url: &self.url, pid: self.pid, version: self.version, before: &self.before };
        let (trace, result) = bare::statement(&mut self.session, migration, index, &on, self.rows);
        self.file.statements.push(trace);
        match result {
            Ok(after) => self.before = after,
            Err(error) => return self.fails(migration, index, error),
        }
        Ok(())
    }

    /// Notes why the last statement failed.
    fn fails(&mut self, migration: &Migration, index: usize, error: DbError) -> Result<(), Stop> {
        let DbError::Server(server) = error else { return Err(Stop::Lost(error)) };
        self.session.execute("ROLLBACK").ok();
        let offset = server.position.map(|it| crate::sql::lines::byte_of_character(migration.statement(index), it));
        let failed = Failed {
            statement: index,
            place: migration.location(parts::place(migration, index, offset, &server.message)),
            hint: parts::hint(&server.sqlstate, Some(migration)).or(server.hint.clone()),
            notes: [&server.detail, &server.context].into_iter().flatten().cloned().collect(),
            sqlstate: server.sqlstate.clone(),
            message: server.message.clone(),
        };
        if let Some(trace) = self.file.statements.last_mut() {
            trace.failed = Some(failed);
        }
        Err(Stop::Failed)
    }

    /// What the whole file left behind, and a clean session for the next one.
    fn end(&mut self, migration: &Migration, at_start: &Relations) -> Result<(), Stop> {
        // A name that something new bears is found by old programs too.
        let after = self.all_relations()?;
        self.file.broken = broken(at_start, &after, &self.file.statements);
        let rows = self.session.rows(LEFT)?;
        let limits = ["lock_timeout", "statement_timeout"];
        let settings = rows.iter().map(|row| row.text(0)).filter(|it| self.file.whole || !limits.contains(&it.as_str()));
        self.file.leaks = settings.collect();
        if let Some(unlock) = parts::unlock(migration, &Table::default()) {
            self.session.execute(&unlock)?;
        }
        self.session.execute(&parts::CLEAN.join("; "))?;
        Ok(())
    }

    /// The relations that were there before the first judged migration, as they are now.
    fn relations(&mut self) -> Result<Relations, DbError> {
        let mut found = self.all_relations()?;
        let known = self.known.get_or_insert_with(|| found.keys().copied().collect());
        found.retain(|oid, it| known.contains(oid) || it.table.is_some_and(|table| known.contains(&table)));
        Ok(found)
    }

    fn all_relations(&mut self) -> Result<Relations, DbError> {
        if self.version >= 150_000 {
            self.session.execute("SELECT pg_catalog.pg_stat_force_next_flush()")?;
        }
        Ok(relations(&self.session.rows(RELATIONS)?))
    }
}

/// The settings that a file left, and the role.
const LEFT: &str = "SELECT name FROM pg_catalog.pg_settings WHERE source = 'session' AND setting IS DISTINCT FROM reset_val \
    UNION ALL SELECT 'role' WHERE current_user <> session_user ORDER BY 1";

/// Plans that do not depend on how few rows there are: nothing in parallel, and where an index serves, it is taken.
fn url(database: &Database, rows: bool) -> Url {
    let mut url = database.url.clone();
    let given = url.get("options").unwrap_or_default().to_owned();
    let seqscan = if rows { " -c enable_seqscan=off" } else { "" };
    let options = format!("{given} -c max_parallel_maintenance_workers=0 -c max_parallel_workers_per_gather=0 -c jit=off{seqscan}");
    url.set("options", options.trim()).expect("`options` is a keyword");
    url
}

fn lost(message: &str) -> Failure {
    let diagnostic = Diagnostic::error("scratch-failed", format!("the scratch server was lost while a migration was traced: {message}"))
        .hint("see the server's log for more, or name another server with `[scratch] url` in xtask.toml");
    Failure::new(Exit::NoServer, diagnostic)
}

/// Names that old programs know and that do not lead anywhere any more, grants that are gone.
fn broken(before: &Relations, after: &Relations, statements: &[StatementTrace]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for old in before.values().filter(|it| !it.is_index()) {
        let taker = statements.iter().find(|it| it.locks.iter().any(|lock| lock.relation == old.name && lock.mode.blocks_reads()));
        let mut add = |what: String| broken.push(Broken { statement: taker.map_or(0, |it| it.index), what });
        let Some(new) = after.values().find(|it| it.name == old.name && !it.is_index()) else {
            add(format!("`{}` is not there any more", old.name));
            continue;
        };
        for column in old.columns.values() {
            if !new.columns.values().any(|it| it.name == column.name) {
                add(format!("`{}` has no column `{}` any more", old.name, column.name));
            }
        }
        if let Some(role) = lost_grant(&old.grants, &new.grants) {
            add(format!("{role} lost rights on `{}`", old.name));
        }
    }
    broken.sort_by(|a, b| (a.statement, &a.what).cmp(&(b.statement, &b.what)));
    broken
}

/// The first role of an access list such as `app=ar/owner` that has fewer rights in a later one. The owner's own are not looked at.
fn lost_grant(before: &[String], after: &[String]) -> Option<String> {
    let parts = |item: &str| {
        let (role, rest) = item.split_once('=')?;
        let (rights, owner) = rest.split_once('/')?;
        (role != owner).then(|| (role.to_owned(), rights.to_owned()))
    };
    let after: Vec<(String, String)> = after.iter().filter_map(|it| parts(it)).collect();
    let kept = |role: &str, right: char| after.iter().any(|(it, rights)| it == role && rights.contains(right));
    let lost = before.iter().filter_map(|it| parts(it)).find(|(role, rights)| rights.chars().any(|it| it != '*' && !kept(role, it)));
    lost.map(|(role, _)| if role.is_empty() { "everyone".to_owned() } else { format!("`{role}`") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_that_are_gone() {
        let check = |before: &[&str], after: &[&str], expected: Option<&str>| {
            let list = |items: &[&str]| items.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
            assert_eq!(lost_grant(&list(before), &list(after)).as_deref(), expected, "{before:?} to {after:?}");
        };
        check(&["app=ar/me"], &["app=arw/me"], None);
        check(&["app=ar/me"], &["app=r/me"], Some("`app`"));
        check(&["=r/me"], &[], Some("everyone"));
        check(&["me=arwd/me"], &[], None);
    }
}
