//! Sixteen runners at once: each migration is applied once, and all of them end well.

use support::dump::applied;
use support::{Bouncer, Database, Outcome, Sandbox, each_server};

const RUNNERS: usize = 16;

/// Files of each kind; whatever ran twice would leave two rows.
fn files(sandbox: Sandbox) -> Sandbox {
    let plain = (3..=9)
        .fold(sandbox, |sandbox, number| sandbox.migration(&format!("{number:04}_plain.sql"), format!("INSERT INTO t VALUES ({number});")));
    plain
        .migration("0001_create.sql", "CREATE TABLE t (n int); INSERT INTO t VALUES (1);")
        .migration("0002_bare.sql", "-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n);\nINSERT INTO t VALUES (2);")
        .migration("0010_sections.sql", "BEGIN; INSERT INTO t VALUES (10); COMMIT; BEGIN; INSERT INTO t VALUES (11); COMMIT;")
}

fn at_once(sandbox: &Sandbox) {
    let running: Vec<_> = (0..RUNNERS).map(|_| sandbox.spawn(["db", "migrate"])).collect();
    let outcomes: Vec<Outcome> = running.into_iter().map(|it| it.wait().code(0)).collect();
    let lines = outcomes.iter().flat_map(|it| it.raw_stderr().lines()).filter(|line| line.contains("  applied  "));
    assert_eq!(lines.count(), 10, "each migration is reported by one runner");
}

fn assert_once(database: &Database) {
    assert_eq!(database.sql("SELECT string_agg(n::text, ' ' ORDER BY n) FROM t"), "1 2 3 4 5 6 7 8 9 10 11");
    assert_eq!(applied(database).split(' ').count(), 10);
    assert!(!applied(database).contains('?'), "{}", applied(database));
}

#[test]
fn sixteen_at_once() {
    each_server(|server| {
        let database = Database::new(server);
        at_once(&files(Sandbox::on(&database)));
        assert_once(&database);
    });
}

#[test]
fn sixteen_at_once_through_pgbouncer() {
    each_server(|server| {
        let Some(bouncer) = Bouncer::start(server) else { return };
        let database = Database::new(server);
        at_once(&files(Sandbox::new().at(&bouncer.url(&database.url()))));
        assert_once(&database);
    });
}

#[test]
fn one_through_pgbouncer_leaves_nothing_in_its_pool() {
    each_server(|server| {
        let Some(bouncer) = Bouncer::start(server) else { return };
        let database = Database::new(server);
        let sandbox = files(Sandbox::new().at(&bouncer.url(&database.url())));
        sandbox.migrate().code(0);
        assert_once(&database);
        sandbox.migrate().code(0).says(&["nothing to do"]);
        let left = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(database.sql(left), "0");
    });
}
