//! Prisma: a folder a migration, with `migration.sql`. Its history may have a name several times, of which the whole ones count.

use super::{Tool, nothing};
use crate::adopt::hash::{other_line_ends, sha256, sha256_unpadded};
use crate::adopt::{Entry, Files, Foreign, Mark, Row, column};
use crate::diagnostic::Diagnostic;
use std::collections::BTreeMap;

pub(super) const TOOL: Tool = Tool {
    name: "prisma",
    tables: &["_prisma_migrations"],
    columns: &["id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count"],
    more_columns: &[],
    order: "started_at",
    claims: |files| files.folders_with("migration.sql").any(|folder| !folder.contains('/')),
    read,
    entries: |rows, _| entries(rows),
};

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let foreign: Vec<Foreign> = files
        .folders_with("migration.sql")
        .filter(|folder| !folder.contains('/'))
        .map(|folder| {
            let file = format!("{folder}/migration.sql");
            let bytes = files.bytes(&file);
            let other = other_line_ends(bytes);
            let checksums = vec![sha256(bytes), sha256(&other), sha256_unpadded(bytes), sha256_unpadded(&other)];
            let title = folder.trim_start_matches(|it: char| it.is_ascii_digit()).trim_start_matches('_');
            Foreign { checksums, ..Foreign::sql(folder, title, &file, files) }
        })
        .collect();
    if foreign.is_empty() { Err(nothing(files, "folder with a `migration.sql`")) } else { Ok(foreign) }
}

fn entries(rows: &[Row]) -> Vec<Entry> {
    let mut by_name: BTreeMap<String, Entry> = BTreeMap::new();
    for row in rows.iter().filter(|row| column(row, "rolled_back_at").is_none()) {
        let key = column(row, "migration_name").unwrap_or_default();
        let at = column(row, "finished_at");
        let mark = if at.is_some() { Mark::Applied } else { Mark::Failed };
        let entry = Entry { key: key.clone(), checksum: column(row, "checksum"), mark, at };
        let is_better = by_name.get(&key).is_none_or(|old| old.mark == Mark::Failed || mark == Mark::Applied);
        if is_better {
            by_name.insert(key, entry);
        }
    }
    by_name.into_values().collect()
}
