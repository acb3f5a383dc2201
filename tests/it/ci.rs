//! `cargo xtask ci`: the table of steps, how it runs, and the workflows that are written from it.

use migrate_first::ci::workflow::{self, Facts};
use migrate_first::config::Config;
use std::os::unix::fs::PermissionsExt;
use support::{Database, Sandbox, expect, server};

#[test]
fn the_first_failure_comes_last_with_the_command_that_repeats_it() {
    let database = Database::new(server::servers().next().expect("a server"));
    let sandbox = Sandbox::on(&database).migration("0001_a.sql", "create tabel a (id int);\n").file("xtask.toml", "");
    let stopped = sandbox.run(["ci", "--only", "files,lint,replay"]).code(1);
    let said = stopped.raw_stderr();
    assert!(!said.contains("== replay") && said.contains("the steps behind it were not run; `--keep-going` runs them"), "{said}");
    let went_on = sandbox.run(["ci", "--only", "lint,replay", "--keep-going"]).code(1);
    let said = went_on.raw_stderr();
    let (_, end) = said.split_once("== lint said:").expect("the first failure again");
    assert!(end.contains("error[syntax-error]") && end.contains("failed  lint") && end.contains("failed  replay"), "{end}");
    assert!(end.trim_end().ends_with("= hint: run `cargo xtask db check --only lint` to repeat it"), "{end}");
}

#[test]
fn what_the_base_branch_has_deployed_is_a_step() {
    let database = Database::new(server::servers().next().expect("a server"));
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "create table a (id int primary key);\n")
        .migration("seed/0001_rows.sql", "insert into a values (1);\n")
        .file("xtask.toml", "[migrations]\nbase = \"main\"\n");
    let step = || sandbox.run(["ci", "--only", "upgrade"]);
    step().code(0).says(&["info[no-base]: the migrations are in no git repository: nothing is compared with main", "passed  upgrade"]);
    for arguments in [&["init", "--quiet", "--initial-branch=main"] as &[&str], &["add", "."], &["commit", "--quiet", "--message", "a"]] {
        sandbox.git(".", arguments).code(0);
    }
    sandbox.write("migrations/0002_b.sql", "alter table a add b int;\n");
    step().code(0).says(&["1 migration judged: 0 errors, 0 warnings, 0 notes", "passed  upgrade"]);
    sandbox.write("migrations/0002_b.sql", "alter table a add b int not null;\n");
    step().code(1).says(&["error[upgrade-failed]", "failed  upgrade"]);
    sandbox.write("migrations/0002_b.sql", "alter table a add b int;\n");
    sandbox.write("migrations/0001_a.sql", "create table a (id bigint primary key);\n");
    step().code(1).says(&["error[edited-on-branch]: `0001_a` was edited although main has it", "failed  upgrade"]);
}

#[test]
fn a_step_may_build_this_program_anew() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "select 1;\n").file("xtask.toml", "");
    let (program, cargo) = (sandbox.path("program"), sandbox.path("cargo"));
    std::fs::copy(support::sandbox::xtask(), &program).expect("it is there");
    sandbox.write("cargo", format!("#!/bin/sh\ncp {0} {0}.new && mv {0}.new {0}\n", program.display()));
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let sandbox = sandbox.env("CARGO", &cargo.display().to_string());
    sandbox.run_program(&program, ["ci", "--only", "fmt,files"]).code(0).says(&["passed  fmt", "passed  files"]);
}

#[test]
fn steps_for_programs_and_for_github() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "select 1;\n").file("xtask.toml", "").env("GITHUB_ACTIONS", "true");
    let outcome = sandbox.run(["ci", "--only", "files", "--format", "json"]).code(0).says(&["::group::files\n", "::endgroup::\n"]);
    assert!(outcome.raw_stdout().starts_with(r#"{"code":0,"duration_ms":"#), "{}", outcome.raw_stdout());
    sandbox.run(["ci", "--list", "--only", "fmt"]).code(0).stdout(expect![[r#"
        fmt  cargo fmt --all --check  the code is formatted
    "#]]);
    sandbox
        .run(["ci", "--only", "lnit"])
        .code(2)
        .says(&["error[no-such-step]: there is no step `lnit`", "hint: name one of fmt, files, lint"]);
}

#[test]
fn an_old_workflow_is_noticed() {
    let sandbox = Sandbox::new().file("xtask.toml", "[ci]\nsteps = [\"fmt\", \"lint\"]\n");
    sandbox.run(["ci", "--write-workflow"]).code(0).stdout(expect![[r#"
        .github/workflows/ci.yml
        .github/workflows/migration-check.yml
    "#]]);
    sandbox.run(["ci", "--write-workflow", "--check"]).code(0).stdout(expect![""]);
    sandbox.write(".github/workflows/ci.yml", "# Written by `cargo xtask ci --write-workflow`\njobs:\n");
    sandbox.run(["ci", "--write-workflow", "--check"]).code(1).stderr(expect![[r#"
        error[old-workflow]: `.github/workflows/ci.yml` is not what the table of steps makes
          = hint: run `cargo xtask ci --write-workflow`
    "#]]);
    sandbox.write(".github/workflows/ci.yml", "jobs:\n");
    sandbox.run(["ci", "--write-workflow"]).code(2).stderr(expect![[r#"
        error[foreign-workflow]: `.github/workflows/ci.yml` is there and not written by this tool
          = it was left as it is
          = hint: give it another name, or take the steps that go into it out of `[ci] steps` in xtask.toml
    "#]]);
    sandbox.write("xtask.toml", "[ci]\nsteps = [\"lint\"]\n");
    sandbox.run(["ci", "--list"]).code(0).stdout(expect![[r#"
        lint  cargo xtask db check --only lint  what the text of migrations tells
    "#]]);
    sandbox.run(["ci", "--write-workflow"]).code(0).stdout(expect![""]);
    sandbox.write("xtask.toml", "[ci]\nsteps = [\"lnit\"]\n");
    sandbox.run(["ci", "--list"]).code(2).says(&["error[no-such-step]: there is no step `lnit`"]);
}

#[test]
fn this_repositorys_workflows_are_current() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let config = Config::load(root, &|_| None, &|_| None).expect("our own settings");
    for (name, text) in workflow::files(&Facts::of(&config).expect("steps that there are")) {
        let written = std::fs::read_to_string(root.join(".github/workflows").join(name)).unwrap_or_default();
        assert!(written == text, "{name} is old: run `cargo xtask ci --write-workflow`");
    }
}
