//! `cargo xtask db repair`: the history accepts what the files say.

use super::fleet::members::{self, Member};
use super::fleet::report;
use super::{database, files, record};
use crate::cli::Format;
use crate::cli::db::Repair;
use crate::context::Context;
use crate::db::Session;
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
    let members = if args.whose.is_given() { members::find(ctx, &args.whose)? } else { vec![Member::only(database::resolve(ctx)?)] };
    check_names(ctx, &args.names, &set, &members)?;
    let (mut n_changes, mut left) = (0, Vec::new());
    for member in &members {
        let (n, diagnostics) = repair(ctx, args, &set, member).map_err(|failure| within(failure, member))?;
        n_changes += n;
        left.push((member.name.clone(), Failure { exit: Exit::No, diagnostics }));
    }
    let left = report::distinct(&left);
    if n_changes == 0 && left.is_empty() {
        ctx.ui.say("nothing to repair: every applied migration is as it was");
    }
    for (diagnostic, names) in &left {
        let whose = args.whose.is_given().then(|| format!("in {}", report::listed(names)));
        ctx.ui.diagnostic(&whose.into_iter().fold(diagnostic.clone(), Diagnostic::note));
    }
    Ok(if left.is_empty() { Exit::Done } else { Exit::No })
}

/// What a member's history says, with the texts of what was edited.
fn read(ctx: &Context, set: &MigrationSet, member: &Member, lock: Lock) -> Result<(Session, state::State), Failure> {
    let mut session = member.connect(ctx)?;
    let refused = |error| database::refused(&member.database, &error);
    let mut state = state::read(&mut session, &member.table(), lock).map_err(refused)?;
    load_texts_of_edited(&mut session, &mut state.history, set).map_err(refused)?;
    Ok((session, state))
}

/// Repairs one history; how much was changed, and what was left alone.
fn repair(ctx: &Context, args: &Repair, set: &MigrationSet, member: &Member) -> Result<(usize, Vec<Diagnostic>), Failure> {
    let (mut session, state) = read(ctx, set, member, if args.dry_run { Lock::Leave } else { Lock::Try })?;
    if !(args.dry_run || state.locked || state.pooled) {
        let diagnostic = Diagnostic::error("lock-busy", "another runner is migrating this database").hint("wait for it, then repair");
        return Err(Failure::new(Exit::LockBusy, diagnostic));
    }
    let entries = plan::compare(set, &state.history);
    let (changes, left): (Vec<_>, Vec<_>) =
        entries.iter().filter(|it| is_wrong(it.state)).map(|it| change(it, set, args)).partition(Result::is_ok);
    let changes: Vec<Change<'_>> = changes.into_iter().filter_map(Result::ok).collect();
    if !args.dry_run && !changes.is_empty() {
        let table = member.table();
        let statements: Vec<String> = changes.iter().map(|it| statement(&table, it)).collect();
        let lock = format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
        session.execute(&format!("BEGIN; {lock}; {}; COMMIT", statements.join("; "))).map_err(|error| record::denied_write(&error))?;
        files::update_lock(&ctx.config.folder("migrations.dir"), |lock| changes.iter().for_each(|it| accept(lock, it)))?;
    }
    session.close();
    changes.iter().for_each(|change| tell(ctx, &member.name, change, args.dry_run));
    Ok((changes.len(), left.into_iter().filter_map(Result::err).collect()))
}

/// A failure that came in one of many; what was repaired before it stays so.
fn within(mut failure: Failure, member: &Member) -> Failure {
    if !member.name.is_empty() {
        failure.diagnostics.iter_mut().for_each(|it| it.notes.push(format!("in {}; run it again for the rest", member.name)));
    }
    failure
}

fn is_wrong(state: State) -> bool {
    matches!(state, State::Edited | State::HalfEdited | State::Missing)
}

/// Refuses a name that means nothing, before anything is changed.
fn check_names(ctx: &Context, words: &[String], set: &MigrationSet, members: &[Member]) -> Result<(), Failure> {
    let mut unknown: Vec<&String> = words.iter().collect();
    for member in members {
        if unknown.is_empty() {
            return Ok(());
        }
        let (session, state) = read(ctx, set, member, Lock::Leave).map_err(|failure| within(failure, member))?;
        session.close();
        let entries = plan::compare(set, &state.history);
        unknown.retain(|word| !entries.iter().any(|entry| is_wrong(entry.state) && means(word, entry.name)));
    }
    let diagnostic = |word: &&String| {
        Diagnostic::error("no-such-migration", format!("`{word}` means no migration that needs repair"))
            .hint("run `cargo xtask db status` to see which do")
    };
    if unknown.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Usage, diagnostics: unknown.iter().map(diagnostic).collect() }) }
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
            if is_named || is_harmless {
                Ok(Change::Text(row, migration))
            } else {
                Err(not_named(entry, args, "its statements were edited"))
            }
        }
        (Some(row), None) if is_named => {
            let twin = set.migrations.iter().find(|it| it.checksum == row.checksum);
            Ok(twin.map_or(Change::Forget(row), |twin| Change::Rename(row, twin)))
        }
        _ => Err(not_named(entry, args, "its file is gone")),
    }
}

fn not_named(entry: &Entry<'_>, args: &Repair, why: &str) -> Diagnostic {
    let (name, whose) = (entry.name, args.whose.flags());
    let look = if args.whose.is_given() { format!("migrate --dry-run{whose}") } else { "status".to_owned() };
    Diagnostic::error("not-repaired", format!("`{name}` was left alone: {why}"))
        .hint(format!("run `cargo xtask db {look}` to see the difference; `cargo xtask db repair {name}{whose}` accepts it as it is"))
}

fn statement(table: &Table, change: &Change<'_>) -> String {
    match change {
        Change::Text(row, migration) => format!(
            "UPDATE {table} SET sql = {}, checksum = {} WHERE position = {}",
            literal(&migration.text),
            literal(&migration.checksum),
            row.position
        ),
        Change::Rename(row, migration) => {
            format!("UPDATE {table} SET name = {} WHERE position = {}", literal(&migration.name.stem), row.position)
        }
        Change::Forget(row) => format!("DELETE FROM {table} WHERE position = {}", row.position),
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

fn tell(ctx: &Context, member: &str, change: &Change<'_>, dry_run: bool) {
    let (name, what) = match change {
        Change::Text(row, _) => (&row.name, "the history takes the file's text".to_owned()),
        Change::Rename(row, migration) => (&row.name, format!("the history calls it {}", migration.name)),
        Change::Forget(row) => (&row.name, "the history forgets it".to_owned()),
    };
    let what = if dry_run { format!("{what} (not done: a dry run)") } else { what };
    match ctx.ui.format {
        Format::Json if member.is_empty() => ctx.ui.json(&json!({"type": "repaired", "migration": name, "change": what})),
        Format::Json => ctx.ui.json(&json!({"type": "repaired", "member": member, "migration": name, "change": what})),
        Format::Human if member.is_empty() => ctx.ui.data(&format!("{name}: {what}")),
        Format::Human => ctx.ui.data(&format!("{member}: {name}: {what}")),
    }
}
