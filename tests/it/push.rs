//! `db push`, to its end: by `desk`, which is the command on a machine that is neither CI nor a container.

use std::path::Path;
use support::terminal::Terminal;
use support::{Database, Outcome, Sandbox, expect, server};

const DESK: &str = env!("CARGO_BIN_EXE_desk");

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

fn sandbox(database: &Database) -> Sandbox {
    Sandbox::on(database)
        .migration("0001_a.sql", "CREATE TABLE t (n int, old text);\n")
        .file("schema/a.sql", "CREATE TABLE t (n int, m int);\n")
        .file("xtask.toml", "")
}

fn desk(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.run_program(Path::new(DESK), arguments)
}

const COLUMNS: &str = "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute \
    WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped";

#[test]
fn it_shows_asks_applies_and_is_remembered() {
    let database = database();
    let sandbox = sandbox(&database);
    sandbox.migrate().code(0);
    let push = || Terminal::of(sandbox.command_of(Path::new(DESK), ["db", "push"]));
    let screen = push().shows("without a migration? [y/N]").types("n").code(2);
    assert!(screen.contains("error[not-confirmed]") && screen.contains("nothing was pushed"), "{screen}");
    assert_eq!(database.sql(COLUMNS), "n old");
    let mut terminal = push();
    terminal.shows("DROP COLUMN old").shows("ADD COLUMN m integer").shows("loses the values of public.t.old");
    let screen = terminal.shows("without a migration? [y/N]").types("y").code(0);
    assert!(screen.contains("pushed; `cargo xtask db generate NAME` writes it as a migration"), "{screen}");
    assert_eq!(database.sql(COLUMNS), "n m");
    assert_eq!(database.sql("SELECT by, sql LIKE '%ADD COLUMN m%' FROM xtask.pushed"), "tester@desk|t");

    // Who comes next is told, with both ways back.
    sandbox.write("migrations/0002_b.sql", "SELECT 1;\n");
    sandbox.run(["db", "status"]).code(1).says(&["warning[pushed]", "db generate NAME", "db reset"]);
    sandbox.migrate().code(2).says(&["error[pushed]", "db generate NAME", "db reset"]);
    let check = sandbox.run(["db", "check", "--only", "replay"]).code(0);
    check.says(&["warning[pushed]", "db generate NAME", "db reset", "0 errors, 1 warning"]);
    let offline = sandbox.run(["db", "check", "--offline"]).code(0);
    assert!(!offline.raw_stderr().contains("pushed"), "it asks no server");
    std::fs::remove_file(sandbox.path("migrations/0002_b.sql")).expect("it is ours");

    // The way back.
    sandbox.run(["db", "generate", "add_m", "--allow-loss", "nobody reads it"]).code(0).prints(&["migrations/0002_add_m.sql"]);
    sandbox.run(["db", "reset", "--yes"]).code(0);
    sandbox.run(["db", "status"]).code(0).stderr(expect![[r#"
        2 applied, 0 pending: postgres://postgres:***@127.0.0.1:[port]/[database] (DATABASE_URL)
    "#]]);
    assert_eq!(database.sql(COLUMNS), "n m");
    desk(&sandbox, &["db", "push", "--yes"]).code(0).says(&["nothing to do"]);
    assert_eq!(database.sql("SELECT to_regclass('xtask.pushed') IS NULL"), "t");
}

#[test]
fn without_a_terminal_it_does_nothing_unasked() {
    let database = database();
    let sandbox = sandbox(&database);
    sandbox.migrate().code(0);
    desk(&sandbox, &["db", "push"]).code(2).says(&["nothing was pushed: there is nobody to ask", "give --yes"]);
    desk(&sandbox, &["db", "push", "--dry-run"]).code(0).prints(&["ALTER TABLE public.t ADD COLUMN m integer;"]);
    assert_eq!(database.sql(COLUMNS), "n old");
    desk(&sandbox, &["db", "push", "--yes"]).code(0).says(&["pushed; "]);
    // Once more: what was pushed is there.
    desk(&sandbox, &["db", "push", "--yes"]).code(0).says(&["nothing to do"]);
    assert_eq!(database.sql("SELECT count(*) FROM xtask.pushed"), "1");
}

#[test]
fn what_the_database_refuses_is_neither_kept_nor_remembered() {
    let database = database();
    let sandbox = sandbox(&database);
    sandbox.migrate().code(0);
    database.sql("INSERT INTO t VALUES (1)");
    sandbox.write("schema/a.sql", "CREATE TABLE t (n int, old text, m int NOT NULL);\n");
    desk(&sandbox, &["db", "push", "--yes"]).code(4).says(&["error[push-failed]", "nothing of it was kept", "db generate NAME"]);
    assert_eq!(database.sql("SELECT to_regclass('xtask.pushed') IS NULL"), "t");
    assert_eq!(database.sql(COLUMNS), "n old");
}

/// There is no flag and no variable against it: whoever runs the tests in a container sees it refused.
#[test]
fn nothing_is_pushed_where_it_should_not_be() {
    let database = database();
    let sandbox = sandbox(&database).env("CI", "true");
    sandbox.run(["db", "push", "--yes"]).code(2).says(&["error[not-here]: nothing is pushed in CI (CI is set)"]);
    if Path::new("/.dockerenv").exists() {
        let sandbox = sandbox.env("CI", "false");
        sandbox.run(["db", "push", "--yes"]).code(2).says(&["error[not-here]: nothing is pushed from a container (/.dockerenv is there)"]);
    }
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname = 't'"), "0");
    let target = "[targets.shared]\nurl = \"postgres://localhost/x\"\nprotected = true\n";
    sandbox_with(target).says(&["error[protected]", "is never pushed to"]);
}

fn sandbox_with(settings: &str) -> Outcome {
    let database = database();
    let sandbox = sandbox(&database).file("xtask.toml", settings);
    desk(&sandbox, &["db", "push", "--yes", "--target", "shared"]).code(2)
}
