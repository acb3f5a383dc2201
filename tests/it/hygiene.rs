//! What a file leaves behind in its session does not reach the next one, and the migration lock stays.

use support::dump::applied;
use support::{Database, Sandbox, activity, each_server};

/// Leaves everything behind that a session can hold.
const LEAVES: &str = "\
CREATE SCHEMA other;
SET search_path = other;
SET statement_timeout = '1h';
SET TIME ZONE 'Asia/Tokyo';
CREATE TEMP TABLE left_over (n int);
PREPARE left_over AS SELECT 1;
LISTEN left_over;
SELECT pg_advisory_lock(4711);
SELECT pg_advisory_lock_shared(47, 11);
DECLARE left_over CURSOR WITH HOLD FOR SELECT 1;
SET ROLE pg_monitor;
";

/// Complains of whatever of it is still there.
const FINDS_NOTHING: &str = "\
CREATE TABLE unqualified (n int);
DO $$
BEGIN
    ASSERT to_regclass('public.unqualified') IS NOT NULL, 'search_path';
    ASSERT current_setting('statement_timeout') = '0', 'statement_timeout';
    ASSERT current_setting('TimeZone') <> 'Asia/Tokyo', 'TimeZone';
    ASSERT to_regclass('left_over') IS NULL, 'temporary table';
    ASSERT NOT EXISTS (SELECT FROM pg_prepared_statements), 'prepared statement';
    ASSERT NOT EXISTS (SELECT FROM pg_listening_channels()), 'LISTEN';
    ASSERT NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'left_over'), 'cursor';
    ASSERT current_user = 'postgres', 'role';
    ASSERT session_user = 'postgres', 'session user';
    ASSERT (SELECT count(*) = 1 FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'), 'advisory lock';
END $$;
";

fn check(leaves: &str, last: &str) {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = Sandbox::on(&database)
            .migration("0001_leaves.sql", leaves)
            .migration("0002_finds.sql", FINDS_NOTHING)
            .migration("0003_leaves.sql", leaves.replace("CREATE SCHEMA other;\n", ""))
            .migration("0004_finds.sql", format!("{last}{}", FINDS_NOTHING.replace("unqualified", "unqualified_too")));
        sandbox.migrate().code(0);
        assert_eq!(applied(&database), "0001_leaves 0002_finds 0003_leaves 0004_finds");
    });
}

#[test]
fn after_a_transaction() {
    check(LEAVES, "");
}

#[test]
fn after_a_file_without_a_transaction() {
    check(&format!("-- xtask: no-transaction\n{LEAVES}"), "-- xtask: no-transaction\n");
}

#[test]
fn another_session_user() {
    each_server(|server| {
        let database = Database::new(server);
        for (number, header) in [(1, ""), (3, "-- xtask: no-transaction\n")] {
            let role = format!("guest_{}_{number}", database.name);
            let guest = format!("{header}CREATE ROLE {role};\nSET SESSION AUTHORIZATION {role};\n");
            let sandbox = Sandbox::on(&database).migration("0001_guest.sql", guest).migration("0002_finds.sql", FINDS_NOTHING);
            database.sql("DROP SCHEMA IF EXISTS xtask CASCADE; DROP TABLE IF EXISTS unqualified");
            let outcome = sandbox.migrate();
            database.sql(&format!("DROP ROLE IF EXISTS {role}"));
            outcome.code(0);
        }
    });
}

/// A second runner still has to wait: `DISCARD ALL` would have let it in.
#[test]
fn the_lock_is_held_after_a_file_that_tidied_up_itself() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = Sandbox::on(&database).migration("0001_leaves.sql", LEAVES).migration("0002_slow.sql", "SELECT pg_sleep(1.5);");
        let first = sandbox.spawn(["db", "migrate"]);
        activity::until_asleep(&database);
        sandbox.run(["db", "migrate", "--lock-wait", "100ms"]).code(5).says(&["another runner", "pid"]);
        first.wait().code(0);
    });
}
