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
fn a_detached_head_is_compared_as_ever() {
    let repository = repository();
    repository.git(&["checkout", "-q", "--detach"]);
    repository.sandbox.run(["db", "check", "--only", "files"]).code(0).says(&["0 migrations judged: 0 errors, 0 warnings, 0 notes"]);
    repository.sandbox.write("migrations/0002_b.sql", "CREATE TABLE b (n bigint PRIMARY KEY);\n");
    repository.sandbox.run(["db", "check", "--only", "files"]).code(1).says(&["error[edited-on-branch]"]);
    repository.sandbox.run(["ci", "--only", "files"]).code(1).says(&["error[edited-on-branch]", "failed  files"]);
    repository.git(&["add", "."]);
    repository.sandbox.run(["hook", "pre-commit"]).code(1).says(&["error[edited-on-branch]", "nothing was committed"]);
}

#[test]
fn a_branch_without_commits_has_nothing_to_be_compared_with() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "SELECT 1;\n").file("xtask.toml", "");
    let check = || sandbox.run(["db", "check", "--only", "files"]).code(0);
    check().stderr(expect![[r#"
        info[no-base]: the migrations are in no git repository: nothing is compared with origin/main
          = hint: run it in a clone of the repository (`git init` makes one) to have them compared
        1 migration judged: 0 errors, 0 warnings, 1 note
    "#]]);
    sandbox.git(".", ["init", "--quiet"]).code(0);
    check().stderr(expect![[r#"
        info[no-base]: git does not know `origin/main`, and this repository has no remote `origin`: nothing is compared with origin/main
          = hint: add it and fetch (`git remote add origin URL`, `git fetch origin main`), name another with `--base REF`, or set `[migrations] base` in xtask.toml
        1 migration judged: 0 errors, 0 warnings, 1 note
    "#]]);
    sandbox.git(".", ["remote", "add", "origin", "nowhere"]).code(0);
    check().stderr(expect![[r#"
        info[no-base]: git does not know `origin/main`: nothing is compared with origin/main
          = hint: fetch it (`git fetch origin +main:refs/remotes/origin/main`), name another with `--base REF`, or set `[migrations] base` in xtask.toml
        1 migration judged: 0 errors, 0 warnings, 1 note
    "#]]);
    sandbox.write("xtask.toml", "[migrations]\nbase = \"trunk\"\n");
    check().stderr(expect![[r#"
        info[no-base]: git does not know `trunk`: nothing is compared with trunk
          = hint: fetch it (`git fetch origin trunk:trunk`), name another with `--base REF`, or set `[migrations] base` in xtask.toml
        1 migration judged: 0 errors, 0 warnings, 1 note
    "#]]);
    let nowhere = sandbox.env("PATH", "/nowhere");
    nowhere.run(["db", "check", "--only", "files"]).code(0).stderr(expect![[r#"
        info[no-base]: git cannot be run: nothing is compared with trunk
          = hint: install git, or give its folder in PATH, to have them compared
        1 migration judged: 0 errors, 0 warnings, 1 note
    "#]]);
}

#[test]
fn without_a_repository_hooks_and_ci_say_so() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "SELECT 1;\n").file("xtask.toml", "");
    sandbox.run(["hook", "pre-commit"]).code(2).stderr(expect![[r#"
        error[no-git]: cannot read what is staged: not a git repository (or any of the parent directories): .git
          = hint: run it inside of a git repository, or `cargo xtask db check` without `--staged`
        nothing was committed; `cargo xtask db check --staged` shows this again, `git commit --no-verify` passes it by
    "#]]);
    sandbox.run(["ci", "--only", "files"]).code(0).says(&["info[no-base]: the migrations are in no git repository", "passed  files"]);
    sandbox.run(["db", "renumber"]).code(2).stderr(expect![[r#"
        error[no-base]: the migrations are in no git repository: nothing is compared with origin/main
          = hint: run it in a clone of the repository (`git init` makes one) to have them compared
    "#]]);
}

/// What GitHub's checkout makes unless it is told otherwise.
#[test]
fn a_shallow_clone_says_what_it_lacks_and_how_to_get_it() {
    let repository = repository();
    repository.sandbox.write("xtask.toml", "");
    repository.sandbox.write("migrations/0003_c.sql", "SELECT 3;\n");
    repository.sandbox.run(["db", "check", "--only", "files", "--write"]).code(0);
    repository.commit();
    let from = format!("file://{}", repository.sandbox.path(".").display());
    let outer = Sandbox::new();
    outer.git(".", ["clone", "--quiet", "--depth=1", "--branch=topic", &from, "clone"]).code(0);
    let clone = |arguments: &[&str]| outer.git("clone", [&["-c", "alias.xtask=!cargo xtask", "xtask"], arguments].concat());
    let files = || clone(&["db", "check", "--only", "files"]);
    files().code(0).stderr(expect![[r#"
        info[no-base]: git does not know `origin/main` in this shallow clone: nothing is compared with origin/main
          = hint: fetch it (`git fetch --unshallow origin +main:refs/remotes/origin/main`, or `fetch-depth: 0` in the workflow)
        3 migrations judged: 0 errors, 0 warnings, 1 note
    "#]]);
    clone(&["ci", "--only", "files"]).code(0).says(&["info[no-base]", "git fetch --unshallow", "passed  files"]);
    clone(&["db", "renumber"]).code(2).says(&["error[no-base]", "git fetch --unshallow"]);
    clone(&["hook", "pre-commit"]).code(0).says(&["info[no-base]", "git fetch --unshallow"]);
    // The branch without what lies between: there is no common commit.
    outer.git("clone", ["fetch", "--quiet", "--depth=1", "origin", "+main:refs/remotes/origin/main"]).code(0);
    files().code(0).stderr(expect![[r#"
        info[shallow-clone]: this shallow clone ends before the commit at which this branch left origin/main: compared with what origin/main has now
          = whether a migration was removed here is not judged
          = hint: fetch the rest (`git fetch --unshallow`, or `fetch-depth: 0` in the workflow)
        1 migration judged: 0 errors, 0 warnings, 1 note
    "#]]);
    // What the first hint says.
    outer.git("clone", ["fetch", "--quiet", "--unshallow", "origin", "+main:refs/remotes/origin/main"]).code(0);
    files().code(0).stderr(expect![[r#"
        1 migration judged: 0 errors, 0 warnings, 0 notes
    "#]]);
}
