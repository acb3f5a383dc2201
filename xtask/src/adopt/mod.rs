//! Taking over a project from another migration tool: its files and its history in, our migrations and what of them is applied out.
//!
//! Pure but for reading the history. What is special about a tool (which files are its migrations, in which order, what its history's rows
//! mean) stands in a file below [`tools`]; how files and rows are compared is the same for all and stands in [`reconcile`].

pub mod choose;
pub mod hash;
pub mod history;
pub mod reconcile;
mod sections;
pub mod tools;
pub mod write;

pub use reconcile::{Difference, Item, Kind, Standing, reconcile};
pub use tools::{PROGRAMS as PROGRAM_TABLES, TOOLS, Tool};

use std::collections::BTreeMap;

/// The files of the other tool's folder: paths relative to it, with `/` between the parts.
#[derive(Debug, Clone, Default)]
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Files {
    /// The text of a file; nothing where it is not there or not UTF-8.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.0.get(path)?).ok()
    }

    /// The bytes of a file; none where it is not there.
    #[must_use]
    pub fn bytes(&self, path: &str) -> &[u8] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }

    /// The paths, in alphabetical order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Files that stand in the folder itself.
    pub fn top(&self) -> impl Iterator<Item = &str> {
        self.paths().filter(|path| !path.contains('/'))
    }

    /// Folders that hold a file called `name`.
    pub fn folders_with<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.paths().filter_map(move |path| path.strip_suffix(name)?.strip_suffix('/'))
    }
}

/// What a migration of the other tool consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// SQL: the part that leads forward.
    Sql(String),
    /// Something that only the other tool can run; what, in a word.
    Program(&'static str),
    /// Bytes that are no UTF-8 text.
    Binary,
}

/// One migration of the other tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// What its history calls it.
    pub key: String,
    /// Its name in words.
    pub title: String,
    /// Its file, relative to the folder.
    pub file: String,
    /// What it does.
    pub body: Body,
    /// Whether the tool runs it without a transaction.
    pub no_transaction: bool,
    /// The checksums that its history may have for it; none where the tool keeps none.
    pub checksums: Vec<String>,
    /// Whether it runs again whenever it changes, behind all others.
    pub repeatable: bool,
    /// Whether the tool knows of it: a file that no journal and no plan lists never ran.
    pub listed: bool,
    /// What the tool would have replaced or changed in the text before it ran it, in words.
    pub unresolved: Option<String>,
}

impl Foreign {
    /// A migration whose file is SQL through and through.
    #[must_use]
    pub fn sql(key: impl Into<String>, title: &str, file: &str, files: &Files) -> Foreign {
        let body = files.text(file).map_or(Body::Binary, |text| Body::Sql(text.trim_start_matches('\u{feff}').to_owned()));
        Foreign {
            key: key.into(),
            title: title.to_owned(),
            file: file.to_owned(),
            body,
            no_transaction: false,
            checksums: Vec::new(),
            repeatable: false,
            listed: true,
            unresolved: None,
        }
    }

    /// A migration that is a program.
    #[must_use]
    pub fn program(key: impl Into<String>, title: &str, file: &str, what: &'static str) -> Foreign {
        Foreign { body: Body::Program(what), ..Foreign::sql(key, title, file, &Files::default()) }
    }
}

/// How the other tool's history has a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Applied.
    Applied,
    /// Begun, and failed.
    Failed,
}

/// What the other tool's history says of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As [`Foreign::key`].
    pub key: String,
    /// What it had then; nothing where the history keeps none, or it does not matter.
    pub checksum: Option<String>,
    /// Whether it is whole.
    pub mark: Mark,
    /// When, as the server writes it.
    pub at: Option<String>,
}

impl Entry {
    /// An applied migration without a checksum.
    #[must_use]
    pub fn applied(key: impl Into<String>, at: Option<String>) -> Entry {
        Entry { key: key.into(), checksum: None, mark: Mark::Applied, at }
    }
}

/// One row of another tool's history, as JSON.
pub type Row = serde_json::Value;

/// A column of a row as text; nothing where it is NULL or missing.
#[must_use]
pub fn column(row: &Row, name: &str) -> Option<String> {
    match row.get(name)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A file name cut into its leading digits and what follows the `_` behind them.
#[must_use]
pub fn numbered(name: &str) -> Option<(&str, &str)> {
    let end = name.find(|it: char| !it.is_ascii_digit()).filter(|end| *end > 0)?;
    Some((&name[..end], name[end..].strip_prefix(['_', '-', '.'])?))
}

/// Digits as a number that text sorts by: without leading zeros, right-aligned.
#[must_use]
pub fn by_number(digits: &str) -> (usize, String) {
    let digits = digits.trim_start_matches('0');
    (digits.len(), digits.to_owned())
}

#[cfg(test)]
mod tests;
