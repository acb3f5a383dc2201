//! The desired state: `schema/`, plain DDL, as a database.
//!
//! [`Desired::read`] is pure: files in, statements and what they tell out, or what does not belong there. [`Desired::load`] runs the statements in an
//! empty database, each behind what it needs; [`explain`] says why one could not be placed.

mod created;
mod explain;
mod load;
mod order;
mod read;
mod script;
mod told;
mod validate;

pub use script::Script;
pub use told::{Path, Told};

use crate::db::DbError;
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::migration::checksum;
use crate::scratch::{Database, Lent, Server, unusable};
use std::ops::Range;

/// The files of the desired state, understood.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The files, in the order of their names.
    pub files: Vec<File>,
    /// Every rename that a comment tells.
    pub told: Vec<Told>,
    statements: Vec<Statement>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The file as the user would name it.
    pub path: String,
    /// Its text, without a byte order mark.
    pub text: String,
    /// Whether it switches `check_function_bodies` off itself, as `pg_dump` does.
    unchecked: bool,
}

/// A statement that makes or changes an object.
#[derive(Debug, Clone)]
struct Statement {
    file: usize,
    span: Range<usize>,
    /// The settings of the file that stand before it.
    settings: Vec<Range<usize>>,
    /// The name of what it makes, where it makes something that others can need.
    creates: Option<created::Created>,
}

impl Desired {
    /// The database that it describes: a new one, or a copy of the template that the same texts gave before.
    ///
    /// # Errors
    /// Statements that cannot be placed, with their places; a scratch server that does not serve.
    pub fn database(&self, server: &Server) -> Result<Database, Failure> {
        server.kept(&self.key(), &mut |database| self.load(database))
    }

    /// As [`Desired::database`], for who only reads it.
    ///
    /// # Errors
    /// As [`Desired::database`].
    pub fn lent(&self, server: &Server) -> Result<Lent, Failure> {
        server.lent(&self.key(), &mut |database| self.load(database))
    }

    /// Tells these texts from all others.
    fn key(&self) -> String {
        let texts: Vec<String> = self.files.iter().map(|file| format!("{} {}", file.path, checksum(&file.text))).collect();
        checksum(&format!("desired {}", texts.join("\n")))
    }

    fn location(&self, statement: usize, span: Range<usize>) -> Location {
        let file = &self.files[self.statements[statement].file];
        Location::new(&file.path, &file.text, span)
    }
}

/// The end of a scratch database that is no fault of a statement's.
fn gone(database: &Database, error: &DbError) -> Failure {
    match error {
        DbError::Interrupted => Failure::new(Exit::Interrupted, Diagnostic::error("interrupted", "interrupted; nothing was changed")),
        error => unusable(&database.url, error),
    }
}
