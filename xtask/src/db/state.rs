//! What a run must know before it plans, in one round trip: the history, the server's version, and whether the migration lock is ours.

use super::history::{self, History, Table};
use super::{DbError, Reply, Session};
use crate::sql::quote::literal;

/// Whether to try for the migration lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Try once, without waiting: a waiter inside `pg_advisory_lock` holds a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
    Try,
    /// Leave it alone: the command only reads.
    Leave,
}

/// What the database said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Which migrations it has.
    pub history: History,
    /// For example 150018.
    pub server_version: u32,
    /// The server's own process number, which others see us under.
    pub backend_pid: i32,
    /// Whether the migration lock is ours. Through a pooler it is not tried for: it would stay behind in the pool.
    pub locked: bool,
    /// Whether a pooler stands in between.
    pub pooled: bool,
    /// Whether the server refuses writes.
    pub read_only: bool,
    /// Whether a schema was pushed to it that no migration has: see [`super::pushed`].
    pub pushed: bool,
}

/// Reads the state of the database as `table` tells it, and tries for the lock in the same message, before it reads.
///
/// # Errors
/// What the server says, for example that the history may not be read.
pub fn read(session: &mut Session, table: &Table, lock: Lock) -> Result<State, DbError> {
    let announced = session.announced_pid().unwrap_or(-1);
    let lock = match lock {
        Lock::Try => {
            format!("CASE WHEN pg_catalog.pg_backend_pid() = {announced} THEN pg_catalog.pg_try_advisory_lock({}) END", table.lock())
        }
        Lock::Leave => "NULL::bool".to_owned(),
    };
    let columns = history::COLUMNS;
    let regclass = format!("pg_catalog.to_regclass({})", literal(&table.to_string()));
    let select = literal(&format!("SELECT {columns} FROM {table} ORDER BY position"));
    // The table may not exist, and naming it then would be an error: the cursor is opened by text.
    let sql = format!(
        "SELECT {lock}, pg_catalog.pg_backend_pid(), pg_catalog.current_setting('server_version_num'), \
         {regclass} IS NOT NULL, pg_catalog.current_setting('transaction_read_only'), \
         pg_catalog.to_regclass('xtask.pushed') IS NOT NULL;
DO $xtask$ DECLARE history refcursor := 'xtask_history'; BEGIN
  IF {regclass} IS NULL THEN OPEN history FOR SELECT NULL LIMIT 0;
  ELSE OPEN history FOR EXECUTE {select}; END IF;
END $xtask$;
FETCH ALL FROM xtask_history"
    );
    let (mut state, mut statements_done) = (State::default(), 0);
    state.history.table = table.clone();
    session.run(&sql, &mut |reply| match reply {
        Reply::Row(row) if statements_done == 0 => {
            state.locked = row.get(0) == Some("t");
            state.backend_pid = row.parse(1).unwrap_or_default();
            state.server_version = row.parse(2).unwrap_or_default();
            state.history.exists = row.get(3) == Some("t");
            state.read_only = row.get(4) == Some("on");
            state.pushed = row.get(5) == Some("t");
        }
        Reply::Row(row) => state.history.rows.push(history::from_row(&row)),
        Reply::Done(_) => statements_done += 1,
        Reply::Notice { .. } => {}
    })?;
    state.pooled = state.backend_pid != announced;
    Ok(state)
}

/// Who holds the migration lock, in words.
///
/// # Errors
/// What the server says.
pub fn lock_holder(session: &mut Session, table: &Table) -> Result<Option<String>, DbError> {
    let lock = table.lock();
    let sql = format!(
        "SELECT a.pid, a.application_name, a.usename, a.client_addr, (extract(epoch FROM now() - a.backend_start))::int \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32 | l.objid::bigint) = {lock} \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) LIMIT 1"
    );
    let rows = session.rows(&sql)?;
    Ok(rows.first().map(|row| {
        let from = row.get(3).map_or(String::new(), |address| format!(" from {address}"));
        format!("pid {} (\"{}\", user {}{from}, connected for {} s)", row.text(0), row.text(1), row.text(2), row.text(4))
    }))
}
