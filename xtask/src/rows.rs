//! The rows of a database as SQL, so that another one with the same schema gets the same: for what migrations put in beside the schema.

use crate::db::{DbError, Row, Session};
use std::collections::HashSet;

/// What a database holds beside its schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Statements that put all of it in, in an order that foreign keys allow.
    pub sql: String,
    /// Tables that are put in, with how many rows they have.
    pub tables: Vec<(String, u64)>,
    /// Tables whose rows cannot be put in one after the other, because they refer to each other.
    pub left_out: Vec<String>,
}

/// A table with rows.
#[derive(Debug, Clone)]
struct Table {
    oid: String,
    name: String,
    columns: String,
    values: String,
    has_triggers: bool,
    needs: Vec<String>,
}

/// Tables of the user's: not ours, not an extension's. Generated columns are left to the server.
const TABLES: &str = "\
SELECT c.oid, c.oid::regclass, \
  (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''), \
  (SELECT string_agg(format('quote_nullable(%I::text)', attname), ', ' ORDER BY attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''), \
  EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT tgisinternal), \
  coalesce((SELECT string_agg(DISTINCT coalesce(r.inhrelid, f.confrelid)::text, ',') FROM pg_constraint f LEFT JOIN pg_inherits r ON r.inhparent = f.confrelid \
    WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid), '') \
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^(pg_|information_schema$|xtask$)' AND c.relname <> 'xtask_history' \
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY c.oid::regclass::text";

const SEQUENCES: &str = "\
SELECT format('SELECT pg_catalog.setval(%L, %s, true)', format('%I.%I', schemaname, sequencename), last_value) FROM pg_sequences \
WHERE last_value IS NOT NULL AND schemaname !~ '^(pg_|xtask$)' ORDER BY schemaname, sequencename";

const MATERIALIZED: &str = "\
SELECT format('REFRESH MATERIALIZED VIEW %s', c.oid::regclass) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
WHERE c.relkind = 'm' AND c.relispopulated AND n.nspname !~ '^pg_' ORDER BY c.oid";

/// Names with their schema, values in forms that do not depend on settings.
const CLEAR: &str = "SET search_path = pg_catalog; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 1";

/// Reads all rows.
///
/// # Errors
/// What the server says.
pub fn read(session: &mut Session) -> Result<Rows, DbError> {
    session.execute(CLEAR)?;
    let mut tables = Vec::new();
    for row in session.rows(TABLES)? {
        let table = table(&row);
        let values = values(session, &table)?;
        if !values.is_empty() {
            tables.push((table, values));
        }
    }
    let mut rows = Rows::default();
    let (ordered, left) = in_order(tables);
    for (table, values) in &ordered {
        rows.sql.push_str(&inserts(table, values));
        rows.tables.push((table.name.clone(), values.len() as u64));
    }
    rows.left_out = left.into_iter().map(|(table, _)| table.name).collect();
    for statement in [SEQUENCES, MATERIALIZED] {
        for row in session.rows(statement)? {
            rows.sql.push_str(&format!("{};\n", row.text(0)));
        }
    }
    Ok(rows)
}

fn table(row: &Row) -> Table {
    let needs = row.text(5).split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect();
    Table { oid: row.text(0), name: row.text(1), columns: row.text(2), values: row.text(3), has_triggers: row.get(4) == Some("t"), needs }
}

fn values(session: &mut Session, table: &Table) -> Result<Vec<String>, DbError> {
    let columns = if table.values.is_empty() { "''" } else { &table.values };
    let rows = session.rows(&format!("SELECT concat_ws(', ', {columns}) FROM ONLY {} ORDER BY ctid", table.name))?;
    Ok(rows.iter().map(|row| row.text(0)).collect())
}

type Filled = (Table, Vec<String>);

/// Those that others refer to first; what goes in a circle comes back as the second.
fn in_order(mut tables: Vec<Filled>) -> (Vec<Filled>, Vec<Filled>) {
    let mut ordered: Vec<Filled> = Vec::new();
    loop {
        let waiting: HashSet<String> = tables.iter().map(|(table, _)| table.oid.clone()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(table, _)| !table.needs.iter().any(|it| waiting.contains(it)));
        tables = rest;
        if ready.is_empty() {
            return (ordered, tables);
        }
        ordered.extend(ready);
    }
}

fn inserts(table: &Table, values: &[String]) -> String {
    let name = &table.name;
    let mut sql = String::new();
    if table.has_triggers {
        sql.push_str(&format!("ALTER TABLE {name} DISABLE TRIGGER USER;\n"));
    }
    // All in one statement: a row may refer to one behind it.
    let rows: Vec<String> = values.iter().map(|it| format!("    ({it})")).collect();
    sql.push_str(&format!("INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES\n{};\n", table.columns, rows.join(",\n")));
    if table.has_triggers {
        sql.push_str(&format!("ALTER TABLE {name} ENABLE TRIGGER USER;\n"));
    }
    sql
}
