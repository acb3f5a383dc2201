//! Sample data. A file of it bears the number of the migration behind which it is loaded, so that it goes through the later migrations as
//! production's data would.

use crate::db::Session;
use crate::diagnostic::{Diagnostic, Location};
use crate::migration::{MigrationSet, Name, Numbering, SourceFile};
use crate::sql::lines;

/// A file of sample data.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Its number is that of the migration behind which it is loaded.
    pub name: Name,
    /// The file, as the user would name it.
    pub file: String,
    /// Its SQL.
    pub text: String,
}

/// The sample data by its number; its files are read as strictly as migrations.
///
/// # Errors
/// Every file that cannot be read.
pub fn read(files: Vec<SourceFile>) -> Result<Vec<Seed>, Vec<Diagnostic>> {
    let set = MigrationSet::from_files(files, Numbering::Timestamp)?;
    Ok(set.migrations.into_iter().map(|it| Seed { name: it.name, file: it.file, text: it.text }).collect())
}

/// Loads a file, in a transaction.
///
/// # Errors
/// What the server says, with the place in the file.
pub fn load(session: &mut Session, seed: &Seed) -> Result<(), Diagnostic> {
    session.execute(&format!("BEGIN;\n{}\n;COMMIT", seed.text)).map_err(|error| {
        let position = error.server().and_then(|error| error.position).map(|position| position.saturating_sub("BEGIN;\n".len()));
        let at = position.map_or(0, |position| lines::byte_of_character(&seed.text, position));
        Diagnostic::error("seed-failed", error.to_string()).at(Location::new(&seed.file, &seed.text, at..at + 1))
    })
}
