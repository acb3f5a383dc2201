//! The planner: files and history in, what to do out. Pure, and the only place that decides what is pending.

use crate::db::history::{Applied, History};
use crate::diagnostic::{Diagnostic, Location};
use crate::migration::{Migration, MigrationSet, Run};

/// How a migration and the history compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// On disk and in the history, the same text.
    Applied,
    /// On disk, not in the history.
    Pending,
    /// Begun and not finished: so many of so many steps are done.
    Half {
        /// Steps done.
        done: usize,
        /// Steps in all.
        of: usize,
    },
    /// Pending although a newer one is applied.
    Behind,
    /// Applied with another text than the file has now.
    Edited,
    /// Begun, and the part that was applied has another text now.
    HalfEdited,
    /// In the history, and no file.
    Missing,
    /// It stands for several, of which the database has some, or others than these.
    HalfSquashed,
}

/// One line of the comparison.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The migration's full name.
    pub name: &'a str,
    /// The file, unless it is missing.
    pub migration: Option<&'a Migration>,
    /// The history row, unless it is pending.
    pub applied: Option<&'a Applied>,
    /// The verdict.
    pub state: State,
}

/// A migration to be applied.
#[derive(Debug, Clone)]
pub struct Pending<'a> {
    /// The file.
    pub migration: &'a Migration,
    /// The place it takes in the history.
    pub position: i64,
    /// Where an unfinished one goes on.
    pub resume: Option<&'a Applied>,
}

/// What a run will do, in order.
#[derive(Debug, Clone, Default)]
pub struct Plan<'a> {
    /// To be applied.
    pub pending: Vec<Pending<'a>>,
    /// How many files the database already has.
    pub n_applied: usize,
}

/// What the caller allows and wants.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Stop behind the migration that this number or name means.
    pub to: Option<String>,
    /// The flags that say whose databases or schemas these are, for hints; see [`crate::cli::db::Whose::flags`].
    pub whose: String,
}

