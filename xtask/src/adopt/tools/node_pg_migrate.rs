//! node-pg-migrate: known by the file's name without its extension. Only its SQL files can be taken over.

use super::{Tool, nothing};
use crate::adopt::{Body, Entry, Files, Foreign, by_number, column, numbered, sections};
use crate::diagnostic::Diagnostic;

pub(super) const TOOL: Tool = Tool {
    name: "node-pg-migrate",
    tables: &["pgmigrations"],
    columns: &["id", "name", "run_on"],
    more_columns: &[],
    order: "id",
    claims: |files| {
        names(files).any(|(.., file)| !file.ends_with(".sql") || files.text(file).is_some_and(|text| sections::has(text, "up migration")))
    },
    read,
    entries: |rows, _| rows.iter().map(|row| Entry::applied(column(row, "name").unwrap_or_default(), column(row, "run_on"))).collect(),
};

const PROGRAMS: &[&str] = &[".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"];

/// The digits, the name without its extension, and the file.
fn names(files: &Files) -> impl Iterator<Item = (&str, &str, &str)> {
    files.top().filter_map(|file| {
        let extensions = PROGRAMS.iter().chain(&[".sql"]);
        let stem = extensions.filter(|_| !file.ends_with(".d.ts")).find_map(|extension| file.strip_suffix(extension))?;
        Some((numbered(stem)?.0, stem, file))
    })
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut found: Vec<_> = names(files).collect();
    found.sort_by_key(|(digits, stem, _)| (by_number(digits), *stem));
    let foreign: Vec<Foreign> = found
        .into_iter()
        .map(|(_, stem, file)| {
            let title = numbered(stem).map_or(stem, |(_, title)| title);
            if file.ends_with(".sql") {
                forward(Foreign::sql(stem, title, file, files))
            } else {
                Foreign::program(stem, title, file, "JavaScript")
            }
        })
        .collect();
    if foreign.is_empty() { Err(nothing(files, "`<time>_<words>.sql`")) } else { Ok(foreign) }
}

fn forward(mut foreign: Foreign) -> Foreign {
    if let Body::Sql(text) = &foreign.body {
        let up = |line: &str| sections::behind(line, "up migration").is_some();
        foreign.body = Body::Sql(sections::forward(text, up, |line| sections::behind(line, "down migration").is_some()));
    }
    foreign
}
