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
pub mod lint;
pub mod db;
pub mod catalog;
pub mod runner;
pub mod server;
pub mod scratch;
pub mod docker;
pub mod hooks;
pub mod ci;
pub mod reference;
pub mod check;
pub mod diagnostic;
pub mod exit;
pub mod ui;
pub mod units;

use clap::Parser;
use exit::{Exit, Failure};
use std::process::ExitCode;

/// Runs the command line; the exit codes are those of [`Exit`].
#[must_use]
pub fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, for standard output and with exit code 0.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { 0 });
        }
    };
    let ui = ui::Ui::new(&cli.global);
    let result = context::Context::new(&cli).map_err(anyhow::Error::from).and_then(|ctx| commands::run(&cli, &ctx));
    ExitCode::from(match result {
        Ok(exit) => exit.code(),
        Err(error) => {
            complain(ui, &error);
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
