//! A statement outside of a transaction: its locks are gone when it ends, so they are watched while it runs.
//!
//! So that no lock is too short to be seen, the watcher first holds locks that neither readers nor writers mind. Whatever the statement takes
//! that is stronger has to wait for them, is seen waiting, and then let through.

use super::observe::{Counts, RELATIONS, Relation, Relations, WAL, relations};
use super::transaction::{blank, counted, lock, observe, waits};
use super::{Mode, StatementTrace};
use crate::db::{DbError, Row, Session, Url, connect};
use crate::migration::Migration;
use crate::sql::{TokenKind, tokens};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

/// Where a statement runs.
pub(super) struct On<'a> {
    pub url: &'a Url,
    pub pid: i32,
    pub version: u32,
    pub before: &'a Relations,
}

/// So many tables are watched at most: every one costs the watcher two locks.
const WATCHED: usize = 500;

/// How long the watcher stands in the way at most, should the statement wait for something else.
const IN_THE_WAY: Duration = Duration::from_millis(500);

/// Why a statement is not run at all: what it does would stay on the server.
pub(super) fn reaches_out(statement: &str) -> Option<&'static str> {
    let words: Vec<String> =
        tokens(statement, 0).filter(|it| it.kind == TokenKind::Word).take(2).map(|it| statement[it.span].to_ascii_uppercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["CREATE" | "DROP" | "ALTER", "DATABASE" | "TABLESPACE"] | ["ALTER", "SYSTEM"] | ["CREATE" | "DROP" | "ALTER", "SUBSCRIPTION"] => {
            Some("not run: what it does is not confined to a scratch database")
        }
        _ => None,
    }
}

/// Runs a statement without a transaction; gives the relations behind it.
pub(super) fn statement(
    session: &mut Session,
    migration: &Migration,
    index: usize,
    on: &On<'_>,
    rows: bool,
) -> (StatementTrace, Result<Relations, DbError>) {
    let mut trace = blank(migration, index, rows);
    let result = run(session, &mut trace, on);
    if on.version < 150_000 {
        trace.unobserved.get_or_insert_with(|| "what it read: PostgreSQL before 15 does not publish its counters at once".to_owned());
    }
    (trace, result)
}

fn run(session: &mut Session, trace: &mut StatementTrace, on: &On<'_>) -> Result<Relations, DbError> {
    let start = observe(session, WAL, 0)?;
    let targets = targets(&trace.sql, on.before);
    let (result, seen) = watched(session, trace, on, &targets);
    let locks = seen.iter().filter_map(|(oid, mode)| Some((oid, on.before.get(oid)?, *mode)));
    trace.locks = locks.map(|(_, relation, mode)| lock(relation, mode, trace.index, on.before)).collect();
    result?;
    trace.wal_bytes = observe(session, WAL, 0)?.wal.saturating_sub(start.wal);
    if on.version >= 150_000 {
        session.execute("SELECT pg_catalog.pg_stat_force_next_flush()")?;
    }
    let after = relations(&session.rows(RELATIONS)?);
    compare(trace, on.before, &after);
    // An index that goes concurrently is locked only once no plan can hold it any more.
    trace.locks.retain(|lock| lock.table.is_none() || after.values().any(|it| it.name == lock.relation));
    trace.waits = waits(trace, on.before);
    Ok(after)
}

fn compare(trace: &mut StatementTrace, before: &Relations, after: &Relations) {
    let since = |(oid, now): (&u32, &Relation)| (*oid, now.counts.since(before.get(oid).map_or(Counts::default(), |it| it.counts)));
    (trace.scans, trace.changes) = counted(after.iter().map(since), before, trace.with_rows);
    let old_index = |now: &Relation| before.values().find(|it| it.is_index() && it.table == now.table && it.name == now.name);
    for (oid, now) in after {
        if now.is_index() {
            if now.node != 0 && old_index(now).is_some_and(|it| it.node != now.node) {
                trace.rebuilt.push(now.name.clone());
            }
        } else if before.get(oid).is_some_and(|it| it.node != now.node) {
            trace.rewritten.push(now.name.clone());
        }
    }
    trace.rebuilt.sort();
    trace.rewritten.sort();
}

