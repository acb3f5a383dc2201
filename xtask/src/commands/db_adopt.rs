//! `cargo xtask db adopt`: another tool's migrations become ours, and what its history has applied is recorded as applied.

use super::db_migrate::who;
use super::record::denied_write;
use super::{adopt_settle, database, files, record, written};
use crate::adopt::choose::{Choice, choose};
use crate::adopt::reconcile::Comparison;
use crate::adopt::{self, Files, Standing, write::Target};
use crate::cli::Format;
use crate::cli::db::Adopt;
use crate::context::Context;
use crate::db::history::Table;
use crate::db::state::{self, Lock, State};
use crate::db::{DbError, Session};
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::migration::{MigrationSet, SourceFile};
use crate::sql::quote::literal;
use serde_json::json;
use std::path::Path;

pub(super) fn run(ctx: &Context, args: &Adopt) -> anyhow::Result<Exit> {
    let (folder, ours) = (files::shown(&args.dir), ctx.config.folder("migrations.dir"));
    refuse_same_folder(&args.dir, &ours)?;
    let foreign_files = read_all(&args.dir)?;
    let database = database::resolve(ctx)?;
    let mut session = database::connect_to(&database, ctx.config.duration("migrations.wait").unwrap_or_default())?;
    let state = state::read(&mut session, &Table::default(), if args.dry_run { Lock::Leave } else { Lock::Try })?;
    if !(args.dry_run || state.locked || state.pooled) {
        let diagnostic = Diagnostic::error("lock-busy", "another runner is migrating this database").hint("wait for it, then adopt");
        return Err(Failure::new(Exit::LockBusy, diagnostic).into());
    }
    let choice = choose_tool(&mut session, &foreign_files, args, &database.why)?;
    let mut foreign = (choice.tool.read)(&foreign_files)
        .map_err(|diagnostic| usage(diagnostic.note(format!("in {folder}, read as {}'s", choice.tool.name))))?;
    let rows = rows(&mut session, &choice, &database.why, args)?;
    let entries = (choice.tool.entries)(&rows, &mut foreign);
    let mut comparison = adopt::reconcile(foreign, &entries);
    if comparison.matched == 0 && !entries.is_empty() {
        return Err(wrong_database(&choice, entries.len(), &database.why, &folder).into());
    }
    let present = present(ctx, &ours)?;
    let numbering = files::numbering(ctx);
    let named = adopt::write::targets(&comparison.items, numbering, &present);
    if !adopt_settle::settle(ctx, args, &choice, &mut comparison, &named, &folder) {
        return Ok(Exit::No);
    }
    let targets = adopt::write::targets(&comparison.items, numbering, &present);
    check_readable(ctx, &comparison, &targets, &folder, &ours)?;
    if !args.dry_run {
        write(&mut session, &state, &Writing { comparison: &comparison, targets: &targets, folder: &ours, tool: choice.tool.name })?;
    }
    session.close();
    tell(ctx, args, &choice, &comparison, &targets);
    Ok(Exit::Done)
}

fn usage(diagnostic: Diagnostic) -> Failure {
    Failure::new(Exit::Usage, diagnostic)
}

/// Both tools' files in one folder would be read as each other's.
fn refuse_same_folder(theirs: &Path, ours: &Path) -> Result<(), Failure> {
    let (Ok(theirs), Ok(ours)) = (theirs.canonicalize(), ours.canonicalize()) else { return Ok(()) };
    if theirs != ours {
        return Ok(());
    }
    let name = files::shown(&theirs);
    let diagnostic = Diagnostic::error("same-folder", format!("`{name}` is the folder of this tool's own migrations too"))
        .note("nothing was written")
        .hint(format!("move the old ones aside first, `git mv {name} old_migrations`, and adopt from there; or give ours another folder: `--migrations DIR`"));
    Err(usage(diagnostic))
}

/// How large a file of a migration may be.
const LARGE: u64 = 256 << 20;

