//! What a change must pass, as one table: `cargo xtask ci` runs those of its steps that a repository has chosen (`[ci] steps` in `xtask.toml`), and
//! the workflows are written from them. Pure.

pub mod workflow;

use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};

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
    /// On each version of PostgreSQL, where migrations, schema or workflows change.
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
    migrations("workflows", "the workflows are as this table says", "cargo xtask ci --write-workflow --check"),
];

/// The steps with these names, in the order of the table; all where there is no name.
///
/// # Errors
/// A name that is none.
pub fn steps(names: &[String]) -> Result<Vec<Step>, Failure> {
    if let Some(unknown) = names.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        let diagnostic = Diagnostic::error("no-such-step", format!("there is no step `{unknown}`"));
        return Err(Failure::new(Exit::Usage, diagnostic.hint(format!("name one of {}", known.join(", ")))));
    }
    Ok(STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name)).copied().collect())
}
