//! New migrations on what the base branch has deployed.

use super::{Repository, database};
use support::{Database, Sandbox, expect};

/// A base branch with two migrations and rows behind the first.
fn repository(database: &Database) -> Repository {
    let sandbox = Sandbox::on(database)
        .migration("0001_a.sql", "CREATE TABLE a (n int PRIMARY KEY);\n")
        .migration("0002_b.sql", "ALTER TABLE a ADD m int DEFAULT 0;\n")
        .migration("seed/0001_rows.sql", "INSERT INTO a VALUES (1), (2);\n");
    Repository::new(sandbox)
}

const UPGRADE: [&str; 4] = ["db", "check", "--only", "upgrade"];

#[test]
fn what_fits_the_rows_that_are_there_passes() {
    let database = database();
    let repository = repository(&database);
    let check = || repository.sandbox.run(UPGRADE).code(0).stdout(expect![""]);
    check().says(&["0 migrations judged: 0 errors, 0 warnings, 0 notes"]);
    repository.sandbox.write("migrations/0003_c.sql", "ALTER TABLE a ALTER m SET NOT NULL;\n");
    // Judged, and then known.
    for _ in 0..2 {
        check().says(&["1 migration judged: 0 errors, 0 warnings, 0 notes"]);
    }
}

#[test]
fn what_only_works_from_nothing_does_not() {
    let database = database();
    let repository = repository(&database);
    let sandbox = &repository.sandbox;
    sandbox.write("migrations/0003_c.sql", "ALTER TABLE a ADD k int NOT NULL;\n");
    sandbox.run(["db", "check", "--only", "replay"]).code(0);
    sandbox.run(UPGRADE).code(1).stderr(expect![[r#"
        error[upgrade-failed]: column "k" of relation "a" contains null values
         --> migrations/0003_c.sql:1:19
          |
        1 | ALTER TABLE a ADD k int NOT NULL;
          |                   ^ PostgreSQL 23502
          = nothing of 0003_c was kept (it ran in a transaction)
          = on a database that main made, with its sample data; from nothing it applies
          = hint: write it for what is there, rows as well as objects, and run `cargo xtask db check` again
        1 migration judged: 1 error, 0 warnings, 0 notes
    "#]]);
    // What does not apply at all is said once, by the replay.
    sandbox.write("migrations/0003_c.sql", "ALTER TABLE nowhere ADD k int;\n");
    let said = sandbox.run(["db", "check", "--only", "replay,upgrade"]).code(1).says(&["error[migration-failed]"]);
    assert!(!said.raw_stderr().contains("upgrade-failed"), "{}", said.raw_stderr());
}

#[test]
fn what_the_base_branch_has_is_neither_edited_nor_moved() {
    let database = database();
    let repository = repository(&database);
    let sandbox = &repository.sandbox;
    sandbox.write("migrations/0002_b.sql", "ALTER TABLE a ADD m bigint DEFAULT 0;\n");
    sandbox.write("migrations/0003_c.sql", "SELECT 1;\n");
    sandbox.run(UPGRADE).code(1).says(&["error[edited-on-branch]: `0002_b` was edited although main has it"]);
    repository.git(&["checkout", "-q", "--", "migrations"]);
    std::fs::rename(sandbox.path("migrations/0003_c.sql"), sandbox.path("migrations/0002_c.sql")).expect("they are ours");
    std::fs::rename(sandbox.path("migrations/0002_b.sql"), sandbox.path("migrations/0003_b.sql")).expect("they are ours");
    let said = sandbox.run(["db", "check", "--only", "files,upgrade"]).code(1);
    let said = said.says(&["error[removed-on-branch]: `0002_b`", "error[behind-base]: `0002_c` is new, but would stand before `0002_b`"]);
    assert_eq!(said.raw_stderr().matches("error[removed-on-branch]").count(), 1, "said once");
}

/// What the base branch got since this one left it is part of what is deployed.
#[test]
fn a_branch_that_lags_behind_is_judged_as_it_would_be_merged() {
    let database = database();
    let repository = repository(&database);
    let sandbox = &repository.sandbox;
    repository.git(&["checkout", "-q", "main"]);
    sandbox.write("migrations/0003_theirs.sql", "ALTER TABLE a DROP m;\n");
    repository.commit();
    repository.git(&["checkout", "-q", "topic"]);
    sandbox.write("migrations/0004_ours.sql", "ALTER TABLE a ALTER m SET NOT NULL;\n");
    sandbox.write("xtask.toml", "[migrations]\nbase = \"main\"\nnumbering = \"timestamp\"\n");
    sandbox.run(UPGRADE).code(1).says(&["error[upgrade-failed]: column \"m\" of relation \"a\" does not exist"]);
}

#[test]
fn sample_data_that_does_not_load_is_a_warning() {
    let database = database();
    let repository = repository(&database);
    let sandbox = &repository.sandbox;
    repository.git(&["checkout", "-q", "main"]);
    sandbox.write("migrations/seed/0001_rows.sql", "INSERT INTO nowhere VALUES (1);\n");
    repository.commit();
    sandbox.write("migrations/0003_c.sql", "SELECT 1;\n");
    sandbox.run(UPGRADE).code(0).stderr(expect![[r#"
        warning[seed-failed]: relation "nowhere" does not exist (PostgreSQL 42P01)
         --> main:migrations/seed/0001_rows.sql:1:13
          |
        1 | INSERT INTO nowhere VALUES (1);
          |             ^
          = new migrations are tried on fewer rows than main describes
          = hint: mend the sample data on main: `cargo xtask db reset --seed` fails there as well
        1 migration judged: 0 errors, 1 warning, 0 notes
    "#]]);
}
