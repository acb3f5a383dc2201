//! A second run on a database that has every migration does nothing.

use super::Stage;
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::runner::Event;

pub(super) fn check(stage: &Stage<'_>) -> Result<Vec<Diagnostic>, Failure> {
    let Some(head) = stage.head() else { return Ok(Vec::new()) };
    let mut again = Vec::new();
    let result = head.migrate(&stage.subject.set, stage.n_applied, &mut |event| {
        if let Event::Planned { pending } = event {
            again.extend(pending);
        }
    });
    let found = |name: &String| {
        let migration = stage.subject.set.by_stem(name)?;
        let message = format!("a second run applies `{name}` again: the history has lost it");
        let diagnostic = Diagnostic::error("not-idempotent", message).at(Location::file(&migration.file));
        Some(diagnostic.hint("leave the schema `xtask` and its table `history` alone in migrations"))
    };
    match result {
        Err(failure) if !matches!(failure.exit, Exit::Failed | Exit::Usage) => Err(failure),
        Err(failure) if again.is_empty() => Ok(failure.diagnostics.into_iter().map(second).collect()),
        _ => Ok(again.iter().filter_map(found).collect()),
    }
}

/// What the second run complains of although the first one went well.
fn second(diagnostic: Diagnostic) -> Diagnostic {
    let message = format!("a second run stops: {}", diagnostic.message);
    Diagnostic { message, rule: "not-idempotent", ..diagnostic }
        .hint("leave the schema `xtask` and its table `history` alone in migrations")
}
