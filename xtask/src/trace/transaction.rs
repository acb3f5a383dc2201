//! A transaction, statement by statement, and what can be said about each from the observations before and behind it.

use super::content;
use super::observe::{Counts, LOCKED, Observation, Relation, Relations};
use super::{Change, Kind, Lock, Mode, Scan, StatementTrace, Wait};
use crate::db::{DbError, Reply, Session};
use crate::migration::Migration;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

/// So many rows read by one look into an index are no look-up of single rows.
const MANY: u64 = 5;

/// What is known of the open transaction behind the last statement.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Which of the file's transactions it is.
    pub number: usize,
    counts: HashMap<u32, Counts>,
    /// Storage and its size.
    nodes: HashMap<u32, (u32, u64)>,
    index_nodes: HashMap<(u32, String), u32>,
    columns: HashMap<u32, BTreeMap<i32, super::observe::Column>>,
    dropped: HashSet<u32>,
    /// Who took which mode.
    modes: HashMap<u32, (Mode, usize)>,
    wal: u64,
}

impl Open {
    /// The state in which a transaction starts: as the catalog has it, nothing held.
    pub fn new(number: usize, before: &Relations, wal: u64) -> Open {
        let mut open = Open { number, wal, ..Open::default() };
        for (oid, relation) in before {
            open.remember(*oid, relation);
        }
        open
    }

    fn remember(&mut self, oid: u32, relation: &Relation) {
        self.nodes.insert(oid, (relation.node, relation.size));
        if let Some(table) = relation.table {
            self.index_nodes.insert((table, relation.name.clone()), relation.node);
        } else {
            self.columns.insert(oid, relation.columns.clone());
        }
    }
}

/// Runs one statement of a file in the open transaction.
pub(super) fn statement(
    session: &mut Session,
    migration: &Migration,
    index: usize,
    open: &mut Open,
    before: &Relations,
    rows: bool,
) -> (StatementTrace, Result<(), DbError>) {
    let mut trace = blank(migration, index, rows);
    trace.transaction = Some(open.number);
    let began = Instant::now();
    let result = send(session, migration, index);
    trace.microseconds = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    match result {
        Err(error) => (trace, Err(error)),
        Ok(seen) => {
            let result = describe(session, &mut trace, &seen, open, before);
            (trace, result)
        }
    }
}

/// A trace that says nothing yet.
pub(super) fn blank(migration: &Migration, index: usize, with_rows: bool) -> StatementTrace {
    StatementTrace {
        index,
        location: migration.location(migration.script.statements[index].span.clone()),
        sql: migration.statement(index).to_owned(),
        transaction: None,
        with_rows,
        microseconds: 0,
        locks: Vec::new(),
        rewritten: Vec::new(),
        rebuilt: Vec::new(),
        scans: Vec::new(),
        changes: Vec::new(),
        lost: Vec::new(),
        waits: Vec::new(),
        wal_bytes: 0,
        failed: None,
        unobserved: None,
    }
}

/// The statement and the question behind it in one message; data of a COPY cannot travel with others.
fn send(session: &mut Session, migration: &Migration, index: usize) -> Result<Observation, DbError> {
    let statement = migration.statement(index);
    let Some(copy) = &migration.script.statements[index].copy else {
        return observe(session, &format!("{statement};\n{LOCKED}"), 1);
    };
    session.copy_in(statement, &migration.text[copy.span.clone()])?;
    observe(session, LOCKED, 0)
}

/// What a message answers behind its first `skip` statements.
pub(super) fn observe(session: &mut Session, sql: &str, skip: usize) -> Result<Observation, DbError> {
    let (mut seen, mut done) = (Observation::default(), 0);
    session.run(sql, &mut |reply| match reply {
        Reply::Row(row) if done >= skip => seen.take(&row),
        Reply::Done(_) => done += 1,
        _ => {}
    })?;
    Ok(seen)
}

fn describe(
    session: &mut Session,
    trace: &mut StatementTrace,
    seen: &Observation,
    open: &mut Open,
    before: &Relations,
) -> Result<(), DbError> {
    trace.wal_bytes = seen.wal.saturating_sub(open.wal);
    locks(trace, seen, open, before);
    let dropped = dropped(seen, open, before);
    let emptied = storage(trace, seen, open, before);
    reads(trace, seen, open, before);
    // The indexes of an emptied table are built anew from nothing.
    let is_emptied = |it: &Scan| emptied.iter().any(|oid| before.get(oid).is_some_and(|relation| relation.name == it.relation));
    trace.scans.iter_mut().filter(|it| is_emptied(it)).for_each(|it| it.whole = false);
    let asked =
        content::losses(session, trace, &content::Changed { dropped: &dropped, emptied: &emptied, seen, columns: &open.columns, before })?;
    for (oid, (_, now)) in &seen.locked {
        if let Some(now) = now {
            open.remember(*oid, now);
            open.counts.insert(*oid, now.counts);
        }
    }
    open.wal = seen.wal;
    if asked {
        // Asking for what a table holds counted as reading it.
        let again = observe(session, LOCKED, 0)?;
        open.counts.extend(again.locked.iter().filter_map(|(oid, (_, now))| Some((*oid, now.as_ref()?.counts))));
    }
    trace.waits = waits(trace, before);
    Ok(())
}

fn locks(trace: &mut StatementTrace, seen: &Observation, open: &mut Open, before: &Relations) {
    for (oid, (mode, _)) in &seen.locked {
        let Some(relation) = before.get(oid) else { continue };
        let taken = open.modes.entry(*oid).or_insert((*mode, trace.index));
        // Weaker than before where a savepoint gave the stronger one back.
        if *mode != taken.0 {
            *taken = (*mode, trace.index);
        }
        trace.locks.push(lock(relation, taken.0, taken.1, before));
    }
    trace.locks.sort_by(|a, b| a.relation.cmp(&b.relation));
}

