//! What differs between another tool's files and its history, shown one by one and settled before anything is written.

use crate::adopt::choose::Choice;
use crate::adopt::reconcile::{Comparison, Difference, Kind, Standing};
use crate::adopt::write::Target;
use crate::cli::db::Adopt;
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Location};
use crate::migration::Name;

/// How a difference was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// As its kind means it.
    Plain,
    /// The migration counts as applied.
    Applied,
}

/// Shows each difference that `--accept` does not name and asks about it; whether all are settled. What was accepted is put into
/// effect in `comparison`.
pub(super) fn settle(ctx: &Context, args: &Adopt, choice: &Choice, comparison: &mut Comparison, targets: &[Target], folder: &str) -> bool {
    let mut n_open = 0;
    for difference in comparison.differences.clone() {
        let target = difference.item.map(|index| &targets[index]);
        let answer = accepted(args, &difference, target).or_else(|| {
            ctx.ui.diagnostic(&diagnostic(choice, &difference, target, folder));
            let question = format!("Accept that {}?", difference.kind.meaning());
            ctx.ui.confirm(&question).filter(|yes| *yes).map(|_| Answer::Plain)
        });
        match (answer, difference.item) {
            (None, _) => n_open += 1,
            (Some(Answer::Applied), Some(index)) => comparison.items[index].standing = Standing::Applied,
            (Some(_), _) => {}
        }
    }
    if n_open > 0 {
        let words = if n_open == 1 { "1 difference is".to_owned() } else { format!("{n_open} differences are") };
        ctx.ui.say(&format!("{words} not settled: nothing was written, neither files nor history"));
    }
    n_open == 0
}

/// Whether `--accept` names the difference: by number, name, file or key of its migration, or by its kind.
fn accepted(args: &Adopt, difference: &Difference, target: Option<&Target>) -> Option<Answer> {
    args.accept.iter().find_map(|word| {
        let (word, answer) = word.strip_suffix("=applied").map_or((word.as_str(), Answer::Plain), |word| (word, Answer::Applied));
        let name = target.and_then(|it| Name::parse(&format!("{}.sql", it.stem)));
        let is_meant = word == difference.kind.word()
            || word == difference.key
            || difference.file.as_deref() == Some(word)
            || name.is_some_and(|name| name.is_meant_by(word));
        let fits = answer == Answer::Plain || matches!(difference.kind, Kind::Failed | Kind::Skipped);
        (is_meant && fits).then_some(answer)
    })
}

fn diagnostic(choice: &Choice, difference: &Difference, target: Option<&Target>, folder: &str) -> Diagnostic {
    let tool = choice.tool.name;
    let name = target.map(|it| it.stem.as_str()).or(difference.file.as_deref()).unwrap_or(&difference.key);
    let (rule, message) = match difference.kind {
        Kind::Edited => ("adopt-edited", format!("`{name}` was edited after {tool} applied it: the checksums differ")),
        Kind::Missing => ("adopt-missing", format!("{tool}'s history has `{name}`, but there is no such file")),
        Kind::Unlisted => ("adopt-unlisted", format!("`{name}` is on disk, but {tool} does not know of it: it never ran")),
        Kind::Failed => ("adopt-failed", format!("`{name}` failed half way when {tool} ran it")),
        Kind::Skipped => ("adopt-skipped", format!("`{name}` is not in {tool}'s history, although newer ones are")),
        Kind::Program => ("adopt-program", format!("`{name}` is no SQL and cannot be taken over")),
        Kind::Unresolved => ("adopt-unresolved", format!("`{name}` is not the SQL that {tool} ran")),
    };
    let word = target.and_then(|it| it.stem.split('_').next()).or(difference.file.as_deref()).unwrap_or(&difference.key);
    let mut diagnostic = Diagnostic::error(rule, message);
    if let Some(file) = &difference.file {
        diagnostic = diagnostic.at(Location::file(&format!("{folder}/{file}")));
    }
    if let Some(note) = &difference.note {
        diagnostic = diagnostic.note(note.clone());
    }
    let kind = difference.kind;
    diagnostic.hint(format!("accept it with `--accept {word}`: {}; `--accept {}` accepts all of this kind", kind.meaning(), kind.word()))
}