/// All files below `folder` but hidden ones and what package managers put there.
fn read_all(folder: &Path) -> Result<Files, Failure> {
    let mut found = Files::default();
    collect(folder, "", &mut found).map_err(|error| {
        let message = format!("failed to read `{}`: {error}", files::shown(folder));
        usage(Diagnostic::error("unreadable-file", message).hint("name the folder of the other tool's migrations"))
    })?;
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut Files) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let meta = std::fs::metadata(entry.path())?;
        if name.starts_with('.') || name == "node_modules" || name == "target" {
            continue;
        }
        if meta.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), found)?;
        } else if meta.len() < LARGE {
            found.0.insert(format!("{prefix}{name}"), std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn choose_tool(session: &mut Session, files: &Files, args: &Adopt, why: &str) -> anyhow::Result<Choice> {
    let tables = adopt::history::tables(session, args.table.as_deref())?;
    if let Some(wanted) = args.table.as_ref().filter(|_| tables.is_empty()) {
        return Err(
            usage(Diagnostic::error("no-such-table", format!("there is no table `{wanted}`")).hint("name it as `schema.table`")).into()
        );
    }
    let choice = choose(files, &tables, args.from.as_deref(), args.table.is_some());
    let choice = choice.map_err(|diagnostic| usage(diagnostic.note(format!("in {why}; nothing was written"))))?;
    if let (false, Some(table)) = (choice.strange.is_empty() || accepts(args, "columns"), &choice.table) {
        let message = format!("`{table}` has columns that {} is not known to make: {}", choice.tool.name, choice.strange.join(", "));
        let hint = "see whether it is that tool's history at all; `--accept columns` takes it for one";
        return Err(usage(Diagnostic::error("unknown-columns", message).note("nothing was written").hint(hint)).into());
    }
    Ok(choice)
}

fn accepts(args: &Adopt, word: &str) -> bool {
    args.accept.iter().any(|it| it == word)
}

fn rows(session: &mut Session, choice: &Choice, why: &str, args: &Adopt) -> anyhow::Result<Vec<adopt::Row>> {
    let tool = choice.tool;
    let rows = match &choice.table {
        Some(table) => adopt::history::rows(session, table, tool).map_err(|error| denied(&error, &table.to_string()))?,
        None => Vec::new(),
    };
    if !rows.is_empty() || accepts(args, "empty") {
        return Ok(rows);
    }
    let message = match &choice.table {
        Some(table) => format!("{tool}'s history {table} is empty", tool = tool.name),
        None => format!("the database has no history of {}'s (no table {})", tool.name, tool.tables.join(" or ")),
    };
    let diagnostic = Diagnostic::error("no-history", message).note(format!("in {why}; nothing was written")).hint(
        "name the database that the other tool has migrated; if nothing was ever applied, `--accept empty` only takes over the files",
    );
    Err(usage(diagnostic).into())
}

fn denied(error: &DbError, table: &str) -> Failure {
    let mut diagnostic = Diagnostic::error("history-unreadable", record::message(error)).note("nothing was written");
    diagnostic.sqlstate = error.sqlstate().map(str::to_owned);
    let hint = if error.sqlstate() == Some("42501") {
        format!("connect as the role that migrates, or grant it: GRANT SELECT ON {table} TO …")
    } else {
        "see the server's log for more".to_owned()
    };
    Failure::new(Exit::NoServer, diagnostic.hint(hint))
}

fn wrong_database(choice: &Choice, n: usize, why: &str, folder: &str) -> Failure {
    let name = choice.tool.name;
    let message = format!("none of the {n} migrations in {name}'s history has a file in {folder}");
    usage(
        Diagnostic::error("wrong-database", message)
            .note(format!("in {why}; nothing was written"))
            .hint("name the database, or the folder, that belongs to the other"),
    )
}

/// What our own folder holds already, for a second database.
fn present(ctx: &Context, folder: &Path) -> Result<MigrationSet, Failure> {
    if !folder.exists() { Ok(MigrationSet::default()) } else { files::load(ctx) }
}

/// Every file must be one that we can read, or the next command would refuse it.
fn check_readable(ctx: &Context, comparison: &Comparison, targets: &[Target], folder: &str, ours: &Path) -> Result<(), Failure> {
    let sources = targets.iter().map(|it| source(ours, it)).collect();
    let (_, mut found) = MigrationSet::from_readable_files(sources, files::numbering(ctx));
    found.retain(|it| it.rule != "number-gap");
    for (item, target) in comparison.items.iter().zip(targets) {
        if item.foreign.body == adopt::Body::Binary {
            let message = "the file is not UTF-8";
            let place = Location::file(&format!("{folder}/{}", item.foreign.file));
            found.push(
                Diagnostic::error("not-utf8", message).at(place).hint("save it as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`"),
            );
        }
        for diagnostic in
            found.iter_mut().filter(|it| it.location.as_ref().is_some_and(|it| it.file.ends_with(&format!("/{}.sql", target.stem))))
        {
            diagnostic.notes.push(format!("it comes from {folder}/{}; nothing was written", item.foreign.file));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Usage, diagnostics: found }) }
}

struct Writing<'a> {
    comparison: &'a Comparison,
    targets: &'a [Target],
    folder: &'a Path,
    tool: &'a str,
}

