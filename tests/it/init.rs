//! Putting migrate-first into another repository.

use std::process::Command;
use support::{Sandbox, expect, program};

/// A git repository in which nothing is ours yet.
fn foreign() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::remove_dir(sandbox.path("migrations")).expect("it is empty");
    program::output(Command::new("git").args(["init", "--quiet"]).current_dir(sandbox.path("")));
    sandbox
}

const INIT: [&str; 4] = ["init", ".", "--library", "0.1.0"];

#[test]
fn files_are_shown_then_written_and_the_second_time_nothing_changes() {
    let sandbox = foreign();
    sandbox.run([&INIT[..], &["--dry-run"]].concat()).code(0).stdout(expect![[r#"
        would write  .cargo/config.toml
        would write  Cargo.toml
        would write  xtask/Cargo.toml
        would write  xtask/src/main.rs
        would write  xtask.toml
        would write  migrations/.gitkeep
        would write  schema/.gitkeep
    "#]]);
    assert!(!sandbox.path("xtask").exists(), "a dry run writes nothing");
    sandbox.run(INIT).code(0).stderr(expect![[r#"
        next: `cargo xtask db new create_something`, or `cargo xtask db adopt` with another tool's migrations
    "#]]);
    sandbox.run(INIT).code(0).stderr(expect![[r#"
        nothing to do: everything is there
    "#]]);
}

#[test]
fn what_is_there_stays_as_it_is() {
    let sandbox = foreign()
        .file("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2024\"\n")
        .file(".cargo/config.toml", "[build]\njobs = 2\n")
        .file("xtask.toml", "[migrations]\ndir = \"migrations\"\n");
    sandbox
        .run(INIT)
        .code(0)
        .stdout(expect![[r#"
            stays        .cargo/config.toml
            writes       xtask/Cargo.toml
            writes       xtask/src/main.rs
            stays        xtask.toml
            writes       migrations/.gitkeep
            writes       schema/.gitkeep
        "#]])
        .stderr(expect![[r#"
            .cargo/config.toml stays as it is; put this below its [alias]: xtask = "run --quiet --manifest-path xtask/Cargo.toml --"
            next: `cargo xtask db new create_something`, or `cargo xtask db adopt` with another tool's migrations
        "#]]);
    let kept = std::fs::read_to_string(sandbox.path(".cargo/config.toml")).expect("it is there");
    assert_eq!(kept, "[build]\njobs = 2\n");
}

#[test]
fn mistakes_leave_everything_as_it_was() {
    let taken = foreign().file("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n").file("xtask/src/main.rs", "fn main() {}\n");
    taken.run(INIT).code(2).stderr(expect![[r#"
        error[has-xtask]: this repository has an xtask of its own: xtask/Cargo.toml, xtask/src/main.rs
          = nothing was written
          = hint: add `migrate-first` to its dependencies and call `migrate_first::main_with`, which takes its commands beside ours
    "#]]);
    assert!(!taken.path("xtask.toml").exists());
    foreign().file("sub/a", "").run(["init", "sub"]).code(2).stderr(expect![[r#"
        error[no-repository]: `sub` is not the root of its git repository
          = hint: name the root: `cargo xtask init [folder]`
    "#]]);
    foreign().run(["init", "nowhere"]).code(2).says(&["failed to enter `nowhere`"]);
    foreign().run(["init", ".", "--library", "."]).code(2).stderr(expect![[r#"
        error[no-library]: `.` does not hold the package migrate-first
          = hint: name the folder of its Cargo.toml, a git address or a version with `--library`
    "#]]);
    Sandbox::new().run(INIT).code(2).says(&["is no git repository", "run `git init` there first"]);
}

/// The real thing: cargo builds what was written, and the command that it makes finds the new repository's files.
#[test]
fn the_new_xtask_builds_and_runs() {
    let sandbox = foreign();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let library = root.join("xtask").display().to_string();
    sandbox.run(["init", ".", "--library", &library]).code(0);
    std::fs::copy(root.join("Cargo.lock"), sandbox.path("Cargo.lock")).expect("the lock file can be copied");
    sandbox.run(["db", "new", "create_things"]).code(0);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Beside this workspace's own, whose lock the other tests' builds need; it stays, so that the next run compiles little.
    let target = root.join("target/other-repository");
    cargo.args(["xtask", "db", "lint", "--format", "json"]).current_dir(sandbox.path("")).env("CARGO_TARGET_DIR", target);
    let output = program::output(&mut cargo);
    assert!(output.contains(r#""type":"#), "{output}");
}
