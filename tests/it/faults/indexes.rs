//! CREATE INDEX CONCURRENTLY that fails or is killed leaves an INVALID index; the next run must neither stumble over it nor keep it.

use postgres::Client;
use support::dump::applied;
use support::{Database, Sandbox, Signal, activity, each_server, until};

const NAMED: &str = "CREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n);";
const IF_NOT_EXISTS: &str = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n);";
const UNNAMED: &str = "CREATE UNIQUE INDEX CONCURRENTLY ON t (n);";

fn sandbox(database: &Database, index: &str) -> Sandbox {
    Sandbox::on(database)
        .migration("0001_create.sql", "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2);")
        .migration("0002_index.sql", format!("-- xtask: no-transaction\n{index}\n"))
}

/// Indexes on the table: how many are valid, how many not.
fn indexes(database: &Database) -> String {
    database.sql(
        "SELECT count(*) FILTER (WHERE indisvalid), count(*) FILTER (WHERE NOT indisvalid) FROM pg_index WHERE indrelid = 't'::regclass",
    )
}

#[test]
fn a_duplicate_is_mended_and_the_run_goes_through() {
    each_server(|server| {
        for index in [NAMED, IF_NOT_EXISTS, UNNAMED] {
            println!("{index}");
            let database = Database::new(server);
            let sandbox = sandbox(&database, index);
            sandbox.run(["db", "migrate", "--to", "1"]).code(0);
            database.sql("INSERT INTO t VALUES (1)");
            sandbox.migrate().code(4).says(&["23505", "migrations/0002_index.sql:2:", "(n)=(1)", "hint"]);
            assert_eq!(indexes(&database), "0|0");
            sandbox.migrate().code(4);
            database.sql("DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t WHERE n = 1)");
            sandbox.migrate().code(0);
            assert_eq!(indexes(&database), "1|0");
            assert_eq!(applied(&database), "0001_create 0002_index");
        }
    });
}

/// A writer that keeps its transaction open, for which a concurrent build must wait.
fn idle_writer(database: &Database) -> Client {
    let mut writer = database.connect();
    writer.batch_execute("BEGIN; INSERT INTO t VALUES (3)").expect("the table is there");
    writer
}

#[test]
fn killed_while_it_builds() {
    each_server(|server| {
        for index in [NAMED, IF_NOT_EXISTS, UNNAMED] {
            println!("{index}");
            let database = Database::new(server);
            let sandbox = sandbox(&database, index);
            sandbox.run(["db", "migrate", "--to", "1"]).code(0);
            let mut writer = idle_writer(&database);
            let running = sandbox.spawn(["db", "migrate", "--lock-timeout", "0"]);
            activity::until_waiting(&database);
            running.signal(Signal::KILL);
            running.wait().code(137);
            let again = sandbox.spawn(["db", "migrate"]);
            writer.batch_execute("COMMIT").expect("the session is alive");
            again.wait().code(0);
            assert_eq!(indexes(&database), "1|0");
            assert_eq!(applied(&database), "0001_create 0002_index");
        }
    });
}

#[test]
fn terminated_while_it_builds() {
    each_server(|server| {
        for index in [NAMED, IF_NOT_EXISTS, UNNAMED] {
            println!("{index}");
            let database = Database::new(server);
            let sandbox = sandbox(&database, index);
            sandbox.run(["db", "migrate", "--to", "1"]).code(0);
            let mut writer = idle_writer(&database);
            let running = sandbox.spawn(["db", "migrate", "--lock-timeout", "0"]);
            let pid = activity::until_waiting(&database);
            database.sql(&format!("SELECT pg_terminate_backend({pid})"));
            until("it comes back", || activity::count(&database, &format!("pid <> {pid} AND wait_event_type = 'Lock'")) == 1);
            writer.batch_execute("COMMIT").expect("the session is alive");
            running.wait().code(0);
            assert_eq!(indexes(&database), "1|0");
            assert_eq!(applied(&database), "0001_create 0002_index");
        }
    });
}
