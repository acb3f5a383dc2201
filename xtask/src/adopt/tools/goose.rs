//! goose: `<version>_<words>.sql` with `-- +goose Up` and `-- +goose Down`; the newest row of a version counts.

use super::{Tool, nothing};
use crate::adopt::{Body, Entry, Files, Foreign, Row, by_number, column, numbered, sections};
use crate::diagnostic::Diagnostic;
use std::collections::BTreeMap;

pub(super) const TOOL: Tool = Tool {
    name: "goose",
    tables: &["goose_db_version"],
    columns: &["id", "version_id", "is_applied", "tstamp"],
    more_columns: &[],
    order: "id",
    claims: |files| names(files).any(|(.., file)| files.text(file).is_some_and(|text| sections::has(text, "+goose up"))),
    read,
    entries: |rows, _| entries(rows),
};

fn names(files: &Files) -> impl Iterator<Item = (&str, &str, &str)> {
    files.top().filter_map(|file| {
        let is_test = file.ends_with("_test.go");
        let stem = file.strip_suffix(".sql").or_else(|| file.strip_suffix(".go")).filter(|_| !is_test)?;
        let (version, title) = numbered(stem)?;
        Some((version, title, file))
    })
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut found: Vec<_> = names(files).collect();
    found.sort_by_key(|(version, ..)| by_number(version));
    let foreign: Vec<Foreign> = found
        .into_iter()
        .map(|(version, title, file)| {
            let key = by_number(version).1;
            if file.ends_with(".go") { Foreign::program(key, title, file, "Go") } else { forward(Foreign::sql(key, title, file, files)) }
        })
        .collect();
    if foreign.is_empty() { Err(nothing(files, "`<version>_<words>.sql`")) } else { Ok(foreign) }
}

fn forward(mut foreign: Foreign) -> Foreign {
    if let Body::Sql(text) = &foreign.body {
        foreign.no_transaction = sections::has(text, "+goose no transaction");
        if sections::has(text, "+goose envsub on") {
            foreign.unresolved = Some("goose puts environment variables into it (`+goose ENVSUB`)".to_owned());
        }
        let up = |line: &str| sections::behind(line, "+goose up").is_some();
        foreign.body = Body::Sql(sections::forward(text, up, |line| sections::behind(line, "+goose down").is_some()));
    }
    foreign
}

fn entries(rows: &[Row]) -> Vec<Entry> {
    let mut newest: BTreeMap<String, (bool, Option<String>)> = BTreeMap::new();
    for row in rows {
        let key = column(row, "version_id").unwrap_or_default();
        newest.insert(key, (column(row, "is_applied").as_deref() == Some("true"), column(row, "tstamp")));
    }
    // Version 0 is the row that goose begins with.
    let applied = newest.into_iter().filter(|(key, (applied, _))| *applied && key != "0");
    applied.map(|(key, (_, at))| Entry::applied(key, at)).collect()
}
