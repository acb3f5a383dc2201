//! The desired state as a user writes it: in any order, and with what cannot be right.

use support::{Database, Expect, Outcome, Sandbox, each_server, expect, server};

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

fn diff(sandbox: &Sandbox) -> Outcome {
    sandbox.run(["db", "diff", "--from", "migrations", "--to", "schema"])
}

/// What is said of a schema that is none.
fn check(files: &[(&str, &str)], expected: Expect) {
    let database = database();
    let sandbox = files.iter().fold(Sandbox::on(&database), |sandbox, (path, text)| sandbox.file(path, text));
    diff(&sandbox).code(2).stderr(expected);
}

#[test]
fn order_does_not_matter() {
    each_server(|server| {
        let database = Database::new(server);
        let statements = [
            "COMMENT ON VIEW app.top IS 'the last'",
            "CREATE VIEW app.top AS SELECT * FROM app.middle",
            "CREATE VIEW app.middle AS SELECT id, mood, app.twice(id) AS two FROM app.people",
            "CREATE TRIGGER stamp BEFORE UPDATE ON app.people FOR EACH ROW EXECUTE FUNCTION app.stamp()",
            "CREATE INDEX ON app.people (app.twice(id))",
            "ALTER TABLE app.pets ADD FOREIGN KEY (owner) REFERENCES app.people",
            "CREATE TABLE app.pets (owner int, kind app.kind)",
            "CREATE TABLE app.people (id int DEFAULT nextval('app.ids') PRIMARY KEY, mood app.mood DEFAULT 'ok', boss int REFERENCES app.people)",
            "CREATE SEQUENCE app.ids",
            "CREATE DOMAIN app.kind AS app.mood CHECK (VALUE <> 'sad')",
            "CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2'",
            "CREATE TYPE app.mood AS ENUM ('sad', 'ok')",
            "CREATE SCHEMA app",
        ];
        let backwards = statements.join(";\n");
        let sandbox = Sandbox::on(&database).file("schema/all.sql", &backwards);
        sandbox.run(["db", "diff", "--from", "migrations", "--to", "schema", "--summary"]).code(0).prints(&["added    view app.top"]);
        // In the other order, and a file each, it is the same schema.
        let forwards: Vec<&str> = statements.iter().rev().copied().collect();
        database.sql(&forwards.join(";\n"));
        sandbox.write("schema/all.sql", "");
        for (number, statement) in statements.iter().enumerate() {
            sandbox.write(&format!("schema/{number:02}/it.sql"), statement);
        }
        sandbox.run(["db", "diff", "--from", &database.url().reveal(), "--to", "schema"]).code(0).says(&["nothing to do"]);
    });
}

#[test]
fn a_long_chain_the_wrong_way_round() {
    let database = database();
    let views = (0..300).rev().map(|n| format!("CREATE VIEW v{} AS SELECT * FROM v{n};\n", n + 1));
    let text: String = views.chain(["CREATE VIEW v0 AS SELECT 1 AS n;".to_owned()]).collect();
    diff(&Sandbox::on(&database).file("schema/views.sql", text)).code(0).prints(&["CREATE VIEW public.v300"]);
}

