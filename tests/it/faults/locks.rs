//! A session that reads and then idles in its transaction stands in the way of an ALTER TABLE, and the ALTER TABLE in everybody's.

use postgres::Client;
use std::time::{Duration, Instant};
use support::database::rows;
use support::dump::applied;
use support::{Database, Sandbox, activity, each_server};

/// A reader that keeps its lock, with its process number.
fn idle_reader(database: &Database) -> (Client, String) {
    let mut reader = database.connect();
    let pid = rows(&mut reader, "SET application_name = 'slow report'; BEGIN; SELECT count(*) FROM t; SELECT pg_backend_pid()");
    (reader, pid)
}

fn with_table(database: &Database) -> Sandbox {
    database.sql("CREATE TABLE t (n int)");
    Sandbox::on(database).migration("0001_alter.sql", "CREATE TABLE other ();\nALTER TABLE t ADD m int;")
}

#[test]
fn readers_go_on_and_the_blocker_is_named() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = with_table(&database);
        let (mut reader, pid) = idle_reader(&database);
        let mut running = sandbox.spawn(["db", "migrate", "--lock-timeout", "1s"]);
        activity::until_waiting(&database);
        // Behind the ALTER TABLE, so it must wait until that is given up; with a limit that only waiting for ever meets.
        let began = Instant::now();
        database.sql("SET statement_timeout = '20s'; SELECT count(*) FROM t");
        assert!(began.elapsed() < Duration::from_secs(5), "a reader waited {:?}", began.elapsed());
        running.says(&format!("blocked by pid {pid} (app \"slow report\", idle in transaction"));
        running.says("retry").says("AccessShareLock on t");
        reader.batch_execute("ROLLBACK").expect("the session is alive");
        running.wait().code(0);
        assert_eq!(applied(&database), "0001_alter");
    });
}

#[test]
fn given_up_when_the_blocker_stays() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = with_table(&database);
        let (_reader, pid) = idle_reader(&database);
        let outcome = sandbox.run(["db", "migrate", "--lock-timeout", "300ms", "--retries", "1"]).code(4);
        outcome.says(&["55P03", "migrations/0001_alter.sql:2", &format!("blocked by pid {pid} (app \"slow report\""), "hint"]);
        assert_eq!(applied(&database), "");
        assert_eq!(database.sql("SELECT to_regclass('other') IS NULL"), "t");
    });
}

#[test]
fn a_file_without_a_transaction_is_tried_again_too() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = with_table(&database);
        sandbox.write("migrations/0001_alter.sql", "-- xtask: no-transaction\nCREATE TABLE other ();\nALTER TABLE t ADD m int;");
        let (mut reader, pid) = idle_reader(&database);
        let mut running = sandbox.spawn(["db", "migrate", "--lock-timeout", "300ms"]);
        running.says(&format!("blocked by pid {pid}"));
        reader.batch_execute("ROLLBACK").expect("the session is alive");
        running.wait().code(0);
        assert_eq!(applied(&database), "0001_alter");
    });
}
