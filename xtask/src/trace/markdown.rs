//! A trace as Markdown: which locks each migration takes, for a comment on a pull request. Pure.

use super::{FileTrace, Kind, Trace};

/// The strongest things first would tear statements apart: the rows are in the order in which the locks are taken. Empty where there are none.
#[must_use]
pub fn markdown(trace: &Trace) -> String {
    let rows: String = trace.files.iter().flat_map(rows).collect();
    if rows.is_empty() {
        return rows;
    }
    format!(
        "Locks, as traced on PostgreSQL {}:\n\n| migration | line | lock | on |\n|---|---|---|---|\n{rows}",
        trace.server_version / 10_000
    )
}

/// One row a lock of a table; those of its indexes say nothing more.
fn rows(file: &FileTrace) -> Vec<String> {
    let of = |line: usize, mode: &str, relation: &str| {
        format!("| `{}` | {line} | {mode} | `{}` |\n", file.migration, relation.replace('|', "\\|"))
    };
    let statements = file.statements.iter().flat_map(|it| {
        let tables = it.locks.iter().filter(|lock| !matches!(lock.kind, Kind::Index));
        tables.map(move |lock| of(it.location.start.line, lock.mode.word(), &lock.relation))
    });
    let mut rows: Vec<String> = Vec::new();
    for row in statements {
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}
