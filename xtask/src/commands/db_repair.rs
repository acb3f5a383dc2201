//! `cargo xtask db repair`: the history accepts what the files say.

use super::{database, files};
use crate::cli::Format;
use crate::cli::db::Repair;
use crate::context::Context;
use crate::db::history::{Applied, Table, load_texts_of_edited};
use crate::db::state::{self, Lock};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{Lockfile, Migration, MigrationSet, Name};
use crate::plan::{self, Entry, State};
use crate::sql::quote::literal;
use crate::sql::same_statements;
use serde_json::json;

/// One change of the history.
enum Change<'a> {
    /// The text was edited.
    Text(&'a Applied, &'a Migration),
    /// The file has another name or number now.
    Rename(&'a Applied, &'a Migration),
    /// There is no such file any more.
    Forget(&'a Applied),
}

pub(super) fn run(ctx: &Context, args: &Repair) -> anyhow::Result<Exit> {
    let set = files::load(ctx)?;
    let database = database::resolve(ctx)?;
    let mut session = database::connect_to(&database, ctx.config.duration("migrations.wait").unwrap_or_default())?;
    let state = state::read(&mut session, &Table::default(), if args.dry_run { Lock::Leave } else { Lock::Try })?;
    if !(args.dry_run || state.locked || state.pooled) {
        let diagnostic = Diagnostic::error("lock-busy", "another runner is migrating this database").hint("wait for it, then repair");
        return Err(Failure::new(Exit::LockBusy, diagnostic).into());
    }
    let mut history = state.history;
    load_texts_of_edited(&mut session, &mut history, &set)?;
    let entries = plan::compare(&set, &history);
    check_names(&args.names, &entries)?;
    let (changes, left): (Vec<_>, Vec<_>) =
        entries.iter().filter(|it| is_wrong(it.state)).map(|it| change(it, &set, args)).partition(Result::is_ok);
    let changes: Vec<Change<'_>> = changes.into_iter().filter_map(Result::ok).collect();
    if !args.dry_run && !changes.is_empty() {
        let statements: Vec<String> = changes.iter().map(statement).collect();
        let lock = "LOCK TABLE xtask.history IN SHARE ROW EXCLUSIVE MODE";
        session.execute(&format!("BEGIN; {lock}; {}; COMMIT", statements.join("; ")))?;
    }
    session.close();
    if !args.dry_run {
        files::update_lock(&ctx.config.folder("migrations.dir"), |lock| changes.iter().for_each(|it| accept(lock, it)))?;
    }
    changes.iter().for_each(|change| tell(ctx, change, args.dry_run));
    if changes.is_empty() && left.is_empty() {
        ctx.ui.say("nothing to repair: every applied migration is as it was");
    }
    let left: Vec<Diagnostic> = left.into_iter().filter_map(Result::err).collect();
    left.iter().for_each(|diagnostic| ctx.ui.diagnostic(diagnostic));
    Ok(if left.is_empty() { Exit::Done } else { Exit::No })
}

fn is_wrong(state: State) -> bool {
    matches!(state, State::Edited | State::HalfEdited | State::Missing)
}

fn check_names(words: &[String], entries: &[Entry<'_>]) -> Result<(), Failure> {
    let unknown: Vec<Diagnostic> = words
        .iter()
        .filter(|word| !entries.iter().any(|entry| is_wrong(entry.state) && means(word, entry.name)))
        .map(|word| {
            Diagnostic::error("no-such-migration", format!("`{word}` means no migration that needs repair"))
                .hint("run `cargo xtask db status` to see which do")
        })
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Usage, diagnostics: unknown }) }
}

fn means(word: &str, name: &str) -> bool {
    Name::parse(&format!("{name}.sql")).is_some_and(|name| name.is_meant_by(word))
}

/// What to do about one entry; an error where it has to be named first.
fn change<'a>(entry: &Entry<'a>, set: &'a MigrationSet, args: &Repair) -> Result<Change<'a>, Diagnostic> {
    let is_named = args.names.iter().any(|word| means(word, entry.name));
    match (entry.applied, entry.migration) {
        (Some(row), Some(migration)) => {
            let is_harmless = row.finished && row.sql.as_ref().is_some_and(|old| same_statements(old, &migration.text));
            if is_named || is_harmless { Ok(Change::Text(row, migration)) } else { Err(not_named(entry, "its statements were edited")) }
        }
        (Some(row), None) if is_named => {
            let twin = set.migrations.iter().find(|it| it.checksum == row.checksum);
            Ok(twin.map_or(Change::Forget(row), |twin| Change::Rename(row, twin)))
        }
        _ => Err(not_named(entry, "its file is gone")),
    }
}

fn not_named(entry: &Entry<'_>, why: &str) -> Diagnostic {
    let name = entry.name;
    Diagnostic::error("not-repaired", format!("`{name}` was left alone: {why}"))
        .hint(format!("run `cargo xtask db status` to see the difference; `cargo xtask db repair {name}` accepts it as it is"))
}

fn statement(change: &Change<'_>) -> String {
    match change {
        Change::Text(row, migration) => format!(
            "UPDATE xtask.history SET sql = {}, checksum = {} WHERE position = {}",
            literal(&migration.text),
            literal(&migration.checksum),
            row.position
        ),
        Change::Rename(row, migration) => {
            format!("UPDATE xtask.history SET name = {} WHERE position = {}", literal(&migration.name.stem), row.position)
        }
        Change::Forget(row) => format!("DELETE FROM xtask.history WHERE position = {}", row.position),
    }
}

/// What the history accepts, migrations.lock accepts too.
fn accept(lock: &mut Lockfile, change: &Change<'_>) {
    match change {
        Change::Text(_, migration) => lock.set(&migration.name.stem, &migration.checksum),
        Change::Rename(row, migration) => lock.rename(&row.name, &migration.name.stem),
        Change::Forget(row) => lock.entries.retain(|it| it.name != row.name),
    }
}

fn tell(ctx: &Context, change: &Change<'_>, dry_run: bool) {
    let (name, what) = match change {
        Change::Text(row, _) => (&row.name, "the history takes the file's text".to_owned()),
        Change::Rename(row, migration) => (&row.name, format!("the history calls it {}", migration.name)),
        Change::Forget(row) => (&row.name, "the history forgets it".to_owned()),
    };
    let what = if dry_run { format!("{what} (not done: a dry run)") } else { what };
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "repaired", "migration": name, "change": what})),
        Format::Human => ctx.ui.data(&format!("{name}: {what}")),
    }
}