/// A lock in words.
pub(super) fn lock(relation: &Relation, mode: Mode, taken_by: usize, before: &Relations) -> Lock {
    let table = relation.table.and_then(|it| before.get(&it)).map(|it| it.name.clone());
    Lock { relation: relation.name.clone(), table, kind: kind(relation), mode, taken_by }
}

fn kind(relation: &Relation) -> Kind {
    match relation.kind {
        'i' | 'I' => Kind::Index,
        'm' => Kind::MaterializedView,
        'v' => Kind::View,
        _ => Kind::Table,
    }
}

/// Existing relations that are gone since this statement.
fn dropped(seen: &Observation, open: &mut Open, before: &Relations) -> Vec<u32> {
    let gone = seen.locked.iter().filter(|(oid, (_, now))| now.is_none() && before.contains_key(oid)).map(|(oid, _)| *oid);
    gone.filter(|oid| open.dropped.insert(*oid)).collect()
}

/// Tables and indexes with new storage; gives the tables that lost all rows by it.
fn storage(trace: &mut StatementTrace, seen: &Observation, open: &Open, before: &Relations) -> Vec<u32> {
    let mut emptied = Vec::new();
    for (oid, (_, now)) in &seen.locked {
        let Some(now) = now else { continue };
        let old = open.nodes.get(oid).copied();
        if let (Some(table), true) = (now.table, now.is_index()) {
            let old = open.index_nodes.get(&(table, now.name.clone())).copied();
            if before.contains_key(&table) && now.node != 0 && old.is_some_and(|it| it != now.node) {
                trace.rebuilt.push(now.name.clone());
            }
        } else if let (true, Some((_, old_size))) = (before.contains_key(oid), old.filter(|(node, _)| *node != now.node)) {
            if now.size == 0 && old_size > 0 && now.kind == 'r' { emptied.push(*oid) } else { trace.rewritten.push(now.name.clone()) }
        }
    }
    // What was emptied got new indexes with it, which are no work.
    let emptied_table = |name: &String| {
        let index = seen.locked.values().filter_map(|(_, now)| now.as_ref()).find(|it| it.is_index() && it.name == *name);
        index.and_then(|it| it.table).is_some_and(|table| emptied.contains(&table))
    };
    trace.rebuilt.retain(|name| !emptied_table(name));
    trace.rebuilt.sort();
    trace.rewritten.sort();
    emptied
}

fn reads(trace: &mut StatementTrace, seen: &Observation, open: &Open, before: &Relations) {
    let counts = seen.locked.iter().filter_map(|(oid, (_, now))| Some((*oid, now.as_ref()?.counts)));
    let since = counts.map(|(oid, now)| (oid, now.since(open.counts.get(&oid).copied().unwrap_or_default())));
    (trace.scans, trace.changes) = counted(since, before, trace.with_rows);
}

/// Counters of relations as reads and changes of tables.
pub(super) fn counted(counts: impl Iterator<Item = (u32, Counts)>, before: &Relations, rows: bool) -> (Vec<Scan>, Vec<Change>) {
    let mut scans: BTreeMap<String, Scan> = BTreeMap::new();
    let mut changes = Vec::new();
    for (oid, count) in counts {
        let Some(relation) = before.get(&oid) else { continue };
        if count.scans > 0 {
            let name = relation.table.and_then(|it| before.get(&it)).map_or(&relation.name, |it| &it.name);
            let scan = scans.entry(name.clone()).or_insert_with(|| Scan { relation: name.clone(), times: 0, whole: false });
            scan.times += count.scans;
            // Without rows nothing tells a look-up from a scan, and the planner's choice says little.
            scan.whole |= !relation.is_index() || !rows || count.returned / count.scans >= MANY;
        }
        if relation.kind == 'r' && count.updated + count.deleted > 0 {
            changes.push(Change { relation: relation.name.clone(), updated: count.updated, deleted: count.deleted, all: false });
        }
    }
    changes.sort_by(|a, b| a.relation.cmp(&b.relation));
    (scans.into_values().collect(), changes)
}

/// What other sessions would wait with, by table: an index that is locked keeps every plan from its table, and a partition from the table that
/// it is a part of.
pub(super) fn waits(trace: &StatementTrace, before: &Relations) -> Vec<Wait> {
    let mut waits: BTreeMap<String, Wait> = BTreeMap::new();
    let named = |name: &str| before.values().find(|it| it.name == name && !it.is_index());
    for lock in &trace.locks {
        let (reads, writes) = (lock.mode.blocks_reads(), lock.mode.blocks_writes());
        let mut relation = named(lock.table.as_ref().unwrap_or(&lock.relation)).filter(|_| reads || (writes && lock.kind == Kind::Table));
        while let Some(it) = relation {
            let takes_rows = matches!(it.kind, 'r' | 'p' | 'f');
            wait(&mut waits, &it.name, (reads, writes && takes_rows, writes && takes_rows));
            relation = it.parent.and_then(|parent| before.get(&parent));
        }
    }
    for change in trace.changes.iter().filter(|it| it.all && trace.transaction.is_some()) {
        wait(&mut waits, &change.relation, (false, false, true));
    }
    waits.into_values().collect()
}

fn wait(waits: &mut BTreeMap<String, Wait>, relation: &str, (select, insert, update): (bool, bool, bool)) {
    let blank = || Wait { relation: relation.to_owned(), select: false, insert: false, update: false };
    let wait = waits.entry(relation.to_owned()).or_insert_with(blank);
    *wait = Wait { select: wait.select || select, insert: wait.insert || insert, update: wait.update || update, ..wait.clone() };
}
