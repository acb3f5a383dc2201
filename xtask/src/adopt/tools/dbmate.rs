//! dbmate: `<version>_<words>.sql` with `-- migrate:up` and `-- migrate:down`.

use super::{Tool, nothing};
use crate::adopt::{Body, Entry, Files, Foreign, by_number, column, numbered, sections};
use crate::diagnostic::Diagnostic;

pub(super) const TOOL: Tool = Tool {
    name: "dbmate",
    tables: &["schema_migrations"],
    columns: &["version"],
    more_columns: &[],
    order: "version",
    claims: |files| names(files).any(|(.., file)| files.text(file).is_some_and(|text| sections::has(text, "migrate:up"))),
    read,
    entries: |rows, _| rows.iter().map(|row| Entry::applied(column(row, "version").unwrap_or_default(), None)).collect(),
};

fn names(files: &Files) -> impl Iterator<Item = (&str, &str, &str)> {
    files.top().filter_map(|file| {
        let (version, title) = numbered(file.strip_suffix(".sql")?)?;
        Some((version, title, file))
    })
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut found: Vec<_> = names(files).collect();
    found.sort_by_key(|(version, ..)| by_number(version));
    let foreign: Vec<Foreign> = found
        .into_iter()
        .map(|(version, title, file)| {
            let mut foreign = Foreign::sql(version, title, file, files);
            if let Body::Sql(text) = &foreign.body {
                let options = text.lines().find_map(|line| sections::behind(line, "migrate:up")).unwrap_or_default();
                foreign.no_transaction = options.split_whitespace().any(|it| it == "transaction:false");
                let up = |line: &str| sections::behind(line, "migrate:up").is_some();
                foreign.body = Body::Sql(sections::forward(text, up, |line| sections::behind(line, "migrate:down").is_some()));
            }
            foreign
        })
        .collect();
    if foreign.is_empty() { Err(nothing(files, "`<version>_<words>.sql`")) } else { Ok(foreign) }
}
