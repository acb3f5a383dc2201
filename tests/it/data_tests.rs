//! `db test`: the tests of data migrations.

use support::{Database, Sandbox, each_server, expect, server};

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

fn sandbox(database: &Database, migration: &str) -> Sandbox {
    Sandbox::on(database)
        .migration("0001_a.sql", "create table a (id int, state text);\n")
        .migration("0002_b.sql", migration)
        .file("tests/data/0002/before.sql", "insert into a values (1, 'old');\ncopy a from stdin;\n2\told\n3\tnew\n\\.\n")
        .file(
            "tests/data/0002/after.sql",
            "select count(*) from a having count(*) <> 3;\n\nselect id, state from a where state <> 'new' order by id;\n",
        )
}

#[test]
fn the_rows_that_should_not_be_there_are_shown() {
    each_server(|server| {
        let database = Database::new(server);
        let good = sandbox(&database, "update a set state = 'new';\n");
        good.run(["db", "test"]).code(0).stderr(expect![[r#"
              passed   0002_b  [time]
            1 of 1 data tests passed
        "#]]);
        let bad = sandbox(&database, "update a set state = 'new' where id = 1;\n");
        bad.run(["db", "test", "2"]).code(1).stderr(expect![[r#"
            error[data-test-failed]: this query should return no row, and returns 1 row
             --> tests/data/0002/after.sql:3:1
              |
            3 | select id, state from a where state <> 'new' order by id;
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = select id, state from a where state <> 'new' order by id
              = row: 2 | old
              = hint: correct the migration, or the query where it asks for too much
              failed   0002_b  [time]
            0 of 1 data tests passed
        "#]]);
        bad.run(["db", "test", "--format", "json"])
            .code(1)
            .prints(&[r#""migration":"0002_b","passed":false"#, r#""rule":"data-test-failed""#]);
        assert_eq!(database.sql("SELECT to_regclass('a')"), "", "the database itself is left alone");
    });
}

#[test]
fn what_cannot_be_a_test_is_said() {
    let database = database();
    let sandbox = sandbox(&database, "select 1;\n");
    sandbox.run(["db", "test", "1"]).code(2).stderr(expect![[r#"
        error[no-data-test]: there is no test of `1` in `tests/data`
          = hint: write `tests/data/NNNN/before.sql` and `after.sql`
    "#]]);
    sandbox.run(["db", "test", "7"]).code(2).says(&["error[no-such-migration]: `7` means none of the migrations"]);
    sandbox.write("tests/data/0002/after.sql", "select 1;\nselect nothing from a;\n");
    sandbox.run(["db", "test"]).code(2).stderr(expect![[r#"
        error[data-test-refused]: column "nothing" does not exist
         --> tests/data/0002/after.sql:2:8
          |
        2 | select nothing from a;
          |        ^ PostgreSQL 42703
          = hint: correct the file and run `cargo xtask db test` again
    "#]]);
    std::fs::remove_file(sandbox.path("tests/data/0002/after.sql")).expect("it is there");
    sandbox.run(["db", "test"]).code(2).stderr(expect![[r#"
        error[unreadable-file]: failed to read `tests/data/0002/after.sql`: No such file or directory (os error 2)
          = hint: write `before.sql` (rows) and `after.sql` (queries that must return no row)
    "#]]);
    sandbox.write("tests/data/0009/after.sql", "");
    sandbox.run(["db", "test"]).code(2).says(&["error[unreadable-file]"]);
    sandbox.write("tests/data/0002/after.sql", "");
    sandbox.run(["db", "test"]).code(2).stderr(expect![[r#"
        error[stray-data-test]: `tests/data/0009` is the test of no migration
          = hint: give it the number of the migration that it tests, or remove it
    "#]]);
    std::fs::remove_dir_all(sandbox.path("tests")).expect("it is there");
    sandbox.run(["db", "test"]).code(0).stderr(expect![[r#"
        nothing to test: there is no folder `tests/data/NNNN`
    "#]]);
}

#[test]
fn the_examples_data_tests_pass() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let database = database();
    let migrations = root.join("migrations").display().to_string();
    let sandbox = Sandbox::on(&database).file("xtask.toml", format!("[migrations]\ntests = \"{}\"\n", root.join("tests/data").display()));
    sandbox.run(["db", "test", "--migrations", &migrations]).code(0).says(&["1 of 1 data tests passed"]);
}
