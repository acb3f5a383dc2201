//! The tools that can be taken over, a file each.

mod dbmate;
mod diesel;
mod drizzle;
mod flyway;
mod golang_migrate;
mod goose;
mod node_pg_migrate;
mod prisma;
mod refinery;
mod sqitch;
mod sqlx;

use super::{Entry, Files, Foreign, Row};
use crate::diagnostic::Diagnostic;

/// What is known of one tool.
#[derive(Debug)]
pub struct Tool {
    /// Its name, as `--from` takes it.
    pub name: &'static str,
    /// What its history table is called.
    pub tables: &'static [&'static str],
    /// The columns that it always has.
    pub columns: &'static [&'static str],
    /// Columns that some versions have as well.
    pub more_columns: &'static [&'static str],
    /// What the rows are ordered by.
    pub order: &'static str,
    /// Whether a folder may be its.
    pub claims: fn(&Files) -> bool,
    /// The migrations in a folder, in the order in which it runs them.
    pub read: fn(&Files) -> Result<Vec<Foreign>, Diagnostic>,
    /// What the rows of its history mean for these migrations; some that the history makes superfluous are taken out.
    pub entries: fn(&[Row], &mut Vec<Foreign>) -> Vec<Entry>,
}

/// All of them.
pub const TOOLS: &[Tool] = &[
    drizzle::TOOL,
    sqlx::TOOL,
    refinery::TOOL,
    diesel::TOOL,
    prisma::TOOL,
    flyway::TOOL,
    dbmate::TOOL,
    goose::TOOL,
    golang_migrate::TOOL,
    node_pg_migrate::TOOL,
    sqitch::TOOL,
];

/// History tables of tools whose migrations are programs, and what to do about them.
pub const PROGRAMS: &[(&str, &str, &str)] = &[
    ("alembic_version", "Alembic", "Python"),
    ("django_migrations", "Django", "Python"),
    ("ar_internal_metadata", "Rails", "Ruby"),
    ("knex_migrations", "Knex", "JavaScript"),
    ("SequelizeMeta", "Sequelize", "JavaScript"),
    ("databasechangelog", "Liquibase", "changelogs"),
    ("ecto_schema_migrations", "Ecto", "Elixir"),
];

/// The tool called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

fn nothing(files: &Files, wanted: &str) -> Diagnostic {
    let seen: Vec<&str> = files.paths().take(3).collect();
    let seen = if seen.is_empty() { "it is empty".to_owned() } else { format!("it has {}, …", seen.join(", ")) };
    Diagnostic::error("no-migrations", format!("the folder holds no {wanted}")).note(seen)
}

#[cfg(test)]
pub(super) fn files(files: &[(&str, &str)]) -> Files {
    Files(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
}
