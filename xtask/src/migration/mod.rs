//! Migrations as values: a file's name, header, text and checksum, and how it will run.

pub mod checksum;
pub mod header;
pub mod name;
pub mod set;
pub mod steps;

pub use header::Header;
pub use name::Name;
pub use set::{MigrationSet, Numbering, SourceFile};
pub use steps::{Run, Step, StepKind};

use crate::diagnostic::Location;
use crate::sql::Script;
use std::ops::Range;

/// One file that changes the schema, read and understood.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Its number and name.
    pub name: Name,
    /// The file as the user would name it.
    pub file: String,
    /// Its text, without a byte order mark.
    pub text: String,
    /// See [`checksum`].
    pub checksum: String,
    /// What its first comment lines tell the runner.
    pub header: Header,
    /// Its statements.
    pub script: Script,
    /// How it runs.
    pub run: Run,
}

impl Migration {
    /// The text of statement `index`.
    #[must_use]
    pub fn statement(&self, index: usize) -> &str {
        &self.text[self.script.statements[index].span.clone()]
    }

    /// A span of the file as a location.
    #[must_use]
    pub fn location(&self, span: Range<usize>) -> Location {
        Location::new(&self.file, &self.text, span)
    }
}
