//! Data that is gone: rows, columns, values that were told apart before.

use super::StatementTrace;
use super::observe::{Column, Observation, Relations};
use crate::db::{DbError, Session};
use std::collections::{BTreeMap, HashMap};

/// What a statement did to relations, as far as data may have gone with it.
pub(super) struct Changed<'a> {
    pub dropped: &'a [u32],
    pub emptied: &'a [u32],
    pub seen: &'a Observation,
    /// The columns before the statement.
    pub columns: &'a HashMap<u32, BTreeMap<i32, Column>>,
    pub before: &'a Relations,
}

/// Adds to `trace` what was lost and which tables were changed in every row; whether tables were asked for it.
pub(super) fn losses(session: &mut Session, trace: &mut StatementTrace, changed: &Changed<'_>) -> Result<bool, DbError> {
    let before = changed.before;
    let had_rows = |oid: &&u32| before.get(oid).is_some_and(super::observe::Relation::has_rows);
    let table = |oid: &u32| (before[oid].kind == 'r').then(|| before[oid].name.clone());
    trace.lost.extend(changed.dropped.iter().filter(had_rows).filter_map(table).map(|it| format!("table `{it}` with its rows")));
    trace.lost.extend(changed.emptied.iter().filter(had_rows).filter_map(table).map(|it| format!("every row of `{it}`")));
    for (oid, (_, now)) in &changed.seen.locked {
        let (Some(now), Some(old)) = (now, changed.columns.get(oid)) else { continue };
        let with_rows = before.get(oid).is_some_and(super::observe::Relation::has_rows);
        for (_, column) in old.iter().filter(|(number, _)| with_rows && !now.columns.contains_key(number)) {
            trace.lost.push(format!("column `{}.{}` with its values", now.name, column.name));
        }
    }
    count_changed(session, trace, changed)
}

/// Whether the rows that a statement changed are all that there are.
fn count_changed(session: &mut Session, trace: &mut StatementTrace, changed: &Changed<'_>) -> Result<bool, DbError> {
    let mut asked = false;
    for change in &mut trace.changes {
        let oid = changed.before.iter().find(|(_, it)| it.name == change.relation).map(|(oid, _)| oid);
        let Some((_, Some(now))) = oid.and_then(|it| changed.seen.locked.get(it)) else { continue };
        asked = true;
        let Some(left) = count(session, &now.sql)? else { continue };
        // One row that there was says nothing about the condition that found it.
        change.all = (left == 0 && change.deleted > 1) || (left > 1 && change.updated >= left);
        if left == 0 && change.deleted > 1 {
            trace.lost.push(format!("every row of `{}`", change.relation));
        }
    }
    Ok(asked)
}

/// How many rows there are; nothing where the role that a statement left may not ask.
fn count(session: &mut Session, table: &str) -> Result<Option<u64>, DbError> {
    session.execute("SAVEPOINT xtask_count")?;
    match session.rows(&format!("SELECT pg_catalog.count(*) FROM ONLY {table}; RELEASE SAVEPOINT xtask_count")) {
        Ok(rows) => Ok(rows.first().and_then(|row| row.parse(0))),
        Err(DbError::Server(_)) => session.execute("ROLLBACK TO SAVEPOINT xtask_count; RELEASE SAVEPOINT xtask_count").map(|()| None),
        Err(error) => Err(error),
    }
}
