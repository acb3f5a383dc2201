//! What the base branch has, and what is staged.

use super::Repository;
use support::{Sandbox, expect};

fn repository() -> Repository {
    let sandbox = Sandbox::new()
        .migration("0001_a.sql", "-- the first\nCREATE TABLE a (n int PRIMARY KEY);\n")
        .migration("0002_b.sql", "CREATE TABLE b (n int PRIMARY KEY);\n")
        .migration("migrations.lock", "");
    let repository = Repository::new(sandbox);
    repository.sandbox.run(["db", "check", "--only", "files", "--write"]).code(0);
    repository.commit();
    repository
}

#[test]
fn what_is_merged_stays_as_it_is() {
    let repository = repository();
    let sandbox = &repository.sandbox;
    sandbox.write("migrations/0001_a.sql", "-- the very first\nCREATE TABLE a (n int PRIMARY KEY);\n");
    sandbox.write("migrations/0002_b.sql", "CREATE TABLE b (n bigint PRIMARY KEY);\n");
    sandbox.run(["db", "check", "--offline"]).code(1).stderr(expect![[r#"
        warning[edited-on-branch]: `0001_a` was edited although main has it; only its comments differ
         --> migrations/0001_a.sql:1:1
          |
        1 | -- the very first
          | ^
          = --- main
            +++ file
            @@ -1,2 +1,2 @@
            --- the first
            +-- the very first
             CREATE TABLE a (n int PRIMARY KEY);
          = hint: undo the edit, or run `cargo xtask db repair` on every database that has 0001_a
        error[edited-on-branch]: `0002_b` was edited although main has it
         --> migrations/0002_b.sql:1:1
          |
        1 | CREATE TABLE b (n bigint PRIMARY KEY);
          | ^
          = --- main
            +++ file
            @@ -1 +1 @@
            -CREATE TABLE b (n int PRIMARY KEY);
            +CREATE TABLE b (n bigint PRIMARY KEY);
          = hint: undo the edit (`git checkout main -- migrations/0002_b.sql`) and write a new migration (`cargo xtask db new NAME`)
        0 migrations judged: 1 error, 1 warning, 0 notes
    "#]]);
    repository.git(&["checkout", "-q", "--", "migrations"]);
    std::fs::remove_file(sandbox.path("migrations/0002_b.sql")).expect("a file");
    sandbox.run(["db", "check", "--only", "files"]).code(1).stderr(expect![[r#"
        error[lock-stale]: there is no migration `0002_b`
         --> migrations/migrations.lock:4:1
          |
        4 | 0002_b sha256:f8b5bcce85db40486bbbdf8ec71916e3b3c98a8aa6003775089fbde096c003e2
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = hint: run `cargo xtask db check --write`, and commit migrations.lock along with the migration
        error[removed-on-branch]: `0002_b` was removed although main has it
         --> migrations/0002_b.sql
          = hint: bring it back with `git checkout main -- migrations/0002_b.sql`; a migration is undone by another one behind it
        0 migrations judged: 2 errors, 0 warnings, 0 notes
    "#]]);
}

#[test]
fn a_new_one_stands_behind_what_the_base_branch_has_now() {
    let repository = repository();
    let sandbox = &repository.sandbox;
    repository.git(&["checkout", "-q", "-b", "ahead", "main"]);
    sandbox.write("migrations/0003_theirs.sql", "SELECT 1;\n");
    repository.commit();
    repository.git(&["branch", "-q", "-f", "main", "ahead"]);
    repository.git(&["checkout", "-q", "topic"]);
    sandbox.write("migrations/0003_ours.sql", "SELECT 2;\n");
    let check = || sandbox.run(["db", "check", "--only", "files", "--write"]);
    check().code(1).stderr(expect![[r#"
        wrote migrations/migrations.lock
        error[behind-base]: `0003_ours` is new, but would stand before `0003_theirs`, which main has
         --> migrations/0003_ours.sql
          = hint: merge that branch and run `cargo xtask db renumber`, or write `-- xtask: allow-out-of-order` at its top
        1 migration judged: 1 error, 0 warnings, 0 notes
    "#]]);
    repository.commit();
    // The conflict in the lock file is its purpose; renumbering and writing it anew settle it.
    let merge = std::process::Command::new("git").args(["merge", "-q", "main"]).current_dir(sandbox.path(".")).output().expect("git");
    assert!(merge.status.success() || String::from_utf8_lossy(&merge.stdout).contains("CONFLICT"), "{merge:?}");
    sandbox.run(["db", "renumber"]).code(0);
    check().code(0);
    sandbox.run(["db", "check", "--only", "files", "--base", "nowhere"]).code(0).says(&["info[no-base]: git does not know `nowhere`"]);
}

#[test]
fn what_is_staged_is_judged_and_not_the_work_tree() {
    let repository = repository();
    let sandbox = &repository.sandbox;
    sandbox.write("migrations/0003_c.sql", "DROP TABLE a;\n");
    sandbox.run(["db", "check", "--write", "--only", "files"]).code(0);
    repository.git(&["add", "."]);
    sandbox.write("migrations/0003_c.sql", "SELECT 1;\n");
    sandbox.run(["db", "lint", "--staged"]).code(1).says(&["error[drop-table]", "1 migration judged"]);
    // From a worktree as well, where `.git` is a file.
    repository.git(&["commit", "-q", "-m", "c"]);
    repository.git(&["worktree", "add", "-q", "-b", "other", "beside"]);
    sandbox.run(["db", "lint", "--staged", "--migrations", "beside/migrations"]).code(1).says(&["beside/migrations/0003_c.sql"]);
    repository.git(&["worktree", "remove", "--force", "beside"]);
    let outside = Sandbox::new().migration("0001_a.sql", "SELECT 1;\n");
    outside.run(["db", "lint", "--staged"]).code(2).says(&["error[no-git]: cannot read what is staged"]);
}

#[test]
fn a_detached_head_and_a_branch_without_commits_are_no_errors() {
    let repository = repository();
    repository.git(&["checkout", "-q", "--detach"]);
    repository.sandbox.run(["db", "check", "--only", "files"]).code(0);
    let sandbox = Sandbox::new().migration("0001_a.sql", "SELECT 1;\n");
    let git = |arguments: &[&str]| std::process::Command::new("git").args(arguments).current_dir(sandbox.path(".")).output().expect("git");
    git(&["init", "-q"]);
    sandbox.run(["db", "check", "--only", "files"]).code(0).says(&["info[no-base]: git does not know `origin/main`", "fetch it"]);
}
