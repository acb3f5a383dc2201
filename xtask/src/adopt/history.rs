//! The other tool's history as the database has it.

use super::{PROGRAM_TABLES, Row, TOOLS, Tool};
use crate::db::{DbError, Session};
use crate::sql::quote::{literal, name};

/// A table that is called as some tool's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Whether its name alone means it: its schema is in the search path.
    pub visible: bool,
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// The tables that are called like a history, or `wanted` (`name` or `schema.name`).
///
/// # Errors
/// What the server says.
pub fn tables(session: &mut Session, wanted: Option<&str>) -> Result<Vec<Table>, DbError> {
    let names: Vec<String> = match wanted {
        Some(wanted) => vec![literal(wanted)],
        None => {
            TOOLS.iter().flat_map(|tool| tool.tables).chain(PROGRAM_TABLES.iter().map(|(table, ..)| table)).map(|it| literal(it)).collect()
        }
    };
    let sql = format!(
        "SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid), \
         (SELECT pg_catalog.string_agg(a.attname, ',' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema$|xtask$)' \
         AND (c.relname IN ({0}) OR n.nspname || '.' || c.relname IN ({0})) ORDER BY 1, 2",
        names.join(", ")
    );
    let columns = |text: String| text.split(',').map(str::to_owned).collect();
    let rows = session.rows(&sql)?;
    Ok(rows
        .iter()
        .map(|row| Table { schema: row.text(0), name: row.text(1), columns: columns(row.text(3)), visible: row.get(2) == Some("t") })
        .collect())
}

/// The rows of a history.
///
/// # Errors
/// What the server says, for example that this role may not read it.
pub fn rows(session: &mut Session, table: &Table, tool: &Tool) -> Result<Vec<Row>, DbError> {
    let rows = session.rows(&format!(
        "SELECT pg_catalog.row_to_json(t)::text FROM {}.{} t ORDER BY {}",
        name(&table.schema),
        name(&table.name),
        name(tool.order)
    ))?;
    Ok(rows.iter().map(|row| serde_json::from_str(&row.text(0)).unwrap_or_default()).collect())
}
