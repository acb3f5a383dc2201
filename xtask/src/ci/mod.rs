//! What a change must pass, as one table: `cargo xtask ci` runs it, and the workflows are written from it. Pure.

pub mod workflow;

/// One step.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Its name, for `--only`.
    pub name: &'static str,
    /// What it makes sure of.
    pub about: &'static str,
    /// The command that repeats it.
    pub command: &'static str,
    /// Where it runs on GitHub.
    pub workflow: Workflow,
}

/// The workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workflow {
    /// Once for a change.
    Ci,
    /// On each version of PostgreSQL, where migrations or schema change.
    MigrationCheck,
}

const fn code(name: &'static str, about: &'static str, command: &'static str) -> Step {
    Step { name, about, command, workflow: Workflow::Ci }
}

const fn migrations(name: &'static str, about: &'static str, command: &'static str) -> Step {
    Step { name, about, command, workflow: Workflow::MigrationCheck }
}

/// The steps, in the order in which they run: what fails soonest first.
pub const STEPS: &[Step] = &[
    code("fmt", "the code is formatted", "cargo fmt --all --check"),
    migrations("files", "names, numbers, encoding, what the base branch has", "cargo xtask db check --only files"),
    migrations("lint", "what the text of migrations tells", "cargo xtask db check --only lint"),
    migrations("replay", "all migrations apply from nothing", "cargo xtask db check --only replay"),
    migrations("upgrade", "new ones apply to what the base branch has deployed", "cargo xtask db check --only upgrade"),
    migrations("drift", "the migrations lead to what schema/ says", "cargo xtask db check --only drift"),
    migrations("trace", "which locks, rewrites and scans they really take", "cargo xtask db check --only trace"),
    migrations("rerun", "a second run of them does nothing", "cargo xtask db check --only idempotence"),
    migrations("data", "the tests of data migrations pass", "cargo xtask db test"),
    code("clippy", "no lint of the compiler or of clippy", "cargo clippy --workspace --all-targets --locked -- -D warnings"),
    code("tests", "every test passes", "cargo test --workspace --locked"),
    code("docs", "the generated pages are current", "cargo xtask docs --check"),
    code("workflows", "the workflows are as this table says", "cargo xtask ci --write-workflow --check"),
];
