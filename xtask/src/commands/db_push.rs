//! `cargo xtask db push`: prototyping on the development server alone. What `schema/` describes goes into the database without a migration.

use super::database::{self, Database};
use super::{schema, scratch, source};
use crate::catalog::{self, Options};
use crate::cli::Format;
use crate::cli::db::Push;
use crate::context::{Context, Surroundings};
use crate::db::pushed;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use serde_json::json;

pub(super) fn run(ctx: &Context, args: &Push) -> anyhow::Result<Exit> {
    let desired = schema::load(ctx)?;
    refuse_elsewhere(&ctx.surroundings)?;
    let database = database::resolve(ctx)?;
    refuse_protected(&database)?;
    let wanted = source::read(desired.database(&scratch::server(ctx)?)?.connect()?, "the desired state")?;
    let mut session = database::connect_to(&database, std::time::Duration::ZERO)?;
    let changes = catalog::diff(&catalog::load(&mut session)?, &wanted, &Options::default());
    let sql = catalog::render(&changes);
    if changes.steps.is_empty() {
        ctx.ui.say(&format!("nothing to do: {} is as schema/ describes it", database.why));
        return Ok(Exit::Done);
    }
    let losses: Vec<String> = changes.steps.iter().flat_map(|it| it.loses.clone()).collect();
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "push", "sql": sql, "loses": losses, "written": !args.dry_run})),
        Format::Human => ctx.ui.data(sql.trim_end()),
    }
    losses.iter().for_each(|it| ctx.ui.say(&format!("  loses {it}")));
    if args.dry_run {
        return Ok(Exit::Done);
    }
    ask(ctx, &format!("Apply this to {}, without a migration?", database.why))?;
    session.execute(&pushed::push(sql.trim_end(), &super::db_migrate::who())).map_err(|error| {
        let mut diagnostic = Diagnostic::error("push-failed", error.to_string()).note("nothing of it was kept (it ran in a transaction)");
        diagnostic.sqlstate = error.sqlstate().map(str::to_owned);
        Failure::new(
            Exit::Failed,
            diagnostic.hint("write a migration for what needs more than the difference: `cargo xtask db generate NAME`"),
        )
    })?;
    session.close();
    ctx.ui.say("pushed; `cargo xtask db generate NAME` writes it as a migration, `cargo xtask db reset` forgets it");
    Ok(Exit::Done)
}

fn refused(message: String, hint: &str) -> Failure {
    Failure::new(Exit::Usage, Diagnostic::error("not-here", message).hint(hint))
}

/// Pushing is for a developer's own machine. There is no flag against this.
fn refuse_elsewhere(surroundings: &Surroundings) -> Result<(), Failure> {
    let why = match (surroundings.ci, surroundings.container) {
        (Some(variable), _) => format!("nothing is pushed in CI ({variable} is set)"),
        (None, Some(mark)) => format!("nothing is pushed from a container ({mark} is there)"),
        (None, None) => return Ok(()),
    };
    Err(refused(why, "generate a migration instead: `cargo xtask db generate NAME`, then `cargo xtask db migrate`"))
}

fn refuse_protected(database: &Database) -> Result<(), Failure> {
    let Some(why) = &database.protected else { return Ok(()) };
    let hint = "generate a migration instead: `cargo xtask db generate NAME`";
    Err(Failure::new(Exit::Usage, Diagnostic::error("protected", format!("{} is never pushed to: {why}", database.why)).hint(hint)))
}

fn ask(ctx: &Context, question: &str) -> Result<(), Failure> {
    let no = |message: &str, hint: &str| Failure::new(Exit::Usage, Diagnostic::error("not-confirmed", message).hint(hint));
    match ctx.ui.confirm(question) {
        Some(true) => Ok(()),
        Some(false) => Err(no("nothing was pushed", "answer y, or give --yes")),
        None => Err(no("nothing was pushed: there is nobody to ask", "give --yes to push without a question")),
    }
}
