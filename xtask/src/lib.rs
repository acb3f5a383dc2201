//! migrate-first: PostgreSQL schema changes as reviewed SQL migrations.
#![deny(missing_docs)]

pub mod catalog;
pub mod db;
pub mod sql;

/// Runs the command line.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
