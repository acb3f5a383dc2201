//! Steps as scripts.

use super::diff::{Changes, Stage, Step};

/// What runs at once: a transaction, or statements that PostgreSQL forbids in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// When it runs.
    pub stage: Stage,
    /// Whether it is one transaction.
    pub transactional: bool,
    /// The script.
    pub sql: String,
    /// What it loses that holds data, in words: `the rows of public.t`.
    pub loses: Vec<String>,
}

/// The scripts that make the changes, one after the other: a single one unless [`super::Options::delivery`] allows for more. None where
/// there is nothing to do.
#[must_use]
pub fn parts(changes: &Changes) -> Vec<Part> {
    let chunks = changes.steps.chunk_by(|a, b| a.stage == b.stage);
    let part = |steps: &[Step]| Part {
        stage: steps[0].stage,
        transactional: steps[0].stage != Stage::Build,
        sql: script(steps),
        loses: steps.iter().flat_map(|it| it.loses.clone()).collect(),
    };
    chunks.map(part).collect()
}

/// The script that makes the changes; empty when there are none.
#[must_use]
pub fn render(changes: &Changes) -> String {
    parts(changes).into_iter().map(|it| it.sql).collect::<Vec<_>>().join("\n")
}

fn script(steps: &[Step]) -> String {
    let mut script = String::new();
    if steps.iter().any(|step| step.makes_routine) {
        script.push_str("SET LOCAL check_function_bodies = off;\n\n");
    }
    for step in steps {
        for loss in &step.loses {
            script.push_str(&format!("-- loses {loss}\n"));
        }
        for statement in &step.statements {
            script.push_str(statement);
            script.push_str(";\n");
        }
        script.push('\n');
    }
    script.truncate(script.trim_end().len());
    if !script.is_empty() {
        script.push('\n');
    }
    script
}
