//! What to make of a stop: go on, try again, or tell the user, with the place in the file, what was kept, and the cure.

use super::leg::Mark;
use super::reply::Stop;
use crate::db::{DbError, ServerError};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{Migration, Run};
use crate::plan::Pending;
use std::ops::Range;

/// What a stop asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another runner was faster: read the state again and go on from there.
    Moved,
    /// Another runner is at it: wait, then read the state again.
    Busy,
    /// Given up for now: wait, then try again.
    Retry,
    /// The connection is gone: connect again, then as before.
    Reconnect,
    /// The user asked to stop.
    Interrupted,
    /// Tell the user.
    Failed,
}

/// Judges a stop.
pub(super) fn judge(stop: &Stop) -> Verdict {
    let server = match &stop.error {
        DbError::Interrupted => return Verdict::Interrupted,
        DbError::Connection(_) if stop.mark_is_claim() => return Verdict::Busy,
        DbError::Connection(_) => return Verdict::Reconnect,
        DbError::Server(server) => server,
    };
    let is_ours = matches!(stop.mark, Mark::Ours | Mark::Claim(_));
    match server.sqlstate.as_str() {
        // The primary key, or the CHECK on the step, of the history.
        "23505" | "23514" if is_ours => Verdict::Moved,
        // Two runners made the history table at once.
        "42P06" | "42P07" | "XX000" if stop.mark == Mark::Ours => Verdict::Moved,
        "55P03" | "40001" | "40P01" if is_ours => Verdict::Busy,
        "55P03" | "40001" | "40P01" => Verdict::Retry,
        // Shut down, crashed, starting up; a broken connection inside the server.
        "57P01" | "57P02" | "57P03" | "08000" | "08003" | "08006" | "08P01" => Verdict::Reconnect,
        _ => Verdict::Failed,
    }
}

impl Stop {
    fn mark_is_claim(&self) -> bool {
        matches!((&self.error, self.mark), (DbError::Connection(message), Mark::Claim(_)) if message.starts_with("another session"))
    }
}

