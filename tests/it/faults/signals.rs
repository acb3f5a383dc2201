//! SIGINT and SIGTERM: the statement ends on the server too, what was done stays, nothing of the running one does.

use std::time::{Duration, Instant};
use support::dump::applied;
use support::{Database, Sandbox, Signal, activity, each_server, expect};

const SLOW: &str = "CREATE TABLE gone ();\nSELECT pg_sleep(60);\n";

#[test]
fn sigint_in_a_transaction() {
    interrupted(Signal::INT, SLOW, "0001_kept");
}

#[test]
fn sigterm_in_a_transaction() {
    interrupted(Signal::TERM, SLOW, "0001_kept");
}

#[test]
fn sigint_without_a_transaction() {
    interrupted(Signal::INT, "-- xtask: no-transaction\nSELECT pg_sleep(60);", "0001_kept 0002_slow?");
}

/// What the user sees.
#[test]
fn what_was_kept_is_named() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = Sandbox::on(&database).migration("0001_kept.sql", "CREATE TABLE kept ();").migration("0002_slow.sql", SLOW);
        let running = sandbox.spawn(["db", "migrate"]);
        activity::until_asleep(&database);
        running.signal(Signal::INT);
        running.wait().code(130).stderr(expect![[r#"
              applied  0001_kept  [time]
            error[interrupted]: interrupted; the server was told to cancel
              = nothing of 0002_slow was kept (it ran in a transaction)
              = 0001_kept stays applied
        "#]]);
    });
}

fn interrupted(signal: Signal, slow: &str, history: &str) {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = Sandbox::on(&database).migration("0001_kept.sql", "CREATE TABLE kept ();").migration("0002_slow.sql", slow);
        let running = sandbox.spawn(["db", "migrate"]);
        activity::until_asleep(&database);
        let began = Instant::now();
        running.signal(signal);
        running.wait().code(130).says(&["0001_kept"]);
        assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
        activity::until_gone(&database);
        assert_eq!(applied(&database), history);
        assert_eq!(database.sql("SELECT to_regclass('kept') IS NOT NULL, to_regclass('gone') IS NULL"), "t|t");
        sandbox.write("migrations/0002_slow.sql", slow.replace("60", "0"));
        sandbox.migrate().code(0);
    });
}
