//! migrate-first: PostgreSQL schema changes as reviewed SQL migrations, applied by one command.
//!
//! One river of values, only the two ends touch the world:
//!
//! ```text
//! config ──► MigrationSet (files) ─┐
//!                                  ├─ plan()  ──► Plan ──► runner ──► events ──► ui
//! connection ──► History (rows) ───┘  pure
//! ```
//!
//! Whatever checks returns [`diagnostic::Diagnostic`]s, whatever acts emits [`runner::Event`]s, only [`ui`] prints. The modules in
//! reading order:
#![deny(missing_docs)]

pub mod cli;
pub mod commands;
pub mod context;
pub mod config;
pub mod sql;
pub mod migration;
pub mod plan;
pub mod adopt;
pub mod lint;
pub mod docs;
pub mod db;
pub mod catalog;
pub mod runner;
pub mod server;
pub mod rows;
pub mod seeds;
pub mod scratch;
pub mod docker;
pub mod hooks;
pub mod ci;
pub mod reference;
pub mod testing;
pub mod trace;
pub mod desired;
pub mod generate;
pub mod check;
pub mod init;
pub mod diagnostic;
pub mod exit;
pub mod ui;
pub mod units;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use cli::Cli;
use context::{Context, Surroundings};
use exit::{Exit, Failure};
use std::process::ExitCode;

/// Runs the command line; the exit codes are those of [`Exit`].
#[must_use]
pub fn main() -> ExitCode {
    main_in(Surroundings::read())
}

/// [`main`] on a machine that is told and not looked at: for tests of what is refused in CI and in containers, which run in both.
#[must_use]
pub fn main_in(surroundings: Surroundings) -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(&cli.global, &cli.command.limits(), surroundings, |ctx| commands::run(&cli, ctx)),
        Err(error) => usage(&error),
    }
}

/// Runs the command line with commands of the caller's own beside ours: one `cargo xtask` for a whole repository. `Own` lists them as clap
/// derives it, `run_own` runs the one that was typed, in the same [`Context`] and with the same exit codes as ours.
///
/// ```no_run
/// /// What this repository adds
/// #[derive(clap::Subcommand)]
/// enum Own {
///     /// Bring the newest build to the servers
///     Deploy,
/// }
///
/// fn main() -> std::process::ExitCode {
///     migrate_first::main_with(|own: Own, ctx| match own {
///         Own::Deploy => {
///             ctx.ui.say("deploying");
///             Ok(migrate_first::exit::Exit::Done)
///         }
///     })
/// }
/// ```
#[must_use]
pub fn main_with<Own: Subcommand>(run_own: impl FnOnce(Own, &Context) -> anyhow::Result<Exit>) -> ExitCode {
    let matches = match Own::augment_subcommands(Cli::command()).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    if !matches.subcommand_name().is_some_and(Own::has_subcommand) {
        return match Cli::from_arg_matches(&matches) {
            Ok(cli) => run(&cli.global, &cli.command.limits(), Surroundings::read(), |ctx| commands::run(&cli, ctx)),
            Err(error) => usage(&error),
        };
    }
    match (cli::Global::from_arg_matches(&matches), Own::from_arg_matches(&matches)) {
        (Ok(global), Ok(own)) => run(&global, &cli::db::Limits::default(), Surroundings::read(), |ctx| run_own(own, ctx)),
        (Err(error), _) | (_, Err(error)) => usage(&error),
    }
}

/// Help and version come this way too, for standard output and with exit code 0.
fn usage(error: &clap::Error) -> ExitCode {
    drop(error.print());
    ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { Exit::Done.code() })
}

fn run(
    global: &cli::Global,
    limits: &cli::db::Limits,
    surroundings: Surroundings,
    command: impl FnOnce(&Context) -> anyhow::Result<Exit>,
) -> ExitCode {
    let result = Context::new(global, limits, surroundings).map_err(anyhow::Error::from).and_then(|ctx| command(&ctx));
    ExitCode::from(match result {
        Ok(exit) => exit.code(),
        Err(error) => {
            complain(ui::Ui::new(global), &error);
            commands::exit_of(&error).code()
        }
    })
}

fn complain(ui: ui::Ui, error: &anyhow::Error) {
    match error.downcast_ref::<Failure>() {
        Some(failure) => failure.diagnostics.iter().for_each(|diagnostic| ui.diagnostic(diagnostic)),
        None => ui.diagnostic(&diagnostic::Diagnostic::error("failed", format!("{error:#}"))),
    }
}
