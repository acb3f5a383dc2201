//! A diagnostic for programs.

use super::{Diagnostic, Location};
use serde_json::{Value, json};

/// The fields of `diagnostic`; lines and columns start at 1, columns count characters. Absent things are null.
#[must_use]
pub fn json(diagnostic: &Diagnostic) -> Value {
    let place = |pick: fn(&Location) -> usize| diagnostic.location.as_ref().map(pick);
    json!({
        "rule": diagnostic.rule,
        "level": diagnostic.level.word(),
        "message": diagnostic.message,
        "file": diagnostic.location.as_ref().map(|location| &location.file),
        "line": place(|location| location.start.line),
        "column": place(|location| location.start.column),
        "end_line": place(|location| location.end.line),
        "end_column": place(|location| location.end.column),
        "sqlstate": diagnostic.sqlstate,
        "hazard": diagnostic.hazards.iter().map(|hazard| hazard.word()).collect::<Vec<_>>(),
        "effect": diagnostic.effect,
        "notes": diagnostic.notes,
        "hint": diagnostic.hint,
    })
}
