//! `cargo xtask db check`, and `db lint`, which is the part of it that needs no server.

use super::{check_inputs, database, exit_of, files, git, scratch};
use crate::check::{self, Report, Source, Subject, Tools};
use crate::cli::db::Check;
use crate::context::Context;
use crate::db::{connect, pushed};
use crate::diagnostic::{Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::migration::{SourceFile, lockfile};
use crate::server;
use crate::trace::{self, Trace};
use crate::ui::Findings;
use crate::units::count;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

pub(super) fn run(ctx: &Context, args: &Check) -> anyhow::Result<Exit> {
    let mut subject = check_inputs::read(ctx, &args.scope)?;
    if args.write {
        write_lock(ctx, &mut subject)?;
    }
    let sources: Vec<Source> = if args.offline {
        Source::offline().collect()
    } else if args.only.is_empty() {
        Source::all().collect()
    } else {
        args.only.clone()
    };
    let settings = database::server_settings(ctx);
    let folder = ctx.config.folder("migrations.dir");
    let tools = Tools {
        open: &|| scratch::server(ctx).map_err(as_failure),
        dump: &|url, major| server::dump_command(&settings, url, major),
        files: &|branch| git::files(&folder, branch, ctx.config.text("migrations.seeds")),
    };
    let mut report = check::check(&subject, &sources, &tools);
    // What is staged, and what needs no server, is judged without a look at any database.
    if !args.scope.staged && !sources.iter().all(|it| Source::offline().any(|offline| offline == *it)) {
        report.found.extend(pushed(ctx));
    }
    if let Some(path) = &args.trace_report {
        write_trace(ctx, path, report.trace.as_ref())?;
    }
    print(ctx, &report, &subject);
    ctx.ui.say(&summary(&report.found, subject.judged.len()));
    Ok(report.exit)
}

fn write_lock(ctx: &Context, subject: &mut Subject) -> anyhow::Result<()> {
    let path = ctx.config.folder("migrations.dir").join(lockfile::NAME);
    let shown = files::shown(&path);
    let bytes = check::expected_lock(&subject.files).render().into_bytes();
    if subject.lock.as_ref().is_none_or(|it| it.bytes != bytes) {
        std::fs::write(&path, &bytes).with_context(|| format!("failed to write `{shown}`"))?;
        ctx.ui.say(&format!("wrote {shown}"));
    }
    subject.lock = Some(SourceFile { path: shown, bytes });
    Ok(())
}

/// What the development database says of itself, where it can be reached: that it has more than the migrations give.
fn pushed(ctx: &Context) -> Option<Diagnostic> {
    let database = database::at_hand(ctx)?;
    let mut session = connect(&database.url).ok()?;
    let rows = session.rows(pushed::ASK).ok()?;
    session.close();
    (rows.first()?.text(0) == "t").then(|| pushed::remark().note(format!("it is {}", database.why)))
}

/// No server is one finding of the report rather than the end of it.
fn as_failure(error: anyhow::Error) -> Failure {
    let exit = exit_of(&error);
    error.downcast::<Failure>().unwrap_or_else(|error| {
        let hint = "start a server (`cargo xtask db start`), name one with DATABASE_URL, or check the text alone with `--offline`";
        Failure::new(exit, Diagnostic::error("no-server", format!("{error:#}")).hint(hint))
    })
}

/// Draws the locks into a file.
fn write_trace(ctx: &Context, path: &Path, trace: Option<&Trace>) -> Result<(), Failure> {
    let shown = path.display();
    let Some(trace) = trace else {
        ctx.ui.say(&format!("{shown} was not written: nothing was traced"));
        return Ok(());
    };
    std::fs::write(path, trace::html(trace)).map_err(|error| {
        let diagnostic = Diagnostic::error("unwritable-file", format!("failed to write `{shown}`: {error}"));
        Failure::new(Exit::Usage, diagnostic.hint("name a file in a folder that exists and that you may write to"))
    })?;
    ctx.ui.say(&format!("drew the locks into {shown}"));
    Ok(())
}

fn print(ctx: &Context, report: &Report, subject: &Subject) {
    let judged: Vec<String> = subject.judged.iter().map(|&index| subject.set.migrations[index].name.stem.clone()).collect();
    let locks = report.trace.as_ref().map_or(String::new(), trace::markdown);
    let root = repository(&ctx.config.root);
    let here = std::env::current_dir().unwrap_or_default();
    let path = |file: &str| {
        let path = here.join(file);
        path.strip_prefix(&root).unwrap_or(&path).display().to_string()
    };
    let completed = matches!(report.exit, Exit::Done | Exit::No);
    ctx.ui.report(
        "check",
        &Findings {
            found: &report.found,
            judged: &judged,
            locks: &locks,
            completed,
            rule: &check::rules::text,
            path: &path,
            more: report.trace.as_ref().map(|it| ("trace", trace::json(it))),
        },
    );
}

/// The folder that a collector of findings knows files by: the repository's, seen from the settings'.
fn repository(root: &Path) -> PathBuf {
    root.ancestors().find(|it| it.join(".git").exists()).unwrap_or(root).to_owned()
}

fn summary(found: &[Diagnostic], n_judged: usize) -> String {
    let at = |level, noun| count(found.iter().filter(|it| it.level == level).count(), noun);
    let counts = [at(Level::Error, "error"), at(Level::Warning, "warning"), at(Level::Info, "note")].join(", ");
    format!("{} judged: {counts}", count(n_judged, "migration"))
}
