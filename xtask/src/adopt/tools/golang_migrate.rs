//! golang-migrate: `<version>_<words>.up.sql`. Its history is one row: the newest version, and whether it failed half way.

use super::{Tool, nothing};
use crate::adopt::{Entry, Files, Foreign, Mark, Row, by_number, column, numbered};
use crate::diagnostic::Diagnostic;

pub(super) const TOOL: Tool = Tool {
    name: "golang-migrate",
    tables: &["schema_migrations"],
    columns: &["version", "dirty"],
    more_columns: &[],
    order: "version",
    claims: |files| names(files).next().is_some(),
    read,
    entries: |rows, foreign| entries(rows, foreign),
};

fn names(files: &Files) -> impl Iterator<Item = (&str, &str, &str)> {
    files.top().filter_map(|file| {
        let (version, title) = numbered(file.strip_suffix(".up.sql")?)?;
        Some((version, title, file))
    })
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut found: Vec<_> = names(files).collect();
    found.sort_by_key(|(version, ..)| by_number(version));
    let foreign: Vec<Foreign> =
        found.into_iter().map(|(version, title, file)| Foreign::sql(by_number(version).1, title, file, files)).collect();
    if foreign.is_empty() { Err(nothing(files, "`<version>_<words>.up.sql`")) } else { Ok(foreign) }
}

/// All versions up to the row's; the row's own may have failed, or have no file any more.
fn entries(rows: &[Row], foreign: &[Foreign]) -> Vec<Entry> {
    let Some(row) = rows.last() else { return Vec::new() };
    let newest = column(row, "version").unwrap_or_default();
    if newest.starts_with('-') {
        return Vec::new();
    }
    let newest = by_number(&newest);
    let mut entries: Vec<Entry> =
        foreign.iter().filter(|it| by_number(&it.key) < newest).map(|it| Entry::applied(it.key.clone(), None)).collect();
    let mark = if column(row, "dirty").as_deref() == Some("true") { Mark::Failed } else { Mark::Applied };
    entries.push(Entry { mark, ..Entry::applied(newest.1, None) });
    entries
}
