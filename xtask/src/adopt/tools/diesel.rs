//! Diesel: a folder a migration, with `up.sql`; known by what stands before the first `_` of the folder's name, without `-`.

use super::{Tool, nothing};
use crate::adopt::{Entry, Files, Foreign, column};
use crate::diagnostic::Diagnostic;

pub(super) const TOOL: Tool = Tool {
    name: "diesel",
    tables: &["__diesel_schema_migrations"],
    columns: &["version", "run_on"],
    more_columns: &[],
    order: "version",
    claims: |files| files.folders_with("up.sql").any(|folder| !folder.contains('/')),
    read,
    entries: |rows, _| rows.iter().map(|row| Entry::applied(column(row, "version").unwrap_or_default(), column(row, "run_on"))).collect(),
};

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut foreign: Vec<Foreign> = files
        .folders_with("up.sql")
        .filter(|folder| !folder.contains('/'))
        .map(|folder| {
            let (version, title) = folder.split_once('_').unwrap_or((folder, ""));
            let no_transaction = files.text(&format!("{folder}/metadata.toml")).is_some_and(runs_without_transaction);
            Foreign { no_transaction, ..Foreign::sql(version.replace('-', ""), title, &format!("{folder}/up.sql"), files) }
        })
        .collect();
    foreign.sort_by(|a, b| a.key.cmp(&b.key));
    if foreign.is_empty() { Err(nothing(files, "folder with an `up.sql`")) } else { Ok(foreign) }
}

fn runs_without_transaction(metadata: &str) -> bool {
    metadata
        .lines()
        .filter_map(|line| line.split_once('='))
        .any(|(key, value)| key.trim() == "run_in_transaction" && value.trim().starts_with("false"))
}
