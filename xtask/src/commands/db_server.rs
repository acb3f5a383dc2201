//! `cargo xtask db start`, `stop`, `wait` and `url`.

use super::database;
use crate::cli::Format;
use crate::context::Context;
use crate::db::Url;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::server;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

/// These are about the repository's own server: a database that is named otherwise is not ours to start or stop.
fn only_ours(ctx: &Context, verb: &str) -> Result<(), Failure> {
    match database::named(ctx)? {
        None => Ok(()),
        Some(named) => {
            let diagnostic = Diagnostic::error("not-ours", format!("{} is not the development server", named.why)).hint(format!(
                "unset it to {verb} the development server; another server is {verb}ed where it lives",
                verb = verb.trim_end_matches('p')
            ));
            Err(Failure::new(Exit::Usage, diagnostic))
        }
    }
}

pub(super) fn start(ctx: &Context) -> anyhow::Result<Exit> {
    only_ours(ctx, "start")?;
    let running = server::start(&database::server_settings(ctx), &mut |line| ctx.ui.say(&format!("  {line}")))?;
    let url = Url::parse(&running.url)?;
    match ctx.ui.format {
        Format::Json => {
            ctx.ui.json(&json!({"type": "server", "way": running.way.to_string(), "url": url.to_string(), "started": running.started}));
        }
        Format::Human => ctx.ui.data(&format!("{}: {} at {url}", if running.started { "started" } else { "running" }, running.why)),
    }
    Ok(Exit::Done)
}

pub(super) fn stop(ctx: &Context) -> anyhow::Result<Exit> {
    only_ours(ctx, "stop")?;
    let stopped = server::stop(&database::server_settings(ctx), &mut |line| ctx.ui.say(&format!("  {line}")))?;
    ctx.ui.say(if stopped {
        "stopped; the data stay for the next start"
    } else {
        "nothing to stop: the development server is not running"
    });
    Ok(Exit::Done)
}

pub(super) fn wait(ctx: &Context, ready_file: Option<&Path>) -> anyhow::Result<Exit> {
    if let Some(path) = ready_file {
        return wait_for_file(ctx, path);
    }
    let database = database::resolve(ctx)?;
    database::connect_to(&database, ctx.config.duration("migrations.wait").unwrap_or_default())?.close();
    ctx.ui.say(&format!("ready: {}", database.why));
    Ok(Exit::Done)
}

fn wait_for_file(ctx: &Context, path: &Path) -> anyhow::Result<Exit> {
    let (began, limit) = (Instant::now(), ctx.config.duration("migrations.wait").unwrap_or_default());
    while !path.exists() {
        if began.elapsed() >= limit {
            let diagnostic =
                Diagnostic::error("not-ready", format!("`{}` is not there: the migrations have not come to their end", path.display()));
            return Err(
                Failure::new(Exit::No, diagnostic.hint("see what `db migrate --ready-file` says, or wait longer with --timeout")).into()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    ctx.ui.say(&format!("ready: `{}` is there", path.display()));
    Ok(Exit::Done)
}

/// Prints the address for other programs, password included: whoever asks for it needs it whole.
pub(super) fn url(ctx: &Context) -> anyhow::Result<Exit> {
    let url = database::resolve(ctx)?.url.reveal();
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "url", "url": url})),
        Format::Human => ctx.ui.data(&url),
    }
    Ok(Exit::Done)
}