/// History and files: the rows are committed once all files are there, and no file stays where they cannot be.
fn write(session: &mut Session, state: &State, writing: &Writing<'_>) -> anyhow::Result<()> {
    record::create(session, state)?;
    let known: Vec<String> = state.history.rows.iter().map(|row| row.name.clone()).collect();
    let mut sql = "BEGIN;\nLOCK TABLE xtask.history IN SHARE ROW EXCLUSIVE MODE;\n".to_owned();
    let applied = writing
        .comparison
        .items
        .iter()
        .zip(writing.targets)
        .filter(|(item, target)| item.standing == Standing::Applied && !known.contains(&target.stem));
    for (place, (item, target)) in (state.history.next_position()..).zip(applied) {
        let at = item
            .at
            .as_ref()
            .filter(|at| at.starts_with(|it: char| it.is_ascii_digit()) && at.len() >= 10)
            .map_or("pg_catalog.now()".to_owned(), |at| format!("{}::timestamptz", literal(at)));
        sql.push_str(&record::row(place, &target.stem, &target.text, &at, &format!("adopted from {} by {}", writing.tool, who())));
    }
    session.execute(&sql).map_err(|error| denied_write(&error))?;
    let files: Vec<SourceFile> = writing.targets.iter().filter(|it| !it.exists).map(|it| source(writing.folder, it)).collect();
    record::commit(session, written::write(writing.folder, &files, &[])).map(drop)
}

/// A migration's file in `folder`.
fn source(folder: &Path, target: &Target) -> SourceFile {
    SourceFile { path: format!("{}/{}.sql", files::shown(folder), target.stem), bytes: target.text.clone().into_bytes() }
}

fn tell(ctx: &Context, args: &Adopt, choice: &Choice, comparison: &Comparison, targets: &[Target]) {
    let mut n_applied = 0;
    for (item, target) in comparison.items.iter().zip(targets) {
        let is_applied = item.standing == Standing::Applied;
        n_applied += usize::from(is_applied);
        let state = if is_applied { "applied" } else { "pending" };
        match ctx.ui.format {
            Format::Json => ctx.ui.json(&json!({"type": "adopted", "migration": target.stem, "from": item.foreign.file, "state": state, "written": !target.exists && !args.dry_run})),
            Format::Human => ctx.ui.data(&format!("{state}  {}  {}", target.stem, item.foreign.file)),
        }
    }
    let (n, name) = (targets.len(), choice.tool.name);
    let verb = if args.dry_run { "would adopt" } else { "adopted" };
    let table = choice.table.as_ref().map_or(String::new(), |table| format!("; {table} stays as it is"));
    ctx.ui.say(&format!("{verb} {n} migrations from {name}: {n_applied} applied, {} pending{table}", n - n_applied));
    if n_applied < n && !args.dry_run {
        ctx.ui.say("next: `cargo xtask db migrate` applies what is pending");
    }
    if !args.dry_run && files::is_vacant(&ctx.config.folder("schema.dir")) {
        ctx.ui.say("next: `cargo xtask db dump --from migrations` writes what they give as the desired state");
    }
}
