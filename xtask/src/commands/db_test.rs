//! `cargo xtask db test`: what a data migration does to rows, as files.
//!
//! `NNNN/before.sql` is loaded into a database that has everything before the migration NNNN, the migration runs, and each query of
//! `NNNN/after.sql` must return no row.

use super::{files, scratch};
use crate::cli::Format;
use crate::context::Context;
use crate::db::{DbError, Session};
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::migration::MigrationSet;
use crate::scratch::{Database, Server};
use crate::sql::{ScanError, lines, split};
use crate::units::show_duration;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

/// How many rows of a query that should return none are shown.
const SHOWN: usize = 10;

/// One test.
struct Case {
    /// The migration's place in the set.
    index: usize,
    before: Script,
    after: Script,
}

/// A file of a test.
struct Script {
    file: String,
    text: String,
}

pub(super) fn run(ctx: &Context, only: Option<&str>) -> anyhow::Result<Exit> {
    let set = files::load(ctx)?;
    let cases = cases(ctx, &set, only)?;
    if cases.is_empty() {
        ctx.ui.say(&format!("nothing to test: there is no folder `{}/NNNN`", ctx.config.text("migrations.tests")));
        return Ok(Exit::Done);
    }
    let server = scratch::server(ctx)?;
    let mut n_failed = 0;
    for case in &cases {
        let (name, began) = (&set.migrations[case.index].name.stem, Instant::now());
        let found = test(&server, &set, case)?;
        found.iter().for_each(|diagnostic| ctx.ui.diagnostic(diagnostic));
        n_failed += usize::from(!found.is_empty());
        let (word, passed) = (if found.is_empty() { "passed" } else { "failed" }, found.is_empty());
        match ctx.ui.format {
            Format::Json => ctx.ui.json(&json!({"type": "test", "migration": name, "passed": passed})),
            Format::Human => ctx.ui.say(&format!("  {word}   {name}  {}", show_duration(began.elapsed()))),
        }
    }
    ctx.ui.say(&format!("{} of {} data tests passed", cases.len() - n_failed, cases.len()));
    Ok(if n_failed == 0 { Exit::Done } else { Exit::No })
}

fn cases(ctx: &Context, set: &MigrationSet, only: Option<&str>) -> Result<Vec<Case>, Failure> {
    let folder = ctx.config.folder("migrations.tests");
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten().filter(|it| it.path().is_dir());
    let mut names: Vec<String> =
        entries.map(|it| it.file_name().to_string_lossy().into_owned()).filter(|it| !it.starts_with('.')).collect();
    names.sort();
    let wanted = only.map(|word| index_of(set, word).ok_or_else(|| no_migration(word))).transpose()?;
    let mut cases = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let index = index_of(set, &name).ok_or_else(|| stray(&path))?;
        if wanted.is_none_or(|it| it == index) {
            cases.push(Case { index, before: read(&path.join("before.sql"))?, after: read(&path.join("after.sql"))? });
        }
    }
    match only {
        Some(word) if cases.is_empty() => Err(untested(word, &folder)),
        _ => Ok(cases),
    }
}

fn index_of(set: &MigrationSet, word: &str) -> Option<usize> {
    set.migrations.iter().position(|it| it.name.is_meant_by(word))
}

fn read(path: &Path) -> Result<Script, Failure> {
    let file = files::shown(path);
    let text = std::fs::read_to_string(path).map_err(|error| {
        let diagnostic = Diagnostic::error("unreadable-file", format!("failed to read `{file}`: {error}"));
        Failure::new(Exit::Usage, diagnostic.hint("write `before.sql` (rows) and `after.sql` (queries that must return no row)"))
    })?;
    Ok(Script { file, text })
}

/// Everything that is wrong behind the migration.
fn test(server: &Server, set: &MigrationSet, case: &Case) -> Result<Vec<Diagnostic>, Failure> {
    let database = server.migrated(set, case.index, &mut |_| ())?;
    load(&database, &case.before)?;
    database.migrate(set, case.index + 1, &mut |_| ())?;
    let mut session = database.connect()?;
    let found = check(&mut session, &case.after);
    session.close();
    found
}

