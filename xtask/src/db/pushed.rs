//! What a database remembers of a schema that was pushed to it without a migration: the table `xtask.pushed`.

use crate::diagnostic::Diagnostic;
use crate::sql::quote::literal;

/// One message that changes the schema and remembers it: either both, or neither.
#[must_use]
pub fn push(sql: &str, by: &str) -> String {
    format!(
        "BEGIN;\n{sql}\n;CREATE SCHEMA IF NOT EXISTS xtask;\nCREATE TABLE IF NOT EXISTS xtask.pushed (at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
         by text NOT NULL, sql text NOT NULL);\nINSERT INTO xtask.pushed (by, sql) VALUES ({}, {});\nCOMMIT",
        literal(by),
        literal(sql)
    )
}

/// Whether the database remembers a push: one row, `t` or `f`.
pub const ASK: &str = "SELECT pg_catalog.to_regclass('xtask.pushed') IS NOT NULL";

/// What commands say of such a database.
#[must_use]
pub fn remark() -> Diagnostic {
    Diagnostic::warning("pushed", "this database was pushed to: it has a schema that no migration gives it")
        .hint("run `cargo xtask db generate NAME` to keep what was pushed as a migration, then `cargo xtask db reset` to have the database as the migrations give it")
}
