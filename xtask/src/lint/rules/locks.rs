//! Rules about locks: held while work is done, held briefly, waited for without end.

use super::super::case::{Case, Finding};
use super::super::effects::effects;
use super::super::rule::{Check, Rule};
use super::super::schema::Id;
use super::super::world::Mode;
use crate::diagnostic::{Hazard as H, Level};

/// Work behind a lock in the same transaction.
pub static WORK_UNDER_LOCK: Rule = Rule {
    id: "work-under-lock",
    title: "Work while a lock is held",
    level: Level::Error,
    hazards: &[H::BlocksLong],
    condition: "a statement reads a table from end to end while the transaction still holds a lock that keeps others from writing or reading",
    effect: "the lock of a moment lasts as long as the work behind it",
    cure: "put the work into a migration before, or the statement that locks into one behind",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY, age int);\n-- then\nALTER TABLE account ADD CONSTRAINT age_fits CHECK (age > 0) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT age_fits;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY, age int);\nALTER TABLE account ADD CONSTRAINT age_fits CHECK (age > 0) NOT VALID;\n-- then\nALTER TABLE account VALIDATE CONSTRAINT age_fits;",
    check: Check::Statement(work_under_lock),
};

/// No `lock_timeout`.
pub static NO_LOCK_TIMEOUT: Rule = Rule {
    id: "no-lock-timeout",
    title: "A lock that is waited for without end",
    level: Level::Warning,
    hazards: &[],
    condition: "a statement needs a strong lock on a table in use, and no lock_timeout is in force",
    effect: "while it waits behind one long query, everyone else waits behind it",
    cure: "set `lock_timeout` in xtask.toml, or write `-- xtask: lock-timeout = 2s` at the top",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nALTER TABLE account ADD COLUMN region text;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\n-- xtask: lock-timeout = 2s\nALTER TABLE account ADD COLUMN region text;",
    check: Check::Statement(no_lock_timeout),
};

/// A lock of a moment.
pub static BRIEF_LOCK: Rule = Rule {
    id: "brief-lock",
    title: "A strong lock for a moment",
    level: Level::Info,
    hazards: &[],
    condition: "a statement takes a lock on a table in use that keeps others from writing or reading, and does no long work under it",
    effect: "it has to wait for every query on the table, and new ones wait behind it; with a lock_timeout it gives up and is tried again",
    cure: "nothing, as long as a lock_timeout is in force and no long query runs on the table",
    bad: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nALTER TABLE account ADD COLUMN region text;",
    good: "CREATE TABLE account (id bigint PRIMARY KEY);\n-- then\nCOMMENT ON TABLE account IS 'one row a customer';",
    check: Check::Statement(brief_lock),
};

fn work_under_lock(case: &Case<'_>) -> Vec<Finding> {
    let held = case.world.locks.iter().rev().find(|(id, mode)| mode.blocks_writes() && has_rows(case, *id));
    let Some((locked, mode)) = held.filter(|_| case.transaction) else { return Vec::new() };
    let reads = effects(case.act, case.world).reads;
    let Some(read) = reads.iter().find(|id| has_rows(case, **id)) else { return Vec::new() };
    vec![case.finding(format!(
        "`{}` is read from end to end while {} on `{}` is held",
        shown(case, *read),
        mode.word(),
        shown(case, *locked)
    ))]
}

fn has_rows(case: &Case<'_>, id: Id) -> bool {
    case.world.schema.get(id).is_some_and(|it| !it.here && it.has_rows())
}

fn shown(case: &Case<'_>, id: Id) -> String {
    case.world.schema.get(id).map(super::super::schema::Relation::shown).unwrap_or_default()
}

/// The strongest lock that blocks others, and on what.
fn strong_lock(case: &Case<'_>) -> Option<(Id, Mode)> {
    let locks = effects(case.act, case.world).locks.into_iter();
    locks.filter(|(id, mode)| mode.blocks_writes() && has_rows(case, *id)).max_by_key(|(_, mode)| *mode)
}

fn no_lock_timeout(case: &Case<'_>) -> Vec<Finding> {
    if case.world.limits_locks {
        return Vec::new();
    }
    strong_lock(case)
        .map(|(id, mode)| case.finding(format!("{} on `{}` is waited for without end", mode.word(), shown(case, id))))
        .into_iter()
        .collect()
}

fn brief_lock(case: &Case<'_>) -> Vec<Finding> {
    let Some((id, mode)) = strong_lock(case) else { return Vec::new() };
    let whom = if mode == Mode::AccessExclusive { "readers and writers" } else { "writers" };
    vec![case.finding(format!("{} on `{}` keeps out {whom} for a moment", mode.word(), shown(case, id)))]
}
