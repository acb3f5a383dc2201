//! `db check`: each source alone, each bad input, and the forms of its report.

mod branches;
mod drift;
mod forms;
mod lock;
mod upgrade;

use migrate_first::sql::quote;
use support::{Database, Sandbox, expect, server};

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

/// A repository whose base branch is `main`, with all that it holds so far committed there.
struct Repository {
    sandbox: Sandbox,
}

impl Repository {
    fn new(sandbox: Sandbox) -> Repository {
        let sandbox = sandbox.file("xtask.toml", "[migrations]\nbase = \"main\"\n");
        let repository = Repository { sandbox };
        repository.git(&["init", "-q"]);
        repository.commit();
        repository.git(&["checkout", "-q", "-b", "topic"]);
        repository
    }

    fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "-q", "-m", "all"]);
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "init.defaultBranch=main"];
        let mut command = std::process::Command::new("git");
        let output = command.args(identity).args(arguments).current_dir(self.sandbox.path(".")).output().expect("git");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn everything_is_fine() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "CREATE TABLE a (n int PRIMARY KEY);\n")
        .file("schema/tables/a.sql", "CREATE TABLE a (n int PRIMARY KEY);\n");
    let repository = Repository::new(sandbox);
    repository.sandbox.write("migrations/0002_b.sql", "CREATE TABLE b (n int PRIMARY KEY);\n");
    repository.sandbox.write("schema/b.sql", "CREATE TABLE b (n int PRIMARY KEY);\n");
    let all = |arguments: &[&str]| repository.sandbox.run(arguments).code(0).says(&["1 migration judged: 0 errors, 0 warnings"]);
    all(&["db", "check", "--write"]).says(&["wrote migrations/migrations.lock"]);
    all(&["db", "check"]);
    repository.sandbox.run(["db", "lint"]).code(0).stderr(expect![[r#"
        1 migration judged: 0 errors, 0 warnings, 0 notes
    "#]]);
}

#[test]
fn a_replay_that_fails_is_a_finding() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "CREATE TABLE a (n int);\n")
        .migration("0002_b.sql", "ALTER TABLE a ADD m int;\nSELECT boom FROM a;\n")
        .file("schema/a.sql", "CREATE TABLE a (n int, m int);\n");
    for sources in ["replay", "drift", "idempotence,replay"] {
        sandbox.run(["db", "check", "--only", sources]).code(1).says(&["error[migration-failed]: column \"boom\" does not exist"]);
    }
    sandbox.run(["db", "check", "--only", "replay", "2"]).code(1).stderr(expect![[r#"
        error[migration-failed]: column "boom" does not exist
         --> migrations/0002_b.sql:2:8
          |
        2 | SELECT boom FROM a;
          |        ^^^^ PostgreSQL 42703
          = nothing of 0002_b was kept (it ran in a transaction)
          = hint: correct the file and run `cargo xtask db check` again
        1 migration judged: 1 error, 0 warnings, 0 notes
    "#]]);
}

#[test]
fn what_an_administrator_makes_is_named_with_its_setting() {
    let database = database();
    let role = format!("{}_role", database.name);
    // Revoked again, so that no template keeps the role from being dropped.
    let grant = format!("CREATE TABLE a (n int);\nGRANT SELECT ON a TO {role};\nREVOKE SELECT ON a FROM {role};\n");
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", grant);
    let hint = "add it to `roles` below `[scratch]` in xtask.toml";
    sandbox.run(["db", "check", "--only", "replay"]).code(1).says(&["does not exist", &role, hint]);
    let sandbox = sandbox.file("xtask.toml", format!("[scratch]\nroles = [\"{role}\"]\n"));
    sandbox.run(["db", "check", "--only", "replay"]).code(0);
    database.sql(&format!("DROP ROLE {}", quote::name(&role)));

    let sandbox = Sandbox::on(&database).migration("0001_a.sql", "CREATE EXTENSION no_such_thing;\n");
    sandbox.run(["db", "check", "--only", "replay"]).code(1).says(&["install the extension `no_such_thing` on the scratch server"]);
    let sandbox =
        Sandbox::on(&database).migration("0001_a.sql", "SELECT 1;\n").file("xtask.toml", "[scratch]\nextensions = [\"no_such_thing\"]\n");
    sandbox.run(["db", "check", "--only", "replay"]).code(3).says(&["error[no-extension]", "or take it out of `[scratch] extensions`"]);
}

#[test]
fn without_a_server_the_text_is_judged_all_the_same() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "").env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    sandbox.run(["db", "check"]).code(3).says(&[
        "warning[empty-file]",
        "error[no-scratch-server]: cannot connect",
        "hint: start that server",
    ]);
    sandbox.run(["db", "check", "--offline"]).code(0).says(&["warning[empty-file]"]);
}

#[test]
fn a_file_that_cannot_be_read_stops_only_what_is_behind_it() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "CREATE TABLE a (n int PRIMARY KEY);\n")
        .migration("0002_b.sql", "SELECT 'x;\n")
        .migration("0003_c.sql", "SELECT boom;\n");
    sandbox.run(["db", "check"]).code(1).stderr(expect![[r#"
        error[unreadable-sql]: this quote is never closed
         --> migrations/0002_b.sql:1:8
          |
        1 | SELECT 'x;
          |        ^
          = hint: close it; everything behind it was read as part of it
        info[no-base]: the migrations are in no git repository: nothing is compared with origin/main
          = hint: run it in a clone of the repository (`git init` makes one) to have them compared
        info[not-replayed]: `0003_c` and what follows was not replayed: a file before it cannot be read
         --> migrations/0003_c.sql
          = hint: correct that file, and run `cargo xtask db check` again
        info[no-desired-state]: there is no desired state in `schema`: whether migrations drift from it cannot be judged
          = hint: describe the schema there as plain SQL, or name another folder with `[schema] dir` in xtask.toml
        2 migrations judged: 1 error, 0 warnings, 3 notes
    "#]]);
}

#[test]
fn a_migration_that_spoils_the_history_is_found_by_the_second_run() {
    let database = database();
    let text = "CREATE TABLE a (n int);\n";
    let spoiler = "DELETE FROM xtask.history WHERE name = '0001_a';\n";
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", text).migration("0002_b.sql", spoiler);
    sandbox.run(["db", "check", "--only", "idempotence"]).code(1).says(&["error[not-idempotent]", "leave the schema `xtask`"]);
}

#[test]
fn words_that_mean_nothing_are_refused() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "SELECT 1;\n");
    sandbox.run(["db", "check", "--offline", "7"]).code(2).stderr(expect![[r#"
        error[no-such-migration]: `7` means none of the migrations
          = hint: name one by its number, its name or its path, like `7`, `0007_add_invoices`
    "#]]);
    for word in ["1", "0001_a", "migrations/0001_a.sql"] {
        sandbox.run(["db", "check", "--offline", word]).code(0);
    }
    sandbox.run(["db", "check", "--only", "smell"]).code(2).says(&["invalid value 'smell'", "files, lint, replay"]);
    sandbox.run(["db", "check", "--offline", "--only", "lint"]).code(2);
}
