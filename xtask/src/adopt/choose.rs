//! Which tool a folder and a database belong to.

use super::history::Table;
use super::{Files, PROGRAM_TABLES, TOOLS, Tool, tools};
use crate::diagnostic::Diagnostic;

/// A tool, and its history where the database has one.
#[derive(Debug)]
pub struct Choice {
    /// The tool.
    pub tool: &'static Tool,
    /// Its history.
    pub table: Option<Table>,
    /// Columns of the history that the tool is not known to make.
    pub strange: Vec<String>,
}

/// Chooses: what is named, else what both the files and the database speak for, else what the files alone speak for.
///
/// # Errors
/// Nothing fits, or more than one does.
pub fn choose(files: &Files, tables: &[Table], from: Option<&str>, named_table: bool) -> Result<Choice, Diagnostic> {
    let candidates: Vec<&'static Tool> = match from {
        Some(name) => vec![tools::find(name).ok_or_else(|| unknown(name))?],
        None => TOOLS.iter().filter(|tool| (tool.claims)(files)).collect(),
    };
    let mut found: Vec<(&'static Tool, &Table)> = Vec::new();
    for tool in &candidates {
        let mut its: Vec<&Table> = tables.iter().filter(|table| is_history(tool, table, named_table)).collect();
        if its.iter().any(|table| table.visible) {
            its.retain(|table| table.visible);
        }
        found.extend(its.into_iter().map(|table| (*tool, table)));
    }
    match (found.as_slice(), candidates.as_slice()) {
        ([(tool, table)], _) => Ok(Choice { tool, table: Some((*table).clone()), strange: strange(tool, table) }),
        ([], []) => Err(no_tool(files, tables)),
        ([], [tool]) => misfit(tool, tables).map_or(Ok(Choice { tool, table: None, strange: Vec::new() }), Err),
        ([], several) => Err(ambiguous(&several.iter().map(|tool| tool.name.to_owned()).collect::<Vec<_>>())),
        (several, _) => Err(ambiguous(&several.iter().map(|(tool, table)| format!("{} ({table})", tool.name)).collect::<Vec<_>>())),
    }
}

/// Whether `table` is the history of `tool`: its name, and every column that the tool always makes. Several tools call theirs the same.
fn is_history(tool: &Tool, table: &Table, named: bool) -> bool {
    let has = |column: &&str| table.columns.iter().any(|it| it == column);
    let is_others = || {
        TOOLS.iter().any(|other| {
            other.columns.len() > tool.columns.len() && other.tables.contains(&table.name.as_str()) && other.columns.iter().all(has)
        })
    };
    (named || tool.tables.contains(&table.name.as_str())) && tool.columns.iter().all(has) && !is_others()
}

fn strange(tool: &Tool, table: &Table) -> Vec<String> {
    let is_known = |column: &str| tool.columns.contains(&column) || tool.more_columns.contains(&column);
    table.columns.iter().filter(|column| !is_known(column)).cloned().collect()
}

fn unknown(name: &str) -> Diagnostic {
    let known: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
    Diagnostic::error("no-such-tool", format!("`{name}` is no tool that can be taken over"))
        .hint(format!("name one of {}", known.join(", ")))
}

/// A table of the right name, but without the columns of that tool.
fn misfit(tool: &Tool, tables: &[Table]) -> Option<Diagnostic> {
    let table = tables.iter().find(|table| tool.tables.contains(&table.name.as_str()))?;
    let missing: Vec<&str> = tool.columns.iter().filter(|column| !table.columns.iter().any(|it| it == *column)).copied().collect();
    let message = format!("`{table}` is called like {}'s history, but is not: it has the columns {}", tool.name, table.columns.join(", "));
    let note = if missing.is_empty() {
        "another tool's history has just these columns".to_owned()
    } else {
        format!("{} would have {}", tool.name, missing.join(", "))
    };
    Some(
        Diagnostic::error("not-its-history", message)
            .note(note)
            .hint("name the tool that made it with `--from`, or the right table with `--table`"),
    )
}

fn no_tool(files: &Files, tables: &[Table]) -> Diagnostic {
    let is_python = files.paths().any(|path| path.ends_with("alembic.ini") || path.ends_with("env.py"));
    let program =
        PROGRAM_TABLES.iter().find(|(name, tool, _)| tables.iter().any(|it| it.name == *name) || (*tool == "Alembic" && is_python));
    if let Some((_, tool, language)) = program {
        return Diagnostic::error("no-sql", format!("{tool}'s migrations are {language}, not SQL: they cannot be taken over as they are"))
            .hint("run `cargo xtask db baseline`, which takes over the database as it is instead");
    }
    let seen: Vec<&str> = files.paths().take(3).collect();
    let note = if seen.is_empty() { "the folder holds no files".to_owned() } else { format!("the folder holds {}, …", seen.join(", ")) };
    let known: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
    Diagnostic::error("no-such-tool", "the folder is laid out like no tool's that is known")
        .note(note)
        .hint(format!("name the folder in which the migrations lie, or the tool with `--from`: {}", known.join(", ")))
}

fn ambiguous(names: &[String]) -> Diagnostic {
    Diagnostic::error("several-tools", format!("this may be the work of several tools: {}", names.join(", ")))
        .hint("name the tool with `--from`, or its history with `--table schema.name`")
}
