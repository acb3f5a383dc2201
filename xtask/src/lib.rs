//! migrate-first: PostgreSQL schema changes as reviewed SQL migrations.
#![deny(missing_docs)]

pub mod server;

/// Runs the command line.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
