//! The commands around `migrate`, as a user sees them.

use support::{Database, Sandbox, expect, server};

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

#[test]
fn status_tells_each_state() {
    let database = database();
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", "select 1;\n").migration("0002_b.sql", "select 2;\n");
    sandbox
        .run(["db", "status"])
        .code(1)
        .stdout(expect![[r#"
        pending  0001_a
        pending  0002_b
    "#]])
        .stderr(expect![[r#"
        0 applied, 2 pending: postgres://postgres:***@127.0.0.1:[port]/[database] (DATABASE_URL)
    "#]]);
    assert_eq!(database.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'xtask'"), "0", "reading writes nothing");
    sandbox.run(["db", "migrate", "--to", "1"]).code(0);
    sandbox.run(["db", "status", "--format", "json"]).code(1).prints(&[r#""state":"applied""#, r#""state":"pending""#]);
    sandbox.migrate().code(0);
    sandbox.run(["db", "status"]).code(0);
    sandbox.write("migrations/0002_b.sql", "select 3;\n");
    sandbox.run(["db", "status"]).code(1).stderr(expect![[r#"
        error[edited]: `0002_b` was edited after it was applied
         --> migrations/0002_b.sql
          = applied at [timestamp] by tester@desk
          = --- applied
            +++ file
            @@ -1 +1 @@
            -select 2;
            +select 3;
          = hint: undo the edit and write a new migration (`cargo xtask db new`); or, if the database is as the file says now, run `cargo xtask db repair 0002_b`
        1 applied, 0 pending, 1 wrong: postgres://postgres:***@127.0.0.1:[port]/[database] (DATABASE_URL)
    "#]]);
}

#[test]
fn an_older_migration_needs_leave() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .file("xtask.toml", "[migrations]\nnumbering = \"timestamp\"\n")
        .migration("20260102000000_b.sql", "select 1;\n");
    sandbox.migrate().code(0);
    sandbox.write("migrations/20260101000000_a.sql", "select 1;\n");
    sandbox.migrate().code(2).stderr(expect![[r#"
        error[out-of-order]: `20260101000000_a` is pending, but a newer migration is already applied
         --> migrations/20260101000000_a.sql
          = hint: run `cargo xtask db renumber` to move it to the end, or write `-- xtask: allow-out-of-order` at its top
    "#]]);
    sandbox.write("migrations/20260101000000_a.sql", "-- xtask: allow-out-of-order\nselect 1;\n");
    sandbox.migrate().code(0);
}

#[test]
fn repair_accepts_what_is_harmless_and_what_is_named() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "select 1;\n")
        .migration("0002_b.sql", "select 2;\n")
        .migration("0003_c.sql", "select 3;\n");
    sandbox.migrate().code(0);
    sandbox.run(["db", "repair"]).code(0).stderr(expect![[r#"
        nothing to repair: every applied migration is as it was
    "#]]);
    sandbox.write("migrations/0001_a.sql", "-- a comment\nselect   1;\n");
    sandbox.write("migrations/0002_b.sql", "select 22;\n");
    sandbox.run(["db", "repair", "--dry-run"]).code(1).stdout(expect![[r#"
        0001_a: the history takes the file's text (not done: a dry run)
    "#]]);
    sandbox
        .run(["db", "repair"])
        .code(1)
        .stdout(expect![[r#"
            0001_a: the history takes the file's text
        "#]])
        .stderr(expect![[r#"
        error[not-repaired]: `0002_b` was left alone: its statements were edited
          = hint: run `cargo xtask db status` to see the difference; `cargo xtask db repair 0002_b` accepts it as it is
    "#]]);
    sandbox.run(["db", "repair", "7"]).code(2).stderr(expect![[r#"
        error[no-such-migration]: `7` means no migration that needs repair
          = hint: run `cargo xtask db status` to see which do
    "#]]);
    sandbox.run(["db", "repair", "0002_b"]).code(0).stdout(expect![[r#"
        0002_b: the history takes the file's text
    "#]]);
    std::fs::rename(sandbox.path("migrations/0003_c.sql"), sandbox.path("migrations/0003_d.sql")).expect("a file");
    sandbox.migrate().code(2).stderr(expect![[r#"
        error[missing]: `0003_c` is in the database's history, but there is no such file
          = applied at [timestamp] by tester@desk
          = hint: run `cargo xtask db repair 0003_c`: `0003_d` holds the very same text
    "#]]);
    sandbox.run(["db", "repair", "0003_c"]).code(0).stdout(expect![[r#"
        0003_c: the history calls it 0003_d
    "#]]);
    sandbox.migrate().code(0).stderr(expect![[r#"
        nothing to do: 3 of 3 migrations applied
    "#]]);
}

#[test]
fn a_dry_run_shows_everything_and_changes_nothing() {
    let database = database();
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", "create table a (b int);\n").migration("0002_b.sql", "vacuum a;\n");
    sandbox
        .run(["db", "migrate", "--dry-run"])
        .code(0)
        .stdout(expect![[r#"
            -- migrations/0001_a.sql (in one transaction)
            create table a (b int);

            -- migrations/0002_b.sql (in one step of its own, recorded)
            vacuum a;

        "#]])
        .stderr(expect![[r#"
        0 applied, 2 pending; nothing was changed
    "#]]);
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname = 'a'"), "0");
}

#[test]
fn the_ready_file_means_the_head() {
    let database = database();
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", "").migration("0002_b.sql", "");
    let ready = sandbox.path("ready");
    let migrate = |more: &[&str]| sandbox.run([&["db", "migrate", "--ready-file", ready.to_str().expect("UTF-8")], more].concat()).code(0);
    migrate(&["--to", "1"]);
    assert!(!ready.exists());
    migrate(&[]);
    assert!(ready.exists());
}

#[test]
fn events_for_programs() {
    let database = database();
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", "vacuum;\n").migration("0002_b.sql", "select boom;\n");
    sandbox.run(["--format", "json", "db", "migrate"]).code(4).stdout(expect![[r#"
        {"pending":["0001_a","0002_b"],"type":"planned"}
        {"migration":"0001_a","type":"started"}
        {"migration":"0001_a","text":"runs step by step: `vacuum …` cannot run in a transaction","type":"note"}
        {"duration_ms":[time],"migration":"0001_a","type":"applied"}
        {"column":8,"effect":null,"end_column":12,"end_line":1,"file":"migrations/0002_b.sql","hazard":[],"hint":"correct the file and run `cargo xtask db migrate` again","level":"error","line":1,"message":"column \"boom\" does not exist","notes":["nothing of 0002_b was kept (it ran in a transaction)","0001_a stays applied"],"rule":"migration-failed","sqlstate":"42703","type":"diagnostic"}
    "#]]).stderr(expect![[""]]);
}

#[test]
fn new_takes_the_next_number() {
    let sandbox = Sandbox::new().migration("0009_a.sql", "");
    sandbox.run(["db", "new", "Add invoices"]).code(0).stdout(expect![[r#"
        migrations/0010_add_invoices.sql
    "#]]);
    sandbox.run(["db", "new", "../x"]).code(2).stderr(expect![[r#"
        error[bad-name]: `../x` makes no migration's name
          = hint: use letters, digits and `_`, like `add_invoices`; the number comes by itself
    "#]]);
    let sandbox = Sandbox::new().env("EDITOR", "printf 'select 1;' >");
    sandbox.run(["db", "new", "first", "--edit"]).code(0).stdout(expect![[r#"
        migrations/0001_first.sql
    "#]]);
    assert_eq!(std::fs::read_to_string(sandbox.path("migrations/0001_first.sql")).expect("a file"), "select 1;");
}

#[test]
fn renumber_moves_ours_behind_theirs() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "").migration("0002_theirs.sql", "");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "init.defaultBranch=main"];
        let output = std::process::Command::new("git").args(identity).args(arguments).current_dir(sandbox.path(".")).output().expect("git");
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "base"]);
    sandbox.write("migrations/0002_ours.sql", "select 1;");
    sandbox.write("migrations/0003_more.sql", "select 2;");
    sandbox.run(["db", "renumber"]).code(2).stderr(expect![[r#"
        error[no-base]: git does not know `origin/main`, and this repository has no remote `origin`: nothing is compared with origin/main
          = hint: add it and fetch (`git remote add origin URL`, `git fetch origin main`), name another with `--base REF`, or set `[migrations] base` in xtask.toml
    "#]]);
    sandbox.run(["db", "renumber", "--base", "main", "--dry-run"]).code(0).stdout(expect![[r#"
        0003_more.sql -> 0004_more.sql
        0002_ours.sql -> 0003_ours.sql
    "#]]);
    sandbox.run(["db", "renumber", "--base", "main"]).code(0).stdout(expect![[r#"
        0003_more.sql -> 0004_more.sql
        0002_ours.sql -> 0003_ours.sql
    "#]]);
    assert_eq!(std::fs::read_to_string(sandbox.path("migrations/0003_ours.sql")).expect("a file"), "select 1;");
    sandbox.run(["db", "renumber", "--base", "main"]).code(0).stderr(expect![[r#"
        nothing to renumber: what main does not have already stands behind what it has
    "#]]);
}

#[test]
fn reset_asks_first_and_loads_seeds_where_they_belong() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "create table a (b text);\n")
        .migration("0002_b.sql", "update a set b = b || '!';\n")
        .file("migrations/seed/0001_rows.sql", "insert into a values ('x');\n");
    sandbox.run(["db", "reset"]).code(2).stderr(expect![[r#"
        error[not-confirmed]: nothing was dropped: there is nobody to ask
          = hint: give --yes to drop it without a question
    "#]]);
    sandbox.run(["db", "reset", "--seed", "--yes"]).code(0).stderr(expect![[r#"
        dropped and created [database]
          applied  0001_a  [time]
        applied 1 in [time], 1 in all
          loaded   migrations/seed/0001_rows.sql
          applied  0002_b  [time]
        applied 1 in [time], 2 in all
    "#]]);
    assert_eq!(database.sql("SELECT b FROM a"), "x!");
    sandbox.run(["db", "reset", "--yes", "--database-url", "postgres://me@db.example.com/shop"]).code(2).stderr(expect![[r#"
        error[protected]: postgres://me@db.example.com/shop (--database-url) is never reset: it is not on this machine
          = hint: reset a database on this machine; for another one, drop it by hand where you know what you do
    "#]]);
    let protected = format!("[targets.prod]\nurl = \"{}\"\nprotected = true\n", database.url().reveal());
    let sandbox = sandbox.file("xtask.toml", protected);
    sandbox.run(["db", "reset", "--yes", "--target", "prod"]).code(2).says(&["is never reset: xtask.toml marks it protected"]);
    assert_eq!(database.sql("SELECT b FROM a"), "x!");
}

#[test]
fn global_flags_stand_before_and_after() {
    let database = database();
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", "");
    for arguments in [["-q", "db", "migrate"], ["db", "-q", "migrate"], ["db", "migrate", "-q"]] {
        sandbox.run(arguments).code(0).stderr(expect![[""]]);
    }
}

#[test]
fn url_and_wait() {
    let database = database();
    let sandbox = Sandbox::on(&database);
    sandbox.run(["db", "wait", "--timeout", "5s"]).code(0).says(&["ready: postgres://"]);
}

#[test]
fn help_is_short_and_completions_are_there() {
    let sandbox = Sandbox::new();
    for verb in ["migrate", "status", "new", "repair", "renumber", "reset", "shell"] {
        let help = sandbox.run(["db", verb, "--help"]).code(0);
        assert!(help.raw_stdout().lines().count() <= 32, "the help of {verb} is long:\n{}", help.raw_stdout());
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        sandbox.run(["completions", shell]).code(0).prints(&["migrate"]);
    }
}

#[test]
fn doctor_says_where_everything_comes_from() {
    let sandbox = Sandbox::new().file("xtask.toml", "[migrations]\nretries = 3\n").env("XTASK_DB_LOCK_WAIT", "1min");
    sandbox.run(["doctor", "--migrations", "m"]).code(0).prints(&[
        "migrations.retries            3",
        "xtask.toml:2",
        "environment XTASK_DB_LOCK_WAIT",
        "flag --migrations",
        "development server",
    ]);
}
