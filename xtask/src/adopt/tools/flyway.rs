//! Flyway: `V<dotted version>__<words>.sql` in any folder, `R__` ones that run again when they change, `B` ones that stand for all before them.

use super::{Tool, nothing};
use crate::adopt::hash::crc32_of_lines;
use crate::adopt::{Entry, Files, Foreign, Mark, Row, column};
use crate::diagnostic::Diagnostic;

pub(super) const TOOL: Tool = Tool {
    name: "flyway",
    tables: &["flyway_schema_history", "schema_version"],
    columns: &[
        "installed_rank",
        "version",
        "description",
        "type",
        "script",
        "checksum",
        "installed_by",
        "installed_on",
        "execution_time",
        "success",
    ],
    more_columns: &[],
    order: "installed_rank",
    claims: |files| names(files).next().is_some(),
    read,
    entries,
};

/// A file's name, read.
struct Name<'a> {
    kind: char,
    version: &'a str,
    title: &'a str,
    file: &'a str,
}

fn names(files: &Files) -> impl Iterator<Item = Name<'_>> {
    files.paths().filter_map(|file| {
        let base = file.rsplit('/').next()?;
        let kind = base.chars().next().filter(|it| matches!(it, 'V' | 'B' | 'R'))?;
        let stem = [".sql", ".java", ".kt"].iter().find_map(|extension| base.strip_suffix(extension))?;
        let (version, title) = stem[1..].split_once("__").or_else(|| (kind != 'R').then_some((&stem[1..], "")))?;
        let is_version = !version.is_empty() && version.chars().all(|it| it.is_ascii_digit() || matches!(it, '.' | '_'));
        (is_version == (kind != 'R') && (kind != 'R' || version.is_empty())).then_some(Name { kind, version, title, file })
    })
}

/// A version as numbers; `1.0` is `1`.
fn parts(version: &str) -> Vec<(usize, String)> {
    let mut parts: Vec<(usize, String)> = version.split(['.', '_']).map(crate::adopt::by_number).collect();
    while parts.last().is_some_and(|(digits, _)| *digits == 0) {
        parts.pop();
    }
    parts
}

/// What entries and files are matched by: the version, or the words of a repeatable one.
fn key(kind: char, version: &str, title: &str) -> String {
    let version =
        || parts(version).into_iter().map(|(_, digits)| if digits.is_empty() { "0".to_owned() } else { digits }).collect::<Vec<_>>();
    match kind {
        'R' => format!("R {}", title.replace('_', " ")),
        'B' => format!("B {}", version().join(".")),
        _ => version().join("."),
    }
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let mut found: Vec<Name<'_>> = names(files).collect();
    found.sort_by_key(|it| (it.kind == 'R', parts(it.version), it.kind, it.title));
    let foreign: Vec<Foreign> = found.iter().map(|name| foreign(name, files)).collect();
    if let Some(pair) = foreign.windows(2).find(|pair| pair[0].key == pair[1].key) {
        let message = format!("two files have the version {}: `{}` and `{}`", pair[0].key, pair[0].file, pair[1].file);
        return Err(Diagnostic::error("number-taken", message).hint("name the folder that Flyway reads, or remove one of them"));
    }
    if foreign.is_empty() { Err(nothing(files, "`V<version>__<words>.sql`")) } else { Ok(foreign) }
}

fn foreign(name: &Name<'_>, files: &Files) -> Foreign {
    let key = key(name.kind, name.version, name.title);
    if !name.file.ends_with(".sql") {
        return Foreign::program(key, name.title, name.file, "Java");
    }
    let mut foreign = Foreign::sql(key, name.title, name.file, files);
    if let Some(text) = files.text(name.file) {
        foreign.checksums = vec![crc32_of_lines(text).to_string()];
        foreign.unresolved = placeholder(text).map(|it| format!("Flyway puts a value in the place of `{it}`"));
    }
    let conf = files.text(&format!("{}.conf", name.file)).unwrap_or_default();
    foreign.no_transaction = conf.lines().any(|line| line.replace(' ', "").eq_ignore_ascii_case("executeInTransaction=false"));
    foreign.repeatable = name.kind == 'R';
    foreign
}

/// The first `${name}` of a text.
fn placeholder(text: &str) -> Option<&str> {
    let start = text.find("${")?;
    let end = text[start..].find('}')? + start + 1;
    let name = &text[start + 2..end - 1];
    name.chars().all(|it| it.is_alphanumeric() || "._:-".contains(it)).then_some(&text[start..end])
}

fn entries(rows: &[Row], foreign: &mut Vec<Foreign>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut baseline: Option<String> = None;
    for row in rows {
        let kind = column(row, "type").unwrap_or_default();
        let (version, script) = (column(row, "version"), column(row, "script").unwrap_or_default());
        let title = column(row, "description").unwrap_or_default();
        let letter = if kind == "SQL_BASELINE" || (kind == "BASELINE" && script.starts_with('B')) {
            'B'
        } else if version.is_none() {
            'R'
        } else {
            'V'
        };
        let key = key(letter, version.as_deref().unwrap_or_default(), &title);
        let is_whole = column(row, "success").as_deref() == Some("true");
        entries.retain(|it| it.key != key);
        match kind.as_str() {
            // Only says in which schema Flyway works, or that a version is forgotten.
            "SCHEMA" | "DELETE" => {}
            undo if undo.starts_with("UNDO") => {}
            "BASELINE" if letter != 'B' => baseline = version,
            _ => entries.push(Entry {
                key,
                checksum: column(row, "checksum"),
                mark: if is_whole { Mark::Applied } else { Mark::Failed },
                at: column(row, "installed_on"),
            }),
        }
    }
    let used = keep_one_beginning(foreign, &entries);
    let covered = |it: &&Foreign| !it.repeatable && baseline.as_ref().is_some_and(|line| parts(&it.key) <= parts(line));
    let below: Vec<Entry> = foreign.iter().filter(covered).map(|it| Entry::applied(it.key.clone(), None)).collect();
    entries.retain(|it| !used.contains(&it.key));
    entries.extend(below);
    entries
}

/// A `B` file stands for the `V` files up to its version: a database has been built from the one or from the others. Takes those out that this
/// one was not built from, and gives their keys.
fn keep_one_beginning(foreign: &mut Vec<Foreign>, entries: &[Entry]) -> Vec<String> {
    let is_base = |it: &Foreign| it.key.starts_with("B ");
    let has = |key: &str| entries.iter().any(|entry| entry.key == key);
    let began_with = foreign.iter().rev().filter(|it| is_base(it)).find(|it| has(&it.key) || entries.is_empty()).map(|it| it.key.clone());
    let line = began_with.as_deref().map(|key| parts(&key[2..]));
    let is_out = |it: &Foreign| {
        if is_base(it) {
            return began_with.as_ref() != Some(&it.key);
        }
        line.as_ref().is_some_and(|line| !it.repeatable && parts(&it.key) <= *line)
    };
    let out: Vec<String> = foreign.iter().filter(|it| is_out(it)).map(|it| it.key.clone()).collect();
    foreign.retain(|it| !is_out(it));
    out
}
