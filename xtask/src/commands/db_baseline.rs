//! `cargo xtask db baseline`: a live database becomes the first migration, which counts as applied there.

use super::db_migrate::who;
use super::{database, db_dump, files, proof, record, scratch, source, written};
use crate::catalog::{self, Catalog};
use crate::cli::db::Baseline;
use crate::context::Context;
use crate::db::history::Table;
use crate::db::state::{self, Lock, State};
use crate::db::{DbError, Session};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{MigrationSet, Numbering, SourceFile};
use crate::scratch::Server;
use std::path::{Path, PathBuf};

/// The migration: its name, its text, and whether its file is there already.
struct First {
    stem: String,
    text: String,
    exists: bool,
    /// The files of the desired state, where there are none yet.
    schema: Vec<SourceFile>,
}

pub(super) fn run(ctx: &Context, args: &Baseline) -> anyhow::Result<Exit> {
    let folder = ctx.config.folder("migrations.dir");
    let present = if folder.exists() { files::load(ctx)? } else { MigrationSet::default() };
    let database = database::resolve(ctx)?;
    let mut session = database::connect_to(&database, ctx.config.duration("migrations.wait").unwrap_or_default())?;
    let state = state::read(&mut session, &Table::default(), if args.dry_run { Lock::Leave } else { Lock::Try })?;
    refuse(&present, &state, args.dry_run, &database.why)?;
    let live = catalog::load(&mut session).map_err(|error| denied(&error))?;
    live.unread.iter().for_each(|what| ctx.ui.say(&format!("not taken over: {what}")));
    let server = scratch::server(ctx)?;
    let mut first = match present.migrations.first() {
        Some(it) => First { stem: it.name.stem.clone(), text: it.text.clone(), exists: true, schema: Vec::new() },
        None => First { stem: stem(files::numbering(ctx)), text: proof::from_nothing(&server, &live)?, exists: false, schema: Vec::new() },
    };
    first.schema = desired_state(ctx, &server, &live)?;
    drop(proof::applied(&server, &first.stem, &first.text, &live)?);
    if args.dry_run {
        ctx.ui.data(first.text.trim_end());
        ctx.ui.say("nothing was written: a dry run; the migration was proved on a throw-away database");
        return Ok(Exit::Done);
    }
    let written = write(&mut session, &state, &first, &folder)?;
    session.close();
    written.iter().for_each(|path| ctx.ui.data(&files::shown(path)));
    ctx.ui.say(&format!("`{}` counts as applied in {}; on an empty database it gives the same schema (proved)", first.stem, database.why));
    ctx.ui.say("rows are not part of it: what an empty database needs to work, write into the next migration");
    Ok(Exit::Done)
}

fn stem(numbering: Numbering) -> String {
    match numbering {
        Numbering::Sequential => "0001_baseline".to_owned(),
        Numbering::Timestamp => "00000000000001_baseline".to_owned(),
    }
}

fn refuse(present: &MigrationSet, state: &State, dry_run: bool, why: &str) -> Result<(), Failure> {
    let no = |exit, rule, message: String, hint: &str| {
        Err(Failure::new(exit, Diagnostic::error(rule, message).note("nothing was written").hint(hint)))
    };
    if let Some(row) = state.history.rows.first() {
        let message = format!("{why} has a history of migrations already, which begins with `{}`", row.name);
        return no(
            Exit::Usage,
            "has-history",
            message,
            "run `cargo xtask db status` to see it; a baseline is for a database that has none",
        );
    }
    if present.migrations.len() > 1 {
        let message = format!("there are {} migrations already", present.migrations.len());
        let hint = "begin with an empty migrations folder, or with the one baseline that another database gave, which is then compared";
        return no(Exit::Usage, "has-migrations", message, hint);
    }
    if !(dry_run || state.locked || state.pooled) {
        return no(Exit::LockBusy, "lock-busy", "another runner is migrating this database".to_owned(), "wait for it, then run this again");
    }
    Ok(())
}

fn denied(error: &anyhow::Error) -> Failure {
    let mut diagnostic =
        Diagnostic::error("catalog-unreadable", format!("the schema cannot be read: {error:#}")).note("nothing was written");
    diagnostic.sqlstate = error.downcast_ref::<DbError>().and_then(DbError::sqlstate).map(str::to_owned);
    Failure::new(Exit::NoServer, diagnostic.hint("connect as the owner of the database, or as a superuser"))
}

/// The row is committed once the files are there, and no file stays where it cannot be.
fn write(session: &mut Session, state: &State, first: &First, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    record::create(session, state)?;
    let row = record::row(1, &first.stem, &first.text, "pg_catalog.now()", &format!("baseline by {}", who()));
    session
        .execute(&format!("BEGIN;\nLOCK TABLE xtask.history IN SHARE ROW EXCLUSIVE MODE;\n{row}"))
        .map_err(|error| record::denied_write(&error))?;
    let path = folder.join(format!("{}.sql", first.stem)).display().to_string();
    let migration = (!first.exists).then(|| SourceFile { path, bytes: first.text.clone().into_bytes() });
    record::commit(session, written::write(folder, migration.as_slice(), &first.schema))
}

/// The schema as the files of the desired state, proved; none where that folder holds something already.
fn desired_state(ctx: &Context, server: &Server, live: &Catalog) -> anyhow::Result<Vec<SourceFile>> {
    let folder = ctx.config.folder("schema.dir");
    if folder.is_dir() && !files::is_vacant(&folder) {
        return Ok(Vec::new());
    }
    let empty = source::read(server.empty()?.connect()?, "an empty database")?;
    let (files, desired) = db_dump::written(&folder, &empty, live)?;
    db_dump::prove(server, &desired, live)?;
    Ok(files)
}
