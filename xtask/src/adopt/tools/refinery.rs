//! refinery: `V1__name.sql` or `U1__name.sql`, in any folder.

use super::{Tool, nothing};
use crate::adopt::hash::siphash13;
use crate::adopt::{Entry, Files, Foreign, Row, by_number, column};
use crate::diagnostic::Diagnostic;

pub(super) const TOOL: Tool = Tool {
    name: "refinery",
    tables: &["refinery_schema_history"],
    columns: &["version", "name", "applied_on", "checksum"],
    more_columns: &[],
    order: "version",
    claims: |files| names(files).next().is_some(),
    read,
    entries: |rows, _| rows.iter().map(entry).collect(),
};

/// Version, name and file.
fn names(files: &Files) -> impl Iterator<Item = (&str, &str, &str)> {
    files.paths().filter_map(|file| {
        let base = file.rsplit('/').next()?.strip_prefix(['V', 'U'])?;
        let (version, rest) = base.split_once("__")?;
        let name = rest.strip_suffix(".sql").or_else(|| rest.strip_suffix(".rs"))?;
        let is_word = !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || it == '_');
        (is_word && version.parse::<u64>().is_ok()).then_some((version, name, file))
    })
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut found: Vec<_> = names(files).collect();
    found.sort_by_key(|(version, ..)| by_number(version));
    let foreign: Vec<Foreign> = found
        .into_iter()
        .map(|(version, name, file)| {
            let key = by_number(version).1;
            if file.ends_with(".rs") {
                return Foreign::program(key, name, file, "Rust");
            }
            Foreign { checksums: checksums(version, name, files.bytes(file)), ..Foreign::sql(key, name, file, files) }
        })
        .collect();
    if foreign.is_empty() { Err(nothing(files, "`V<n>__<name>.sql`")) } else { Ok(foreign) }
}

/// With the version as four bytes, and as eight.
fn checksums(version: &str, name: &str, sql: &[u8]) -> Vec<String> {
    let number: i64 = version.parse().unwrap_or_default();
    let short = i32::try_from(number).ok().map(|it| it.to_le_bytes().to_vec());
    let hash = |version: Vec<u8>| siphash13(&[name.as_bytes(), &[0xff], &version, sql, &[0xff]].concat()).to_string();
    short.into_iter().chain([number.to_le_bytes().to_vec()]).map(hash).collect()
}

fn entry(row: &Row) -> Entry {
    let key = column(row, "version").unwrap_or_default();
    Entry { checksum: column(row, "checksum"), ..Entry::applied(key, column(row, "applied_on")) }
}
