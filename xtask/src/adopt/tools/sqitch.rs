//! sqitch: the plan lists the changes, `deploy/` has their scripts; a reworked change stands in the plan twice, its old script bears a tag.

use super::{Tool, nothing};
use crate::adopt::hash::sha1;
use crate::adopt::{Entry, Files, Foreign, Row, column};
use crate::diagnostic::{Diagnostic, Location};
use std::collections::HashMap;

pub(super) const TOOL: Tool = Tool {
    name: "sqitch",
    tables: &["changes"],
    columns: &[
        "change_id",
        "script_hash",
        "change",
        "project",
        "note",
        "committed_at",
        "committer_name",
        "committer_email",
        "planned_at",
        "planner_name",
        "planner_email",
    ],
    more_columns: &[],
    order: "committed_at",
    claims: |files| files.0.contains_key(PLAN),
    read,
    entries: |rows, foreign| entries(rows, foreign),
};

const PLAN: &str = "sqitch.plan";

/// A line of the plan.
enum Line<'a> {
    Change(&'a str),
    Tag(&'a str),
}

fn lines(plan: &str) -> Vec<Line<'_>> {
    let lines = plan.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '%']));
    let word = |line: &'_ str| line.find(|it: char| it.is_whitespace() || it == '[').unwrap_or(line.len());
    lines
        .map(|line| match line.strip_prefix('@') {
            Some(tag) => Line::Tag(&tag[..word(tag)]),
            None => Line::Change(&line[..word(line)]),
        })
        .collect()
}

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let plan = files.text(PLAN).ok_or_else(|| nothing(files, "`sqitch.plan`").hint("name the folder in which `sqitch.plan` lies"))?;
    let lines = lines(plan);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut foreign = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Line::Change(change) = line else { continue };
        let n_before = seen.entry(change).or_default();
        let file = script(change, &lines[index + 1..], files);
        if !files.0.contains_key(&file) {
            let message = format!("the plan lists `{change}`, but there is no `{file}`");
            let hint = "bring the script back from git, or take the change out of the plan";
            return Err(Diagnostic::error("missing-file", message).at(Location::file(PLAN)).hint(hint));
        }
        let key = key(project(plan), change, *n_before);
        *n_before += 1;
        foreign.push(Foreign { checksums: vec![sha1(files.bytes(&file))], ..Foreign::sql(key, change, &file, files) });
    }
    if foreign.is_empty() { Err(nothing(files, "change in `sqitch.plan`")) } else { Ok(foreign) }
}

/// The script of a change: of one that was reworked later, the script that bears a tag from between.
fn script(change: &str, behind: &[Line<'_>], files: &Files) -> String {
    let plain = format!("deploy/{change}.sql");
    let Some(rework) = behind.iter().position(|line| matches!(line, Line::Change(it) if *it == change)) else { return plain };
    let tags = behind[..rework].iter().filter_map(|line| if let Line::Tag(tag) = line { Some(tag) } else { None });
    let tagged = tags.map(|tag| format!("deploy/{change}@{tag}.sql")).rfind(|file| files.0.contains_key(file));
    tagged.unwrap_or(plain)
}

fn project(plan: &str) -> &str {
    plan.lines().find_map(|line| line.trim().strip_prefix("%project=")).unwrap_or_default()
}

/// Project, change, and how often the plan had it before.
fn key(project: &str, change: &str, n_before: usize) -> String {
    if n_before == 0 { format!("{project}:{change}") } else { format!("{project}:{change} (reworked {n_before})") }
}

fn entries(rows: &[Row], foreign: &[Foreign]) -> Vec<Entry> {
    // A registry may serve several projects.
    let project = foreign.first().and_then(|it| it.key.split(':').next()).unwrap_or_default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    rows.iter()
        .filter(|row| column(row, "project").as_deref() == Some(project))
        .map(|row| {
            let change = column(row, "change").unwrap_or_default();
            let n_before = seen.entry(change.clone()).or_default();
            let key = key(project, &change, *n_before);
            *n_before += 1;
            Entry { checksum: column(row, "script_hash"), ..Entry::applied(key, column(row, "committed_at")) }
        })
        .collect()
}
