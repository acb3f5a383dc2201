//! Migrations as values: a file's name, header, text and checksum, and how it will run.

pub mod checksum;
pub mod header;
pub mod lockfile;
pub mod name;
pub mod set;
pub mod steps;

pub use checksum::checksum;
pub use header::Header;
pub use lockfile::Lockfile;
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

    /// Whether it may give new sessions other settings: `ALTER DATABASE`, `ALTER ROLE`, `ALTER USER` anywhere in it, strings and bodies included.
    /// A guess on the safe side, since all that hangs on it is a new connection.
    #[must_use]
    pub fn alters_defaults(&self) -> bool {
        let is_object = |word: &str| ["database", "role", "user"].iter().any(|it| word.eq_ignore_ascii_case(it));
        let ends_in_alter = |word: &str| word.len() >= 5 && word.as_bytes()[word.len() - 5..].eq_ignore_ascii_case(b"alter");
        let mut words = self.text.split_ascii_whitespace().peekable();
        while let Some(word) = words.next() {
            if ends_in_alter(word) && words.peek().is_some_and(|next| is_object(next)) {
                return true;
            }
        }
        false
    }

    /// A span of the file as a location.
    #[must_use]
    pub fn location(&self, span: Range<usize>) -> Location {
        Location::new(&self.file, &self.text, span)
    }
}