/// The tables that a statement may lock: those that it names, by themselves or by an index, and what belongs to the same partitioned table; all
/// where it names none.
fn targets(sql: &str, before: &Relations) -> Vec<u32> {
    let words: BTreeSet<String> =
        tokens(sql, 0).filter(|it| it.kind != TokenKind::Blank).map(|it| sql[it.span].trim_matches('"').to_lowercase()).collect();
    let named = |relation: &Relation| words.contains(&relation.name.rsplit('.').next().unwrap_or_default().to_lowercase());
    let mut found: BTreeSet<u32> = before.iter().filter(|(_, it)| named(it)).map(|(oid, it)| it.table.unwrap_or(*oid)).collect();
    if found.is_empty() {
        found = before.iter().filter(|(_, it)| !it.is_index()).map(|(oid, _)| *oid).collect();
    }
    loop {
        let up = found.iter().filter_map(|oid| before.get(oid)?.parent);
        let down = before.iter().filter(|(_, it)| it.parent.is_some_and(|parent| found.contains(&parent))).map(|(oid, _)| *oid);
        let more: Vec<u32> = up.chain(down).filter(|it| !found.contains(it)).collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    found.into_iter().filter(|oid| matches!(before.get(oid).map(|it| it.kind), Some('r' | 'p'))).collect()
}

type Seen = BTreeMap<u32, Mode>;

/// Runs the statement while another session watches it.
fn watched(session: &mut Session, trace: &mut StatementTrace, on: &On<'_>, targets: &[u32]) -> (Result<(), DbError>, Seen) {
    if targets.len() > WATCHED {
        trace.unobserved = Some(format!("its locks: it may touch {} tables, of which at most {WATCHED} are watched", targets.len()));
        let began = Instant::now();
        let result = session.execute(&trace.sql);
        trace.microseconds = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        return (result, Seen::new());
    }
    let done = AtomicBool::new(false);
    let (ready, started) = channel();
    let (result, seen) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(on, targets, &done, &ready));
        // A watcher that cannot connect says nothing, and drops its end.
        started.recv_timeout(Duration::from_secs(5)).ok();
        let began = Instant::now();
        let result = session.execute(&trace.sql);
        trace.microseconds = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        done.store(true, Ordering::Release);
        (result, watcher.join().ok().and_then(Result::ok))
    });
    if seen.is_none() {
        trace.unobserved = Some("its locks: a second session could not watch it".to_owned());
    }
    (result, seen.unwrap_or_default())
}

/// Watches process `on.pid` until `done`.
fn watch(on: &On<'_>, targets: &[u32], done: &AtomicBool, ready: &Sender<()>) -> Result<Seen, DbError> {
    let mut session = connect(on.url).map_err(|error| DbError::Connection(error.to_string()))?;
    let mut way = Way::Both;
    session.execute(&obstacles(on.before, targets))?;
    ready.send(()).ok();
    let (began, mut seen) = (Instant::now(), Seen::new());
    let question = format!(
        "SELECT relation, mode, granted, locktype FROM pg_catalog.pg_locks WHERE pid = {} AND (locktype = 'relation' AND relation >= 16384 OR NOT granted)",
        on.pid
    );
    while !done.load(Ordering::Acquire) {
        let rows = session.rows(&question)?;
        for row in &rows {
            note(&mut seen, row, on.before);
        }
        let waits = rows.iter().any(|row| row.get(2) == Some("f"));
        if waits || began.elapsed() > IN_THE_WAY {
            way = way.next(&mut session)?;
        } else {
            std::thread::sleep(Duration::from_micros(300));
        }
    }
    if way != Way::Free {
        session.execute("ROLLBACK")?;
    }
    session.close();
    Ok(seen)
}

fn note(seen: &mut Seen, row: &Row, before: &Relations) {
    if let (Some("relation"), Some(oid), Some(mode)) = (row.get(3), row.parse::<u32>(0), Mode::parse(&row.text(1)))
        && before.contains_key(&oid)
    {
        let strongest = seen.entry(oid).or_insert(mode);
        *strongest = mode.max(*strongest);
    }
}

/// What the watcher still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A lock against other changes of the schema, and one against exclusive ones.
    Both,
    /// The latter.
    Readers,
    /// Nothing.
    Free,
}

impl Way {
    /// Lets the statement one lock further.
    fn next(self, session: &mut Session) -> Result<Way, DbError> {
        match self {
            Way::Both => session.execute("ROLLBACK TO SAVEPOINT xtask_watch").map(|()| Way::Readers),
            Way::Readers => session.execute("ROLLBACK").map(|()| Way::Free),
            Way::Free => {
                std::thread::sleep(Duration::from_millis(1));
                Ok(Way::Free)
            }
        }
    }
}

/// The locks that stand in the way of stronger ones, as statements.
fn obstacles(before: &Relations, targets: &[u32]) -> String {
    let lock = |kinds: &[char], mode: &str| {
        let tables = targets.iter().filter_map(|oid| before.get(oid)).filter(|it| kinds.contains(&it.kind));
        let names: Vec<String> = tables.map(|it| format!("ONLY {}", it.sql)).collect();
        if names.is_empty() { String::new() } else { format!("LOCK TABLE {} IN {mode} MODE; ", names.join(", ")) }
    };
    // DETACH CONCURRENTLY waits for all who hold anything on the partitioned table, and only then locks the partition.
    let (readers, changes) = (lock(&['r'], "ACCESS SHARE"), lock(&['r', 'p'], "SHARE UPDATE EXCLUSIVE"));
    format!("BEGIN; {readers}SAVEPOINT xtask_watch; {changes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_on_the_server_is_not_run() {
        let check = |sql: &str, expected: bool| assert_eq!(reaches_out(sql).is_some(), expected, "of {sql}");
        check("CREATE DATABASE d", true);
        check("alter system set work_mem = '8MB'", true);
        check("CREATE INDEX CONCURRENTLY i ON database (a)", false);
        check("VACUUM t", false);
    }
}