/// Compares files and history, in the order of the files; what is only in the history stands at its number.
#[must_use]
pub fn compare<'a>(set: &'a MigrationSet, history: &'a History) -> Vec<Entry<'a>> {
    let by_name: std::collections::HashMap<&str, &Applied> = history.rows.iter().map(|row| (row.name.as_str(), row)).collect();
    let on_disk: std::collections::HashSet<&str> = set.migrations.iter().map(|it| it.name.stem.as_str()).collect();
    let number = |row: &Applied| crate::migration::Name::parse(&format!("{}.sql", row.name)).map_or(0, |name| name.number);
    let newest = history.rows.iter().filter(|row| row.finished).map(number).max().unwrap_or(0);
    let mut entries: Vec<(u64, Entry<'a>)> = Vec::with_capacity(set.migrations.len());
    let mut covered = on_disk;
    for migration in &set.migrations {
        let mut applied = by_name.get(migration.name.stem.as_str()).copied();
        let mut state = applied.map_or_else(|| unapplied(migration, newest), |row| state(migration, row));
        covered.extend(migration.header.squashes.iter().map(|it| it.name.as_str()));
        if let (None, Some((squashed, row))) = (applied, squashed(migration, &by_name)) {
            (state, applied) = (squashed, Some(row));
        }
        entries.push((migration.name.number, Entry { name: &migration.name.stem, migration: Some(migration), applied, state }));
    }
    for row in history.rows.iter().filter(|row| !covered.contains(row.name.as_str())) {
        entries.push((number(row), Entry { name: &row.name, migration: None, applied: Some(row), state: State::Missing }));
    }
    entries.sort_by_key(|(number, _)| *number);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// How a database that has migrations which `migration` stands for has them, and the newest of these; nothing where it has none of them.
fn squashed<'a>(migration: &Migration, by_name: &std::collections::HashMap<&str, &'a Applied>) -> Option<(State, &'a Applied)> {
    let squashes = &migration.header.squashes;
    let rows: Vec<&'a Applied> = squashes.iter().filter_map(|it| by_name.get(it.name.as_str()).copied()).collect();
    let newest = *rows.last()?;
    let is_same =
        |row: &&Applied| row.finished && squashes.iter().any(|it| it.name == row.name && is_checksum(&row.checksum, &it.checksum));
    let is_whole = rows.len() == squashes.len() && rows.iter().all(is_same);
    Some((if is_whole { State::Applied } else { State::HalfSquashed }, newest))
}

fn is_checksum(whole: &str, beginning: &str) -> bool {
    whole.trim_start_matches("sha256:").starts_with(beginning)
}

fn unapplied(migration: &Migration, newest_applied: u64) -> State {
    let is_behind = migration.name.number < newest_applied && !migration.header.allow_out_of_order;
    if is_behind { State::Behind } else { State::Pending }
}

fn state(migration: &Migration, row: &Applied) -> State {
    if row.finished {
        return if row.checksum == migration.checksum { State::Applied } else { State::Edited };
    }
    let of = match &migration.run {
        Run::Journalled(steps) => steps.len(),
        Run::Whole { .. } => 1,
    };
    if applied_part_is_same(migration, row) { State::Half { done: row.steps_done, of } } else { State::HalfEdited }
}

/// Whether the steps that are done have the text that they were done with; what comes behind them may be mended.
fn applied_part_is_same(migration: &Migration, row: &Applied) -> bool {
    if row.checksum == migration.checksum || row.steps_done == 0 {
        return true;
    }
    let (Run::Journalled(steps), Some(old)) = (&migration.run, &row.sql) else { return false };
    let Ok(old_script) = crate::sql::split(old) else { return false };
    let Some(last) = steps.get(row.steps_done - 1) else { return false };
    (0..last.statements.end)
        .all(|index| old_script.statements.get(index).is_some_and(|statement| old[statement.span.clone()] == *migration.statement(index)))
}

/// The names of applied migrations whose text is needed to say how they were edited.
#[must_use]
pub fn edited(set: &MigrationSet, history: &History) -> Vec<String> {
    let entries = compare(set, history).into_iter();
    entries.filter(|entry| matches!(entry.state, State::Edited | State::HalfEdited)).map(|entry| entry.name.to_owned()).collect()
}

/// Decides what to apply.
///
/// # Errors
/// Everything that forbids to go on: an applied migration edited or missing on disk, one that comes too late, `to` that means nothing.
pub fn plan<'a>(set: &'a MigrationSet, history: &'a History, policy: &Policy) -> Result<Plan<'a>, Vec<Diagnostic>> {
    let limit = limit(set, policy).map_err(|diagnostic| vec![diagnostic])?;
    let entries = compare(set, history);
    let problems: Vec<Diagnostic> = entries.iter().filter_map(|entry| problem(entry, set, history, &policy.whose)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut position = history.next_position();
    let mut plan = Plan::default();
    for entry in entries {
        let Some(migration) = entry.migration.filter(|it| it.name.number <= limit) else { continue };
        match (entry.state, entry.applied) {
            (State::Applied, _) => plan.n_applied += 1,
            (_, Some(row)) => plan.pending.push(Pending { migration, position: row.position, resume: Some(row) }),
            (_, None) => {
                plan.pending.push(Pending { migration, position, resume: None });
                position += 1;
            }
        }
    }
    Ok(plan)
}

fn limit(set: &MigrationSet, policy: &Policy) -> Result<u64, Diagnostic> {
    let Some(word) = &policy.to else { return Ok(u64::MAX) };
    set.find(word).map(|it| it.name.number).ok_or_else(|| {
        let last = set.head().map_or("there are none".to_owned(), |head| format!("the newest is `{}`", head.name));
        Diagnostic::error("no-such-migration", format!("`{word}` means no migration"))
            .hint(format!("name one by its number or name; {last}"))
    })
}

fn problem(entry: &Entry<'_>, set: &MigrationSet, history: &History, whose: &str) -> Option<Diagnostic> {
    match (entry.state, entry.migration, entry.applied) {
        (State::Edited | State::HalfEdited, Some(migration), Some(row)) => Some(edited_diagnostic(migration, row, whose)),
        (State::HalfSquashed, Some(migration), _) => Some(half_squashed_diagnostic(migration, history, whose)),
        (State::Missing, _, Some(row)) => Some(missing_diagnostic(row, set, whose)),
        (State::Behind, Some(migration), _) => Some(
            Diagnostic::error("out-of-order", format!("`{}` is pending, but a newer migration is already applied", migration.name))
                .at(Location::file(&migration.file))
                .hint("run `cargo xtask db renumber` to move it to the end, or write `-- xtask: allow-out-of-order` at its top"),
        ),
        _ => None,
    }
}

fn half_squashed_diagnostic(migration: &Migration, history: &History, whose: &str) -> Diagnostic {
    let squashes = &migration.header.squashes;
    let row = |name: &str| history.find(name).filter(|row| row.finished);
    let lacking: Vec<&str> = squashes.iter().filter(|it| row(&it.name).is_none()).map(|it| it.name.as_str()).collect();
    let other: Vec<&str> = squashes
        .iter()
        .filter(|it| row(&it.name).is_some_and(|row| !is_checksum(&row.checksum, &it.checksum)))
        .map(|it| it.name.as_str())
        .collect();
    let name = &migration.name;
    let mut diagnostic = Diagnostic::error(
        "half-squashed",
        format!("`{name}` stands for {} migrations, of which this database has only some", squashes.len()),
    );
    if lacking.is_empty() {
        diagnostic.message =
            format!("`{name}` stands for {} migrations, of which this database has some with another text", squashes.len());
    }
    for (what, names) in [("it lacks", lacking), ("another text had", other)] {
        if !names.is_empty() {
            diagnostic = diagnostic.note(format!("{what} {}", names.join(", ")));
        }
    }
    let tag = migration.header.squash_tag.as_deref().unwrap_or("the commit before the squash");
    let last = squashes.last().map_or("", |it| it.name.as_str());
    diagnostic.at(Location::file(&migration.file)).hint(format!(
        "finish them first: check out {tag} in another folder (`git worktree add ../before-squash {tag}`), run `cargo xtask db migrate --to {last}{whose}` there on this database, and come back"
    ))
}

fn edited_diagnostic(migration: &Migration, row: &Applied, whose: &str) -> Diagnostic {
    let part = if row.finished { "" } else { " in part" };
    let by = format!("applied{part} at {} by {}", row.started_at, row.applied_by);
    let mut diagnostic = Diagnostic::error("edited", format!("`{}` was edited after it was applied{part}", migration.name));
    diagnostic = diagnostic.at(Location::file(&migration.file)).note(by);
    if let Some(old) = &row.sql {
        diagnostic = diagnostic.note(difference(old, &migration.text));
        if row.finished && crate::sql::same_statements(old, &migration.text) {
            return diagnostic.hint(format!("run `cargo xtask db repair{whose}`: only comments or white space differ"));
        }
    }
    let name = &migration.name;
    diagnostic.hint(format!(
        "undo the edit and write a new migration (`cargo xtask db new`); or, if the database is as the file says now, run `cargo xtask db repair {name}{whose}`"
    ))
}

/// The most lines of a difference that are shown.
const DIFFERENCE_LINES: usize = 40;

/// What was applied (`-`) against what the file says (`+`).
fn difference(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let text = diff.unified_diff().context_radius(1).header("applied", "file").to_string();
    let lines: Vec<&str> = text.lines().collect();
    let more = lines.len().saturating_sub(DIFFERENCE_LINES);
    let shown = lines[..lines.len() - more].join("\n");
    if more > 0 { format!("{shown}\n… {more} more lines") } else { shown }
}

fn missing_diagnostic(row: &Applied, set: &MigrationSet, whose: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("missing", format!("`{}` is in the database's history, but there is no such file", row.name))
        .note(format!("applied at {} by {}", row.started_at, row.applied_by));
    match set.migrations.iter().find(|it| it.checksum == row.checksum) {
        Some(same) => diagnostic.hint(format!("run `cargo xtask db repair {}{whose}`: `{}` holds the very same text", row.name, same.name)),
        None => diagnostic.hint("check out the branch that has it, or bring it back with `git log --diff-filter=D -- migrations`"),
    }
}

#[cfg(test)]
mod tests;
