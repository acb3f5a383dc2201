//! Proof that a migration makes of an empty database what it should: it is applied to a throw-away one, and the catalogs are compared.

use crate::catalog::{self, Catalog, Options, Precision};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{MigrationSet, Numbering, SourceFile};
use crate::scratch::{Database, Server};

/// To the last detail, the order of columns included.
pub(super) fn exactly() -> Options {
    Options { precision: Precision::Exact, ..Options::default() }
}

/// The SQL that makes of an empty database on `server` one with the schema `to`.
pub(super) fn from_nothing(server: &Server, to: &Catalog) -> anyhow::Result<String> {
    let empty = catalog(&server.empty()?)?;
    Ok(catalog::render(&catalog::diff(&empty, to, &exactly())))
}

pub(super) fn catalog(database: &Database) -> anyhow::Result<Catalog> {
    let mut session = database.connect()?;
    let catalog = catalog::load(&mut session)?;
    session.close();
    Ok(catalog)
}

/// A database that the one migration `stem` was applied to, whose schema is `wanted` then.
pub(super) fn applied(server: &Server, stem: &str, text: &str, wanted: &Catalog) -> anyhow::Result<Database> {
    let file = SourceFile { path: format!("{stem}.sql"), bytes: text.as_bytes().to_vec() };
    let set = MigrationSet::from_files(vec![file], Numbering::Timestamp).map_err(|diagnostics| Failure { exit: Exit::No, diagnostics })?;
    let database = server.empty()?;
    database.migrate(&set, 1, &mut |_| ()).map_err(unproved)?;
    let made = catalog(&database)?;
    let missing = catalog::render(&catalog::diff(&made, wanted, &exactly()));
    if missing.trim().is_empty() { Ok(database) } else { Err(differs(&missing).into()) }
}

fn unproved(failure: Failure) -> Failure {
    let note = "on a throw-away database, to prove that it gives the same schema; nothing was written";
    let diagnostics = failure.diagnostics.into_iter().map(|it| it.note(note)).collect();
    Failure { exit: Exit::No, diagnostics }
}

fn differs(sql: &str) -> Failure {
    let lines: Vec<&str> = sql.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    let diagnostic =
        Diagnostic::error("not-proved", "the migration does not give the same schema: an empty database would still need this")
            .note(lines.join("\n"))
            .note("nothing was written")
            .hint("write that part by hand into a migration of your own, or report this: the migration should have held it");
    Failure::new(Exit::No, diagnostic)
}
