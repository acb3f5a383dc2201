//! The proof: what was generated, run where its predecessors have run, gives what was wanted.

use crate::catalog::{self, Catalog, Options};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::MigrationSet;
use crate::scratch::Database;

/// Applies what is new in `set` to `database`, which has the rest, and compares it with `wanted`.
///
/// # Errors
/// The new migrations do not apply, or leave something different.
pub fn prove(database: &Database, set: &MigrationSet, wanted: &Catalog) -> Result<(), Failure> {
    database.migrate(set, set.migrations.len(), &mut |_| ())?;
    let mut session = database.connect()?;
    let reached = catalog::load(&mut session)
        .map_err(|error| Failure::new(Exit::NoServer, Diagnostic::error("unreadable-catalog", format!("{error:#}"))))?;
    session.close();
    let left = catalog::diff(&reached, wanted, &Options::default());
    if left.steps.is_empty() {
        return Ok(());
    }
    let sql = catalog::render(&left);
    let diagnostic = Diagnostic::error("not-proved", "what was generated does not give the desired state exactly")
        .note(format!("applied to a scratch database, this is left to do:\n{}", sql.trim_end()))
        .hint("write this migration by hand (`cargo xtask db new`); `--dry-run` prints what was generated");
    Err(Failure::new(Exit::Failed, diagnostic))
}
