//! migrate-first: PostgreSQL schema changes as reviewed SQL migrations.
#![deny(missing_docs)]

pub mod db;
pub mod diagnostic;
pub mod exit;
pub mod lint;
pub mod migration;
pub mod plan;
pub mod runner;
pub mod server;
pub mod sql;
pub mod ui;
pub mod units;

/// Runs the command line.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
