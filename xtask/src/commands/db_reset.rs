//! `cargo xtask db reset`: the database anew, with sample data if wanted.
//!
//! A seed file bears the number of the migration behind which it is loaded, so that sample data goes through the later migrations as
//! production's data would.

use super::database::{self, Database};
use super::{db_migrate, files};
use crate::cli::db::Reset;
use crate::context::Context;
use crate::db::Session;
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::migration::{MigrationSet, Name, Numbering, SourceFile};
use crate::plan::Policy;
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
        apply(ctx, &database, &set, Policy { to: Some(seed.name.number.to_string()) })?;
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

struct Seed {
    name: Name,
    file: String,
    text: String,
}

/// The seed files by their number; they are read as strictly as migrations.
fn seeds(ctx: &Context) -> Result<Vec<Seed>, Failure> {
    let folder = ctx.config.folder("migrations.dir").join(ctx.config.text("migrations.seeds"));
    let files: Vec<SourceFile> = files::read_folder(&folder, "")?;
    let set = MigrationSet::from_files(files, Numbering::Timestamp).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })?;
    Ok(set.migrations.into_iter().map(|it| Seed { name: it.name, file: it.file, text: it.text }).collect())
}

fn load(ctx: &Context, database: &Database, seed: &Seed) -> Result<(), Failure> {
    let mut session = connect(database)?;
    session.execute(&format!("BEGIN;\n{}\n;COMMIT", seed.text)).map_err(|error| {
        let mut diagnostic =
            Diagnostic::error("seed-failed", error.to_string()).hint("correct the file and run `cargo xtask db reset --seed` again");
        let position = error.server().and_then(|error| error.position).map(|position| position.saturating_sub("BEGIN;\n".len()));
        let at = position.map_or(0, |position| crate::sql::lines::byte_of_character(&seed.text, position));
        diagnostic = diagnostic.at(Location::new(&seed.file, &seed.text, at..at + 1));
        Failure::new(Exit::Failed, diagnostic)
    })?;
    session.close();
    ctx.ui.say(&format!("  loaded   {}", seed.file));
    Ok(())
}