#[test]
fn what_does_not_parse() {
    check(
        &[("schema/a.sql", "CREATE TABLE a (n int);\n\nCREATE TABEL b (n int);\n")],
        expect![[r#"
            error[schema-syntax]: syntax error at or near "TABEL"
             --> schema/a.sql:3:8
              |
            3 | CREATE TABEL b (n int);
              |        ^^^^^ PostgreSQL 42601
              = hint: correct the statement
        "#]],
    );
    check(
        &[("schema/a.sql", "CREATE TABLE a (n int DEFAULT '1);\n")],
        expect![[r#"
        error[unreadable-sql]: this quote is never closed
         --> schema/a.sql:1:31
          |
        1 | CREATE TABLE a (n int DEFAULT '1);
          |                               ^
          = hint: close it; everything behind it was read as part of it
    "#]],
    );
}

#[test]
fn what_names_something_that_is_not_there() {
    check(
        &[
            ("schema/a.sql", "CREATE TABLE groups (id int PRIMARY KEY);\n"),
            (
                "schema/b.sql",
                "CREATE TABLE users (\n    id int,\n    team int REFERENCES grups (id)\n);\nCREATE VIEW v AS SELECT * FROM users;\n",
            ),
        ],
        expect![[r#"
            error[schema-unplaced]: relation "grups" does not exist
             --> schema/b.sql:3:25
              |
            3 |     team int REFERENCES grups (id)
              |                         ^^^^^ PostgreSQL 42P01
              = what needs it was not placed either: schema/b.sql:5
              = hint: write `groups`, if that is meant; else describe `grups` in a file of this folder
        "#]],
    );
    check(
        &[(
            "schema/a.sql",
            "CREATE TABLE a (n int);\nCREATE INDEX ON a (m);\nCREATE TABLE b (t nothing.of_the_sort);\nGRANT SELECT ON a TO nobody_here;\n",
        )],
        expect![[r#"
            error[schema-unplaced]: column "m" does not exist
             --> schema/a.sql:2:20
              |
            2 | CREATE INDEX ON a (m);
              |                    ^ PostgreSQL 42703
              = hint: correct the column's name, or add the column to its table
            error[schema-unplaced]: schema "nothing" does not exist
             --> schema/a.sql:3:19
              |
            3 | CREATE TABLE b (t nothing.of_the_sort);
              |                   ^^^^^^^ PostgreSQL 3F000
              = hint: describe `nothing` in a file of this folder, or correct the name
            error[schema-unplaced]: role "nobody_here" does not exist
             --> schema/a.sql:4:22
              |
            4 | GRANT SELECT ON a TO nobody_here;
              |                      ^^^^^^^^^^^ PostgreSQL 42704
              = hint: add `nobody_here` to `roles` below `[scratch]` in xtask.toml: scratch servers get it, and wherever else this is applied somebody makes it
        "#]],
    );
    check(
        &[(
            "schema/a.sql",
            "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM peple';\nCREATE TABLE people (id int);\n",
        )],
        expect![[r#"
            error[schema-body]: the body of function `f`: relation "peple" does not exist
             --> schema/a.sql:1:17
              |
            1 | CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM peple';
              |                 ^ PostgreSQL 42P01
              = hint: write `people` in its body, if that is meant
        "#]],
    );
}

#[test]
fn what_stands_there_twice() {
    check(
        &[("schema/a.sql", "CREATE TABLE a (n int);\n"), ("schema/b.sql", "\nCREATE TABLE a (n int);\n")],
        expect![[r#"
            error[schema-unplaced]: relation "a" already exists
             --> schema/b.sql:2:14
              |
            2 | CREATE TABLE a (n int);
              |              ^ PostgreSQL 42P07
              = hint: remove one of the two; the other stands at schema/a.sql:1
        "#]],
    );
}

#[test]
fn circles() {
    check(
        &[
            ("schema/a.sql", "CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b);\n"),
            ("schema/b.sql", "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);\n"),
        ],
        expect![[r#"
            error[schema-circle]: these need each other: `a` (schema/a.sql:1), `b` (schema/b.sql:1)
             --> schema/a.sql:1:54
              |
            1 | CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b);
              |                                                      ^ PostgreSQL 42P01
              = the server says: relation "b" does not exist
              = hint: take the reference to `b` out of CREATE TABLE a and write it behind both: `ALTER TABLE a ADD FOREIGN KEY (…) REFERENCES b;`
        "#]],
    );
    check(
        &[("schema/a.sql", "CREATE VIEW a AS SELECT * FROM b;\nCREATE VIEW b AS SELECT * FROM c;\nCREATE VIEW c AS SELECT * FROM a;\n")],
        expect![[r#"
            error[schema-circle]: these need each other: `a` (schema/a.sql:1), `b` (schema/a.sql:2), `c` (schema/a.sql:3)
             --> schema/a.sql:1:32
              |
            1 | CREATE VIEW a AS SELECT * FROM b;
              |                                ^ PostgreSQL 42P01
              = the server says: relation "b" does not exist
              = hint: write `a` without `b`, or put what both read into a third view: PostgreSQL makes no view before what it reads
        "#]],
    );
}

#[test]
fn what_is_no_part_of_a_desired_state() {
    check(
        &[(
            "schema/a.sql",
            "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\nCREATE INDEX CONCURRENTLY i ON a (n);\nCREATE ROLE r;\n-- xtask: rename b\nSELECT 1;\n",
        )],
        expect![[r#"
            error[schema-data]: INSERT changes rows; the desired state describes objects alone
             --> schema/a.sql:2:1
              |
            2 | INSERT INTO a VALUES (1);
              | ^^^^^^
              = hint: move it into a migration (`cargo xtask db new NAME`), or into the seeds if it is sample data
            error[schema-unsuited]: CONCURRENTLY is a way to get there, not a part of the desired state
             --> schema/a.sql:3:1
              |
            3 | CREATE INDEX CONCURRENTLY i ON a (n);
              | ^^^^^^
              = hint: leave CONCURRENTLY out; `cargo xtask db generate --online` writes it where it is needed
            error[schema-unsuited]: CREATE ROLE concerns the whole server, not this database
             --> schema/a.sql:4:1
              |
            4 | CREATE ROLE r;
              | ^^^^^^
              = hint: leave it to whoever runs the server; roles that scratch servers need are listed in `[scratch] roles` in xtask.toml
            error[schema-unsuited]: SELECT makes no object
             --> schema/a.sql:6:1
              |
            6 | SELECT 1;
              | ^^^^^^
              = hint: remove it; what makes objects by a call can stand in a DO block
            error[bad-directive]: `rename b` is not understood here
             --> schema/a.sql:5:1
              |
            5 | -- xtask: rename b
              | ^^^^^^^^^^^^^^^^^^
              = hint: write `-- xtask: renamed from OLD_NAME` above a table, a column's line, a type or an enum's value
        "#]],
    );
}

#[test]
fn sources_that_are_none() {
    let database = database();
    let sandbox =
        Sandbox::on(&database).file("xtask.toml", "[targets.staging]\nurl = \"postgres:///x\"\n").file("a.sql", "CREATE TABEL x ()");
    let from = |word: &str| sandbox.run(["db", "diff", "--from", word, "--to", "migrations"]).code(2);
    from("shcema").stderr(expect![[r#"
        error[no-such-source]: `shcema` (--from) is no schema
          = hint: write `schema`, if that is meant
    "#]]);
    from("production").stderr(expect![[r#"
        error[no-such-source]: `production` (--from) is no schema
          = hint: name `migrations`, `schema`, a target (staging), a database's URL, or a dump `….sql`
    "#]]);
    from("schema").stderr(expect![[r#"
        error[no-schema]: there is no folder `schema` with the desired state
          = hint: write the desired state there as SQL files (`cargo xtask db dump` does it from a database), or name the folder with `[schema] dir` in xtask.toml
    "#]]);
    from("a.sql").stderr(expect![[r#"
        error[script-failed]: syntax error at or near "TABEL"
         --> a.sql:1:8
          |
        1 | CREATE TABEL x ()
          |        ^^^^^ PostgreSQL 42601
          = hint: correct the script, or dump again with `pg_dump --schema-only`
    "#]]);
}

/// What the server's own pg_dump writes, rows included, is a source.
#[test]
fn a_dump_is_a_source() {
    each_server(|server| {
        let database = Database::new(server);
        database.sql(
            "CREATE SCHEMA \"Ä b\"; CREATE TABLE \"Ä b\".\"select\" (\"ünïcode\" text, id serial PRIMARY KEY);
             INSERT INTO \"Ä b\".\"select\" VALUES (E'tab\\there; -- ''');
             CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
        );
        let dump = support::dump::dump(&database, &[]);
        let sandbox = Sandbox::on(&database).file("dump.sql", dump);
        sandbox.run(["db", "diff", "--from", "dump.sql", "--to", &database.url().reveal()]).code(0).says(&["nothing to do"]);
        sandbox.run(["db", "diff", "--from", "migrations", "--to", "dump.sql"]).code(0).prints(&["\"Ä b\".\"select\""]);
    });
}
