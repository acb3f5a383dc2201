//! `cargo xtask db reverse N`: a new migration that undoes migration N, from the catalogs before and after it.

use super::new_files::NewFiles;
use super::{db_new, files, scratch, source};
use crate::catalog::{self, Delivery, Options};
use crate::cli::Format;
use crate::cli::db::Reverse;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::generate::{self, Words};
use crate::migration::{Migration, MigrationSet};
use crate::scratch::Server;
use crate::sql::lines;
use serde_json::json;

pub(super) fn run(ctx: &Context, args: &Reverse) -> anyhow::Result<Exit> {
    let set = files::load(ctx)?;
    let index = set.migrations.iter().position(|it| it.name.is_meant_by(&args.migration)).ok_or_else(|| unknown(&set, &args.migration))?;
    let migration = &set.migrations[index];
    let server = scratch::server(ctx)?;
    let at = |n: usize| -> anyhow::Result<_> { source::read(server.migrated(&set, n, &mut |_| ())?.connect()?, "the migrations") };
    let (before, after) = (at(index)?, at(index + 1)?);
    let options = Options { delivery: Delivery::Files, ..Options::default() };
    let changes = catalog::diff(&after, &before, &options);
    let lost = lost(migration, &catalog::diff(&before, &after, &options));
    lost.iter().for_each(|it| ctx.ui.say(&format!("does not come back: {it}")));
    if changes.steps.is_empty() {
        ctx.ui.say(&format!("nothing to do: {} leaves the schema as it was", migration.name));
        return Ok(Exit::Done);
    }
    let head = format!("Undoes {}, by `cargo xtask db reverse`.{}", migration.name, remark(&lost));
    let reason = format!("it undoes {}, which brought it", migration.name);
    let drafts = generate::draft(&changes, Words { head: &head, allow: Some(args.allow_loss.as_deref().unwrap_or(&reason)) });
    let title = db_new::title(&format!("undo_{}", migration.name.title()))?;
    let new = NewFiles::new(ctx, &set, &title, &drafts);
    let with_new = new.along_with(ctx)?;
    if args.dry_run {
        new.print(ctx);
    }
    let proof = prove(&server, &set, index, &with_new).map_err(|failure| new.not_written(failure))?;
    if !args.dry_run {
        new.write(ctx)?;
    }
    let losses: Vec<String> = changes.steps.iter().flat_map(|it| it.loses.clone()).collect();
    match ctx.ui.format {
        Format::Json => {
            let files: Vec<_> = new.files.iter().map(|it| json!({"file": it.path, "sql": String::from_utf8_lossy(&it.bytes)})).collect();
            ctx.ui.json(&json!({"type": "reversed", "files": files, "written": !args.dry_run, "loses": losses, "does_not_come_back": lost, "proof": proof}));
        }
        Format::Human => {
            new.files.iter().filter(|_| !args.dry_run).for_each(|it| ctx.ui.data(&it.path));
            losses.iter().for_each(|it| ctx.ui.say(&format!("  loses {it}")));
            ctx.ui.say(&proof);
        }
    }
    Ok(Exit::Done)
}

fn unknown(set: &MigrationSet, word: &str) -> Failure {
    let hint = match set.head() {
        Some(head) => format!("name a migration by its number or name, such as {}", head.name),
        None => "write a migration first: `cargo xtask db new NAME`".to_owned(),
    };
    Failure::new(Exit::Usage, Diagnostic::error("no-such-migration", format!("there is no migration `{word}`")).hint(hint))
}

/// What undoing the schema does not undo: what the migration lost, and what it did to rows.
fn lost(migration: &Migration, forward: &catalog::Changes) -> Vec<String> {
    let mut lost: Vec<String> = forward.steps.iter().flat_map(|it| it.loses.clone()).collect();
    for (index, statement) in migration.script.statements.iter().enumerate() {
        let text = migration.statement(index);
        let word = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let line = lines::place(&migration.text, statement.span.start).line;
        match word.as_str() {
            "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" => lost.push(format!("what rows held before the {word} on line {line}")),
            "INSERT" | "COPY" => lost.push(format!("rows that the {word} on line {line} added stay, as far as their table stays")),
            "DO" | "CALL" | "SELECT" | "WITH" => {
                lost.push(format!("what the {word} on line {line} did to rows, if it did something to them"));
            }
            _ => {}
        }
    }
    lost
}

fn remark(lost: &[String]) -> String {
    lost.iter().map(|it| format!("\n-- Does not come back: {it}.")).collect()
}

/// Behind the last migration, the schema must be the one before it. Behind an older one, the schema must be what the others give without it.
fn prove(server: &Server, set: &MigrationSet, index: usize, with_new: &MigrationSet) -> anyhow::Result<String, Failure> {
    let head = server.migrated(set, set.migrations.len(), &mut |_| ())?;
    let mut others = set.clone();
    let migration = others.migrations.remove(index);
    if index == others.migrations.len() {
        let wanted = wanted(server, &others)?;
        generate::prove(&head, with_new, &wanted)?;
        return Ok(format!("proved: applied to a scratch database, it gives the schema before {}", migration.name));
    }
    match wanted(server, &others) {
        Ok(wanted) => {
            generate::prove(&head, with_new, &wanted)?;
            Ok(format!("proved: applied to a scratch database, it gives the schema that the others give without {}", migration.name))
        }
        Err(failure) if failure.exit == Exit::Failed => {
            head.migrate(with_new, with_new.migrations.len(), &mut |_| ())?;
            Ok(format!("applied to a scratch database; not proved beyond that: later migrations do not apply without {}", migration.name))
        }
        Err(failure) => Err(failure),
    }
}

fn wanted(server: &Server, set: &MigrationSet) -> Result<catalog::Catalog, Failure> {
    // Dropped with its value: it has to outlive the reading.
    let database = server.migrated(set, set.migrations.len(), &mut |_| ())?;
    source::read(database.connect()?, "the migrations").map_err(|error| match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => Failure::new(Exit::NoServer, Diagnostic::error("unreadable-catalog", format!("{error:#}"))),
    })
}