fn load(database: &Database, before: &Script) -> Result<(), Failure> {
    let mut session = database.connect()?;
    let script = split(&before.text).map_err(|error| unreadable(before, &error))?;
    for statement in &script.statements {
        let sql = &before.text[statement.span.clone()];
        let result = match &statement.copy {
            Some(copy) => session.copy_in(sql, &before.text[copy.span.clone()]),
            None => session.execute(sql),
        };
        result.map_err(|error| refused(before, statement.span.start, &error))?;
    }
    session.close();
    Ok(())
}

fn check(session: &mut Session, after: &Script) -> Result<Vec<Diagnostic>, Failure> {
    let script = split(&after.text).map_err(|error| unreadable(after, &error))?;
    let mut found = Vec::new();
    for statement in &script.statements {
        let rows = session.rows(&after.text[statement.span.clone()]).map_err(|error| refused(after, statement.span.start, &error))?;
        if rows.is_empty() {
            continue;
        }
        let words = if rows.len() == 1 { "1 row".to_owned() } else { format!("{} rows", rows.len()) };
        let mut diagnostic = Diagnostic::error("data-test-failed", format!("this query should return no row, and returns {words}"))
            .at(Location::new(&after.file, &after.text, statement.span.clone()))
            .note(after.text[statement.span.clone()].to_owned());
        for row in rows.iter().take(SHOWN) {
            let cells = (0..row.len()).map(|index| row.get(index).unwrap_or("NULL").to_owned());
            diagnostic = diagnostic.note(format!("row: {}", cells.collect::<Vec<_>>().join(" | ")));
        }
        if rows.len() > SHOWN {
            diagnostic = diagnostic.note(format!("and {} more", rows.len() - SHOWN));
        }
        found.push(diagnostic.hint("correct the migration, or the query where it asks for too much"));
    }
    Ok(found)
}

fn unreadable(script: &Script, error: &ScanError) -> Failure {
    let at = Location::new(&script.file, &script.text, error.span.clone());
    Failure::new(Exit::Usage, Diagnostic::error("bad-sql", error.message.clone()).at(at).hint(error.hint.clone()))
}

/// What the server says against a statement of a test, which begins at `start`.
fn refused(script: &Script, start: usize, error: &DbError) -> Failure {
    let statement = &script.text[start..];
    let position = error.server().and_then(|error| error.position).map_or(0, |it| lines::byte_of_character(statement, it));
    let at = Location::new(&script.file, &script.text, start + position..start + position + 1);
    let message = error.server().map_or_else(|| error.to_string(), |error| error.message.clone());
    let mut diagnostic =
        Diagnostic::error("data-test-refused", message).at(at).hint("correct the file and run `cargo xtask db test` again");
    diagnostic.sqlstate = error.sqlstate().map(str::to_owned);
    Failure::new(Exit::Usage, diagnostic)
}

fn no_migration(word: &str) -> Failure {
    let diagnostic = Diagnostic::error("no-such-migration", format!("`{word}` means none of the migrations"));
    Failure::new(Exit::Usage, diagnostic.hint("name one by its number or name, like `10`"))
}

fn stray(path: &Path) -> Failure {
    let diagnostic = Diagnostic::error("stray-data-test", format!("`{}` is the test of no migration", files::shown(path)));
    Failure::new(Exit::Usage, diagnostic.hint("give it the number of the migration that it tests, or remove it"))
}

fn untested(word: &str, folder: &Path) -> Failure {
    let folder = files::shown(folder);
    let diagnostic = Diagnostic::error("no-data-test", format!("there is no test of `{word}` in `{folder}`"));
    Failure::new(Exit::Usage, diagnostic.hint(format!("write `{folder}/NNNN/before.sql` and `after.sql`")))
}
