//! Drift: what the migrations make beside what `schema/` describes.

use support::{Database, Sandbox, each_server, expect};

fn check(database: &Database, migrations: &str, schema: &str) -> support::Outcome {
    let sandbox = Sandbox::on(database).migration("0001_a.sql", migrations).file("schema/a.sql", schema);
    sandbox.run(["db", "check", "--only", "drift"])
}

/// What is said where this machine has no pg_dump that fits.
const NO_PG_DUMP: &str = "info[no-pg-dump]";

#[test]
fn each_object_that_differs_is_named() {
    each_server(|server| {
        let database = Database::new(server);
        let migrations = "CREATE TABLE a (n int PRIMARY KEY, gone text, word text);\nCREATE INDEX old ON a (word);\n";
        let schema = "CREATE TABLE a (\n    n int PRIMARY KEY,\n    word varchar(9),\n    more int NOT NULL\n);\n\nCREATE TABLE b ();\n";
        check(&database, migrations, schema).code(1).without(NO_PG_DUMP).stderr(expect![[r#"
            error[drift]: TABLE public.b is desired, but no migration makes it
             --> schema/a.sql:7:14
              |
            7 | CREATE TABLE b ();
              |              ^
              = CREATE TABLE public.b ();
              = hint: run `cargo xtask db generate NAME` for a migration that mends it, or correct the files in `schema`
            error[drift]: COLUMN public.a.gone is made by the migrations, but is not desired
             --> migrations/0001_a.sql:1:36
              |
            1 | CREATE TABLE a (n int PRIMARY KEY, gone text, word text);
              |                                    ^^^^
              = ALTER TABLE public.a DROP COLUMN gone;
              = hint: run `cargo xtask db generate NAME` for a migration that mends it, or correct the files in `schema`
            error[drift]: COLUMN public.a.more is desired, but no migration makes it
             --> schema/a.sql:4:5
              |
            4 |     more int NOT NULL
              |     ^^^^
              = ALTER TABLE public.a ADD COLUMN more integer NOT NULL;
              = hint: run `cargo xtask db generate NAME` for a migration that mends it, or correct the files in `schema`
            error[drift]: COLUMN public.a.word is not as it is desired
             --> schema/a.sql:3:5
              |
            3 |     word varchar(9),
              |     ^^^^
              = type: `text` by the migrations, `character varying(9)` desired
              = ALTER TABLE public.a ALTER COLUMN word TYPE character varying(9);
              = hint: run `cargo xtask db generate NAME` for a migration that mends it, or correct the files in `schema`
            error[drift]: INDEX public.old is made by the migrations, but is not desired
             --> migrations/0001_a.sql:2:14
              |
            2 | CREATE INDEX old ON a (word);
              |              ^^^
              = DROP INDEX public.old;
              = hint: run `cargo xtask db generate NAME` for a migration that mends it, or correct the files in `schema`
            1 migration judged: 5 errors, 0 warnings, 0 notes
        "#]]);
    });
}

#[test]
fn pg_dump_is_a_second_opinion() {
    each_server(|server| {
        let database = Database::new(server);
        let outcome = check(&database, "CREATE TABLE a (n int, m int);\n", "CREATE TABLE a (m int, n int);\n").code(0);
        // Where this machine has no pg_dump that fits, that is said.
        let said = outcome.raw_stderr();
        assert!(
            said.contains("info[drift-dump]: the columns of `CREATE TABLE public.a` stand in another order") || said.contains(NO_PG_DUMP),
            "{said}"
        );
        check(&database, "CREATE TABLE a (n int, m int);\n", "CREATE TABLE a (n int, m int);\n").code(0);
    });
}

#[test]
fn a_desired_state_that_does_not_load_is_a_finding() {
    let database = super::database();
    check(&database, "CREATE TABLE a (n int);\n", "CREATE TABLE a (n no_such_type);\n")
        .code(1)
        .says(&["schema/a.sql:1:19", "no_such_type"]);
    check(&database, "CREATE TABLE a (n int);\n", "CREATE TABLE a ('n int);\n").code(1).says(&["schema/a.sql:1:1"]);
}
