//! `cargo xtask db check`, and `db lint`, which is the part of it that needs no server.

use super::{check_inputs, exit_of, scratch};
use crate::check::{self, Report, Source};
use crate::cli::Format;
use crate::cli::db::Check;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic, Level};
use crate::exit::{Exit, Failure};
use serde_json::json;

pub(super) fn run(ctx: &Context, args: &Check) -> anyhow::Result<Exit> {
    let subject = check_inputs::read(ctx, &args.scope)?;
    let sources: Vec<Source> = if args.offline {
        Source::offline().collect()
    } else if args.only.is_empty() {
        Source::all().collect()
    } else {
        args.only.clone()
    };
    let report = check::check(&subject, &sources, &|| scratch::server(ctx).map_err(as_failure));
    print(ctx, &report);
    ctx.ui.say(&summary(&report.found, subject.judged.len()));
    Ok(report.exit)
}

/// No server is one finding of the report rather than the end of it.
fn as_failure(error: anyhow::Error) -> Failure {
    let exit = exit_of(&error);
    error.downcast::<Failure>().unwrap_or_else(|error| {
        let hint = "start a server (`cargo xtask db start`), name one with DATABASE_URL, or check the text alone with `--offline`";
        Failure::new(exit, Diagnostic::error("no-server", format!("{error:#}")).hint(hint))
    })
}

fn print(ctx: &Context, report: &Report) {
    let found = &report.found;
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "check", "diagnostics": found.iter().map(diagnostic::json).collect::<Vec<_>>()})),
        Format::Human => found.iter().for_each(|diagnostic| ctx.ui.diagnostic(diagnostic)),
    }
}

fn summary(found: &[Diagnostic], n_judged: usize) -> String {
    let count = |level| found.iter().filter(|it| it.level == level).count();
    let (errors, warnings, infos) = (count(Level::Error), count(Level::Warning), count(Level::Info));
    format!("{n_judged} migrations judged: {errors} errors, {warnings} warnings, {infos} notes")
}
