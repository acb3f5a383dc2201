//! Files that are done in part: what was committed is not done twice.

use support::dump::applied;
use support::{Database, Sandbox, each_server, expect};

fn numbers(database: &Database) -> String {
    database.sql("SELECT string_agg(n::text, ' ' ORDER BY n) FROM t")
}

fn sandbox(database: &Database, half: &str) -> Sandbox {
    Sandbox::on(database).migration("0001_create.sql", "CREATE TABLE t (n int);").migration("0002_half.sql", half)
}

#[test]
fn a_commit_in_the_middle_and_then_an_error() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = sandbox(&database, "BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\nINSERT INTO t VALUES (2 / 0);\n");
        sandbox.migrate().code(4).stderr(expect![[r#"
              applied  0001_create  [time]
              note     0002_half    runs step by step: it begins and ends transactions of its own
            error[migration-failed]: division by zero
             --> migrations/0002_half.sql:4:1
              |
            4 | INSERT INTO t VALUES (2 / 0);
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL 22012
              = the steps of 0002_half before this one are kept; the next run goes on with this one
              = 0001_create stays applied
              = hint: correct the file and run `cargo xtask db migrate` again
        "#]]);
        sandbox.migrate().code(4);
        assert_eq!((numbers(&database), applied(&database)), ("1".to_owned(), "0001_create 0002_half?".to_owned()));
        sandbox.write("migrations/0002_half.sql", "BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\nINSERT INTO t VALUES (2);\n");
        sandbox.migrate().code(0);
        assert_eq!((numbers(&database), applied(&database)), ("1 2".to_owned(), "0001_create 0002_half".to_owned()));
    });
}

#[test]
fn the_third_statement_without_a_transaction_fails() {
    each_server(|server| {
        let database = Database::new(server);
        let text = "-- xtask: no-transaction\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\nINSERT INTO t VALUES (3 / 0);\n";
        let sandbox = sandbox(&database, text);
        sandbox.migrate().code(4).says(&["22012", "0002_half.sql:4"]);
        assert_eq!(numbers(&database), "1 2");
        sandbox.write("migrations/0002_half.sql", text.replace("3 / 0", "3"));
        sandbox.migrate().code(0);
        assert_eq!((numbers(&database), applied(&database)), ("1 2 3".to_owned(), "0001_create 0002_half".to_owned()));
    });
}

/// What is done may not be edited under way: the history would tell a lie.
#[test]
fn the_part_that_is_done_cannot_be_edited() {
    each_server(|server| {
        let database = Database::new(server);
        let text = "-- xtask: no-transaction\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2 / 0);\n";
        let sandbox = sandbox(&database, text);
        sandbox.migrate().code(4);
        sandbox.write("migrations/0002_half.sql", text.replace("(1)", "(11)"));
        sandbox.migrate().code(2).says(&["0002_half", "edited"]);
        assert_eq!(numbers(&database), "1");
    });
}

/// Everything of a transaction goes, however late it fails.
#[test]
fn an_error_at_the_commit() {
    each_server(|server| {
        let database = Database::new(server);
        let deferred = "ALTER TABLE t ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED;\nINSERT INTO t VALUES (1), (1);\n";
        let sandbox = sandbox(&database, deferred);
        sandbox.migrate().code(4).says(&["23505", "0002_half", "0001_create"]);
        assert_eq!((numbers(&database), applied(&database)), (String::new(), "0001_create".to_owned()));
    });
}