/// What the user is told of a stop that ends the run. `kept` are the names that this run applied.
pub(super) fn failure(stop: &Stop, pending: &[Pending<'_>], kept: &[String]) -> Failure {
    let migration = stop.migration().map(|number| pending[number].migration);
    let (exit, diagnostic) = match &stop.error {
        DbError::Interrupted => (Exit::Interrupted, Diagnostic::error("interrupted", "interrupted; the server was told to cancel")),
        DbError::Connection(message) => (Exit::NoServer, connection_lost(message)),
        // The server's last words before it ends the session: no fault of the migration's.
        DbError::Server(error) if judge(stop) == Verdict::Reconnect => {
            (Exit::NoServer, connection_lost(&error.message).sqlstate(error.sqlstate.clone()))
        }
        DbError::Server(error) => (Exit::Failed, server_diagnostic(stop, error, migration)),
    };
    Failure::new(exit, remainder(diagnostic, stop, migration, kept))
}

fn connection_lost(message: &str) -> Diagnostic {
    Diagnostic::error("connection-lost", format!("lost the connection: {message}"))
        .hint("see whether the server runs, then run `cargo xtask db migrate` again: it goes on from here")
}

/// The server's words at their place in the file.
fn server_diagnostic(stop: &Stop, error: &ServerError, migration: Option<&Migration>) -> Diagnostic {
    let mut diagnostic = Diagnostic::error("migration-failed", error.message.clone()).sqlstate(error.sqlstate.clone());
    if let (Some(migration), Mark::Statement { statement, .. }) = (migration, stop.mark) {
        diagnostic = diagnostic.at(migration.location(place(migration, statement, stop.offset, &error.message)));
    } else if let Some(migration) = migration {
        diagnostic = diagnostic.at(crate::diagnostic::Location::file(&migration.file));
    }
    for detail in [&error.detail, &error.context].into_iter().flatten() {
        diagnostic = diagnostic.note(detail.clone());
    }
    match (hint(&error.sqlstate, migration), &error.hint) {
        (Some(ours), _) => diagnostic.hint(ours),
        (None, Some(theirs)) => diagnostic.hint(format!("{theirs} Then run `cargo xtask db migrate` again")),
        (None, None) => diagnostic.hint("correct the file and run `cargo xtask db migrate` again"),
    }
}

/// What the caret underlines: the word at which the server says the error stands; else the name that its message quotes, where the statement has
/// it once; else the whole statement.
pub(crate) fn place(migration: &Migration, statement: usize, offset: Option<usize>, message: &str) -> Range<usize> {
    let span = migration.script.statements[statement].span.clone();
    let text = &migration.text[span.clone()];
    let word = match offset.filter(|offset| *offset < text.len()) {
        Some(offset) => crate::sql::tokens(text, offset).next().map(|token| token.span),
        None => message.split('"').nth(1).and_then(|name| only_occurrence(text, name)),
    };
    word.map_or(span.clone(), |word| span.start + word.start..span.start + word.end)
}

fn only_occurrence(text: &str, name: &str) -> Option<Range<usize>> {
    let mut found =
        crate::sql::tokens(text, 0).map(|token| token.span).filter(|span| text[span.clone()].trim_matches('"').eq_ignore_ascii_case(name));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// What was kept and what was not.
fn remainder(diagnostic: Diagnostic, stop: &Stop, migration: Option<&Migration>, kept: &[String]) -> Diagnostic {
    // Without a connection nobody knows: the server may run a message to its end, and one that crashes forgets commits that it
    // had not yet put on disk.
    let lost = judge(stop) == Verdict::Reconnect;
    let diagnostic = match migration {
        None => diagnostic,
        Some(it) if matches!(it.run, Run::Whole { .. }) => {
            let name = &it.name;
            diagnostic.note(if lost {
                format!("whether {name} was committed shows in `cargo xtask db status`")
            } else {
                format!("nothing of {name} was kept (it ran in a transaction)")
            })
        }
        Some(it) => {
            let name = &it.name;
            diagnostic.note(format!("the steps of {name} before this one are kept; the next run goes on with this one"))
        }
    };
    let crashed = if lost { ", unless the server crashed" } else { "" };
    match kept {
        [] => diagnostic,
        [only] => diagnostic.note(format!("{only} stays applied{crashed}")),
        [first, .., last] => diagnostic.note(format!("{first} to {last} stay applied ({} migrations){crashed}", kept.len())),
    }
}

const NO_TRANSACTION: &str =
    "write `-- xtask: no-transaction` at the top of the file: PostgreSQL does not run this statement in a transaction";

/// Our cure for a code, where we know better than the server.
pub(crate) fn hint(sqlstate: &str, migration: Option<&Migration>) -> Option<String> {
    let is_whole = migration.is_some_and(|it| matches!(it.run, Run::Whole { .. }));
    let hint = match sqlstate {
        "25001" | "2D000" if is_whole => NO_TRANSACTION,
        "55P04" => {
            "put ALTER TYPE … ADD VALUE into a migration before this one: a new value cannot be used in the transaction that adds it; \
             or write `-- xtask: no-transaction` at the top of the file"
        }
        "42501" => "connect as the owner of the object, or as a role that was granted this, and run `cargo xtask db migrate` again",
        "58P01" | "0A000" if migration.is_some() => {
            "see whether this server has the extension or feature (`SELECT * FROM pg_available_extensions`)"
        }
        "53100" => "free disk space on the server, then run `cargo xtask db migrate` again",
        "57014" => "raise `--statement-timeout`, or write `-- xtask: statement-timeout = 10min` at the top of the file",
        "42P07" | "42710" | "42701" | "42P06" => {
            "the database has this already, so something other than these migrations made it; see what with `cargo xtask db shell`"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}
