//! Rows of the history that no runner writes: what is applied already, and is only recorded.

use super::written::Written;
use crate::db::state::State;
use crate::db::{DbError, Session};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::sql::quote::literal;
use std::path::PathBuf;

/// Makes the history where there is none.
pub(super) fn create(session: &mut Session, state: &State) -> Result<(), Failure> {
    if state.history.exists {
        return Ok(());
    }
    session.execute(&state.history.table.create().join(";\n")).map_err(|error| {
        drop(session.execute("ROLLBACK"));
        denied_write(&error)
    })
}

/// The statement that records a migration as applied at `at`, an SQL expression.
pub(super) fn row(position: i64, stem: &str, text: &str, at: &str, by: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let (name, checksum, text, by) = (literal(stem), literal(&crate::migration::checksum(text)), literal(text), literal(by));
    let version = literal(concat!("migrate-first ", env!("CARGO_PKG_VERSION")));
    format!(
        "INSERT INTO xtask.history (position, name, checksum, sql, started_at, finished_at, applied_by, tool) \
         VALUES ({position}, {name}, {checksum}, {text}, {at}, {at}, {by}, {version});\n"
    )
}

/// Commits the rows that `session` has in its transaction where the files are `written`, and takes both back where either cannot be.
pub(super) fn commit(session: &mut Session, written: Result<Written, Failure>) -> anyhow::Result<Vec<PathBuf>> {
    let result = written.and_then(|written| match session.execute("COMMIT") {
        Ok(()) => Ok(written.paths),
        Err(error) => {
            written.undo();
            Err(denied_write(&error))
        }
    });
    if result.is_err() {
        drop(session.execute("ROLLBACK"));
    }
    Ok(result?)
}

/// What the server said, without its code, which is shown beside it.
pub(super) fn message(error: &DbError) -> String {
    error.server().map_or_else(|| error.to_string(), |it| it.message.clone())
}

/// The history cannot be written.
pub(super) fn denied_write(error: &DbError) -> Failure {
    let mut diagnostic = Diagnostic::error("history-unwritable", message(error)).note("nothing was written");
    diagnostic.sqlstate = error.sqlstate().map(str::to_owned);
    let hint = "connect as the role that migrates: it must be able to make the schema xtask and write xtask.history";
    Failure::new(Exit::NoServer, diagnostic.hint(hint))
}
