//! One record a rule: what it looks for, why, what to write instead. Messages, `--explain` and the pages all come from it.

use super::case::{Case, Finding};
use crate::diagnostic::{Hazard, Level};
use std::fmt::Write;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name in kebab-case, stable forever.
    pub id: &'static str,
    /// What it finds, as a heading.
    pub title: &'static str,
    /// The level of its findings, where a finding has no reason for another.
    pub level: Level,
    /// What may happen.
    pub hazards: &'static [Hazard],
    /// When it speaks.
    pub condition: &'static str,
    /// What PostgreSQL does then, and whom it hurts.
    pub effect: &'static str,
    /// What to write instead, starting with a verb.
    pub cure: &'static str,
    /// SQL that it finds something in; runs on an empty database where it can run at all. Lines before `-- then` are the
    /// migration before.
    pub bad: &'static str,
    /// The same wish, written well.
    pub good: &'static str,
    pub(super) check: Check,
}

/// How a rule looks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// At one statement in its place.
    Statement(fn(&Case<'_>) -> Vec<Finding>),
    /// The driver finds it itself, since it is about the file rather than a statement.
    Driver,
}

/// What separates the migration before from the one that is judged in an example.
pub const EXAMPLE_BREAK: &str = "-- then\n";

/// The page of `rule` as Markdown, for `docs/rules/<id>.md`.
#[must_use]
pub fn render_page(rule: &Rule) -> String {
    let mut page = format!("# {}\n\n`{}` · {}", rule.title, rule.id, rule.level.word());
    for hazard in rule.hazards {
        let _ = write!(page, " · {}", hazard.word());
    }
    let _ = write!(page, "\n\n**When** {}.\n\n**Effect** {}.\n\n**Cure** {}.\n", rule.condition, rule.effect, rule.cure);
    let _ = write!(page, "\n## Not like this\n\n```sql\n{}\n```\n", rule.bad.trim());
    let _ = write!(page, "\n## But like this\n\n```sql\n{}\n```\n", rule.good.trim());
    let _ = writeln!(
        page,
        "\nTo allow it once, with the reason, write above the statement:\n\n```sql\n-- xtask: allow {}: why it is fine here\n```",
        rule.id
    );
    page
}

/// What `--explain RULE` prints.
#[must_use]
pub fn explain(rule: &Rule) -> String {
    let hazards: Vec<&str> = rule.hazards.iter().map(|it| it.word()).collect();
    format!(
        "{} ({}; {})\n\n{}\n\nwhen:   {}\neffect: {}\ncure:   {}\n\nnot like this:\n{}\n\nbut like this:\n{}\n",
        rule.id,
        rule.level.word(),
        hazards.join(", "),
        rule.title,
        rule.condition,
        rule.effect,
        rule.cure,
        rule.bad.trim(),
        rule.good.trim()
    )
}
