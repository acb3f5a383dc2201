//! `cargo xtask db migrate`

use super::{database, files, fleet};
use crate::cli::Format;
use crate::cli::db::Migrate;
use crate::context::Context;
use crate::db::Session;
use crate::db::history::Table;
use crate::db::state::{self, Lock};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{MigrationSet, Run};
use crate::plan::{self, Plan, Policy};
use crate::runner::{self, Limits, Settings};
use crate::ui::EventPrinter;
use crate::units::show_duration;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

pub(super) fn run(ctx: &Context, args: &Migrate) -> anyhow::Result<Exit> {
    let set = files::load(ctx)?;
    if args.fleet.whose.is_given() {
        let exit = fleet::migrate(ctx, args, &set)?;
        return if exit == Exit::Done && !args.dry_run { ready(args, &set).map(|()| exit) } else { Ok(exit) };
    }
    let database = database::resolve(ctx)?;
    let policy = Policy { to: args.to.clone(), ..Policy::default() };
    let session = database::connect_to(&database, ctx.config.duration("migrations.wait").unwrap_or_default())?;
    if args.dry_run {
        return dry_run(ctx, session, &set, &policy);
    }
    ctx.ui.say_more(&format!("database: {}", database.why));
    apply(ctx, &database, session, &set, policy)?;
    ready(args, &set)?;
    Ok(Exit::Done)
}

fn ready(args: &Migrate, set: &MigrationSet) -> anyhow::Result<()> {
    args.ready_file.as_ref().map_or(Ok(()), |path| make_ready_file(path, set, args))
}

/// Applies what is pending and says how it went.
pub(super) fn apply(
    ctx: &Context,
    database: &database::Database,
    session: Session,
    set: &MigrationSet,
    policy: Policy,
) -> Result<(), Failure> {
    let settings = settings(ctx, database, policy, Table::default());
    let (mut printer, began) = (EventPrinter::new(ctx.ui), Instant::now());
    let result = runner::migrate(session, set, &settings, &mut |event| printer.print(&event));
    drop(printer);
    let summary = result?;
    let (applied, before) = (summary.applied.len(), summary.n_before);
    if ctx.ui.format == Format::Json {
        ctx.ui.json(&json!({"type": "done", "applied": applied, "before": before}));
    } else if applied == 0 {
        ctx.ui.say(&format!("nothing to do: {before} of {} migrations applied", set.migrations.len()));
    } else {
        ctx.ui.say(&format!("applied {applied} in {}, {} in all", show_duration(began.elapsed()), applied + before));
    }
    Ok(())
}

/// What the runner is told.
pub(super) fn settings(ctx: &Context, database: &database::Database, policy: Policy, table: Table) -> Settings {
    let config = &ctx.config;
    Settings {
        url: database.url.clone(),
        policy,
        limits: Limits {
            lock_timeout: config.duration("migrations.lock_timeout").unwrap_or_default(),
            statement_timeout: config.duration("migrations.statement_timeout"),
        },
        retries: config.number("migrations.retries"),
        lock_wait: config.duration("migrations.lock_wait").unwrap_or_default(),
        applied_by: who(),
        table,
    }
}

/// Who runs this, for the history: the user on this machine, as far as they are known.
pub(super) fn who() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME"));
    let host = variable("HOSTNAME").or_else(|| std::fs::read_to_string("/etc/hostname").ok().map(|host| host.trim().to_owned()));
    [user, host].into_iter().flatten().collect::<Vec<_>>().join("@")
}

/// The plan and its SQL, from a session that writes nothing.
fn dry_run(ctx: &Context, mut session: Session, set: &MigrationSet, policy: &Policy) -> anyhow::Result<Exit> {
    let state = state::read(&mut session, &Table::default(), Lock::Leave)?;
    let mut history = state.history;
    crate::db::history::load_texts_of_edited(&mut session, &mut history, set)?;
    session.close();
    let plan = plan::plan(set, &history, policy).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })?;
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&plan_as_json(&plan)),
        Format::Human => show_plan(ctx, &plan),
    }
    Ok(Exit::Done)
}

fn show_plan(ctx: &Context, plan: &Plan<'_>) {
    ctx.ui.say(&format!("{} applied, {} pending; nothing was changed", plan.n_applied, plan.pending.len()));
    for pending in &plan.pending {
        let migration = pending.migration;
        let resume = pending.resume.map_or(String::new(), |row| format!(", from step {} on", row.steps_done + 1));
        ctx.ui.data(&format!("-- {} ({}{resume})", migration.file, way(&migration.run)));
        ctx.ui.data(migration.text.trim_end());
        ctx.ui.data("");
    }
}

/// How a migration will run, in words.
fn way(run: &Run) -> String {
    match run {
        Run::Whole { .. } => "in one transaction".to_owned(),
        Run::Journalled(steps) if steps.len() == 1 => "in one step of its own, recorded".to_owned(),
        Run::Journalled(steps) => format!("in {} steps, each recorded", steps.len()),
    }
}

fn plan_as_json(plan: &Plan<'_>) -> serde_json::Value {
    let pending: Vec<serde_json::Value> = plan
        .pending
        .iter()
        .map(|it| {
            let whole = matches!(it.migration.run, Run::Whole { .. });
            json!({"migration": it.migration.name.stem, "file": it.migration.file, "transaction": whole, "sql": it.migration.text})
        })
        .collect();
    json!({"type": "plan", "applied": plan.n_applied, "pending": pending})
}

/// For container health checks: the file says that the database has every migration.
fn make_ready_file(path: &Path, set: &MigrationSet, args: &Migrate) -> anyhow::Result<()> {
    let stops_early = args.to.as_ref().is_some_and(|to| set.find(to).map(|it| &it.name) != set.head().map(|it| &it.name));
    if stops_early {
        return Ok(());
    }
    std::fs::write(path, b"").map_err(|error| {
        let message = format!("the migrations are applied, but the ready file `{}` could not be made: {error}", path.display());
        Failure::new(
            Exit::Usage,
            Diagnostic::error("ready-file", message).hint("name a file in a folder that exists and can be written to"),
        )
        .into()
    })
}
