//! Files as they are in the world.

use support::dump::{applied, dump, history, schema};
use support::{Database, Sandbox, each_server};

#[test]
fn line_ends_and_byte_order_marks_never_change_a_checksum() {
    each_server(|server| {
        let text = "-- a comment\nCREATE TABLE t (\n    n int\n);\n";
        let with_crlf = text.replace('\n', "\r\n");
        let forms = [text.to_owned(), with_crlf.clone(), format!("\u{feff}{text}"), format!("\u{feff}{with_crlf}")];
        let database = Database::new(server);
        let sandbox = Sandbox::on(&database).migration("0001_t.sql", &forms[3]);
        sandbox.migrate().code(0);
        for form in &forms {
            sandbox.write("migrations/0001_t.sql", form);
            sandbox.run(["db", "status"]).code(0);
            sandbox.migrate().code(0).says(&["nothing to do"]);
        }
    });
}

#[test]
fn files_that_hold_little_or_much() {
    each_server(|server| {
        let database = Database::new(server);
        let many: String = (1..=257).map(|n| format!("INSERT INTO t VALUES ({n});\n")).collect();
        let long = format!("INSERT INTO t VALUES (length('{}'))", "ä".repeat(65_536));
        let sandbox = Sandbox::on(&database)
            .migration("0001_t.sql", "CREATE TABLE t (n int)")
            .migration("0002_empty.sql", "")
            .migration("0003_comment.sql", "-- nothing to do here")
            .migration("0004_many.sql", many)
            .migration("0005_long.sql", long)
            .migration("0006_blank.sql", "\n \n;;\n");
        sandbox.migrate().code(0);
        assert_eq!(database.sql("SELECT count(*), max(n) FROM t"), "258|65536");
        assert_eq!(applied(&database).split(' ').count(), 6);
    });
}

#[test]
fn eight_hundred_and_twenty_files() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = (1..=820).fold(Sandbox::on(&database), |sandbox, number| {
            sandbox.migration(&format!("{number:04}_step.sql"), format!("CREATE TABLE t{number} (n int);\n"))
        });
        sandbox.migrate().code(0).says(&["applied 820 in"]);
        assert_eq!(database.sql("SELECT count(*), count(DISTINCT position), count(finished_at) FROM xtask.history"), "820|820|820");
        sandbox.migrate().code(0).says(&["nothing to do: 820 of 820"]);
    });
}

/// What the server's own pg_dump writes runs as it is: COPY with data, an emptied search_path, and in newer versions `\restrict`.
#[test]
fn a_dump_is_a_baseline() {
    each_server(|server| {
        let old = Database::new(server);
        old.sql(
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE people (id int PRIMARY KEY, name text, mood mood);
             INSERT INTO people VALUES (1, E'tab\\there', 'ok'), (2, NULL, 'sad'), (3, E'back\\\\slash; -- $$', NULL);
             CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW v AS SELECT name FROM people",
        );
        let baseline = dump(&old, &[]);
        assert!(baseline.contains("COPY public.people") && baseline.contains("set_config('search_path', ''"), "{baseline}");
        let new = Database::new(server);
        let sandbox = Sandbox::on(&new)
            .migration("0001_baseline.sql", &baseline)
            .migration("0002_unqualified.sql", "CREATE TABLE later AS SELECT count(*) AS n FROM people;");
        sandbox.migrate().code(0);
        assert_eq!(new.sql("SELECT n FROM public.later; "), "3");
        assert_eq!(new.sql("TABLE people"), old.sql("TABLE people"));
        new.sql("DROP TABLE later");
        assert_eq!(schema(&new), schema(&old));
        assert!(history(&new).starts_with("1|0001_baseline|sha256:"));
    });
}
