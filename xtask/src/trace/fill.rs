//! A few rows in every table, made to fit what the schema demands of them.

use super::Unfilled;
use super::candidates::Type;
use super::table::{ByTable, Column, Foreign, Table, fill, ordered};
use crate::db::{DbError, Row, Session};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::MigrationSet;
use crate::scratch::{Database, Server};
use std::collections::{BTreeMap, HashMap};

/// Part of the name of the template with rows: another way to make them needs another template.
const KEY: &str = "rows 1";

/// A database with the first `n` migrations and rows in its tables, from a template where there is one.
pub(super) fn filled(server: &Server, set: &MigrationSet, n: usize) -> Result<Database, Failure> {
    server.prepared(set, n, KEY, &mut |database| {
        let mut session = database.connect()?;
        make_rows(&mut session).map_err(|error| cannot_fill(&error))?;
        session.close();
        Ok(())
    })
}

/// The tables that stayed empty.
pub(super) fn unfilled(database: &Database) -> Result<Vec<Unfilled>, Failure> {
    let mut session = database.connect()?;
    let rows = session.rows("SELECT relation, why FROM xtask.unfilled ORDER BY 1").map_err(|error| cannot_fill(&error))?;
    session.close();
    Ok(rows.iter().map(|row| Unfilled { table: row.text(0), why: row.text(1) }).collect())
}

fn cannot_fill(error: &DbError) -> Failure {
    let diagnostic = Diagnostic::error("scratch-failed", format!("the scratch database could not be filled with rows: {error}"))
        .hint("see the server's log for more, or name another server with `[scratch] url` in xtask.toml");
    Failure::new(Exit::NoServer, diagnostic)
}

fn make_rows(session: &mut Session) -> Result<(), DbError> {
    let tables = ordered(tables(session)?);
    let blocks: Vec<String> = tables.iter().map(fill).collect();
    // Twice where tables refer to each other in a circle: by then the other one may have rows.
    let unready = format!("CREATE SCHEMA IF NOT EXISTS xtask; CREATE TABLE xtask.unfilled (relation text, why text); {BEGIN}; ");
    session.execute(&format!("{unready}{}; COMMIT", joined(&blocks)))?;
    let left = session.rows("SELECT relation FROM xtask.unfilled")?;
    let again: Vec<String> = tables
        .iter()
        .zip(&blocks)
        .filter(|(table, _)| left.iter().any(|row| row.text(0) == table.shown))
        .map(|(_, it)| it.clone())
        .collect();
    if !again.is_empty() {
        session.execute(&format!("{BEGIN}; {}; COMMIT", joined(&again)))?;
    }
    session.execute(REFRESH)
}

/// Materialized views hold what their tables held when they were made. One that cannot be computed from these rows stays as it is.
const REFRESH: &str = "DO $$DECLARE v record; BEGIN FOR v IN SELECT c.oid::pg_catalog.regclass AS view FROM pg_catalog.pg_class c \
    WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid LOOP \
    BEGIN EXECUTE pg_catalog.format('REFRESH MATERIALIZED VIEW %s', v.view); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END$$";

/// What is deferred is checked at once, so that a row that does not fit fails by itself. Nothing waits for the disk.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL jit = off; SET CONSTRAINTS ALL IMMEDIATE";

fn joined(blocks: &[String]) -> String {
    if blocks.is_empty() { "SELECT 1".to_owned() } else { blocks.join("; ") }
}

/// The tables that hold rows themselves.
fn tables(session: &mut Session) -> Result<Vec<Table>, DbError> {
    let types = types(&session.rows(TYPES)?);
    let mut columns: ByTable<Column> = BTreeMap::new();
    for row in session.rows(COLUMNS)? {
        if let (Some(oid), Some(column)) = (row.parse(0), column(&row, &types)) {
            columns.entry(oid).or_default().push(column);
        }
    }
    let mut checks: ByTable<String> = BTreeMap::new();
    let mut foreign: ByTable<Foreign> = BTreeMap::new();
    for row in session.rows(CONSTRAINTS)? {
        let oid = row.parse(0).unwrap_or_default();
        match row.get(1) {
            Some("f") => foreign.entry(oid).or_default().push(foreign_key(&row)),
            _ => checks.entry(oid).or_default().push(row.text(2)),
        }
    }
    let rows = session.rows(TABLES)?;
    let mut table = |row: &Row| {
        let oid = row.parse(0)?;
        let mut all = checks.remove(&oid).unwrap_or_default();
        all.extend(row.get(3).map(str::to_owned));
        let (columns, foreign) = (columns.remove(&oid).unwrap_or_default(), foreign.remove(&oid).unwrap_or_default());
        Some(Table { oid, shown: row.text(1), sql: row.text(2), columns, checks: all, foreign })
    };
    Ok(rows.iter().filter_map(&mut table).collect())
}

