//! Git hooks: installed, kept, called; what they look at is what is staged.

use std::os::unix::fs::PermissionsExt as _;
use support::{Outcome, Sandbox, expect};

const BAD: &str = "create tabel a (id int);\n";
const GOOD: &str = "create table a (id int);\n";

/// A repository with one commit and the hooks installed, for which no server is needed.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new().migration("0001_first.sql", "create table first (id int);\n").file("xtask.toml", "");
    sandbox.git(".", ["init", "--quiet", "--initial-branch=main"]).code(0);
    commit(&sandbox, ".", "first").code(0);
    sandbox.run(["hooks", "install"]).code(0);
    commit(&sandbox, ".", "hooks").code(0);
    sandbox
}

fn commit(sandbox: &Sandbox, folder: &str, message: &str) -> Outcome {
    sandbox.git(folder, ["add", "--all"]).code(0);
    sandbox.git(folder, ["commit", "--quiet", "--message", message])
}

fn executable(sandbox: &Sandbox, path: &str, text: &str) {
    sandbox.write(path, text);
    std::fs::set_permissions(sandbox.path(path), std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
}

#[test]
fn what_is_staged_is_judged_and_not_the_work_tree() {
    let sandbox = repository();
    sandbox.write("migrations/0002_a.sql", BAD);
    sandbox.git(".", ["add", "."]).code(0);
    sandbox.write("migrations/0002_a.sql", GOOD);
    sandbox.git(".", ["commit", "--message", "bad"]).code(1).says(&[
        "error[syntax-error]",
        "migrations/0002_a.sql:1:1",
        "nothing was committed; `cargo xtask db check --staged` shows this again, `git commit --no-verify` passes it by",
    ]);
    // The other way round: staged well, spoilt afterwards.
    sandbox.git(".", ["add", "."]).code(0);
    sandbox.write("migrations/0002_a.sql", BAD);
    sandbox.git(".", ["commit", "--message", "good"]).code(0);
    // A commit of what is not staged makes an index of its own, elsewhere.
    sandbox.git(".", ["commit", "--all", "--message", "bad"]).code(1).says(&["error[syntax-error]"]);
    sandbox.git(".", ["commit", "--all", "--no-verify", "--message", "bad"]).code(0);
}

#[test]
fn without_migrations_nothing_of_ours_runs() {
    let sandbox = repository();
    sandbox.write("README", "words\n");
    sandbox.write("migrations/0002_a.sql", BAD);
    sandbox.git(".", ["add", "README"]).code(0);
    sandbox.git(".", ["commit", "--quiet", "--message", "words"]).code(0).stderr(expect![""]);
}

#[test]
fn hooks_that_were_there_are_kept_called_and_given_back() {
    let sandbox = Sandbox::new().migration("0001_a.sql", GOOD).file("xtask.toml", "");
    sandbox.git(".", ["init", "--quiet"]).code(0);
    sandbox.run(["hooks", "status"]).code(1).stdout(expect![[r#"
        not installed: `cargo xtask hooks install` lets git check migrations before each commit
    "#]]);
    executable(&sandbox, ".git/hooks/pre-commit", "#!/bin/sh\necho kept-pre-commit >&2\n");
    executable(&sandbox, ".git/hooks/commit-msg", "#!/bin/sh\necho \"kept-commit-msg $1\" >&2\n");
    sandbox
        .run(["hooks", "install"])
        .code(0)
        .says(&["  kept       commit-msg\n", "  installed  pre-commit, pre-merge-commit; `git commit --no-verify` passes them by\n"]);
    sandbox.git(".", ["status", "--short", "--", ".github/hooks/commit-msg"]).code(0).stdout(expect![""]);
    commit(&sandbox, ".", "all").code(0).says(&["kept-pre-commit", "kept-commit-msg .git/COMMIT_EDITMSG"]);
    sandbox.run(["hooks", "install"]).code(0);
    sandbox.run(["hooks", "status"]).code(0).stdout(expect![[r#"
        pre-commit        installed
        pre-merge-commit  installed
        commit-msg        installed
    "#]]);
    executable(&sandbox, ".git/hooks/pre-commit", "#!/bin/sh\necho no >&2; exit 3\n");
    sandbox.git(".", ["commit", "--allow-empty", "--message", "x"]).code(1).says(&["no\n"]);
    sandbox.run(["hooks", "uninstall"]).code(0);
    assert!(
        !sandbox.path(".github/hooks/commit-msg").exists() && sandbox.path(".github/hooks/pre-commit").exists(),
        "what is committed stays"
    );
    sandbox.git(".", ["config", "core.hooksPath"]).code(1);
    sandbox.run(["hooks", "uninstall"]).code(0).says(&["nothing to do"]);
}

#[test]
fn a_hooks_path_of_the_repository_comes_back() {
    let sandbox = Sandbox::new().file("xtask.toml", "");
    sandbox.git(".", ["init", "--quiet"]).code(0);
    executable(&sandbox, "tools/pre-commit", "#!/bin/sh\necho from-tools >&2\n");
    sandbox.git(".", ["config", "core.hooksPath", "tools"]).code(0);
    sandbox.run(["hooks", "install"]).code(0);
    sandbox.git(".", ["commit", "--allow-empty", "--message", "x"]).code(0).says(&["from-tools"]);
    sandbox.run(["hooks", "uninstall"]).code(0);
    sandbox.git(".", ["config", "core.hooksPath"]).code(0).prints(&["tools\n"]);
}

#[test]
fn a_file_of_another_is_not_overwritten() {
    let sandbox = Sandbox::new().file("xtask.toml", "").file(".github/hooks/pre-commit", "mine\n");
    sandbox.git(".", ["init", "--quiet"]).code(0);
    sandbox.run(["hooks", "install"]).code(2).stderr(expect![[r#"
        error[foreign-hook]: `.github/hooks/pre-commit` is there and not written by this tool
          = it was left as it is
          = hint: move it to .git/hooks, where it is kept and called, and install again
    "#]]);
    sandbox.git(".", ["config", "core.hooksPath"]).code(1);
}

#[test]
fn without_git_it_says_so() {
    Sandbox::new().run(["hooks", "install"]).code(2).stderr(expect![[r#"
        error[no-git]: `[folder]` is in no git repository
          = nothing was changed
          = hint: run `git init` first, or work without hooks: `cargo xtask db check`
    "#]]);
}

#[test]
fn a_worktree_has_its_own_index() {
    let sandbox = repository();
    sandbox.git(".", ["worktree", "add", "--quiet", "-b", "side", "side"]).code(0);
    sandbox.write("side/migrations/0002_a.sql", BAD);
    commit(&sandbox, "side", "bad").code(1).says(&["error[syntax-error]"]);
    sandbox.write("side/migrations/0002_a.sql", GOOD);
    commit(&sandbox, "side", "good").code(0);
}

#[test]
fn a_submodule_has_hooks_of_its_own() {
    let sandbox = repository();
    let outer = Sandbox::new();
    outer.git(".", ["init", "--quiet"]).code(0);
    let inner = sandbox.path(".").display().to_string();
    outer.git(".", ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &inner, "database"]).code(0);
    outer.git("database", ["config", "core.hooksPath"]).code(1);
    let install = outer.git("database", ["-c", "alias.install=!cargo xtask hooks install", "install"]);
    install.code(0);
    outer.write("database/migrations/0002_a.sql", BAD);
    commit(&outer, "database", "bad").code(1).says(&["error[syntax-error]"]);
    outer.write("database/migrations/0002_a.sql", GOOD);
    commit(&outer, "database", "good").code(0);
    commit(&outer, ".", "outer").code(0);
}

#[test]
fn a_folder_below_the_top_works_too() {
    let sandbox = Sandbox::new().file("db/xtask.toml", "").file("db/migrations/0001_a.sql", BAD);
    sandbox.git(".", ["init", "--quiet"]).code(0);
    sandbox.git("db", ["-c", "alias.install=!cd db && cargo xtask hooks install", "install"]).code(0);
    commit(&sandbox, ".", "bad").code(1).says(&["error[syntax-error]", "migrations/0001_a.sql:1:1"]);
    sandbox.write("db/migrations/0001_a.sql", GOOD);
    commit(&sandbox, ".", "good").code(0);
}

#[test]
fn a_merge_that_makes_two_of_one_number_stops_before_its_commit() {
    let sandbox = repository();
    sandbox.git(".", ["switch", "--quiet", "--create", "side"]).code(0);
    sandbox.write("migrations/0002_a.sql", GOOD);
    commit(&sandbox, ".", "side").code(0);
    sandbox.git(".", ["switch", "--quiet", "main"]).code(0);
    sandbox.write("migrations/0002_b.sql", "create table b (id int);\n");
    commit(&sandbox, ".", "main").code(0);
    sandbox.git(".", ["merge", "side"]).code(1).says(&["0002_b"]);
    sandbox.git(".", ["mv", "migrations/0002_a.sql", "migrations/0003_a.sql"]).code(0);
    sandbox.git(".", ["commit", "--no-edit"]).code(0);
}

#[test]
fn a_rebase_goes_through() {
    let sandbox = repository();
    sandbox.git(".", ["switch", "--quiet", "--create", "side"]).code(0);
    sandbox.write("migrations/0002_a.sql", GOOD);
    commit(&sandbox, ".", "side").code(0);
    sandbox.git(".", ["switch", "--quiet", "main"]).code(0);
    sandbox.write("README", "words\n");
    commit(&sandbox, ".", "words").code(0);
    sandbox.git(".", ["switch", "--quiet", "side"]).code(0);
    sandbox.git(".", ["rebase", "main"]).code(0);
    sandbox.git(".", ["log", "--format=%s", "-2"]).code(0).stdout(expect![[r#"
        side
        words
    "#]]);
}
