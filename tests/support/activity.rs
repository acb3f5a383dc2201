//! What the tool's sessions are doing, as the server sees it.

use crate::Database;
use crate::wait::{until, until_some};

/// How many of the tool's sessions in `database` fit a condition on `pg_stat_activity`.
pub fn count(database: &Database, condition: &str) -> usize {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'migrate-first' AND ({condition})",
        database.name
    );
    crate::database::rows(&mut database.server.admin(), &sql).parse().expect("a count")
}

/// Waits until one of them sleeps in `pg_sleep`.
pub fn until_asleep(database: &Database) {
    until("a migration sleeps", || count(database, "wait_event = 'PgSleep'") == 1);
}

/// Waits until one of them waits for a lock, and gives its process number.
pub fn until_waiting(database: &Database) -> String {
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'migrate-first' AND wait_event_type = 'Lock'",
        database.name
    );
    until_some("a migration waits for a lock", || {
        Some(crate::database::rows(&mut database.server.admin(), &sql)).filter(|pid| !pid.is_empty())
    })
}

/// Waits until all of them are gone.
pub fn until_gone(database: &Database) {
    until("the tool's sessions are gone", || count(database, "true") == 0);
}
