//! The pages under `docs/` that come from the code: one function a kind of page, all of them a list of paths with texts.

use crate::diagnostic::{Hazard, Level};
use crate::lint::{RULES, Rule, render_page};
use std::fmt::Write;

/// A page: its path seen from the root of the repository, and its text.
pub type Page = (String, String);

/// The folders in which every page is one of ours, so that one that is no longer made is wrong.
pub const WHOLLY_OURS: &[&str] = &["docs/rules", "docs/reference", "docs/man"];

/// Every page.
#[must_use]
pub fn pages() -> Vec<Page> {
    rule_pages().into_iter().chain(crate::reference::pages()).collect()
}

fn rule_pages() -> Vec<Page> {
    let page = |rule: &&'static Rule| (format!("docs/rules/{}.md", rule.id), render_page(rule));
    std::iter::once(("docs/rules/README.md".to_owned(), rule_index())).chain(RULES.iter().map(page)).collect()
}

/// All rules in one table a level, worst first.
fn rule_index() -> String {
    let mut text = String::from(
        "# Rules\n\nWhat `cargo xtask db lint` and `cargo xtask db check` look for in migrations. `cargo xtask db lint --explain RULE` prints a page of these. The pages are \
         made from the rules by `cargo xtask docs`.\n\n\
         An error makes the command fail; some findings of a rule are milder than the rule, and say so. A finding that is fine is allowed where it stands, or in the header for the whole \
         file, with the reason:\n\n```sql\n-- xtask: allow drop-table: nothing reads it since 0031\n```\n\n\
         `allow data-loss: reason` acknowledges that data goes, whichever rule says so. An `allow` without a reason, or one that silences nothing, is a finding itself.\n",
    );
    for level in [Level::Error, Level::Warning, Level::Info] {
        let _ = write!(text, "\n## {}\n\n| rule | finds | may |\n|---|---|---|\n", heading(level));
        for rule in RULES.iter().filter(|it| it.level == level) {
            let _ = writeln!(text, "| [`{0}`]({0}.md) | {1} | {2} |", rule.id, rule.title, hazards(rule.hazards));
        }
    }
    text
}

fn heading(level: Level) -> &'static str {
    match level {
        Level::Error => "Errors",
        Level::Warning => "Warnings",
        Level::Info => "Notes",
    }
}

fn hazards(hazards: &[Hazard]) -> String {
    hazards.iter().map(|it| it.word()).collect::<Vec<_>>().join(", ")
}
