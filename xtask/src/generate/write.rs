//! The text of generated migrations: a block for each object, with a line that says why where the SQL does not.

use crate::catalog::{Changes, Stage, Step};
use std::fmt::Write;

/// What is said around the SQL.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The first line: what the migration does and where it comes from.
    pub head: &'a str,
    /// Why what is lost may be lost; nothing where nobody said so.
    pub allow: Option<&'a str>,
}

/// One migration that has not been written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is added to the title for this part: `_indexes`.
    pub suffix: &'static str,
    /// The file's text.
    pub text: String,
}

/// The migrations that make `changes`: one, or one for each stage that has to be a transaction of its own.
#[must_use]
pub fn draft(changes: &Changes, words: Words<'_>) -> Vec<Draft> {
    let stages: Vec<&[Step]> = changes.steps.chunk_by(|a, b| a.stage == b.stage).collect();
    let number_of = |n: usize| if stages.len() > 1 { format!(" Part {} of {}.", n + 1, stages.len()) } else { String::new() };
    let drafts = stages.iter().enumerate().map(|(n, steps)| Draft {
        suffix: if stages.len() > 1 { suffix(steps[0].stage) } else { "" },
        text: text(steps, words, &number_of(n)),
    });
    drafts.collect()
}

fn suffix(stage: Stage) -> &'static str {
    match stage {
        Stage::Values => "_values",
        Stage::Change => "",
        Stage::Build => "_indexes",
        Stage::Validate => "_validate",
        Stage::Settle => "_settle",
    }
}

fn text(steps: &[Step], words: Words<'_>, part: &str) -> String {
    let mut text = format!("-- {}{part}\n", words.head);
    if steps[0].stage == Stage::Build {
        text.push_str("-- xtask: no-transaction\n");
    }
    if steps.iter().any(|step| step.makes_routine) {
        text.push_str("\n-- Bodies of functions may name what is made further down.\nSET LOCAL check_function_bodies = off;\n");
    }
    let mut before: Option<&str> = None;
    for (index, step) in steps.iter().enumerate() {
        let remark = remark(steps, index);
        if remark.is_none() || remark != before || !step.loses.is_empty() {
            text.push('\n');
        }
        if let Some(remark) = remark.filter(|it| Some(*it) != before) {
            writeln!(text, "-- {remark}").expect("a string takes all");
        }
        push(&mut text, step, words.allow);
        before = remark;
    }
    text
}

fn push(text: &mut String, step: &Step, allow: Option<&str>) {
    for loss in &step.loses {
        writeln!(text, "-- Loses {loss}.").expect("a string takes all");
    }
    if let (Some(reason), false) = (allow, step.loses.is_empty()) {
        writeln!(text, "-- xtask: allow data-loss: {reason}").expect("a string takes all");
    }
    for statement in &step.statements {
        text.push_str(statement.trim_end());
        text.push_str(";\n");
    }
}

/// Why a block is there, where that is not plain from its SQL.
fn remark(steps: &[Step], index: usize) -> Option<&'static str> {
    let step = &steps[index];
    let first = step.statements.first()?.as_str();
    let begins = |step: &Step, word: &str| step.statements.first().is_some_and(|it| it.starts_with(word));
    let same = |other: &&Step| other.id == step.id;
    let goes = |step: &Step| begins(step, "DROP ") || step.statements.first().is_some_and(|it| it.contains(" DROP CONSTRAINT "));
    let comes_back = steps[index + 1..].iter().filter(same).any(|it| !goes(it));
    if first.starts_with("DO ") && first.contains("RAISE") {
        return Some("Stops here, before anything is changed, where rows hold what is to go.");
    }
    if goes(step) && comes_back {
        return Some("Stands in the way; it comes back below.");
    }
    if first.starts_with("CREATE ") && steps[..index].iter().filter(same).any(goes) {
        return Some("As it was, or in its new form.");
    }
    let is_swap = |step: &Step| step.statements.len() > 1 && begins(step, "ALTER TYPE ") && step.statements[0].contains(" RENAME TO ");
    if is_swap(step) {
        return Some("The new form beside the old one, which goes once nothing uses it.");
    }
    if first.starts_with("DROP TYPE ") && steps[..index].iter().filter(same).any(is_swap) {
        return Some("Nothing uses the old form any more.");
    }
    match first {
        _ if first.starts_with("UPDATE ") => Some("The rows before the type: what is to go gets another value."),
        _ if first.contains(" VALIDATE CONSTRAINT ") => Some("Looks at the rows that are there, while others read and write."),
        _ if first.contains(" INDEX CONCURRENTLY ") => Some("Built while others read and write."),
        _ => None,
    }
}
