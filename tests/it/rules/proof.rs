//! An example of a rule on a database of its own, and what can be seen of it there.

use migrate_first::migration::{MigrationSet, Numbering, SourceFile};
use postgres::Client;
use support::database::rows;
use support::{Database, Server};

/// An example: the migrations before it have run.
pub struct Example {
    database: Database,
    statements: Vec<String>,
}

impl Example {
    pub fn new(server: &'static Server, before: &str, sql: &str) -> Example {
        let database = Database::new(server);
        database.sql(before);
        Example { database, statements: statements(sql) }
    }

    pub fn sql(&self, sql: &str) {
        self.database.sql(sql);
    }

    /// Statement by statement, without a transaction around them.
    pub fn run(&self) -> Result<(), String> {
        let mut client = self.database.connect();
        self.statements.iter().try_for_each(|it| run(&mut client, it))
    }

    /// In one transaction.
    pub fn run_in_transaction(&self) -> Result<(), String> {
        let mut client = self.database.connect();
        run(&mut client, "BEGIN")?;
        self.statements.iter().try_for_each(|it| run(&mut client, it))?;
        run(&mut client, "COMMIT")
    }

    /// In one transaction; the first table that was there before and is read or written as a whole while others have to wait for it.
    pub fn run_watched(&self) -> Result<Option<String>, String> {
        let mut client = self.database.connect();
        run(&mut client, "SET max_parallel_maintenance_workers = 0")?;
        run(&mut client, "BEGIN")?;
        run(&mut client, NOTE)?;
        for statement in &self.statements {
            run(&mut client, statement)?;
            let found = rows(&mut client, WATCH);
            if let Some(table) = found.lines().next().filter(|it| !it.is_empty()) {
                return Ok(Some(table.to_owned()));
            }
            run(&mut client, "UPDATE pg_temp.noted SET scans = pg_stat_get_xact_numscans(oid), node = pg_relation_filenode(oid)")?;
        }
        run(&mut client, "COMMIT").map(|()| None)
    }

    /// How many values all tables hold together.
    pub fn values(&self) -> u64 {
        let columns = self.database.sql(
            "SELECT format('SELECT count(%I) FROM %s', attname, attrelid::regclass) FROM pg_attribute \
             WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)",
        );
        columns.lines().map(|it| self.database.sql(it).parse::<u64>().expect("a count")).sum()
    }

    /// Runs what a program does, in a session of its own, and takes it back.
    pub fn program(&self, sql: &str) -> Result<(), String> {
        let mut client = self.database.connect();
        run(&mut client, &format!("BEGIN; {sql}"))
    }

    /// Whether it ends the transaction that it is run in.
    pub fn changes_transaction(&self) -> Result<bool, String> {
        let mut client = self.database.connect();
        run(&mut client, "BEGIN")?;
        let before = rows(&mut client, "SELECT txid_current()");
        self.statements.iter().try_for_each(|it| run(&mut client, it))?;
        Ok(rows(&mut client, "SELECT txid_current()") != before)
    }

    /// Whether the session has other settings behind it than before.
    pub fn leaks(&self) -> Result<bool, String> {
        let mut client = self.database.connect();
        let settings = "SELECT string_agg(name || setting, ' ' ORDER BY name) FROM pg_settings WHERE context = 'user'";
        let before = rows(&mut client, settings);
        run(&mut client, "BEGIN")?;
        self.statements.iter().try_for_each(|it| run(&mut client, it))?;
        run(&mut client, "COMMIT")?;
        Ok(rows(&mut client, settings) != before)
    }

    /// How many rows of `table` its transaction writes.
    pub fn rows_written(&self, table: &str) -> Result<u64, String> {
        let mut client = self.database.connect();
        run(&mut client, "BEGIN")?;
        self.statements.iter().try_for_each(|it| run(&mut client, it))?;
        let written = rows(&mut client, &format!("SELECT pg_stat_get_xact_tuples_updated('{table}'::regclass)"));
        written.parse().map_err(|_| written)
    }
}

/// The relations of the schema before, with what the transaction has done to them so far.
const NOTE: &str = "CREATE TEMP TABLE noted AS SELECT c.oid, relname, relkind, pg_stat_get_xact_numscans(c.oid) AS scans, \
    pg_relation_filenode(c.oid) AS node, coalesce(i.indrelid, c.oid) AS tab FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid \
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm', 'i')";

/// Tables that others have to wait for (a materialized view has only readers) and that the last statement read or wrote as a whole. An index that is built anew keeps its name.
const WATCH: &str = "SELECT t.relname FROM pg_temp.noted n JOIN pg_temp.noted t ON t.oid = n.tab \
    WHERE (pg_stat_get_xact_numscans(n.oid) > n.scans OR pg_relation_filenode(n.oid) <> n.node \
        OR (n.relkind = 'i' AND EXISTS (SELECT FROM pg_class c WHERE c.relname = n.relname AND c.relkind = 'i' AND c.relfilenode <> n.node))) \
    AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.relation = t.oid AND l.granted \
        AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') \
        AND (t.relkind <> 'm' OR l.mode = 'AccessExclusiveLock'))";

fn run(client: &mut Client, sql: &str) -> Result<(), String> {
    client.simple_query(sql).map(drop).map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string))
}

/// The statements of a migration, cut as the tool cuts them; as a whole where it cannot.
fn statements(sql: &str) -> Vec<String> {
    let file = SourceFile { path: "migrations/0001_example.sql".into(), bytes: sql.as_bytes().to_vec() };
    let (set, _) = MigrationSet::from_readable_files(vec![file], Numbering::Sequential);
    let cut =
        |it: &migrate_first::migration::Migration| it.script.statements.iter().map(|at| it.text[at.span.clone()].to_owned()).collect();
    set.migrations.first().map_or_else(|| vec![sql.to_owned()], cut)
}
