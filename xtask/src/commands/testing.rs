//! What `migrate_first::testing` and `cargo xtask test` stand on.

use super::{database, files, scratch};
use crate::cli::Test;
use crate::context::Context;
use crate::db::Url;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::MigrationSet;
use crate::scratch::{Prepare, Server};
use crate::testing::VARIABLE;
use std::process::Command;

/// The migrations of this repository.
pub(crate) fn migrations(ctx: &Context) -> Result<MigrationSet, Failure> {
    files::load(ctx)
}

/// The server that test databases are made on.
pub(crate) fn server(ctx: &Context) -> anyhow::Result<Server> {
    match std::env::var(VARIABLE) {
        Ok(url) if !url.is_empty() => {
            let database = database::at(&url, VARIABLE)?;
            Ok(Server::open(&database.url, prepare(ctx))?)
        }
        _ => scratch::server(ctx),
    }
}

fn prepare(ctx: &Context) -> Prepare {
    Prepare { extensions: ctx.config.list("scratch.extensions"), roles: ctx.config.list("scratch.roles") }
}

/// `cargo xtask test`: the server and the template first, then the user's own tests.
pub(super) fn run(ctx: &Context, args: &Test) -> anyhow::Result<Exit> {
    let set = migrations(ctx)?;
    let server = server(ctx)?;
    drop(server.migrated(&set, set.migrations.len(), &mut |_| ())?);
    ctx.ui.say(&format!("test databases: copies of {} migrations on {}", set.migrations.len(), server.url));
    let mut command = command(args, &server.url);
    let status = command.status().map_err(|error| {
        let diagnostic = Diagnostic::error("no-cargo", format!("failed to run {}: {error}", command.get_program().display()));
        Failure::new(Exit::Usage, diagnostic.hint("run this with cargo, as `cargo xtask test`"))
    })?;
    Ok(if status.success() { Exit::Done } else { Exit::No })
}

/// `--` in front of all arguments is cargo's: what follows is for the tests. Clap takes it for its own.
fn leading_dashes(args: &Test) -> Option<&'static str> {
    let typed: Vec<String> = std::env::args().collect();
    let before = typed.len().checked_sub(args.arguments.len() + 1)?;
    (typed[before] == "--").then_some("--")
}

fn command(args: &Test, url: &Url) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(if args.nextest { &["nextest", "run"][..] } else { &["test"] });
    command.args(leading_dashes(args)).args(&args.arguments);
    // What cargo told this command about its own package is not about theirs.
    for (name, _) in
        std::env::vars().filter(|(name, _)| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix)))
    {
        command.env_remove(name);
    }
    command.env(VARIABLE, url.reveal());
    command
}
