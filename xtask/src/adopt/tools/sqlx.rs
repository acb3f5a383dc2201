//! sqlx: `<version>_<words>.sql`, or `.up.sql` where there is a `.down.sql`.

use super::{Tool, nothing};
use crate::adopt::hash::{other_line_ends, sha384};
use crate::adopt::{Entry, Files, Foreign, Mark, Row, by_number, column, sections};
use crate::diagnostic::Diagnostic;

pub(super) const TOOL: Tool = Tool {
    name: "sqlx",
    tables: &["_sqlx_migrations"],
    columns: &["version", "description", "installed_on", "success", "checksum", "execution_time"],
    more_columns: &[],
    order: "version",
    claims: |files| names(files).next().is_some(),
    read,
    entries: |rows, _| rows.iter().map(entry).collect(),
};

/// Version, description and file.
fn names(files: &Files) -> impl Iterator<Item = (&str, &str, &str)> {
    files.top().filter(|file| !file.ends_with(".down.sql")).filter_map(|file| {
        let stem = file.strip_suffix(".sql")?;
        let (version, title) = stem.strip_suffix(".up").unwrap_or(stem).split_once('_')?;
        version.bytes().all(|byte| byte.is_ascii_digit()).then_some((version, title, file))
    })
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut found: Vec<_> = names(files).collect();
    found.sort_by_key(|(version, ..)| by_number(version));
    let foreign: Vec<Foreign> = found
        .into_iter()
        .map(|(version, title, file)| {
            let bytes = files.bytes(file);
            let no_transaction = files
                .text(file)
                .is_some_and(|text| text.lines().next().is_some_and(|line| sections::behind(line, "no-transaction").is_some()));
            let checksums = vec![sha384(bytes), sha384(&other_line_ends(bytes))];
            Foreign { checksums, no_transaction, ..Foreign::sql(by_number(version).1, title, file, files) }
        })
        .collect();
    if foreign.is_empty() { Err(nothing(files, "`<version>_<words>.sql`")) } else { Ok(foreign) }
}

fn entry(row: &Row) -> Entry {
    let mark = if column(row, "success").as_deref() == Some("true") { Mark::Applied } else { Mark::Failed };
    let checksum = column(row, "checksum").map(|it| it.trim_start_matches("\\x").to_owned());
    Entry { key: column(row, "version").unwrap_or_default(), checksum, mark, at: column(row, "installed_on") }
}
