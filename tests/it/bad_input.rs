//! What users get wrong: each is an error with its place and cure, exit code 2, and nothing is applied.

use support::{Database, Expect, Sandbox, expect, server};

/// Migrates `files` on an empty database.
fn check(files: &[(&str, &[u8])], expected: Expect) {
    let database = Database::new(server::servers().next().expect("a server"));
    let sandbox = files.iter().fold(Sandbox::on(&database), |sandbox, (name, text)| sandbox.migration(name, text));
    sandbox.migrate().code(2).stderr(expected).stdout(expect![[""]]);
    assert_eq!(database.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'xtask'"), "0", "something was written");
}

#[test]
fn names() {
    check(
        &[("init.sql", b"select 1")],
        expect![[r#"
        error[bad-name]: `init.sql` is no migration's name
         --> migrations/init.sql
          = hint: rename it to digits, `_` and words, like `0007_add_invoices.sql`
    "#]],
    );
    check(
        &[("0001_a.txt", b"select 1")],
        expect![[r#"
        error[bad-name]: `0001_a.txt` is no migration's name
         --> migrations/0001_a.txt
          = hint: move it out of the folder; only `NNNN_words.sql`, `migrations.lock`, `*.md` and hidden files belong there
    "#]],
    );
    check(
        &[("0001_a.sql", b""), ("0001_b.sql", b"")],
        expect![[r#"
        error[number-taken]: two migrations have the number 1: `0001_a` and `0001_b`
         --> migrations/0001_b.sql
          = hint: run `cargo xtask db renumber`, which moves those that the base branch does not have
    "#]],
    );
    check(
        &[("0001_a.sql", b""), ("0003_b.sql", b"")],
        expect![[r#"
        error[number-gap]: there is no migration between 1 (`0001_a`) and 3 (`0003_b`)
         --> migrations/0003_b.sql
          = hint: bring the missing file back, run `cargo xtask db renumber`, or set `numbering = "timestamp"` in xtask.toml
    "#]],
    );
}

#[test]
fn text_that_cannot_be_read() {
    check(
        &[("0001_a.sql", b"select 'caf\xe9';\n")],
        expect![[r#"
        error[not-utf8]: byte 0xe9 on line 1 is not UTF-8
         --> migrations/0001_a.sql
          = hint: save the file as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`
    "#]],
    );
    check(
        &[("0001_a.sql", b"create table a (b text);\ninsert into a values ('it''s, $$ ;\n")],
        expect![[r#"
        error[unreadable-sql]: this quote is never closed
         --> migrations/0001_a.sql:2:23
          |
        2 | insert into a values ('it''s, $$ ;
          |                       ^
          = hint: close it; everything behind it was read as part of it
    "#]],
    );
    check(
        &[("0001_a.sql", b"do $body$ begin end $boby$;\n")],
        expect![[r#"
        error[unreadable-sql]: this dollar quote is never closed
         --> migrations/0001_a.sql:1:4
          |
        1 | do $body$ begin end $boby$;
          |    ^
          = hint: close it; everything behind it was read as part of it
    "#]],
    );
    check(
        &[("0001_a.sql", b"select 1; /* never\nclosed\n")],
        expect![[r#"
        error[unreadable-sql]: this comment is never closed
         --> migrations/0001_a.sql:1:11
          |
        1 | select 1; /* never
          |           ^
          = hint: close it; everything behind it was read as part of it
    "#]],
    );
    check(
        &[("0001_a.sql", b"\\connect other\nselect 1;\n")],
        expect![[r#"
        error[unreadable-sql]: `\connect` is a command of psql's, not SQL
         --> migrations/0001_a.sql:1:1
          |
        1 | \connect other
          | ^^^^^^^^
          = hint: remove it: a migration runs in the database that the command was given
    "#]],
    );
    check(
        &[("0001_a.sql", b"\\copy t from 'x.csv'\n")],
        expect![[r#"
        error[unreadable-sql]: `\copy` is a command of psql's, not SQL
         --> migrations/0001_a.sql:1:1
          |
        1 | \copy t from 'x.csv'
          | ^^^^^
          = hint: write COPY … FROM stdin with its data behind it, or INSERT
    "#]],
    );
    check(
        &[("0001_a.sql", b"create table t (a int);\ncopy t from stdin;\n")],
        expect![[r#"
        error[unreadable-sql]: COPY … FROM stdin without its data
         --> migrations/0001_a.sql:2:1
          |
        2 | copy t from stdin;
          | ^^^^^^^^^^^^^^^^^
          = hint: put the data on the lines behind the statement and close it with a line `\.`, or write INSERT
    "#]],
    );
}

#[test]
fn transactions_that_do_not_add_up() {
    check(
        &[("0001_a.sql", b"begin;\nselect 1;\n")],
        expect![[r#"
        error[unbalanced-transaction]: BEGIN without COMMIT
         --> migrations/0001_a.sql:1:1
          |
        1 | begin;
          | ^^^^^
          = hint: close it with COMMIT, or remove it: the file runs in a transaction
    "#]],
    );
    check(
        &[("0001_a.sql", b"select 1;\ncommit;\n")],
        expect![[r#"
        error[unbalanced-transaction]: COMMIT without BEGIN
         --> migrations/0001_a.sql:2:1
          |
        2 | commit;
          | ^^^^^^
          = hint: remove it: the file runs in a transaction of its own
    "#]],
    );
    check(
        &[("0001_a.sql", b"begin;\nselect 1;\ncommit and chain;\nselect 2;\ncommit;\n")],
        expect![[r#"
        error[unbalanced-transaction]: this form of transaction control cannot be run
         --> migrations/0001_a.sql:3:1
          |
        3 | commit and chain;
          | ^^^^^^^^^^^^^^^^
          = hint: write plain BEGIN and COMMIT, or nothing: the file runs in a transaction
    "#]],
    );
}

#[test]
fn directives() {
    check(
        &[("0001_a.sql", b"-- xtask: no-transactoin\nselect 1;\n")],
        expect![[r#"
        error[bad-directive]: unknown directive `no-transactoin`
         --> migrations/0001_a.sql:1:1
          |
        1 | -- xtask: no-transactoin
          | ^^^^^^^^^^^^^^^^^^^^^^^^
          = hint: did you mean `no-transaction`?
    "#]],
    );
    check(
        &[("0001_a.sql", b"-- xtask: lock-timeout = soon\nselect 1;\n")],
        expect![[r#"
        error[bad-directive]: `soon` is no duration
         --> migrations/0001_a.sql:1:1
          |
        1 | -- xtask: lock-timeout = soon
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = hint: write a number with ms, s, min or h, like `[time]`
    "#]],
    );
    check(
        &[("0001_a.sql", b"select 1;\n-- xtask: no-transaction\n")],
        expect![[r#"
        error[bad-directive]: `no-transaction` stands behind a statement
         --> migrations/0001_a.sql:2:1
          |
        2 | -- xtask: no-transaction
          | ^^^^^^^^^^^^^^^^^^^^^^^^
          = hint: move it to the top of the file, before the first statement
    "#]],
    );
}

#[test]
fn several_mistakes_are_all_told() {
    check(
        &[("0001_a.sql", b"begin;"), ("b.sql", b""), ("0002_c.sql", b"'")],
        expect![[r#"
        error[unbalanced-transaction]: BEGIN without COMMIT
         --> migrations/0001_a.sql:1:1
          |
        1 | begin;
          | ^^^^^
          = hint: close it with COMMIT, or remove it: the file runs in a transaction
        error[unreadable-sql]: this quote is never closed
         --> migrations/0002_c.sql:1:1
          |
        1 | '
          | ^
          = hint: close it; everything behind it was read as part of it
        error[bad-name]: `b.sql` is no migration's name
         --> migrations/b.sql
          = hint: rename it to digits, `_` and words, like `0007_add_invoices.sql`
    "#]],
    );
}

/// The server reads a whole message before it runs any of it, so nothing before the mistake is applied either.
#[test]
fn grammar() {
    check(
        &[("0001_a.sql", b"create table a (b int);\n"), ("0002_b.sql", b"create table c (d int);\ncraete table e ();\n")],
        expect![[r#"
            error[migration-failed]: syntax error at or near "craete"
             --> migrations/0002_b.sql:2:1
              |
            2 | craete table e ();
              | ^^^^^^ PostgreSQL 42601
              = nothing of 0002_b was kept (it ran in a transaction)
              = nor were the 1 pending before it applied: nothing runs until all of it can be read
              = hint: correct the file and run `cargo xtask db migrate` again
        "#]],
    );
}

#[test]
fn settings() {
    let check = |text: &str, expected: Expect| {
        Sandbox::new().file("xtask.toml", text).run(["db", "status"]).code(2).stderr(expected);
    };
    check(
        "[migrations]\nlock_timout = \"2s\"\n",
        expect![[r#"
        error[bad-config]: unknown key `migrations.lock_timout`
         --> xtask.toml:2:1
          |
        2 | lock_timout = "[time]"
          | ^^^^^^^^^^^
          = hint: did you mean `migrations.lock_timeout`?
    "#]],
    );
    check(
        "[migrations]\nlock_timeout = \"soon\"\n",
        expect![[r#"
        error[bad-setting]: migrations.lock_timeout takes a duration like [time], [time] or [time], not `soon`
          = set by xtask.toml:2
    "#]],
    );
    check(
        "[server]\nway = \"dokcer\"\n",
        expect![[r#"
        error[bad-setting]: server.way takes one of auto, docker, local, download, none, not `dokcer`
          = set by xtask.toml:2
    "#]],
    );
    check(
        "[migrations\n",
        expect![[r#"
        error[bad-config]: unclosed table, expected `]`
         --> xtask.toml:1:12
          |
        1 | [migrations
          |            ^
    "#]],
    );
}

#[test]
fn addresses() {
    let check = |url: &str, code: i32, expected: Expect| {
        let outcome = Sandbox::new().secret("hunter2").migration("0001_a.sql", "").run(["db", "migrate", "--database-url", url]);
        outcome.code(code).stderr(expected);
    };
    check(
        "postgres://app:hunter2@x@127.0.0.1/d",
        2,
        expect![[r#"
        error[bad-url]: the password holds `@`
          = in the address from --database-url
          = hint: percent-encode it: `@` is %40, `:` %3A, `/` %2F, `#` %23, `?` %3F, `%` %25; or leave it out and set PGPASSWORD
    "#]],
    );
    check(
        "postgres://app:hunter2/x@127.0.0.1/d",
        2,
        expect![[r#"
        error[bad-url]: the password holds `/`
          = in the address from --database-url
          = hint: percent-encode it: `@` is %40, `:` %3A, `/` %2F, `#` %23, `?` %3F, `%` %25; or leave it out and set PGPASSWORD
    "#]],
    );
    check(
        "postgres://app:hunter2@127.0.0.1:port/d",
        2,
        expect![[r#"
        error[bad-url]: the port is no number from 1 to 65535
          = in the address from --database-url
          = hint: write `host:5432`; if this is part of the password, percent-encode it: `@` is %40, `:` %3A, `/` %2F, `#` %23, `?` %3F, `%` %25; or leave it out and set PGPASSWORD
    "#]],
    );
    check(
        "postgres://app:hunter2@127.0.0.1/d?sslmod=require",
        2,
        expect![[r#"
        error[bad-url]: unknown connection keyword `sslmod`
          = in the address from --database-url
          = hint: write `sslmode`
    "#]],
    );
    check(
        "mysql://app:hunter2@127.0.0.1/d",
        2,
        expect![[r#"
        error[bad-url]: this is no PostgreSQL URL
          = in the address from --database-url
          = hint: begin it with `postgres://`
    "#]],
    );
    check(
        "postgres://app:hunter2@127.0.0.1:1/d",
        3,
        expect![[r#"
        error[cannot-connect]: cannot connect to postgres://app:***@127.0.0.1:1/d: error connecting to server: Connection refused (os error 111)
          = hint: see whether the server runs and listens there; `--wait [time]` waits for one that is starting
    "#]],
    );
    Sandbox::new().migration("0001_a.sql", "").run(["db", "status", "--target", "prod"]).code(2).stderr(expect![[r#"
        error[no-such-target]: xtask.toml has no target `prod`
          = hint: write `[targets.prod]` with `url = "…"` into xtask.toml
    "#]]);
    let targets = Sandbox::new().file("xtask.toml", "[targets.prod]\nurl = \"${PROD_URL}\"\n").migration("0001_a.sql", "");
    targets.run(["--target", "prod", "db", "status"]).code(2).stderr(expect![[r#"
        error[variable-not-set]: target `prod` needs the environment variable PROD_URL
          = hint: set PROD_URL to the database's URL
    "#]]);
}
