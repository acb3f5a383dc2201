//! What the server is asked between two statements, and its answer as values.
//!
//! Inside a transaction every relation that a statement touched is locked until the end, so that `pg_locks` leads to all there is to see:
//! what was read, changed, rewritten and dropped. One query behind the statement, in the same message, tells it.

use super::mode::Mode;
use crate::db::Row;
use crate::sql::quote;
use std::collections::{BTreeMap, HashMap};

/// A relation of the user's, as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    /// With its schema where that is not `public`.
    pub name: String,
    /// Quoted, for a query.
    pub sql: String,
    /// `relkind`.
    pub kind: char,
    pub node: u32,
    /// Bytes; a table that nobody vacuumed and that has some has rows.
    pub size: u64,
    /// The table of an index.
    pub table: Option<u32>,
    /// The table that it is a partition of.
    pub parent: Option<u32>,
    pub columns: BTreeMap<i32, Column>,
    /// `relacl`, an item each.
    pub grants: Vec<String>,
    pub counts: Counts,
}

impl Relation {
    pub fn is_index(&self) -> bool {
        matches!(self.kind, 'i' | 'I')
    }

    pub fn has_rows(&self) -> bool {
        matches!(self.kind, 'r' | 'm') && self.size > 0
    }
}

/// A column by name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub type_id: u32,
}

/// The counters of a relation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub scans: u64,
    pub returned: u64,
    pub updated: u64,
    pub deleted: u64,
}

impl Counts {
    pub fn since(self, before: Counts) -> Counts {
        Counts {
            scans: self.scans.saturating_sub(before.scans),
            returned: self.returned.saturating_sub(before.returned),
            updated: self.updated.saturating_sub(before.updated),
            deleted: self.deleted.saturating_sub(before.deleted),
        }
    }
}

/// All relations of the user's by oid.
pub(super) type Relations = HashMap<u32, Relation>;

/// The answer to [`LOCKED`].
#[derive(Debug, Default)]
pub(super) struct Observation {
    /// The strongest mode on each relation, with what the catalog says now; nothing where it was dropped.
    pub locked: BTreeMap<u32, (Mode, Option<Relation>)>,
    /// Where the write-ahead log stands.
    pub wal: u64,
}

/// The columns that both queries end in.
macro_rules! columns {
    ($live:literal) => {
        concat!(
            "n.nspname, c.relname, c.relkind, c.relfilenode, \
             CASE WHEN c.relkind IN ('r', 'm', 'i') THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END, i.indrelid, \
             CASE WHEN c.relispartition THEN (SELECT inhparent FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid LIMIT 1) END, \
             CASE WHEN c.relkind NOT IN ('i', 'I') THEN (SELECT pg_catalog.string_agg(a.attnum || ' ' || a.atttypid || ' ' || a.attname, E'\\x01') \
              FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END, \
             pg_catalog.array_to_string(c.relacl, E'\\x01'), \
             pg_catalog.pg_stat_get_", $live, "numscans(c.oid), pg_catalog.pg_stat_get_", $live, "tuples_returned(c.oid), \
             pg_catalog.pg_stat_get_", $live, "tuples_updated(c.oid), pg_catalog.pg_stat_get_", $live, "tuples_deleted(c.oid)"
        )
    };
}

/// Every relation of the user's. Sent outside of a transaction: the counters are those of all transactions before.
pub(super) const RELATIONS: &str = concat!(
    "SELECT 'xtask relation', c.oid, NULL, ",
    columns!(""),
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid \
     WHERE n.nspname <> 'information_schema' AND n.nspname <> 'xtask' AND n.nspname !~ '^pg_' AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i', 'I')"
);

/// What the open transaction holds, with the counters of this transaction alone.
pub(super) const LOCKED: &str = concat!(
    "SELECT 'xtask relation', l.relation, l.modes, ",
    columns!("xact_"),
    " FROM (SELECT relation, pg_catalog.string_agg(mode, ' ') AS modes FROM pg_catalog.pg_locks \
      WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted AND relation >= 16384 \
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) GROUP BY relation) l \
     LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid; ",
    "SELECT 'xtask wal', pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')"
);

/// Where the write-ahead log stands.
pub(super) const WAL: &str = "SELECT 'xtask wal', pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')";

impl Observation {
    /// Takes a row of the answer; rows of other statements are passed over.
    pub fn take(&mut self, row: &Row) {
        match row.get(0) {
            Some("xtask wal") => self.wal = row.parse(1).unwrap_or_default(),
            Some("xtask relation") if row.len() == COLUMNS => {
                let mode = row.text(2).split(' ').filter_map(Mode::parse).max();
                if let (Some(oid), Some(mode)) = (row.parse(1), mode) {
                    self.locked.insert(oid, (mode, relation(row)));
                }
            }
            _ => {}
        }
    }
}

const COLUMNS: usize = 16;

/// The answer to [`RELATIONS`].
pub(super) fn relations(rows: &[Row]) -> Relations {
    rows.iter().filter_map(|row| Some((row.parse(1)?, relation(row)?))).collect()
}

fn relation(row: &Row) -> Option<Relation> {
    let (schema, name) = (row.get(3)?, row.get(4)?);
    let list = |index: usize| row.text(index).split('\u{1}').filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let count = |index: usize| row.parse(index).unwrap_or_default();
    Some(Relation {
        name: if schema == "public" { name.to_owned() } else { format!("{schema}.{name}") },
        sql: format!("{}.{}", quote::name(schema), quote::name(name)),
        kind: row.get(5)?.chars().next()?,
        node: row.parse(6)?,
        size: row.parse(7).unwrap_or_default(),
        table: row.parse(8),
        parent: row.parse(9),
        columns: list(10).iter().filter_map(|it| column(it)).collect(),
        grants: list(11),
        counts: Counts { scans: count(12), returned: count(13), updated: count(14), deleted: count(15) },
    })
}

/// `attnum type name`
fn column(text: &str) -> Option<(i32, Column)> {
    let mut parts = text.splitn(3, ' ');
    let (number, type_id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((number, Column { name: parts.next()?.to_owned(), type_id }))
}
