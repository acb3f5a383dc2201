//! `cargo xtask db reset`: the database anew, with sample data if wanted.

use super::database::{self, Database};
use super::{db_migrate, files};
use crate::cli::db::Reset;
use crate::context::Context;
use crate::db::Session;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::MigrationSet;
use crate::plan::Policy;
use crate::seeds::{self, Seed};
use crate::server;
use crate::sql::quote::name;
use std::time::Duration;

pub(super) fn run(ctx: &Context, args: &Reset) -> anyhow::Result<Exit> {
    let set = files::load(ctx)?;
    let seeds = if args.seed { seeds(ctx)? } else { Vec::new() };
    let database = usable(ctx, args)?;
    refuse_protected(&database)?;
    let dbname = dbname(&database);
    if args.dry_run {
        ctx.ui.data(&format!("would drop the database {dbname} of {} and migrate it anew", database.why));
        return Ok(Exit::Done);
    }
    ask(ctx, &format!("Drop the database {dbname} of {} with all its data?", database.why))?;
    recreate(ctx, &database, &dbname)?;
    ctx.ui.say(&format!("dropped and created {dbname}"));
    for seed in &seeds {
        apply(ctx, &database, &set, Policy { to: Some(seed.name.number.to_string()), ..Policy::default() })?;
        load(ctx, &database, seed)?;
    }
    apply(ctx, &database, &set, Policy::default())?;
    Ok(Exit::Done)
}

/// The database; a development server whose data no longer fit any server here is made anew, for that is what a reset is.
fn usable(ctx: &Context, args: &Reset) -> anyhow::Result<Database> {
    let error = match database::resolve(ctx) {
        Err(error) if database::named(ctx)?.is_none() && !args.dry_run => error,
        result => return result,
    };
    ctx.ui.say(&format!("the development server does not start: {error:#}"));
    ask(ctx, "Remove the development server's data?")?;
    server::remove_data(&database::server_settings(ctx), &mut |line| ctx.ui.say(&format!("  {line}")))?;
    database::resolve(ctx)
}

fn refuse_protected(database: &Database) -> Result<(), Failure> {
    let Some(why) = &database.protected else { return Ok(()) };
    let diagnostic = Diagnostic::error("protected", format!("{} is never reset: {why}", database.why))
        .hint("reset a database on this machine; for another one, drop it by hand where you know what you do");
    Err(Failure::new(Exit::Usage, diagnostic))
}

fn dbname(database: &Database) -> String {
    let url = &database.url;
    url.get("dbname").or(url.get("user")).unwrap_or("postgres").to_owned()
}

fn ask(ctx: &Context, question: &str) -> Result<(), Failure> {
    let no = |message: &str, hint: &str| Failure::new(Exit::Usage, Diagnostic::error("not-confirmed", message).hint(hint));
    match ctx.ui.confirm(question) {
        Some(true) => Ok(()),
        Some(false) => Err(no("nothing was dropped", "answer y, or give --yes")),
        None => Err(no("nothing was dropped: there is nobody to ask", "give --yes to drop it without a question")),
    }
}

/// Drops and creates by way of another database of the same server.
fn recreate(ctx: &Context, database: &Database, dbname: &str) -> anyhow::Result<()> {
    let elsewhere = if dbname == "postgres" { "template1" } else { "postgres" };
    let maintenance = Database { url: database.url.with_database(elsewhere), ..database.clone() };
    let mut session = database::connect_to(&maintenance, ctx.config.duration("migrations.wait").unwrap_or_default())?;
    let quoted = name(dbname);
    session.execute(&format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)"))?;
    session.execute(&format!("CREATE DATABASE {quoted}"))?;
    session.close();
    Ok(())
}

fn connect(database: &Database) -> Result<Session, Failure> {
    database::connect_to(database, Duration::ZERO)
}

fn apply(ctx: &Context, database: &Database, set: &MigrationSet, policy: Policy) -> Result<(), Failure> {
    db_migrate::apply(ctx, database, connect(database)?, set, policy)
}

/// The seed files by their number.
fn seeds(ctx: &Context) -> Result<Vec<Seed>, Failure> {
    let folder = ctx.config.folder("migrations.dir").join(ctx.config.text("migrations.seeds"));
    seeds::read(files::read_folder(&folder, "")?).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })
}

fn load(ctx: &Context, database: &Database, seed: &Seed) -> Result<(), Failure> {
    let mut session = connect(database)?;
    let loaded = seeds::load(&mut session, seed);
    loaded.map_err(|it| Failure::new(Exit::Failed, it.hint("correct the file and run `cargo xtask db reset --seed` again")))?;
    session.close();
    ctx.ui.say(&format!("  loaded   {}", seed.file));
    Ok(())
}
