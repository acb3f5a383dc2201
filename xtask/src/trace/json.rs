//! A trace for programs.

use super::{Change, FileTrace, Kind, Lock, Scan, StatementTrace, Trace, Wait};
use serde_json::{Value, json};

/// The whole trace; what `db check --format json` carries as `trace`.
#[must_use]
pub fn json(trace: &Trace) -> Value {
    json!({
        "server_version": trace.server_version,
        "migrations": trace.files.iter().map(file).collect::<Vec<_>>(),
        "unfilled": trace.unfilled.iter().map(|it| json!({"table": it.table, "why": it.why})).collect::<Vec<_>>(),
        "unobserved": trace.unobserved,
    })
}

fn file(file: &FileTrace) -> Value {
    json!({
        "migration": file.migration,
        "file": file.file,
        "one_transaction": file.whole,
        "statements": file.statements.iter().map(statement).collect::<Vec<_>>(),
    })
}

fn statement(it: &StatementTrace) -> Value {
    json!({
        "statement": it.index,
        "line": it.location.start.line,
        "sql": it.sql,
        "transaction": it.transaction,
        "with_rows": it.with_rows,
        "microseconds": it.microseconds,
        "wal_bytes": it.wal_bytes,
        "locks": it.locks.iter().map(lock).collect::<Vec<_>>(),
        "rewritten": it.rewritten,
        "rebuilt": it.rebuilt,
        "scans": it.scans.iter().map(scan).collect::<Vec<_>>(),
        "changes": it.changes.iter().map(change).collect::<Vec<_>>(),
        "lost": it.lost,
        "waits": it.waits.iter().map(wait).collect::<Vec<_>>(),
        "error": it.failed.as_ref().map(|failed| json!({"sqlstate": failed.sqlstate, "message": failed.message})),
        "unobserved": it.unobserved,
    })
}

fn lock(it: &Lock) -> Value {
    let kind = match it.kind {
        Kind::Table => "table",
        Kind::MaterializedView => "materialized view",
        Kind::View => "view",
        Kind::Index => "index",
    };
    json!({"relation": it.relation, "table": it.table, "kind": kind, "mode": it.mode.word(), "taken_by": it.taken_by})
}

fn scan(it: &Scan) -> Value {
    json!({"relation": it.relation, "times": it.times, "whole": it.whole})
}

fn change(it: &Change) -> Value {
    json!({"relation": it.relation, "updated": it.updated, "deleted": it.deleted, "all": it.all})
}

fn wait(it: &Wait) -> Value {
    json!({"relation": it.relation, "select": it.select, "insert": it.insert, "update": it.update})
}