/// A type as the catalog has it.
struct Raw {
    name: String,
    kind: char,
    written: String,
    base: u32,
    modifier: i32,
    inner: u32,
    not_null: bool,
    labels: Vec<String>,
    checks: Vec<String>,
}

fn types(rows: &[Row]) -> HashMap<u32, Raw> {
    let list = |row: &Row, index| row.text(index).split('\u{1}').filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<String>>();
    let raw = |row: &Row| Raw {
        name: row.text(1),
        kind: row.text(2).chars().next().unwrap_or('b'),
        written: row.text(3),
        base: row.parse(4).unwrap_or_default(),
        modifier: row.parse(5).unwrap_or(-1),
        inner: row.parse(6).unwrap_or_default(),
        not_null: row.get(7) == Some("t"),
        labels: list(row, 8),
        checks: list(row, 9),
    };
    rows.iter().filter_map(|row| Some((row.parse(0)?, raw(row)))).collect()
}

/// A type below its domains; `modifier` is the column's.
fn type_of(oid: u32, modifier: i32, types: &HashMap<u32, Raw>) -> Option<Type> {
    let raw = types.get(&oid)?;
    if raw.kind == 'd' {
        return type_of(raw.base, if raw.modifier >= 0 { raw.modifier } else { modifier }, types);
    }
    Some(Type {
        name: raw.name.clone(),
        kind: raw.kind,
        written: raw.written.clone(),
        modifier: (modifier >= 0).then_some(modifier),
        labels: raw.labels.clone(),
        inner: if raw.inner == 0 { None } else { type_of(raw.inner, -1, types).map(Box::new) },
    })
}

fn column(row: &Row, types: &HashMap<u32, Raw>) -> Option<Column> {
    let (mut oid, modifier) = (row.parse::<u32>(3)?, row.parse(4)?);
    let of = type_of(oid, modifier, types)?;
    let (mut domain_checks, mut not_null) = (Vec::new(), row.get(5) == Some("t"));
    while let Some(raw) = types.get(&oid).filter(|it| it.kind == 'd') {
        domain_checks.extend(raw.checks.iter().cloned());
        not_null |= raw.not_null;
        oid = raw.base;
    }
    Some(Column { number: row.parse(1)?, name: row.text(2), of, not_null, has_default: row.get(6) == Some("t"), domain_checks })
}

fn foreign_key(row: &Row) -> Foreign {
    let list = |index: usize| row.text(index).split('\u{1}').map(str::to_owned).collect::<Vec<String>>();
    Foreign {
        columns: list(3).iter().filter_map(|it| it.parse().ok()).collect(),
        target: row.parse(4).unwrap_or_default(),
        target_sql: row.text(5),
        target_columns: list(6),
    }
}

const TABLES: &str = "SELECT c.oid, CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END, \
    pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.pg_get_partition_constraintdef(c.oid) \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('information_schema', 'xtask') AND n.nspname !~ '^pg_' \
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
    AND pg_catalog.pg_relation_size(c.oid) = 0 ORDER BY c.oid";

/// Without those that fill themselves. What a sequence gives is no default to leave out once: it is always left out.
const COLUMNS: &str = "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.atthasdef \
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.oid >= 16384 \
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = '' \
    AND (d.adbin IS NULL OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) !~ '^nextval') ORDER BY 1, 2";

const CONSTRAINTS: &str = "SELECT k.conrelid, k.contype, pg_catalog.pg_get_expr(k.conbin, k.conrelid), \
    pg_catalog.array_to_string(k.conkey, E'\\x01'), k.confrelid, \
    (SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = k.confrelid), \
    (SELECT pg_catalog.string_agg(a.attname, E'\\x01' ORDER BY u.at) FROM unnest(k.confkey) WITH ORDINALITY u(number, at) \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number) \
    FROM pg_catalog.pg_constraint k WHERE k.contype IN ('c', 'f') AND k.conrelid >= 16384";

const TYPES: &str = "SELECT t.oid, t.typname, t.typtype, pg_catalog.format_type(t.oid, NULL), t.typbasetype, t.typtypmod, \
    CASE WHEN t.typtype = 'r' THEN r.rngsubtype WHEN t.typcategory = 'A' THEN t.typelem \
     WHEN t.typtype = 'm' THEN (SELECT m.rngtypid FROM pg_catalog.pg_range m WHERE m.rngmultitypid = t.oid) END, t.typnotnull, \
    (SELECT pg_catalog.string_agg(e.enumlabel, E'\\x01' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), \
    (SELECT pg_catalog.string_agg(pg_catalog.pg_get_expr(k.conbin, 0), E'\\x01') FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') \
    FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid WHERE t.typtype <> 'p'";
