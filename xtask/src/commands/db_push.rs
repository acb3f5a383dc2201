//! `cargo xtask db push`: prototyping on the development server alone. What `schema/` describes goes into the database without a migration.

use super::database::{self, Database};
use super::{schema, scratch, source};
use crate::catalog::{self, Options};
use crate::cli::Format;
use crate::cli::db::Push;
use crate::context::Context;
use crate::db::pushed;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use serde_json::json;
use std::path::Path;

pub(super) fn run(ctx: &Context, args: &Push) -> anyhow::Result<Exit> {
    let desired = schema::load(ctx)?;
    refuse_elsewhere(&|name| std::env::var_os(name).is_some_and(|it| !it.is_empty() && it != "false"), &|path| Path::new(path).exists())?;
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
fn refuse_elsewhere(is_set: &dyn Fn(&str) -> bool, exists: &dyn Fn(&str) -> bool) -> Result<(), Failure> {
    let hint = "generate a migration instead: `cargo xtask db generate NAME`, then `cargo xtask db migrate`";
    if let Some(name) = ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE"].into_iter().find(|it| is_set(it)) {
        return Err(refused(format!("nothing is pushed in CI ({name} is set)"), hint));
    }
    let in_container = ["/.dockerenv", "/run/.containerenv"]
        .into_iter()
        .find(|it| exists(it))
        .or(is_set("KUBERNETES_SERVICE_HOST").then_some("KUBERNETES_SERVICE_HOST"));
    match in_container {
        Some(mark) => Err(refused(format!("nothing is pushed from a container ({mark} is there)"), hint)),
        None => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushing_is_for_a_developers_machine() {
        let check = |set: &[&str], there: &[&str], expected: &str| {
            let result = refuse_elsewhere(&|name| set.contains(&name), &|path| there.contains(&path));
            assert_eq!(result.map_or_else(|it| it.to_string(), |()| String::new()), expected);
        };
        check(&[], &[], "");
        check(&["CI"], &[], "nothing is pushed in CI (CI is set)");
        check(&[], &["/.dockerenv"], "nothing is pushed from a container (/.dockerenv is there)");
        check(&["KUBERNETES_SERVICE_HOST"], &[], "nothing is pushed from a container (KUBERNETES_SERVICE_HOST is there)");
    }
}
